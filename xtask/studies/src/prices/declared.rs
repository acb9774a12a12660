//! What the crates of the price list say of themselves, in `[package.metadata.price]`.

use std::fs;

use anyhow::{Context, Result, ensure};
use project::paths::Project;
use serde::Deserialize;

use crate::crates::{hash, said};

/// The folder of the list, below that of the steps.
pub(super) const FOLDER: &str = "prices";

/// What all crates have in common, below the folder of the list.
const SHARED: [&str; 4] = ["Cargo.toml", "Cargo.lock", ".cargo", "given"];

/// The list.
pub(super) struct List {
    /// The headings of the page, in its order.
    pub(super) groups: Vec<String>,
    /// The crates.
    pub(super) crates: Vec<Declared>,
    /// The SHA-256 of what they have in common: settings, versions, the compiler.
    pub(super) shared: String,
}

/// A crate of the list.
pub(super) struct Declared {
    /// Its folder.
    pub(super) name: String,
    /// What it says.
    pub(super) says: Says,
    /// The SHA-256 of its files.
    pub(super) source: String,
}

/// What a crate says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Says {
    /// What is bought.
    pub(super) title: String,
    /// The heading that it stands under.
    pub(super) group: String,
    /// The crate that does the same without: what that weighs is no part of the price.
    pub(super) over: Option<String>,
    /// The crate to use instead.
    pub(super) instead: Option<String>,
    /// What one loses.
    pub(super) note: Option<String>,
    /// Calls with their answers.
    pub(super) cases: Vec<Case>,
}

/// A call of `run`, and what has to come of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    given: Given,
    gives: Gives,
    /// What is to be printed.
    #[serde(default)]
    pub(super) prints: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Given {
    Text(String),
    Numbers(Vec<Number>),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Gives {
    /// The text of which a fingerprint comes back.
    Text(String),
    Number(Number),
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
enum Number {
    Whole(i64),
    Fraction(f64),
}

impl Number {
    fn written(self) -> String {
        match self {
            Number::Whole(number) => number.to_string(),
            Number::Fraction(number) => number.to_string(),
        }
    }
}

impl Case {
    /// The call, as a host takes it.
    pub(super) fn call(&self) -> Result<String> {
        let numbers = match &self.given {
            Given::Numbers(numbers) => numbers.iter().map(|number| number.written()).collect(),
            Given::Text(text) => words(text)?.map(|word| word.to_string()).to_vec(),
        };
        Ok(format!("run {}", numbers.join(" ")))
    }

    /// The answer, as a host prints it.
    pub(super) fn answer(&self) -> String {
        match &self.gives {
            Gives::Number(number) => number.written(),
            Gives::Text(text) => fingerprint(text.as_bytes()).cast_signed().to_string(),
        }
    }
}

/// Text in four numbers: see `chapters-code/prices/given`.
fn words(text: &str) -> Result<[u64; 4]> {
    let mut bytes = [0; 32];
    let room = bytes.get_mut(..text.len());
    room.with_context(|| format!("{text:?} has more than 32 bytes"))?
        .copy_from_slice(text.as_bytes());
    let (words, _) = bytes.as_chunks::<8>();
    Ok(std::array::from_fn(|at| u64::from_le_bytes(words[at])))
}

/// FNV-1a, as in `chapters-code/prices/given`.
fn fingerprint(text: &[u8]) -> u64 {
    text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Workspace {
    groups: Vec<String>,
}

/// Reads the list; none, if the book has none.
///
/// # Errors
/// If a manifest is not as described here.
pub(super) fn read(project: &Project) -> Result<Option<List>> {
    let folder = project.steps().join(FOLDER);
    let manifest = folder.join("Cargo.toml");
    if !manifest.is_file() {
        return Ok(None);
    }
    let workspace = said(&manifest, ["workspace", "metadata", "prices"]);
    let workspace: Workspace = workspace
        .transpose()
        .context("there is no [workspace.metadata.prices]")
        .flatten()
        .with_context(|| project.shown(&manifest))?;
    let mut crates = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let folder = entry?.path();
        let manifest = folder.join("Cargo.toml");
        if !manifest.is_file() {
            continue;
        }
        let says = said(&manifest, ["package", "metadata", "price"]);
        // What others are made from has no price.
        let Some(says) = says.with_context(|| project.shown(&manifest))? else {
            continue;
        };
        let name = folder.file_name().context("a folder has a name")?;
        crates.push(Declared {
            name: name.display().to_string(),
            says,
            source: hash([folder.as_path()])?,
        });
    }
    let pin = project.steps().join("rust-toolchain.toml");
    let shared = SHARED.map(|name| folder.join(name));
    let list = List {
        shared: hash(shared.iter().chain([&pin]).map(|path| &**path))?,
        groups: workspace.groups,
        crates,
    };
    list.checked().map(Some)
}

impl List {
    /// The same, if all names are those of crates and groups.
    fn checked(self) -> Result<List> {
        let is_there = |name: &String| self.crates.iter().any(|one| one.name == *name);
        for one in &self.crates {
            for name in one.says.over.iter().chain(&one.says.instead) {
                ensure!(
                    is_there(name) && *name != one.name,
                    "chapters-code/prices/{}/Cargo.toml names {name}, and there is no such other folder",
                    one.name
                );
            }
            ensure!(
                self.groups.contains(&one.says.group),
                "chapters-code/prices/{}/Cargo.toml: there is no group `{}`; chapters-code/prices/Cargo.toml has {}",
                one.name,
                one.says.group,
                self.groups.join(", ")
            );
            ensure!(
                !one.says.cases.is_empty(),
                "chapters-code/prices/{}/Cargo.toml has no cases: nothing shows that it works",
                one.name
            );
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, words};

    fn case(text: &str) -> Case {
        toml::from_str(text).expect("a case")
    }

    #[test]
    fn a_case_is_a_call_and_its_answer() {
        let numbers = case("given = [-7, 0.5]\ngives = 2.0");
        assert_eq!(numbers.call().expect("a call"), "run -7 0.5");
        assert_eq!(numbers.answer(), "2");
        let text = case("given = \"ab\"\ngives = \"\"");
        assert_eq!(text.call().expect("a call"), "run 25185 0 0 0");
        // The fingerprint of nothing is what FNV-1a begins with.
        assert_eq!(text.answer(), "-3750763034362895579");
        assert!(words(&"a".repeat(33)).is_err());
    }
}
