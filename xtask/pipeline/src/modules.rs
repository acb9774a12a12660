//! The modules that the book brings along for the reader's browser: `chapters-code/modules/PART/STEP.wasm.gz`, under
//! git. `verify` compares them with what is built, and `verify --accept` writes them.
//!
//! A build of the book copies them to `src/modules/`, from where mdBook takes them along as it does pictures.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use project::{
    files,
    paths::{Dir, Project},
    step::Step,
    terminal::{bytes, number},
};
use walkdir::WalkDir;

use crate::{
    gzip::{pack, unpacked},
    measure::{KEPT, Measured, Module},
};

/// Part 3's host for WASI, which the pages run modules with, below the steps.
const HOST: &str = "3-wasi-by-hand/19-js-host/host.mjs";

/// The folder in which they are kept.
#[must_use]
pub fn folder(project: &Project) -> PathBuf {
    project.steps().join("modules")
}

/// The file in which a step's module is kept, if it is.
#[must_use]
pub fn file(project: &Project, step: &Step) -> PathBuf {
    folder(project).join(file_name(step))
}

/// Whether a browser can run the module: a core module, not a component.
#[must_use]
pub fn is_core(measured: &Measured) -> bool {
    let module = measured.module();
    module.is_some_and(|module| !module.is_component())
}

/// Whether the step's module has a file in `chapters-code/modules/`: what its metadata say or, where they say nothing,
/// whether it is a module for browsers that is too large for its snapshot.
#[must_use]
pub fn has_file(step: &Step, measured: &Measured) -> bool {
    step.is_today()
        && measured.size().is_some_and(|size| {
            let large = is_core(measured) && size > KEPT as u64;
            step.settings.keep_module.unwrap_or(large)
        })
}

/// The module's file, below the kept ones and below the built book's `modules/`.
#[must_use]
pub fn file_name(step: &Step) -> String {
    format!("{}.wasm.gz", step.path)
}

/// What was built and differs from what is kept waits here to be accepted.
fn proposal(project: &Project, step: &Step) -> PathBuf {
    project
        .target(Dir::Proposed)
        .join(format!("{}.wasm", step.path))
}

/// A step's module as its snapshot has it, or the file of larger ones; none if neither does.
///
/// # Errors
/// If the file is not gzip.
pub fn module(project: &Project, step: &Step, measured: &Measured) -> Result<Option<Vec<u8>>> {
    match measured.module().and_then(Module::whole) {
        Some(module) => Ok(Some(module)),
        None => unpacked(&file(project, step)),
    }
}

/// Compares what was built with what is kept. What is wrong, if something is; the module then waits to be accepted.
///
/// # Errors
/// If files cannot be read or written.
pub fn compare(
    project: &Project,
    step: &Step,
    measured: &Measured,
    module: &[u8],
) -> Result<Option<String>> {
    let proposal = proposal(project, step);
    let file = file(project, step);
    let shown = project.shown(&file);
    let problem = if has_file(step, measured) {
        match unpacked(&file) {
            Ok(Some(kept)) if kept == module => None,
            Ok(Some(kept)) => {
                let first = kept.iter().zip(module).position(|(old, new)| old != new);
                let first = first.unwrap_or_else(|| kept.len().min(module.len()));
                Some(format!(
                    "{shown} has another module: {} there, {} built, the first other byte at {}",
                    bytes(kept.len() as u64),
                    bytes(module.len() as u64),
                    number(first as u64)
                ))
            }
            Ok(None) => Some(format!(
                "{shown} is missing: pages run the module from there"
            )),
            Err(error) => Some(format!("{error:#}")),
        }
    } else {
        file.is_file().then(|| {
            format!("{shown} is there, and no page needs it: the snapshot has the module, or none can run it")
        })
    };
    if problem.is_some() {
        files::put(&proposal, module)?;
    } else if proposal.is_file() {
        fs::remove_file(proposal)?;
    }
    Ok(problem)
}

/// Makes what was built last what is kept, or keeps it no longer.
///
/// # Errors
/// If the file cannot be written.
pub fn accept(project: &Project, step: &Step, measured: &Measured) -> Result<()> {
    let (file, proposal) = (file(project, step), proposal(project, step));
    if !has_file(step, measured) {
        if !step.is_on_another() && file.is_file() {
            fs::remove_file(&file).with_context(|| project.shown(&file))?;
        }
        return Ok(());
    }
    if proposal.is_file() {
        files::put(&file, &pack(&fs::read(&proposal)?)?)?;
        fs::remove_file(proposal)?;
    }
    Ok(())
}

/// The names of all that are kept: `PART/STEP.wasm.gz`.
#[must_use]
pub fn names(project: &Project) -> BTreeSet<String> {
    below(&folder(project))
}

/// The files below a folder, with slashes.
fn below(folder: &Path) -> BTreeSet<String> {
    let walk = WalkDir::new(folder).into_iter().flatten();
    walk.filter(|entry| entry.file_type().is_file())
        .filter_map(|entry| {
            let name = entry.path().strip_prefix(folder).ok()?;
            Some(name.display().to_string().replace('\\', "/"))
        })
        .collect()
}

/// Lays everything out that pages fetch when they are asked to: `src/modules/` has what is kept and the host
/// afterwards, and nothing else. What is there already is not written again.
///
/// # Errors
/// If a file cannot be read or written.
pub fn lay_out(project: &Project) -> Result<()> {
    let to = project.src().join("modules");
    let mut wanted = names(project);
    wanted.retain(|name| name.ends_with(".wasm.gz"));
    for name in &wanted {
        copy(&folder(project).join(name), &to.join(name))?;
    }
    let host = project.steps().join(HOST);
    if host.is_file() {
        copy(&host, &to.join("host.mjs"))?;
        wanted.insert("host.mjs".into());
    }
    for stale in below(&to).difference(&wanted) {
        fs::remove_file(to.join(stale)).with_context(|| format!("src/modules/{stale}"))?;
    }
    Ok(())
}

/// Another preprocessor may be at it at the same time: none ever reads half a file.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let new = fs::read(from).with_context(|| from.display().to_string())?;
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    files::put(to, &new)
}
