//! What came of a step the last time, in `target/remembered/`, under the hash of everything that it came from. It
//! spares cargo, the optimisers and the engines, and it is no evidence: whatever it says is compared with what is
//! there.

use std::{fs, path::PathBuf};

use anyhow::Result;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use project::{
    files,
    paths::{Dir, Project},
    step::Step,
};

/// A result, and the hash of what it came from.
#[derive(Serialize, Deserialize)]
struct Record<T> {
    inputs: String,
    result: T,
}

/// The file that holds what is remembered of a step under a name.
pub(crate) fn file(project: &Project, step: &Step, what: &str) -> PathBuf {
    project
        .target(Dir::Remembered)
        .join(format!("{}.{what}.json", step.path))
}

/// What is remembered of a step under a name, if it came from these inputs.
pub(crate) fn load<T: DeserializeOwned>(
    project: &Project,
    step: &Step,
    what: &str,
    inputs: &str,
) -> Option<T> {
    // What cannot be read is not remembered.
    let json = fs::read(file(project, step, what)).ok()?;
    let record: Record<T> = serde_json::from_slice(&json).ok()?;
    (record.inputs == inputs).then_some(record.result)
}

/// Remembers something of a step under a name, and what it came from.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn keep<T: Serialize>(
    project: &Project,
    step: &Step,
    what: &str,
    inputs: &str,
    result: &T,
) -> Result<()> {
    let record = Record {
        inputs: inputs.to_owned(),
        result,
    };
    files::put(&file(project, step, what), &serde_json::to_vec(&record)?)
}
