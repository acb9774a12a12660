//! What was measured before, so that what was interrupted goes on where it was.

use std::{
    collections::{BTreeMap, hash_map::DefaultHasher},
    env, fs,
    hash::{Hash as _, Hasher as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::{
    module::{Measured, Workshop},
    steps::Setting,
};
use crate::{SCHEMA, files};

/// The results of one state of the sources.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Results {
    schema: u32,
    session: u64,
    results: BTreeMap<String, Measured>,
}

/// The results that are there, and the file that keeps them.
#[derive(Debug)]
pub(super) struct Memory {
    file: PathBuf,
    results: Results,
}

impl Memory {
    /// What is remembered in a folder of a state of the sources. Other states are forgotten; only the newest result,
    /// which is the crate as it is, stays.
    pub(super) fn of(folder: &Path, session: u64, newest: &Path) -> Memory {
        let file = folder.join("results.json");
        let known = fs::read(&file).ok();
        let known = known.and_then(|text| serde_json::from_slice::<Results>(&text).ok());
        let known = known.filter(|known| known.schema == SCHEMA && known.session == session);
        let results = known.unwrap_or_else(|| {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                if !newest.starts_with(entry.path()) {
                    // What cannot be removed is in nobody's way.
                    _ = fs::remove_dir_all(entry.path());
                }
            }
            Results {
                schema: SCHEMA,
                session,
                results: BTreeMap::new(),
            }
        });
        Memory { file, results }
    }

    /// The number of a result, which its folder is named after.
    pub(super) fn key(&self, settings: &[Setting], workshop: &Workshop<'_>) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.results.session.hash(&mut hasher);
        settings.hash(&mut hasher);
        if settings
            .iter()
            .any(|setting| matches!(setting, Setting::WasmOpt(_)))
        {
            workshop
                .opt
                .as_ref()
                .map(|opt| &opt.version)
                .hash(&mut hasher);
        }
        hasher.finish()
    }

    /// A result, if its file is still there.
    pub(super) fn get(&self, key: u64) -> Option<&Measured> {
        let known = self.results.results.get(&format!("{key:016x}"));
        known.filter(|known| known.file.is_file())
    }

    /// Remembers a result.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(super) fn keep(&mut self, key: u64, measured: &Measured) -> Result<()> {
        self.results
            .results
            .insert(format!("{key:016x}"), measured.clone());
        files::write(&self.file, &serde_json::to_vec_pretty(&self.results)?, &[])
    }
}

/// A number for all that the results depend on but the settings: the sources that cargo names, the crates, the
/// compiler, the arguments, the environment, the check. `start` is the crate as it is.
pub(super) fn session(workshop: &Workshop<'_>, start: &Measured) -> u64 {
    let project = workshop.project;
    let mut hasher = DefaultHasher::new();
    start.contents.hash(&mut hasher);
    workshop.compiler.version.hash(&mut hasher);
    workshop
        .bindgen
        .as_ref()
        .map(|tool| &tool.version)
        .hash(&mut hasher);
    project.call().hash(&mut hasher);
    let built = project.work.join("build").join(&project.triple);
    let mut sources = project.manifests.clone();
    sources.extend(["Cargo.lock", ".cargo/config.toml"].map(|file| project.root.join(file)));
    sources.extend(dependencies(&built, &project.name));
    if let Some(check) = workshop.check {
        check.hash(&mut hasher);
        sources.extend(check.words().iter().map(|word| project.folder.join(word)));
    }
    sources.sort();
    sources.dedup();
    for file in sources.iter().filter(|file| file.is_file()) {
        file.hash(&mut hasher);
        fs::read(file).unwrap_or_default().hash(&mut hasher);
    }
    let mut variables: Vec<_> = env::vars_os()
        .filter(|(name, _)| {
            let name = name.to_string_lossy();
            name.contains("RUSTFLAGS")
                || name.starts_with("CARGO_PROFILE_")
                || name.starts_with("CARGO_TARGET_WASM")
        })
        .collect();
    variables.sort();
    variables.hash(&mut hasher);
    hasher.finish()
}

/// The sources that cargo names in the `.d` files beside what it built.
fn dependencies(built: &Path, name: &str) -> Vec<PathBuf> {
    let names = [name.to_owned(), name.replace('-', "_")].map(|name| format!("{name}.d"));
    let mut found = Vec::new();
    for profile in fs::read_dir(built).into_iter().flatten().flatten() {
        for folder in [profile.path(), profile.path().join("examples")] {
            for name in &names {
                found.extend(fs::read_to_string(folder.join(name)).ok());
            }
        }
    }
    found.iter().flat_map(|text| sources(text)).collect()
}

/// The files after the colon of each line; a space in a name has a `\` before it.
fn sources(text: &str) -> Vec<PathBuf> {
    let after = text.lines().filter_map(|line| line.split_once(": "));
    let words = after.flat_map(|(_, names)| {
        let names = names.replace("\\ ", "\0");
        let names: Vec<String> = names
            .split_whitespace()
            .map(|name| name.replace('\0', " "))
            .collect();
        names
    });
    words.map(PathBuf::from).collect()
}

/// Forgets all results, and what cargo built.
///
/// # Errors
/// If they cannot be removed.
pub(super) fn forget(work: &Path) -> Result<()> {
    for folder in ["build", "results"].map(|name| work.join(name)) {
        if folder.is_dir() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("{} cannot be removed", folder.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::sources;

    #[test]
    fn the_sources_of_a_build_are_read_from_its_list() {
        assert_eq!(
            sources("/t/a.wasm: /s/a\\ b.rs /s/c.rs\n"),
            ["/s/a b.rs", "/s/c.rs"].map(PathBuf::from)
        );
    }
}
