//! A module that was named on the command line: a step's, or a file's.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use project::{discover, paths::Project, select, step::Step};

use crate::{build, built::Built};

/// A module, as it was named.
#[derive(Clone, Debug)]
pub struct NamedModule {
    /// Its file's name, as people read it.
    pub name: String,
    /// The file.
    pub file: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// The step that it is of, if it is of one.
    pub step: Option<Step>,
}

/// Reads the module of a step, which is built first, or of a file.
///
/// # Errors
/// If there is no such step or file, or the step has no module.
pub fn read(project: &Project, what: &str) -> Result<NamedModule> {
    let file = Path::new(what);
    if file.is_file() {
        let bytes = fs::read(file).with_context(|| format!("{what} cannot be read"))?;
        return Ok(NamedModule {
            name: what.to_owned(),
            file: file.to_path_buf(),
            bytes,
            step: None,
        });
    }
    if file
        .extension()
        .is_some_and(|extension| extension == "wasm")
    {
        bail!("there is no file {what}");
    }
    let steps = discover::everything(project)?;
    let step = select::find(&steps, what)?;
    match build::build(project, step, false)? {
        Built::Module { file, bytes, .. } => Ok(NamedModule {
            name: project.shown(&file),
            file,
            bytes,
            step: Some(step.clone()),
        }),
        Built::Program { file, .. } => bail!(
            "{} builds a program for this machine ({}), not a module",
            step.path,
            project.shown(&file)
        ),
        Built::Skipped(why) => bail!("{} is skipped: {why}", step.path),
        Built::Fails(errors) => bail!(
            "{} does not build, so there is no module: {}",
            step.path,
            errors.join("; ")
        ),
    }
}
