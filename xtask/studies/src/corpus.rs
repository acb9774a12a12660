//! What `wasm-diet` makes of modules that other people made: packages from npm in several languages, and components. Each is
//! inspected and made smaller by the program that readers start, and something real is done with both, whose output has to
//! be the same. So are the book's own modules, on wasmtime.
//!
//! The packages' releases are in `xtask/studies/corpus/package-lock.json`, and what is done with them beside it, in
//! `programs.mjs`.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use pipeline::{
    npm::{self, Package},
    programs,
};
use project::{files, paths::Project};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    record::Record,
    study::{Progress, Study},
    weigh::Weight,
};

mod diet;
mod list;
mod others;
mod own;
mod show;

pub use show::show;

/// The record.
pub const RECORD: Record = Record::new("corpus", "cargo xtask corpus --accept");

/// What is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corpus {
    /// The SHA-256 of the lock file and of the programs.
    pub of: String,
    /// Other people's modules.
    pub packages: Vec<Tried>,
    /// The book's.
    pub own: Own,
}

/// A package, and what came of its modules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tried {
    /// Its name on npm.
    pub package: String,
    /// Its release.
    pub release: String,
    /// How many characters the program with it printed, with the modules as they are and with the smaller ones.
    pub printed: u64,
    /// Its modules, the largest first, or its component.
    pub files: Vec<File>,
}

/// What came of a module or component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// What it weighs.
    pub before: Weight,
    /// What the smaller one weighs.
    pub after: Weight,
    /// What `inspect` promised.
    pub promised: Promised,
    /// Most of what `shrink` cut: the largest line of the receipt. Nothing if it cut nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub most: Option<Cut>,
    /// What Binaryen makes of it, if it was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub optimised: Option<Optimised>,
}

/// What `inspect` says that a file could do without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promised {
    /// How many findings.
    pub findings: u64,
    /// The sum of the exact savings, in bytes.
    pub exact: u64,
    /// The sum of the estimates, in bytes.
    pub estimated: u64,
}

/// A line of the receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// What went.
    pub what: String,
    /// In bytes.
    pub saving: u64,
}

/// A size in bytes after `wasm-opt -Oz`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimised {
    /// Of the module as it is.
    pub alone: u64,
    /// Of the smaller one.
    pub after_shrink: u64,
}

/// What came of the book's own modules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// How many modules and components there are.
    pub files: u64,
    /// How many of them are components.
    pub components: u64,
    /// How many became smaller.
    pub smaller: u64,
    /// How many were run on wasmtime, with the same outcome as before: the others cannot be started there.
    pub ran: u64,
    /// What they weigh together, in bytes.
    pub before: u64,
    /// What the smaller ones weigh together, in bytes.
    pub after: u64,
}

/// The study.
#[derive(Clone, Copy, Debug)]
pub struct Everything;

impl Study for Everything {
    type Kept = Corpus;
    type Found = Corpus;

    fn record(&self) -> Record {
        RECORD
    }

    fn measure(&self, project: &Project, progress: Progress) -> Result<Corpus> {
        let packages = match npm::locked(project, &folder(project))? {
            Package::Here(packages) => packages,
            Package::Missing(why) => anyhow::bail!("the corpus is not here: {why}"),
        };
        let diet = diet::Diet::new(programs::WASM_DIET.compiled(project)?)?;
        Ok(Corpus {
            of: digest(project)?,
            own: own::measure(project, &diet, progress)?,
            packages: others::measure(project, &packages, &diet, progress)?,
        })
    }

    fn merge(&self, _: Option<Corpus>, found: &Corpus) -> Corpus {
        found.clone()
    }

    fn compare(&self, kept: &Corpus, found: &Corpus) -> Result<Vec<String>> {
        let mut found = found.clone();
        for tried in &mut found.packages {
            let varies = |package: &&list::Package| package.varies && package.name == tried.package;
            if list::PACKAGES.iter().any(|package| varies(&package))
                && let Some(kept) = kept.packages.iter().find(|kept| kept.is_near(tried))
            {
                *tried = kept.clone();
            }
        }
        RECORD.differences(kept, &found)
    }
}

impl Tried {
    /// Whether it is the same package doing the same, with files of almost the same sizes.
    fn is_near(&self, other: &Tried) -> bool {
        let near = |one: Weight, other: Weight| {
            [
                (one.raw, other.raw),
                (one.gzip, other.gzip),
                (one.brotli, other.brotli),
            ]
            .iter()
            .all(|(one, other)| one.abs_diff(*other) <= one / 100)
        };
        let files = self.files.iter().zip(&other.files);
        (&self.package, &self.release, self.printed)
            == (&other.package, &other.release, other.printed)
            && self.files.len() == other.files.len()
            && files
                .into_iter()
                .all(|(one, other)| near(one.before, other.before) && near(one.after, other.after))
    }
}

/// Where the record is not of the packages and programs that are there. Nothing is run for it.
///
/// # Errors
/// If the record, the lock file or a program cannot be read.
pub fn stale(project: &Project) -> Result<Vec<String>> {
    let Some(kept) = RECORD.load::<Corpus>(project)? else {
        return Ok(Vec::new());
    };
    let asked = list::PACKAGES.iter().map(|package| package.name);
    let same = kept.of == digest(project)?
        && asked.eq(kept.packages.iter().map(|tried| tried.package.as_str()));
    Ok(if same {
        Vec::new()
    } else {
        vec![
            "is of other packages or programs than those in xtask/studies/corpus; cargo xtask corpus --accept"
                .to_owned(),
        ]
    })
}

fn folder(project: &Project) -> PathBuf {
    project.root().join("xtask/studies/corpus")
}

/// A SHA-256 of everything that says what is run: a checkout on Windows may have other ends of lines.
fn digest(project: &Project) -> Result<String> {
    let mut all = String::new();
    for name in [
        "package-lock.json",
        "hook.mjs",
        "programs.mjs",
        "app.js",
        "app.wit",
        "app.php",
    ] {
        let text = fs::read_to_string(folder(project).join(name))
            .with_context(|| format!("xtask/studies/corpus/{name}"))?;
        all += &text.replace("\r\n", "\n");
    }
    Ok(files::sha256(all.as_bytes()))
}

/// A number in JSON, where there has to be one.
fn figure(value: &Value, name: &str) -> Result<u64> {
    value[name]
        .as_u64()
        .with_context(|| format!("wasm-diet's JSON has no number `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::{Corpus, Everything, File, Own, Promised, Tried, Weight};
    use crate::study::Study as _;

    #[test]
    fn only_a_component_that_is_made_anew_may_weigh_a_little_more() {
        let corpus = |package: &str, raw| {
            let sizes = Weight {
                raw,
                gzip: 400,
                brotli: 300,
            };
            let file = File {
                before: sizes,
                after: sizes,
                promised: Promised::default(),
                most: None,
                optimised: None,
            };
            Corpus {
                of: String::new(),
                packages: vec![Tried {
                    package: package.to_owned(),
                    release: "1.0.0".to_owned(),
                    printed: 7,
                    files: vec![file],
                }],
                own: Own::default(),
            }
        };
        let differs = |package: &str, raw| {
            let answer = Everything.compare(&corpus(package, 1000), &corpus(package, raw));
            !answer.expect("JSON").is_empty()
        };
        let varies = "@bytecodealliance/componentize-js";
        assert!(!differs(varies, 1000) && !differs(varies, 1009) && differs(varies, 1100));
        assert!(!differs("sql.js", 1000) && differs("sql.js", 1001));
    }
}
