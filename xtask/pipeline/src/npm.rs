//! Packages from npm, each at an exact release and in a folder of its own below `target/tools`.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};

use project::{
    lock,
    paths::{Dir, Project},
    terminal,
    toolchain::clean,
};

/// A package that may be there or not.
#[derive(Debug)]
pub enum Package {
    /// The package's folder.
    Here(PathBuf),
    /// What this machine lacks for it.
    Missing(String),
}

fn place(project: &Project, name: &str, release: &str) -> (PathBuf, PathBuf) {
    let folder = project.target(Dir::Tools).join(format!("{name}-{release}"));
    let package = folder.join("node_modules").join(name);
    (folder, package)
}

/// Whether a package was fetched before.
#[must_use]
pub fn is_here(project: &Project, name: &str, release: &str) -> bool {
    place(project, name, release)
        .1
        .join("package.json")
        .is_file()
}

/// A package, fetched if it is not there.
///
/// # Errors
/// If npm cannot fetch it.
pub fn package(project: &Project, name: &str, release: &str) -> Result<Package> {
    let tools = project.target(Dir::Tools);
    let (folder, package) = place(project, name, release);
    if package.join("package.json").is_file() {
        return Ok(Package::Here(package));
    }
    let Ok(npm) = which::which("npm") else {
        return Ok(Package::Missing(
            "it is fetched by npm, which is not on the PATH".into(),
        ));
    };
    let _lock = lock::exclusive(&tools.join("npm.lock"), "another package is fetched")?;
    if package.join("package.json").is_file() {
        return Ok(Package::Here(package));
    }
    terminal::status(
        "Installing",
        &format!(
            "{name} {release} into {} (with npm)",
            project.shown(&folder)
        ),
    );
    // Fetched aside and put in place whole: a fetch that is interrupted leaves nothing that looks like a package.
    let aside = tempfile::Builder::new()
        .prefix(".npm-")
        .tempdir_in(&tools)?;
    let output = clean(npm)
        .args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
        ])
        .arg(aside.path())
        .arg(format!("{name}@{release}"))
        .output()
        .context("npm does not start")?;
    if !output.status.success() {
        bail!(
            "npm cannot install {name} {release}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    fs::rename(aside.keep(), &folder).with_context(|| folder.display().to_string())?;
    Ok(Package::Here(package))
}
