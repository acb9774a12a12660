//! What wasm-bindgen's command line does, at the release that a step names: it must be the very release of the library
//! in the module. One release is part of the tools, as a library; of others cargo installs the command line.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::programs;
use project::{
    files, lock,
    paths::{Dir, Project},
    step::Step,
    terminal,
    toolchain::clean,
};

/// One of the files that wasm-bindgen writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glue {
    /// Its name.
    pub file: String,
    /// Its size in bytes.
    pub size: u64,
}

/// The name of the glue's files, as wasm-bindgen would choose it.
#[must_use]
pub fn name(step: &Step) -> String {
    named(&step.package)
}

fn named(package: &str) -> String {
    package.replace('-', "_")
}

/// The arguments between the program's name and the module: the same that the step's page shows.
#[must_use]
pub fn args(step: &Step) -> [String; 4] {
    args_for(&step.package)
}

fn args_for(package: &str) -> [String; 4] {
    ["--target", "web", "--out-name", &named(package)].map(str::to_owned)
}

/// Runs it over a module. The folder `out` holds what it wrote, and nothing else.
///
/// # Errors
/// If it cannot be installed, or fails.
pub fn bind(project: &Project, step: &Step, module: &Path, out: &Path) -> Result<()> {
    let release = step
        .settings
        .bindgen
        .as_deref()
        .context("the step names no release of wasm-bindgen")?;
    run(project, release, &step.package, module, out)
}

/// Runs a release of it over a package's module, and gives the module that it made, in the folder `out`.
///
/// # Errors
/// If it cannot be installed, or fails.
pub fn bound(
    project: &Project,
    release: &str,
    package: &str,
    module: &Path,
    out: &Path,
) -> Result<PathBuf> {
    run(project, release, package, module, out)?;
    Ok(out.join(format!("{}_bg.wasm", named(package))))
}

fn run(project: &Project, release: &str, package: &str, module: &Path, out: &Path) -> Result<()> {
    let program = program(project, release)?;
    // Written aside, so that another process finds whole files.
    let aside = tempfile::tempdir()?;
    let output = clean(program)
        .args(args_for(package))
        .arg("--out-dir")
        .arg(aside.path())
        .arg(module)
        .stdin(Stdio::null())
        .output()
        .context("wasm-bindgen does not start")?;
    if !output.status.success() {
        bail!(
            "wasm-bindgen fails: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let made = glue(aside.path())?;
    for Glue { file, .. } in &made {
        files::put(&out.join(file), &fs::read(aside.path().join(file))?)?;
    }
    for Glue { file, .. } in glue(out)? {
        if !made.iter().any(|made| made.file == file) {
            fs::remove_file(out.join(file))?;
        }
    }
    Ok(())
}

/// The files in the folder that [`bind`] wrote, by name.
///
/// # Errors
/// If the folder cannot be read.
pub fn glue(folder: &Path) -> Result<Vec<Glue>> {
    let mut glue = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let entry = entry?;
        glue.push(Glue {
            file: entry.file_name().to_string_lossy().into_owned(),
            size: entry.metadata()?.len(),
        });
    }
    glue.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(glue)
}

/// The release whose library is part of the tools.
///
/// # Errors
/// If the tools' lock file does not name one.
pub fn our_release() -> Result<String> {
    let ours = programs::locked("wasm-bindgen-cli-support")?;
    Ok(ours.rsplit(' ').next().unwrap_or_default().to_owned())
}

/// The program: our own over wasm-bindgen's library, if that is of this release, or else the command line, installed
/// by cargo into `target/tools` if it is not there.
fn program(project: &Project, release: &str) -> Result<PathBuf> {
    if our_release()? == release {
        return programs::BINDGEN.compiled(project);
    }
    let folder = project
        .target(Dir::Tools)
        .join(format!("wasm-bindgen-{release}"));
    let program = folder
        .join("bin")
        .join(format!("wasm-bindgen{}", env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(program);
    }
    let _lock = lock::exclusive(
        &project.target(Dir::Tools).join("wasm-bindgen.lock"),
        "another command line of wasm-bindgen's is installed",
    )?;
    if program.is_file() {
        return Ok(program);
    }
    terminal::status(
        "Installing",
        &format!(
            "wasm-bindgen-cli {release} into {} (with cargo; once; two minutes)",
            project.shown(&folder)
        ),
    );
    let output = programs::cargo()
        .args(["install", "wasm-bindgen-cli", "--locked", "--quiet"])
        // It has little to do here: to optimise it takes longer than it ever runs.
        .args(["--debug"])
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .args(["--version", release, "--bin", "wasm-bindgen"])
        .arg("--root")
        .arg(&folder)
        // Compiled apart, so that nothing of it stays.
        .current_dir(env::temp_dir())
        .stdin(Stdio::null())
        .output()
        .context("cargo does not start")?;
    if !output.status.success() {
        bail!(
            "cargo cannot install wasm-bindgen-cli {release}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(program)
}
