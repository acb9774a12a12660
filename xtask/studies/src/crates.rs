//! Crates in `chapters-code/` that are no steps: they are copied out and built there, with the flags of the study.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use cargo_metadata::Message;
use pipeline::diagnostics;
use tempfile::TempDir;

/// A crate's folder, away from the repository: what is above it there has no say in how it is built.
///
/// # Errors
/// If it cannot be copied.
pub(crate) fn copied(source: &Path, with_lock: bool) -> Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("study-").tempdir()?;
    for entry in walkdir::WalkDir::new(source) {
        let entry = entry?;
        let to = folder.path().join(entry.path().strip_prefix(source)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(to)?;
        } else if with_lock || entry.file_name() != "Cargo.lock" {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(folder)
}

/// Waits for `cargo build --message-format=json`, and gives the compiler's first error if there is one.
///
/// # Errors
/// If cargo does not start, or fails for another reason.
pub(crate) fn built(cargo: &mut std::process::Command) -> Result<Result<(), String>> {
    let output = cargo.output().context("cargo does not start")?;
    if output.status.success() {
        return Ok(Ok(()));
    }
    for message in Message::parse_stream(&output.stdout[..]) {
        if let Ok(Message::CompilerMessage(message)) = message
            && let Some(first) = diagnostics::diagnostic(&message.message).into_iter().next()
        {
            return Ok(Err(first));
        }
    }
    bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
}

/// The module of a package in the folder of a target's release profile.
///
/// # Errors
/// If there is none.
pub(crate) fn module(release: &Path, package: &str) -> Result<PathBuf> {
    let name = format!("{package}.wasm");
    [release.join(&name), release.join(name.replace('-', "_"))]
        .into_iter()
        .find(|file| file.is_file())
        .context("cargo built no module")
}
