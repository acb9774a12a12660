//! The floor: a search for a command of preview 1 that is smaller than the smallest that the book has.
//!
//! A program of its own (`xtask/lab/shrink`) makes the candidates and sifts them; each that is left is run here on
//! wasmtime, which sees whether it calls WASI. The rule that imports have WASI's types is wasmtime's to enforce; what
//! there is below without that rule is tried on an engine that does not compare them.

use outcome::Outcome;
use std::{fmt::Write as _, fs, path::PathBuf, process::Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::{
    record::Record,
    study::{Progress, Study},
};
use pipeline::source::NamedModule;
use pipeline::{
    engines::{self, Host},
    programs,
    run::{self, Limits},
};
use project::{
    paths::Project,
    terminal::{bytes, number},
};

/// The step that no other should be smaller than.
pub const STEP: &str = "1-two-megabytes-to-97/20-ninety-six";

/// A way to make candidates, and what became of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// The way's name.
    pub kind: String,
    /// How many candidates there were.
    pub tried: u64,
    /// Those that hold the three names somewhere.
    pub named: u64,
    /// Those of them that are valid.
    pub valid: u64,
    /// Those of them that offer `memory` and `_start` and ask for a function of preview 1.
    pub shaped: u64,
    /// Those that wasmi does not take for modules, so that only wasmtime judges them.
    pub unclear: u64,
    /// Those that wasmtime judges, each module once.
    pub left: u64,
    /// Those that call preview 1 on wasmtime and come to a good end.
    pub does: u64,
    /// The size of the smallest of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smallest: Option<u64>,
}

/// A function of preview 1, and the smallest command that calls it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The types of its parameters.
    pub params: Vec<String>,
    /// The types of its results.
    pub results: Vec<String>,
    /// The command's size.
    pub bytes: u64,
    /// What wasmtime makes of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The same for the module that imports the function with the type of `_start`, on an engine that does not compare
    /// types; not tried where that engine is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_type: Option<OwnType>,
}

/// A module that imports a function of preview 1 with the type of `_start`, and exports it as that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnType {
    /// Its size.
    pub bytes: u64,
    /// Whether [`LENIENT`] brings it to a good end.
    pub ends_well: bool,
}

/// The engine that is asked about modules whose imports have types of their own.
pub const LENIENT: &str = "node";

/// The record of the search for something below the floor.
pub const RECORD: Record = Record::new("floor", "cargo xtask floor --accept");

/// The whole search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// The engine that had the last word.
    pub engine: String,
    /// The module that it is about.
    pub step: String,
    /// Its size.
    pub bytes: u64,
    /// The ways.
    pub kinds: Vec<Kind>,
    /// The functions.
    pub functions: Vec<Function>,
    /// What is smaller and does the same, if there is anything; the smallest first.
    pub smaller: Vec<String>,
}

/// What the program prints.
#[derive(Deserialize)]
struct Sifted {
    bytes: u64,
    kinds: Vec<SiftedKind>,
    functions: Vec<SiftedFunction>,
}

#[derive(Deserialize)]
struct SiftedKind {
    kind: String,
    tried: u64,
    named: u64,
    valid: u64,
    shaped: u64,
    unclear: u64,
    left: Vec<String>,
}

#[derive(Deserialize)]
struct SiftedFunction {
    name: String,
    params: Vec<String>,
    results: Vec<String>,
    bytes: u64,
    module: String,
    own_type: String,
}

/// The study: a search around a module.
#[derive(Clone, Debug)]
pub struct Search {
    /// The module. What is kept is about the step [`STEP`].
    pub around: NamedModule,
}

impl Study for Search {
    type Kept = Floor;
    type Found = Floor;

    fn record(&self) -> Record {
        RECORD
    }

    /// It fails if the module is too large for the search, too.
    fn measure(&self, project: &Project, progress: Progress) -> Result<Floor> {
        progress("making candidates");
        let output = Host::program(&programs::GOLF.compiled(project)?)
            .command()?
            .arg("floor")
            .arg(&self.around.file)
            .stdin(Stdio::null())
            .output()
            .context("the golf program does not start")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "{}: {}",
            self.around.name,
            said.trim()
        );
        let sifted: Sifted = serde_json::from_slice(&output.stdout)?;

        let judge = Judge::of(engines::REFERENCE.host(project)?)?;
        let lenient = engines::named(LENIENT)?;
        let lenient = match lenient.lacks(project)? {
            None => Some(Judge::of(lenient.host(project)?)?),
            Some(_) => None,
        };
        let mut smaller = Vec::new();
        let mut kinds = Vec::new();
        for kind in sifted.kinds {
            progress(&format!("{}: {} to be run", kind.kind, kind.left.len()));
            let mut good = Vec::new();
            for module in &kind.left {
                if judge.does(module)?.0 {
                    good.push(module.clone());
                }
            }
            kinds.push(Kind {
                left: kind.left.len() as u64,
                does: good.len() as u64,
                smallest: good.iter().map(|module| size(module)).min(),
                kind: kind.kind,
                tried: kind.tried,
                named: kind.named,
                valid: kind.valid,
                shaped: kind.shaped,
                unclear: kind.unclear,
            });
            smaller.extend(
                good.into_iter()
                    .filter(|module| size(module) < sifted.bytes),
            );
        }
        let mut functions = Vec::new();
        for function in sifted.functions {
            progress(&function.name);
            let (does, outcome) = judge.does(&function.module)?;
            if does && function.bytes < sifted.bytes {
                smaller.push(function.module);
            }
            functions.push(Function {
                name: function.name,
                params: function.params,
                results: function.results,
                bytes: function.bytes,
                outcome,
                own_type: match &lenient {
                    Some(lenient) => Some(OwnType {
                        bytes: size(&function.own_type),
                        ends_well: lenient.run(&function.own_type)?.is_success(),
                    }),
                    None => None,
                },
            });
        }
        functions.sort_by(|a, b| (a.bytes, &a.name).cmp(&(b.bytes, &b.name)));
        smaller.sort_by_key(|module| (module.len(), module.clone()));
        smaller.dedup();
        Ok(Floor {
            engine: engines::REFERENCE.version(project)?,
            step: match &self.around.step {
                Some(step) => step.path.clone(),
                None => self.around.name.clone(),
            },
            bytes: sifted.bytes,
            kinds,
            functions,
            smaller,
        })
    }

    fn merge(&self, kept: Option<Floor>, found: &Floor) -> Floor {
        kept.map_or_else(|| found.clone(), |kept| found.completed(&kept))
    }

    /// What is found around another module is compared with nothing.
    fn compare(&self, kept: &Floor, found: &Floor) -> Result<Vec<String>> {
        if found.step != STEP {
            return Ok(Vec::new());
        }
        RECORD.differences(kept, &found.completed(kept))
    }
}

impl Floor {
    /// The same with what was not tried on this machine, as it was.
    fn completed(&self, kept: &Floor) -> Floor {
        let mut whole = self.clone();
        for function in &mut whole.functions {
            if function.own_type.is_none() {
                let mut old = kept.functions.iter();
                let old = old.find(|old| old.name == function.name);
                function.own_type = old.and_then(|old| old.own_type.clone());
            }
        }
        whole
    }
}

/// The size of a module that is written in hexadecimal digits.
fn size(module: &str) -> u64 {
    module.len() as u64 / 2
}

/// An engine that is asked what it makes of candidates.
struct Judge {
    host: Host,
    folder: tempfile::TempDir,
}

impl Judge {
    fn of(host: Host) -> Result<Judge> {
        Ok(Judge {
            host,
            folder: tempfile::tempdir().context("cannot make a folder")?,
        })
    }

    /// What becomes of a module.
    fn run(&self, module: &str) -> Result<Outcome> {
        let file = self.file(module)?;
        Ok(run::run(&self.host, &file, &Limits::default())?.outcome)
    }

    /// Whether a module comes to a good end and calls WASI on the way.
    fn does(&self, module: &str) -> Result<(bool, Outcome)> {
        let ran = run::run(&self.host, &self.file(module)?, &Limits::default())?;
        let calls = ran.calls_wasi == Some(true);
        Ok((ran.outcome.is_success() && calls, ran.outcome))
    }

    fn file(&self, module: &str) -> Result<PathBuf> {
        let wasm: Result<Vec<u8>, _> = (0..module.len() / 2)
            .map(|at| u8::from_str_radix(&module[2 * at..2 * at + 2], 16))
            .collect();
        let file = self.folder.path().join("candidate.wasm");
        fs::write(&file, wasm.context("a candidate is not hexadecimal")?)?;
        Ok(file)
    }
}

/// What a way to make candidates is called on pages.
fn title(kind: &str) -> &str {
    match kind {
        "runs" => "any run of bytes taken away",
        "repaired-runs" => "the same, and all sizes and counts put right",
        "repaired-pairs" => "two short runs taken away, and put right",
        "replaced-after-repair" => {
            "one byte or two taken away, put right, and any one byte replaced by any other"
        }
        "bodies" => "every function that is a byte shorter",
        "replaced" => "nothing taken away, any one byte replaced by any other",
        other => other,
    }
}

/// What a page shows of the search.
///
/// # Errors
/// If nothing is kept, or there is no such fragment.
pub fn show(project: &Project, args: &[&str]) -> Result<String> {
    let floor: Floor = RECORD.stored(project)?;
    let sum = |pick: fn(&Kind) -> u64| floor.kinds.iter().map(pick).sum::<u64>();
    Ok(match args {
        ["table"] => {
            let mut text = String::from(
                "| candidates | tried | valid | has the exports | run on wasmtime | pass | smallest \
                 |\n|---|--:|--:|--:|--:|--:|--:|\n",
            );
            for kind in &floor.kinds {
                _ = writeln!(
                    text,
                    "| {} | {} | {} | {} | {} | {} | {} |",
                    title(&kind.kind),
                    number(kind.tried),
                    number(kind.valid),
                    number(kind.shaped),
                    number(kind.left),
                    number(kind.does),
                    kind.smallest.map_or("—".into(), number)
                );
            }
            text
        }
        ["functions"] => {
            let mut text = String::from(
                "<div class=\"dense\">\n\n| function | bytes | ends well | type | with a type of its own | ends well on node \
                 |\n|---|--:|---|---|--:|---|\n",
            );
            for function in &floor.functions {
                let list = |types: &[String]| format!("({})", types.join(", "));
                let yes = |well: bool| if well { "yes" } else { "no" };
                let own = function.own_type.as_ref();
                _ = writeln!(
                    text,
                    "| `{}` | {} | {} | `{} → {}` | {} | {} |",
                    function.name,
                    number(function.bytes),
                    yes(function.outcome.is_success()),
                    list(&function.params),
                    list(&function.results),
                    own.map_or(String::new(), |own| number(own.bytes)),
                    own.map_or("not tried", |own| yes(own.ends_well)),
                );
            }
            text.push_str("\n</div>\n");
            text
        }
        ["function", name] => {
            let function = floor.functions.iter().find(|one| one.name == *name);
            bytes(
                function
                    .with_context(|| format!("preview 1 has no function {name}"))?
                    .bytes,
            )
        }
        ["own", what] => {
            let own = floor
                .functions
                .iter()
                .filter_map(|one| one.own_type.as_ref());
            let well: Vec<u64> = own
                .filter(|own| own.ends_well)
                .map(|own| own.bytes)
                .collect();
            match *what {
                "count" => number(well.len() as u64),
                "smallest" => bytes(*well.iter().min().context("none of them ends well")?),
                other => bail!("modules with types of their own have no {other}: count, smallest"),
            }
        }
        ["tried"] => number(sum(|kind| kind.tried)),
        ["left"] => number(sum(|kind| kind.left)),
        ["count"] => number(floor.functions.len() as u64),
        ["bytes"] => bytes(floor.bytes),
        [name, column] => {
            let kind = floor.kinds.iter().find(|kind| kind.kind == *name);
            let kind = kind.with_context(|| format!("there are no candidates called {name}"))?;
            number(match *column {
                "tried" => kind.tried,
                "valid" => kind.valid,
                "shaped" => kind.shaped,
                "unclear" => kind.unclear,
                "left" => kind.left,
                "does" => kind.does,
                other => bail!("candidates have no column {other}"),
            })
        }
        _ => bail!(
            "show floor wants `table`, `functions`, `function NAME`, `own count`, `own smallest`, `tried`, `left`, \
             `count`, `bytes`, or a kind and a column"
        ),
    })
}
