//! What following the advice of `anatomy` takes off, for each target that Rust has for WebAssembly: four small programs,
//! built without and with what a finding advises.
//!
//! [Estimates](crate::estimates) ask the same of the book's steps, which are what they are. These programs are there for
//! this only, so that each kind of finding is tried on each target. The last three changes are tried on the module without names.

use std::{fmt::Write as _, fs};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::{
    crates,
    record::Record,
    study::{Progress, Study},
};
use pipeline::{
    binaryen::{self},
    bindgen,
};
use project::{
    paths::Project,
    terminal::number,
    toolchain::{Pin, Toolchain},
};

/// A program, and what it is built for.
#[derive(Clone, Copy, Debug)]
struct Program {
    /// Its folder in `chapters-code/trials/`, and its package's name.
    package: &'static str,
    /// What the page calls it.
    title: &'static str,
    /// Its target, as cargo calls it.
    triple: &'static str,
    /// Whether wasm-bindgen goes over it.
    bindgen: bool,
}

const PROGRAMS: [Program; 4] = [
    Program {
        package: "library",
        title: "library with a `Vec`",
        triple: "wasm32-unknown-unknown",
        bindgen: false,
    },
    Program {
        package: "strings",
        title: "wasm-bindgen, a `String`",
        triple: "wasm32-unknown-unknown",
        bindgen: true,
    },
    Program {
        package: "command",
        title: "empty WASI program",
        triple: "wasm32-wasip1",
        bindgen: false,
    },
    Program {
        package: "command",
        title: "empty component",
        triple: "wasm32-wasip2",
        bindgen: false,
    },
];

/// What is done to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Strip,
    Compress,
    Allocator,
    ImmediateAbort,
    WasmOpt,
}

impl Change {
    const ALL: [Change; 5] = [
        Change::Strip,
        Change::Compress,
        Change::Allocator,
        Change::ImmediateAbort,
        Change::WasmOpt,
    ];

    /// What the page calls it.
    fn title(self) -> &'static str {
        match self {
            Change::Strip => "`strip = \"symbols\"`",
            Change::Compress => "`--compress-relocations`",
            Change::Allocator => "another `#[global_allocator]`",
            Change::ImmediateAbort => "`build-std`, immediate abort",
            Change::WasmOpt => "`wasm-opt -Oz`",
        }
    }

    /// The findings whose advice it is.
    fn findings(self) -> &'static [&'static str] {
        match self {
            Change::Strip => &["debug-info", "names", "producers", "target-features"],
            Change::Compress => &["padding"],
            Change::Allocator => &["allocator"],
            Change::ImmediateAbort => &["panics"],
            Change::WasmOpt => &[
                "padding",
                "dead-functions",
                "duplicates",
                "unoptimised",
                "zeros",
                "unused-table",
                "unused",
            ],
        }
    }

    /// Whether the tool can be used on a program: wasm-opt reads no components.
    fn is_for(self, program: Program) -> bool {
        self != Change::WasmOpt || program.triple != "wasm32-wasip2"
    }

    /// In which share of what happened, in per cent, the promise has to lie. A promise of removing some of what goes
    /// may be too small by any amount, where the compiler starts anew.
    fn near(self) -> (u64, u64) {
        match self {
            Change::Strip | Change::Compress => (97, 103),
            Change::Allocator => (80, 115),
            Change::ImmediateAbort | Change::WasmOpt => (0, 115),
        }
    }
}

/// The record.
pub const RECORD: Record = Record::new("trials", "cargo xtask estimates --targets --accept");

/// What was promised, and what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The program.
    pub program: String,
    /// What it is built for.
    pub target: String,
    /// What was done.
    pub change: String,
    /// The findings that advised it, by their ids. None, if nothing did.
    pub findings: Vec<String>,
    /// What they promised together, in bytes; nothing, if one of them says that it cannot be told.
    pub said: Option<u64>,
    /// The module's size before, in bytes.
    pub before: u64,
    /// And after.
    pub after: u64,
}

impl Trial {
    /// By how many bytes the module became smaller; 0, if it became larger.
    #[must_use]
    pub fn happened(&self) -> u64 {
        self.before.saturating_sub(self.after)
    }

    /// What happened, as a page or a terminal shows it.
    #[must_use]
    pub fn told(&self) -> String {
        if self.after > self.before {
            format!("{} more", number(self.after - self.before))
        } else {
            number(self.happened())
        }
    }

    /// Whether the promise is as near as it has to be. What nothing advised, or what cannot be told, is no promise.
    #[must_use]
    pub fn holds(&self) -> bool {
        let Some(said) = self.said else { return true };
        let Some(change) = Change::ALL
            .into_iter()
            .find(|change| change.title() == self.change)
        else {
            return false;
        };
        let (least, most) = change.near();
        let happened = self.happened();
        // Two bytes are no mistake.
        said * 100 + 200 >= happened * least && said * 100 <= happened * most + 200
    }

    /// What was said, as a page or a terminal shows it.
    #[must_use]
    pub fn promise(&self) -> String {
        match self.said {
            Some(said) => number(said),
            None if self.findings.is_empty() => "nothing".to_owned(),
            None => "unknown".to_owned(),
        }
    }

    /// What was said, in per cent of what happened.
    #[must_use]
    pub fn share(&self) -> Option<u64> {
        let happened = self.happened().max(1);
        self.said.map(|said| (said * 100 + happened / 2) / happened)
    }
}

/// The study.
#[derive(Clone, Copy, Debug)]
pub struct Trials;

impl Study for Trials {
    type Kept = Vec<Trial>;
    type Found = Vec<Trial>;

    fn record(&self) -> Record {
        RECORD
    }

    fn measure(&self, project: &Project, progress: Progress) -> Result<Vec<Trial>> {
        let pin = Pin::of(&project.steps(), &project.steps())?;
        let toolchain = Toolchain::ensure(&pin)?;
        let mut trials = Vec::new();
        for program in PROGRAMS {
            progress(program.title);
            let build = |changes: &[Change]| {
                build(project, &toolchain, program, changes)
                    .with_context(|| format!("{} with {changes:?}", program.title))
            };
            let stripped = build(&[Change::Strip])?;
            for change in Change::ALL {
                if !change.is_for(program) {
                    continue;
                }
                let (before, after) = match change {
                    Change::Strip => (build(&[])?, stripped.clone()),
                    // What goes has padding in it, which is a finding of its own.
                    Change::Allocator | Change::ImmediateAbort => (
                        build(&[Change::Strip, Change::Compress])?,
                        build(&[Change::Strip, Change::Compress, change])?,
                    ),
                    other => (stripped.clone(), build(&[Change::Strip, other])?),
                };
                trials.push(trial(program, change, &before, &after)?);
            }
        }
        Ok(trials)
    }

    fn merge(&self, _: Option<Vec<Trial>>, found: &Vec<Trial>) -> Vec<Trial> {
        found.clone()
    }

    fn compare(&self, kept: &Vec<Trial>, found: &Vec<Trial>) -> Result<Vec<String>> {
        RECORD.differences(kept, found)
    }
}

fn trial(program: Program, change: Change, before: &[u8], after: &[u8]) -> Result<Trial> {
    let inspection = anatomy::inspect(before)?;
    let followed: Vec<_> = inspection
        .findings
        .iter()
        .filter(|finding| change.findings().contains(&finding.id.as_str()))
        .collect();
    let known = !followed.is_empty() && followed.iter().all(|finding| finding.saving > 0);
    let mut ids: Vec<String> = followed.iter().map(|finding| finding.id.clone()).collect();
    ids.dedup();
    Ok(Trial {
        program: program.title.to_owned(),
        target: program.triple.to_owned(),
        change: change.title().to_owned(),
        findings: ids,
        said: known.then(|| followed.iter().map(|finding| finding.saving).sum()),
        before: before.len() as u64,
        after: after.len() as u64,
    })
}

/// Builds a program with some changes.
fn build(
    project: &Project,
    toolchain: &Toolchain,
    program: Program,
    changes: &[Change],
) -> Result<Vec<u8>> {
    let source = project.steps().join("trials").join(program.package);
    let folder = crates::copied(&source, true)?;
    let target = folder.path().join("target");
    let mut flags = String::new();
    let mut cargo = crates::release(toolchain, folder.path(), &target);
    cargo
        .args(["--target", program.triple])
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z")
        .env("CARGO_PROFILE_RELEASE_LTO", "fat");
    let strip = if changes.contains(&Change::Strip) {
        "symbols"
    } else {
        "none"
    };
    cargo.env("CARGO_PROFILE_RELEASE_STRIP", strip);
    if changes.contains(&Change::Compress) {
        flags.push_str(" -Clink-arg=--compress-relocations");
    }
    if changes.contains(&Change::Allocator) {
        cargo.args(["--features", "allocator"]);
    }
    if changes.contains(&Change::ImmediateAbort) {
        cargo.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="]);
        flags.push_str(" -Zunstable-options -Cpanic=immediate-abort");
    }
    cargo.env("RUSTFLAGS", flags);
    if let Err(first) = crates::built(&mut cargo)? {
        bail!("{first}");
    }
    let file = crates::module(
        &target.join(program.triple).join("release"),
        program.package,
    )?;
    let file = if program.bindgen {
        let release = bindgen::our_release()?;
        let out = folder.path().join("glue");
        fs::create_dir(&out)?;
        bindgen::bound(project, &release, program.package, &file, &out)?
    } else {
        file
    };
    if changes.contains(&Change::WasmOpt) {
        let args = ["-Oz", "--enable-bulk-memory-opt"];
        binaryen::wasm_opt(project, &args, &file, &file)?;
    }
    Ok(fs::read(file)?)
}

/// What a page shows of them: a table.
///
/// # Errors
/// If nothing is kept.
pub fn table(project: &Project) -> Result<String> {
    let mut text = String::from(
        "| program | target | followed | what was found | said | happened | said of happened |\n|---|---|---|---|--:|--:|--:|\n",
    );
    for trial in RECORD.stored::<Vec<Trial>>(project)? {
        let share = trial
            .share()
            .map_or_else(|| "—".to_owned(), |share| format!("{} %", number(share)));
        _ = writeln!(
            text,
            "| {} | `{}` | {} | {} | {} | {} | {share} |",
            trial.program,
            trial.target,
            trial.change,
            trial.findings.join(", "),
            trial.promise(),
            trial.told(),
        );
    }
    Ok(text)
}
