//! The step of the book that removes what a finding of `anatomy` is about.
//!
//! The crate knows the ids of its findings, and no step. The table from one to the other is a file that the book's
//! pages read as well; a lint holds it against the crate's ids and the book's steps.

use std::{collections::BTreeMap, fs};

use anatomy::Export;
use anyhow::{Context as _, Result};
use project::paths::Project;
use serde::Deserialize;

/// The table, below the book's folder.
pub const FILE: &str = "src/widgets/findings.json";

/// What removes a kind of finding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// The path of a step.
    pub step: String,
    /// The page that tells of that step, without its ending, where that is another one's.
    #[serde(default)]
    pub page: Option<String>,
    /// The path of the step for a command, where that is another one.
    #[serde(default)]
    pub command: Option<String>,
}

impl Remedy {
    /// All the steps that it names.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        [Some(&self.step), self.command.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
    }
}

/// The remedies, by the ids of the findings.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Remedies(pub BTreeMap<String, Remedy>);

impl Remedies {
    /// Reads the table.
    ///
    /// # Errors
    /// If there is none, or it is not as described here.
    pub fn read(project: &Project) -> Result<Remedies> {
        let text = fs::read_to_string(project.root().join(FILE)).context(FILE)?;
        serde_json::from_str(&text).context(FILE)
    }

    /// The path of the step that removes what a finding with this id is about in a file with
    /// these exports, if the table has one.
    #[must_use]
    pub fn step(&self, id: &str, exports: &[Export]) -> Option<&str> {
        let Remedy { step, command, .. } = self.0.get(id)?;
        let command = command.as_deref().filter(|_| is_a_command(exports));
        Some(command.unwrap_or(step))
    }
}

/// Whether a file is a program to be started, and no library: a module exports `_start`, a component `wasi:cli/run`.
/// The pages ask the same in `src/widgets/own-module.mjs`.
fn is_a_command(exports: &[Export]) -> bool {
    let mut names = exports.iter().map(|export| &*export.name);
    names.any(|name| name == "_start" || name.starts_with("wasi:cli/run@"))
}
