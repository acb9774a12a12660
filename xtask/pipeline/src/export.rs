//! A step as the start of a project of one's own: its crate, its pin and its lock file.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail, ensure};
use walkdir::WalkDir;

use crate::programs;
use project::{paths::Project, step::Step};

/// The crates of the book's own, besides the steps, that a step is built with: folders in `chapters-code/`.
///
/// # Errors
/// If the step's manifest cannot be read, or names a crate that is not directly there.
pub fn companions(step: &Step) -> Result<Vec<String>> {
    #[derive(serde::Deserialize)]
    struct Manifest {
        #[serde(default)]
        dependencies: BTreeMap<String, toml::Value>,
    }
    let file = step.dir.join("Cargo.toml");
    let manifest: Manifest =
        toml::from_str(&fs::read_to_string(&file)?).with_context(|| file.display().to_string())?;
    let paths = manifest
        .dependencies
        .values()
        .filter_map(|dependency| dependency.get("path")?.as_str());
    paths
        .map(|path| {
            let name = path.strip_prefix("../../").filter(|name| !name.contains('/'));
            name.map(str::to_owned).with_context(|| {
                format!(
                    "{}: a step may be built with a crate directly in chapters-code/ (`../../NAME`), and `{path}` is \
                     none: its copy would lack it",
                    file.display()
                )
            })
        })
        .collect()
}

/// The folder of the crate in a copy. A step that is built with other crates of the book is copied together with them,
/// in folders as in the book and as a workspace: so they find each other, and the compiler sees the same paths.
///
/// # Errors
/// If the step's manifest cannot be read.
pub fn crate_dir(step: &Step, to: &Path) -> Result<PathBuf> {
    Ok(if companions(step)?.is_empty() {
        to.to_path_buf()
    } else {
        to.join(&step.path)
    })
}

/// Copies a step to a folder that is empty or not there yet. Returns the files, below it.
///
/// # Errors
/// If the folder holds anything, lies in the step, or cannot be written.
pub fn copy(project: &Project, step: &Step, to: &Path) -> Result<Vec<PathBuf>> {
    if to.exists() {
        ensure!(
            to.is_dir(),
            "{} is a file; name a folder that is empty or not there yet",
            to.display()
        );
        let mut inside = fs::read_dir(to).with_context(|| format!("{}", to.display()))?;
        if let Some(entry) = inside.next() {
            bail!(
                "{} is not empty (it holds {}): nothing was copied; name a folder that is empty or not there yet",
                to.display(),
                entry?.file_name().display()
            );
        }
    }
    fs::create_dir_all(to).with_context(|| format!("{} cannot be made", to.display()))?;
    let inside = fs::canonicalize(to)?.starts_with(fs::canonicalize(&step.dir)?);
    ensure!(!inside, "{} lies in the step itself", to.display());

    let own = crate_dir(step, to)?;
    fs::create_dir_all(&own)?;
    let below = own.strip_prefix(to)?.to_path_buf();
    let files = files(step, &own)?;
    let mut copied: Vec<PathBuf> = files.iter().map(|file| below.join(file)).collect();
    let companions = companions(step)?;
    for name in &companions {
        fs::create_dir_all(to.join(name))?;
        let files = folder(&project.steps().join(name), &to.join(name))?;
        copied.extend(files.iter().map(|file| Path::new(name).join(file)));
    }
    if !companions.is_empty() {
        fs::write(to.join("Cargo.toml"), workspace(project, &companions)?)?;
        copied.push("Cargo.toml".into());
    }
    // A period crate brings all along, and its lock file is in the form of its day.
    if step.is_period() {
        return Ok(copied);
    }
    for (name, text) in [
        ("rust-toolchain.toml", fs::read_to_string(&step.pin.file)?),
        (
            "Cargo.lock",
            fs::read_to_string(project.steps().join("Cargo.lock"))
                .context("chapters-code/Cargo.lock")?,
        ),
    ] {
        fs::write(to.join(name), text)?;
        if !copied.iter().any(|file| file == Path::new(name)) {
            copied.push(name.into());
        }
    }
    prune_lock(to)?;
    Ok(copied)
}

/// The manifest of a copy's workspace: the steps' own, with no crates of the book but these.
fn workspace(project: &Project, companions: &[String]) -> Result<String> {
    let file = project.steps().join("Cargo.toml");
    let mut manifest: toml::Table =
        toml::from_str(&fs::read_to_string(&file)?).with_context(|| file.display().to_string())?;
    let members = manifest
        .get_mut("workspace")
        .and_then(|workspace| workspace.get_mut("members"))
        .and_then(toml::Value::as_array_mut)
        .with_context(|| format!("{} has no list `workspace.members`", file.display()))?;
    members.retain(|member| {
        let name = member.as_str().unwrap_or_default();
        name.contains('/') || companions.iter().any(|companion| companion == name)
    });
    Ok(toml::to_string(&manifest)?)
}

/// Copies the crate itself: neither its snapshot, nor what was built in it. Returns the files, below the folder.
///
/// # Errors
/// If a file cannot be read or written.
pub fn files(step: &Step, to: &Path) -> Result<Vec<PathBuf>> {
    folder(&step.dir, to)
}

fn folder(from: &Path, to: &Path) -> Result<Vec<PathBuf>> {
    let mut copied = Vec::new();
    let walk = WalkDir::new(from).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.file_name() != "target") {
        let entry = entry?;
        let below = entry.path().strip_prefix(from)?;
        let name = entry.file_name().to_string_lossy();
        if entry.file_type().is_dir() {
            fs::create_dir_all(to.join(below))?;
        // The snapshot is the book's memory of the step, and a module lies there only after `cargo run`.
        } else if !(name.ends_with(".snap") || name.ends_with(".snap.new") || name == "module.wasm")
        {
            fs::copy(entry.path(), to.join(below))?;
            copied.push(below.to_path_buf());
        }
    }
    Ok(copied)
}

/// Leaves in a copy's lock file only what the copy needs, at the versions that the steps' lock file has. Cargo does
/// it: which packages are needed depends on their features, and that is for cargo to say.
///
/// What it needs to know of the packages is in the registry's copy on this machine, if the step was ever built here;
/// so without the network first.
fn prune_lock(to: &Path) -> Result<()> {
    let prune = |more: &[&str]| {
        programs::cargo()
            .current_dir(to)
            .args(["update", "--workspace", "--quiet"])
            .args(more)
            .stdin(Stdio::null())
            .output()
            .context("cargo does not start")
    };
    let mut output = prune(&["--offline"])?;
    if !output.status.success() {
        output = prune(&[])?;
    }
    ensure!(
        output.status.success(),
        "cargo cannot bring the copy's lock file down to size:\n{}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

/// The name of the file that cargo builds, without its ending: a program's keeps its dashes, a library's does not.
#[must_use]
pub fn built_name(step: &Step) -> String {
    if step.dir.join("src/lib.rs").is_file() {
        step.package.replace('-', "_")
    } else {
        step.package.clone()
    }
}
