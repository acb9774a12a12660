//! Inputs that mean harm, thousands of them, for everything here that takes modules or texts. They are made and tried
//! by a program of its own (`xtask/lab/fuzz`): natively, and in the instrument and the assembler as the book's pages
//! load them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use pipeline::{
    engines::Host,
    measure::{Measured, Module},
    modules, programs, snapshot,
};
use project::{
    discover,
    paths::{Dir, Project},
};

/// How many inputs, and what they are chosen by, if nothing else is asked for.
pub const COUNT: u64 = 10_000;
/// The same number, the same inputs.
pub const SEED: u64 = 42;

/// The steps whose modules the pages load.
const INSTRUMENT: &str = "5-below-across-beyond/69-instrument";
const ASSEMBLER: &str = "5-below-across-beyond/70-assembler";

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tried {
    /// Modules and components that were tried.
    pub modules: u64,
    /// Texts that were tried.
    pub texts: u64,
    /// Which modules were tried as well.
    pub in_wasm: InWasm,
    /// How long it took.
    pub seconds: f64,
    /// What the dearest input cost, in each respect.
    pub most: Dearest,
    /// One of each sort of failure.
    pub failures: Vec<Failure>,
}

/// Which of the page's modules were there.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct InWasm {
    /// The instrument.
    pub instrument: bool,
    /// The assembler.
    pub assembler: bool,
}

/// What an input cost at most.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Dearest {
    /// Milliseconds, natively.
    pub ms: Most,
    /// Bytes of memory, natively.
    pub memory: Most,
    /// Steps of wasmi, for one question.
    pub steps: Most,
    /// Bytes of linear memory.
    pub wasm_memory: Most,
}

/// An amount, and the input that took it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Most {
    /// How much.
    pub amount: u64,
    /// The input's number.
    pub index: u64,
}

/// An input that something did not put up with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// The input's number.
    pub index: u64,
    /// How it was made.
    pub how: String,
    /// Who was asked what.
    pub asked: String,
    /// What came of it.
    pub what: String,
    /// The smallest input found that fails in the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Its size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// How many more fail in the same way.
    pub more: u64,
}

/// Writes what the inputs are made from into a folder: the modules that stand in the steps' snapshots, and the steps'
/// texts.
///
/// # Errors
/// If a snapshot cannot be read, or nothing written.
pub fn seeds(project: &Project, modules: &Path, texts: &Path) -> Result<()> {
    for folder in [modules, texts] {
        fs::create_dir_all(folder).with_context(|| project.shown(folder))?;
    }
    for step in discover::steps(project)? {
        let name = step.path.replace('/', "_");
        // Modules of up to 1 KB stand in their snapshot, in hexadecimal.
        let stored = snapshot::stored(&step)?;
        let module = stored.as_ref().and_then(Measured::module);
        if let Some(module) = module.and_then(Module::whole) {
            fs::write(modules.join(format!("{name}.wasm")), module)?;
        }
        let text = step.dir.join("module.wat");
        if text.is_file() {
            fs::copy(text, texts.join(format!("{name}.wat")))?;
        }
    }
    Ok(())
}

/// Where inputs that fail are written.
#[must_use]
pub fn folder(project: &Project) -> PathBuf {
    project.target(Dir::Hostile)
}

/// The page's modules, as far as they are kept.
fn guests(project: &Project, command: &mut Command) {
    for (name, step) in [("--instrument", INSTRUMENT), ("--assembler", ASSEMBLER)] {
        let file = modules::folder(project).join(format!("{step}.wasm.gz"));
        if file.is_file() {
            command.arg(name).arg(file);
        }
    }
}

/// Makes inputs and tries them.
///
/// # Errors
/// If the program does not compile or start. An input that fails is no error of this function.
pub fn run(project: &Project, seed: u64, count: u64, from: u64) -> Result<Tried> {
    let program = programs::HOSTILE.compiled(project)?;
    let out = folder(project);
    let seeds_in = out.join("seeds");
    if seeds_in.exists() {
        // A step that is gone is no seed any more.
        fs::remove_dir_all(&seeds_in)?;
    }
    seeds(project, &seeds_in, &seeds_in)?;
    let mut command = Host::program(&program).command()?;
    command
        .arg("run")
        .arg("--seeds")
        .arg(&seeds_in)
        .args(["--seed", &seed.to_string(), "--count", &count.to_string()])
        .args(["--from", &from.to_string()])
        .arg("--out")
        .arg(&out);
    guests(project, &mut command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .context("the program does not start")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        matches!(output.status.code(), Some(0 | 1)),
        "{} {}",
        said.trim(),
        output.status
    );
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("the program says something else: {}", said.trim()))
}

/// Tries the inputs in files. What is wrong with them, a line each; nothing if nothing is.
///
/// # Errors
/// If the program does not compile or start, or a file cannot be read.
pub fn check(project: &Project, files: &[PathBuf]) -> Result<String> {
    let mut command = Host::program(&programs::HOSTILE.compiled(project)?).command()?;
    command.arg("check").args(files);
    guests(project, &mut command);
    let output = command.stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let mut wrong = String::from_utf8_lossy(&output.stdout).into_owned();
    match output.status.code() {
        Some(0) => {}
        Some(1) if !wrong.is_empty() => {}
        Some(2) => anyhow::bail!("{}", said.trim()),
        _ => wrong.push_str(&format!("it ended with {}: {}", output.status, said.trim())),
    }
    Ok(wrong)
}
