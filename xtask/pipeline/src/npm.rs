//! Packages from npm, in folders below `target/tools`: one at an exact release, or all that a lock file names.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

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
    put(project, &folder, |aside| {
        fetched(
            npm_in(&npm, aside)
                .args(["install", "--no-save"])
                .arg(format!("{name}@{release}")),
        )
    })
    .with_context(|| format!("npm cannot install {name} {release}"))?;
    Ok(Package::Here(package))
}

/// A tool that may be there or not.
#[derive(Debug)]
pub enum Tool {
    /// The command, to which arguments are added.
    Here(Command),
    /// What this machine lacks for it. Steps that need it are skipped, with a message; in CI that is an error.
    Missing(String),
}

/// A program of a package's, such as `wasm-opt`, which runs under node. The package is fetched if it is not there.
///
/// # Errors
/// If the release has no such program, or npm cannot fetch it.
pub fn tool(project: &Project, package: &str, release: &str, name: &str) -> Result<Tool> {
    let Ok(node) = which::which("node") else {
        return Ok(Tool::Missing(format!(
            "{name} runs under node, which is not on the PATH"
        )));
    };
    let folder = match self::package(project, package, release)? {
        Package::Here(folder) => folder,
        Package::Missing(why) => return Ok(Tool::Missing(format!("{name}: {why}"))),
    };
    let program = folder.join("bin").join(name);
    ensure!(
        program.is_file(),
        "npm's {package} {release} has no `{name}`"
    );
    let mut command = clean(node);
    command.arg(program);
    Ok(Tool::Here(command))
}

/// The files that say which packages belong together.
const LOCKED: [&str; 2] = ["package.json", "package-lock.json"];

/// The `node_modules` with the packages that the lock file in `from` names, fetched if they are not there. What only
/// `.ci/lint` needs (`devDependencies`) is not among them: it puts all of them into the same folder.
///
/// # Errors
/// If npm cannot fetch them.
pub fn locked(project: &Project, from: &Path) -> Result<Package> {
    let name = from.file_name().context("a folder has a name")?;
    let folder = project.target(Dir::Tools).join(name);
    let packages = folder.join("node_modules");
    let is_here = || {
        LOCKED.iter().all(|file| {
            let wanted = fs::read(from.join(file)).ok();
            wanted.is_some() && fs::read(folder.join(file)).ok() == wanted
        })
    };
    if is_here() {
        return Ok(Package::Here(packages));
    }
    let Ok(npm) = which::which("npm") else {
        return Ok(Package::Missing(
            "it is fetched by npm, which is not on the PATH".into(),
        ));
    };
    let _lock = lock::exclusive(
        &project.target(Dir::Tools).join("npm.lock"),
        "another package is fetched",
    )?;
    if is_here() {
        return Ok(Package::Here(packages));
    }
    terminal::status(
        "Installing",
        &format!(
            "the packages of {} into {} (with npm)",
            project.shown(from),
            project.shown(&folder)
        ),
    );
    put(project, &folder, |aside| {
        for file in LOCKED {
            fs::copy(from.join(file), aside.join(file)).context(file)?;
        }
        fetched(npm_in(&npm, aside).args(["ci", "--omit=dev"]))
    })
    .with_context(|| format!("npm cannot install the packages of {}", project.shown(from)))?;
    Ok(Package::Here(packages))
}

/// npm at work in a folder: it runs no scripts of packages.
fn npm_in(npm: &Path, folder: &Path) -> Command {
    let mut command = clean(npm);
    command
        .args(["--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
        .arg(folder);
    command
}

fn fetched(command: &mut Command) -> Result<()> {
    let output = command.output().context("npm does not start")?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

/// Has a folder filled aside, and puts it in place whole: a fetch that is interrupted leaves nothing that looks like a
/// package.
fn put(project: &Project, folder: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let aside = tempfile::Builder::new()
        .prefix(".npm-")
        .tempdir_in(project.target(Dir::Tools))?;
    fill(aside.path())?;
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    fs::rename(aside.keep(), folder).with_context(|| folder.display().to_string())
}
