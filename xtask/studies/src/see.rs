//! "See it yourself": what the tools that everybody has say of the book's modules, with the command that asks them.
//!
//! What is asked is in `chapters-code/see.toml`. The modules are those that are kept, so nothing is built. WABT comes from
//! npm at one release; other programs are the machine's own.

use std::{fmt::Write as _, fs, process::Stdio};

use anyhow::{Context, Result, ensure};
use pipeline::{
    export, modules,
    npm::{self, Tool},
    snapshot,
};
use project::{
    discover, files,
    paths::Project,
    select,
    step::{Step, Target},
    terminal::{self, number},
    toolchain::clean,
};
use serde::{Deserialize, Serialize};

use crate::{
    record::Record,
    study::{Progress, Study},
};

/// The release of WABT on npm.
pub const WABT: &str = "1.0.39";

/// Lines of an output that are shown at most, where `see.toml` does not say.
const LINES: usize = 24;

/// The record.
pub const RECORD: Record = Record::new("see", "cargo xtask see --accept");

/// What `see.toml` says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    look: Vec<Look>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Look {
    /// The step whose module is looked at.
    step: String,
    /// The program with its options; the module's file comes behind them.
    run: String,
    /// How many lines of its output are shown, if not all up to the limit.
    lines: Option<usize>,
}

/// What a program said of a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The step.
    pub step: String,
    /// The program with its options.
    pub run: String,
    /// The module's SHA-256.
    pub module: String,
    /// The first lines of its output.
    pub output: Vec<String>,
    /// How many lines follow.
    pub more: usize,
}

/// The study.
#[derive(Clone, Copy, Debug)]
pub struct Looks {
    /// Whether a program that this machine lacks is an error. Otherwise it says so, and what is kept counts.
    pub all: bool,
}

impl Study for Looks {
    type Kept = Vec<Seen>;
    type Found = Vec<Seen>;

    fn record(&self) -> Record {
        RECORD
    }

    fn measure(&self, project: &Project, progress: Progress) -> Result<Vec<Seen>> {
        let steps = discover::everything(project)?;
        let folder = tempfile::tempdir()?;
        let kept: Vec<Seen> = RECORD.load(project)?.unwrap_or_default();
        let mut seen = Vec::new();
        for look in asked(project)? {
            let step = select::find(&steps, &look.step)?;
            progress(&format!("{} of {}", look.run, step.path));
            let module = module(project, step)?;
            let name = file_name(step);
            fs::write(folder.path().join(&name), &module)?;
            let mut command = match program(project, &look.run)? {
                Tool::Here(command) => command,
                Tool::Missing(why) => {
                    ensure!(!self.all, "{why}");
                    terminal::warn(&format!("{}: left out, for {why}", look.run));
                    let old = kept
                        .iter()
                        .find(|old| old.step == step.path && old.run == look.run);
                    seen.extend(old.cloned());
                    continue;
                }
            };
            let output = command
                .arg(&name)
                .current_dir(folder.path())
                .stdin(Stdio::null())
                .output()
                .with_context(|| look.run.clone())?;
            ensure!(
                output.status.success(),
                "`{} {name}` fails: {}",
                look.run,
                String::from_utf8_lossy(&output.stderr).trim()
            );
            let text = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
            let lines: Vec<&str> = text.trim_matches('\n').lines().collect();
            let shown = look.lines.unwrap_or(LINES).min(lines.len());
            seen.push(Seen {
                step: step.path.clone(),
                run: look.run,
                module: files::sha256(&module),
                output: lines[..shown]
                    .iter()
                    .map(|line| (*line).trim_end().to_owned())
                    .collect(),
                more: lines.len() - shown,
            });
        }
        Ok(seen)
    }

    fn merge(&self, _: Option<Vec<Seen>>, found: &Vec<Seen>) -> Vec<Seen> {
        found.clone()
    }

    fn compare(&self, kept: &Vec<Seen>, found: &Vec<Seen>) -> Result<Vec<String>> {
        RECORD.differences(kept, found)
    }
}

/// Where the record is not of what is asked, or of another module than the step's. Nothing is run for it.
///
/// # Errors
/// If the record, a snapshot or what is asked cannot be read.
pub fn stale(project: &Project, steps: &[Step]) -> Result<Vec<String>> {
    if !asked_file(project).is_file() {
        return Ok(Vec::new());
    }
    let kept: Vec<Seen> = RECORD.load(project)?.unwrap_or_default();
    let asked = asked(project)?;
    let mut stale = Vec::new();
    if !kept
        .iter()
        .map(|seen| (&seen.step, &seen.run))
        .eq(asked.iter().map(|look| (&look.step, &look.run)))
    {
        stale.push(
            "has other questions than chapters-code/see.toml; cargo xtask see --accept".to_owned(),
        );
    }
    for seen in kept {
        let Some(step) = steps.iter().find(|step| step.path == seen.step) else {
            stale.push(format!(
                "is about {}, and there is no such step; cargo xtask see --accept",
                seen.step
            ));
            continue;
        };
        if files::sha256(&module(project, step)?) != seen.module {
            stale.push(format!(
                "is of another module of {}; cargo xtask see --accept",
                seen.step
            ));
        }
    }
    Ok(stale)
}

fn asked_file(project: &Project) -> std::path::PathBuf {
    project.steps().join("see.toml")
}

fn asked(project: &Project) -> Result<Vec<Look>> {
    let file = asked_file(project);
    let text = fs::read_to_string(&file).with_context(|| project.shown(&file))?;
    let asked: Asked = toml::from_str(&text).with_context(|| project.shown(&file))?;
    Ok(asked.look)
}

/// The module that is kept of a step.
fn module(project: &Project, step: &Step) -> Result<Vec<u8>> {
    let measured =
        snapshot::stored(step)?.with_context(|| format!("{} has no snapshot yet", step.path))?;
    modules::module(project, step, &measured)?
        .with_context(|| format!("of {} no module is kept", step.path))
}

/// The module's name in a reader's copy of the step.
fn file_name(step: &Step) -> String {
    match step.target {
        _ if !step.settings.post_build.is_empty() => "smaller.wasm".to_owned(),
        Target::Wasm(_) => format!("{}.wasm", export::built_name(step)),
        Target::Host | Target::Native(_) => "module.wasm".to_owned(),
    }
}

/// The program of a line, with its options.
fn program(project: &Project, line: &str) -> Result<Tool> {
    let mut words = line.split_whitespace();
    let name = words.next().context("a line names a program")?;
    let mut tool = if name.starts_with("wasm") {
        npm::tool(project, "wabt", WABT, name).context("see chapters-code/see.toml")?
    } else {
        match which::which(name) {
            Ok(file) => Tool::Here(clean(file)),
            Err(_) => Tool::Missing(format!("there is no `{name}` on the PATH")),
        }
    };
    if let Tool::Here(command) = &mut tool {
        command.args(words);
    }
    Ok(tool)
}

/// What a page shows: the commands that are asked of a step's module, each with its output.
///
/// # Errors
/// If nothing is kept, or nothing is asked of the step.
pub fn show(project: &Project, step: &Step) -> Result<String> {
    let kept: Vec<Seen> = RECORD.stored(project)?;
    let seen: Vec<&Seen> = kept.iter().filter(|seen| seen.step == step.path).collect();
    ensure!(
        !seen.is_empty(),
        "nothing is asked of {}: see chapters-code/see.toml",
        step.path
    );
    let mut text = String::new();
    for seen in seen {
        _ = writeln!(text, "\n```console\n$ {} {}", seen.run, file_name(step));
        for line in &seen.output {
            _ = writeln!(text, "{line}");
        }
        if seen.more > 0 {
            _ = writeln!(text, "({} more lines)", number(seen.more as u64));
        }
        text.push_str("```\n");
    }
    Ok(text)
}
