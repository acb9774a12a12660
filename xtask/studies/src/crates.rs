//! Crates in `chapters-code/` that are no steps: they are copied out and built there, with the flags of the study.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use cargo_metadata::Message;
use pipeline::diagnostics;
use project::{files, toolchain::Toolchain};
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use walkdir::WalkDir;

/// A crate's folder, away from the repository: what is above it there has no say in how it is built.
///
/// # Errors
/// If it cannot be copied.
pub(crate) fn copied(source: &Path, with_lock: bool) -> Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("study-").tempdir()?;
    for entry in WalkDir::new(source) {
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

/// `cargo build --release --message-format=json` of a crate, for [`built`] and [`wasm`], with the target folder that is
/// named. Messages of panics name source files, by their paths on this machine; trimming them is nightly's.
pub(crate) fn release(toolchain: &Toolchain, folder: &Path, target: &Path) -> Command {
    let mut cargo = toolchain.cargo(folder);
    cargo
        .args(["build", "--release", "--locked", "--message-format=json"])
        .args([
            "-Ztrim-paths",
            "--config",
            "profile.release.trim-paths='all'",
        ])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", target)
        .stdin(Stdio::null());
    cargo
}

/// Waits for `cargo build --message-format=json`, and gives the compiler's first error if there is one.
///
/// # Errors
/// If cargo does not start, or fails for another reason.
pub(crate) fn built(cargo: &mut Command) -> Result<Result<(), String>> {
    Ok(output_of(cargo)?.map(|_| ()))
}

/// Cargo's messages, or the compiler's first error.
fn output_of(cargo: &mut Command) -> Result<Result<Vec<u8>, String>> {
    let output = cargo.output().context("cargo does not start")?;
    if output.status.success() {
        return Ok(Ok(output.stdout));
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

/// The same, and the module that cargo made, wherever it put that.
///
/// # Errors
/// Those of [`built`], and if there is no module.
pub(crate) fn wasm(cargo: &mut Command) -> Result<Result<PathBuf, String>> {
    let output = match output_of(cargo)? {
        Ok(output) => output,
        Err(first) => return Ok(Err(first)),
    };
    let mut module = None;
    for message in Message::parse_stream(&output[..]) {
        if let Ok(Message::CompilerArtifact(artifact)) = message {
            let mut files = artifact.filenames.into_iter();
            module = files
                .find(|file| file.extension() == Some("wasm"))
                .or(module);
        }
    }
    let module = module.context("cargo built no module")?;
    Ok(Ok(module.into_std_path_buf()))
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

/// The SHA-256 of files, each with its name, and of all files in folders, whatever system they were checked out on.
///
/// # Errors
/// If one cannot be read, or is no text.
pub(crate) fn hash<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<String> {
    let mut all = Vec::new();
    for path in paths {
        let walk = WalkDir::new(path).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| entry.file_name() != "target") {
            let entry = entry?;
            if entry.file_type().is_file() {
                all.extend(entry.file_name().as_encoded_bytes());
                let text = fs::read_to_string(entry.path())?;
                all.extend(text.replace("\r\n", "\n").into_bytes());
                all.push(0);
            }
        }
    }
    Ok(files::sha256(&all))
}

/// What a manifest says in a table that is three keys deep, such as `[package.metadata.price]`. None, if it has no such table.
///
/// # Errors
/// If it cannot be read, or says something else there.
pub(crate) fn said<T: DeserializeOwned>(manifest: &Path, keys: [&str; 3]) -> Result<Option<T>> {
    let text = fs::read_to_string(manifest)?;
    let mut table: toml::Table = toml::from_str(&text)?;
    let mut value = table.remove(keys[0]);
    for key in &keys[1..] {
        value = value.and_then(|value| value.as_table().and_then(|table| table.get(*key)).cloned());
    }
    Ok(value.map(toml::Value::try_into).transpose()?)
}
