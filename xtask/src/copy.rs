//! A step as the start of a project of one's own: its crate, its pin and its lock file.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use walkdir::WalkDir;

use crate::{discover::Step, house::House};

/// Copies a step to a folder that is empty or not there yet. Returns the files, below it.
///
/// # Errors
/// If the folder holds anything, lies in the step, or cannot be written.
pub fn copy(house: &House, step: &Step, to: &Path) -> Result<Vec<PathBuf>> {
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

    let mut copied = Vec::new();
    let walk = WalkDir::new(&step.dir).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.file_name() != "target") {
        let entry = entry?;
        let below = entry.path().strip_prefix(&step.dir)?;
        let name = entry.file_name().to_string_lossy();
        if entry.file_type().is_dir() {
            fs::create_dir_all(to.join(below))?;
        // The snapshot is the book's memory of the step, and a module lies there only if somebody ran `cargo run`.
        } else if !(name.ends_with(".snap") || name.ends_with(".snap.new") || name == "module.wasm")
        {
            fs::copy(entry.path(), to.join(below))?;
            copied.push(below.to_path_buf());
        }
    }
    for (name, text) in [
        ("rust-toolchain.toml", fs::read_to_string(&step.pin.file)?),
        ("Cargo.lock", lock(house, &step.package)?),
    ] {
        fs::write(to.join(name), text)?;
        if !copied.iter().any(|file| file == Path::new(name)) {
            copied.push(name.into());
        }
    }
    Ok(copied)
}

/// The steps' lock file, with only what one package needs.
fn lock(house: &House, package: &str) -> Result<String> {
    let file = house.steps().join("Cargo.lock");
    let text = fs::read_to_string(&file)
        .context("chapters-code/Cargo.lock is missing: cargo xtask build makes it")?;
    let mut lock: toml_edit::DocumentMut = text.parse().context("chapters-code/Cargo.lock")?;
    let packages = lock
        .get_mut("package")
        .and_then(toml_edit::Item::as_array_of_tables_mut);
    let packages = packages.context("chapters-code/Cargo.lock holds no packages")?;
    let mut wanted = BTreeSet::new();
    // A dependency is `name`, or `name version` where there is more than one.
    let mut open = vec![package.to_owned()];
    while let Some(next) = open.pop() {
        let (name, version) = next
            .split_once(' ')
            .map_or((next.as_str(), None), |(name, version)| {
                (name, Some(version))
            });
        let found = packages.iter().position(|package| {
            let text = |key| package.get(key).and_then(toml_edit::Item::as_str);
            text("name") == Some(name)
                && version.is_none_or(|version| text("version") == Some(version))
        });
        let Some(at) = found else {
            bail!(
                "chapters-code/Cargo.lock does not know {next}: cargo xtask build brings it up to date"
            )
        };
        if wanted.insert(at) {
            let dependencies = packages
                .get(at)
                .and_then(|package| package.get("dependencies")?.as_array());
            let names = dependencies
                .into_iter()
                .flatten()
                .filter_map(toml_edit::Value::as_str);
            open.extend(names.map(str::to_owned));
        }
    }
    let mut at = 0;
    packages.retain(|_| {
        at += 1;
        wanted.contains(&(at - 1))
    });
    Ok(lock.to_string())
}
