//! A reader's own crate or module beside a step: whether it does the same, and how large it is.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::Message;
use outcome::{Outcome, Run};
use project::{paths::Project, step::Step, toolchain::clean};
use serde::Serialize;

use crate::{
    built::Built,
    measure::{Call, Measured, Rules},
    node, snapshot, verify,
};

/// What came of a reader's module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The step that it is compared with.
    pub step: String,
    /// Its size in bytes.
    pub size: u64,
    /// The size of the step's module in bytes.
    pub wanted: u64,
    /// What it does, in a line.
    pub does: String,
    /// What it does otherwise than the step, a line each.
    pub differences: Vec<String>,
}

impl Checked {
    /// Whether it does the same and is no larger than the step's module.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.differences.is_empty() && self.size <= self.wanted
    }
}

/// Whether a module can be compared with the step's: it has to be one that is run, or called, here.
///
/// # Errors
/// If the step cannot be compared with; the error says why.
pub fn target(step: &Step) -> Result<Measured> {
    let stored = snapshot::stored(step)?.with_context(|| {
        format!(
            "{} has no snapshot yet: cargo xtask verify --accept {}",
            step.path, step.path
        )
    })?;
    ensure!(
        stored.module().is_some(),
        "{} makes no module: {}",
        step.path,
        stored.outcome()
    );
    Ok(stored)
}

/// Runs a module as a step's is run, and compares what it does and how large it is.
///
/// # Errors
/// If the file is no module, the step has none, or something that is nobody's doing fails: no engine, no node.
pub fn check(project: &Project, step: &Step, file: &Path) -> Result<Checked> {
    let stored = target(step)?;
    // Scripts start in the step's folder.
    let file = &std::path::absolute(file)?;
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let mut alone = step.clone();
    // What other engines make of it, and what each call of WASI is given, is the step's own affair.
    alone.settings.engines.truncate(1);
    alone.settings.also.clear();
    alone.settings.trace = false;
    alone.settings.bindgen = None;
    let built = Built::Module {
        file: file.clone(),
        bytes,
        program: None,
    };
    let mut measured =
        Measured::of(&alone, &built).with_context(|| format!("{} is no module", file.display()))?;
    measured.behaviour = verify::run(project, &alone, file, None, false)?;
    if let Some(script) = &step.settings.script {
        if let Some(why) = node::lacks(step) {
            bail!("{why}");
        }
        measured.script = Some(node::script(step, script, file)?);
    }
    Ok(Checked {
        step: step.path.clone(),
        size: measured.size().unwrap_or_default(),
        wanted: stored.size().unwrap_or_default(),
        does: measured.outcome(),
        differences: differences(&stored, &measured),
    })
}

/// What the second does otherwise than the first, a line each.
#[must_use]
pub fn differences(stored: &Measured, found: &Measured) -> Vec<String> {
    let mut told = Vec::new();
    if let (Some(before), Some(now)) = (stored.run(), found.run()) {
        if !alike(&before.outcome, &now.outcome) {
            told.push(format!(
                "{}, and the step's {}",
                found.outcome(),
                stored.outcome()
            ));
        }
        told.extend(output(before, now));
    }
    for before in stored.calls() {
        let now = found.calls().iter().find(|now| now.call == before.call);
        let same = now.is_some_and(|now| {
            alike(&before.ran.outcome, &now.ran.outcome) && before.ran.values == now.ran.values
        });
        if !same {
            told.push(format!(
                "`{}` gives {}, and the step's {}",
                before.call,
                now.map_or_else(|| "nothing".to_owned(), Call::summary),
                before.summary()
            ));
        }
    }
    if let (Some(before), Some(now)) = (&stored.script, &found.script)
        && before.code != now.code
    {
        let code = |code: Option<i32>| code.map_or("no code".to_owned(), |code| code.to_string());
        told.push(format!(
            "the step's script ends with {}, and with the step's module with {}; it prints: {}",
            code(now.code),
            code(before.code),
            now.stdout.trim()
        ));
    }
    let kept = |measured: &Measured| Rules::of(measured).is_some_and(|rules| rules.are_kept());
    if kept(stored) && !kept(found) {
        let rules = Rules::of(found).map(|rules| rules.told().join(", "));
        told.push(format!(
            "the rules of the game: {}",
            rules.unwrap_or_else(|| "it is no command".to_owned())
        ));
    }
    told
}

/// Whether two runs ended in the same way. Engines word their reasons with names and numbers of the module.
fn alike(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Outcome::Exited { code: one }, Outcome::Exited { code: other }) => one == other,
        // To return from `_start` and to exit with 0 is the same to whoever started it.
        (Outcome::Exited { code: 0 }, Outcome::Returned)
        | (Outcome::Returned, Outcome::Exited { code: 0 }) => true,
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

fn output(before: &Run, now: &Run) -> Vec<String> {
    let streams = [
        ("stdout", &before.stdout, &now.stdout),
        ("stderr", &before.stderr, &now.stderr),
    ];
    let other = streams.into_iter().filter(|(_, before, now)| before != now);
    other
        .map(|(name, before, now)| format!("{name} is {now:?}, and the step's {before:?}"))
        .collect()
}

/// The module of a crate, built as its folder says, with what cargo prints on the way.
///
/// # Errors
/// If cargo does not start, the crate does not build, or what it builds is not one module.
pub fn built(folder: &Path) -> Result<PathBuf> {
    ensure!(
        folder.join("Cargo.toml").is_file(),
        "{} has no Cargo.toml: expected the folder of a crate, or a file that ends in .wasm; cargo xtask copy STEP DIR \
         makes such a folder",
        folder.display()
    );
    let output = clean("cargo")
        .args([
            "build",
            "--release",
            "--message-format=json-render-diagnostics",
        ])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cargo does not start")?;
    ensure!(
        output.status.success(),
        "{} does not build: see above",
        folder.display()
    );
    match &modules_in(&output.stdout)?[..] {
        [module] => Ok(module.clone()),
        [] => bail!(
            "{} builds no module: it lacks a target for WebAssembly, in .cargo/config.toml (`[build] target = \
             \"wasm32-wasip1\"`); or name the module, a file that ends in .wasm",
            folder.display()
        ),
        more => bail!(
            "{} builds {} modules: name the one to check, a file that ends in .wasm: {}",
            folder.display(),
            more.len(),
            more.iter()
                .map(|file| file.display().to_string())
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

/// The modules that cargo built, from what it prints with `--message-format=json`.
///
/// # Errors
/// If that is not what cargo prints.
fn modules_in(messages: &[u8]) -> Result<Vec<PathBuf>> {
    let mut modules = Vec::new();
    for message in Message::parse_stream(messages) {
        if let Message::CompilerArtifact(artifact) = message? {
            let files = artifact.filenames.into_iter();
            let files = files.filter(|file| file.extension() == Some("wasm"));
            modules.extend(files.map(|file| file.into_std_path_buf()));
        }
    }
    Ok(modules)
}
