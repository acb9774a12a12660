//! What came of a step the last time, in `target/remembered/`, under the hash of everything that it came from. It spares cargo, the
//! optimisers and the engines, and it is no evidence: whatever it says is compared with what is there.

use std::{fs, path::PathBuf};

use anyhow::Result;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    build::{Built, put},
    copies::Respect,
    discover::Step,
    house::House,
    inputs,
    measure::Measured,
};

/// A result, and the hash of what it came from.
#[derive(Serialize, Deserialize)]
struct Record<T> {
    inputs: String,
    result: T,
}

/// What a build came to. Files are named with the hash of what they held.
#[derive(Serialize, Deserialize)]
enum Outcome {
    Module {
        file: PathBuf,
        sha256: String,
        program: Option<PathBuf>,
    },
    Program {
        file: PathBuf,
        sha256: String,
    },
    Fails(Vec<String>),
}

/// What building the step came to, if its inputs were these and what was made is still there as it was.
#[must_use]
pub fn built(house: &House, step: &Step, inputs: &str) -> Option<Built> {
    let same = |file: &PathBuf, sha256: &str| {
        let bytes = fs::read(file).ok()?;
        (inputs::of_bytes(&bytes) == *sha256).then_some(bytes)
    };
    Some(match load(house, step, "built", inputs)? {
        Outcome::Module {
            file,
            sha256,
            program,
        } => {
            let bytes = same(&file, &sha256)?;
            if program.as_ref().is_some_and(|program| !program.is_file()) {
                return None;
            }
            Built::Module {
                file,
                bytes,
                program,
            }
        }
        Outcome::Program { file, sha256 } => {
            let bytes = same(&file, &sha256)?;
            Built::Program { file, bytes }
        }
        Outcome::Fails(errors) => Built::Fails(errors),
    })
}

/// Whether the step was ever built here.
#[must_use]
pub fn was_built(house: &House, step: &Step) -> bool {
    file(house, step, "built").is_file()
}

/// Remembers what building the step came to. What this machine lacks is not remembered: it may be there the next time.
///
/// # Errors
/// If it cannot be written.
pub fn keep_built(house: &House, step: &Step, inputs: &str, built: &Built) -> Result<()> {
    let result = match built {
        Built::Module {
            file,
            bytes,
            program,
        } => Outcome::Module {
            file: file.clone(),
            sha256: inputs::of_bytes(bytes),
            program: program.clone(),
        },
        Built::Program { file, bytes } => Outcome::Program {
            file: file.clone(),
            sha256: inputs::of_bytes(bytes),
        },
        Built::Fails(errors) => Outcome::Fails(errors.clone()),
        Built::Skipped(_) => return Ok(()),
    };
    keep(house, step, "built", inputs, result)
}

/// What was measured of the step, if its inputs were these.
#[must_use]
pub fn measured(house: &House, step: &Step, inputs: &str) -> Option<Measured> {
    load(house, step, "measured", inputs)
}

/// Remembers what was measured of the step, unless chance had a part in it.
///
/// # Errors
/// If it cannot be written.
pub fn keep_measured(house: &House, step: &Step, inputs: &str, measured: &Measured) -> Result<()> {
    let calls = measured.calls.iter().map(|called| &called.ran);
    let elsewhere = measured.elsewhere.iter().map(|other| &other.ran);
    let mut runs = measured.run.iter().chain(calls).chain(elsewhere);
    let stopped = measured
        .script
        .as_ref()
        .is_some_and(|script| script.code.is_none());
    if stopped || !runs.all(|ran| ran.outcome.is_lasting()) {
        return Ok(());
    }
    keep(house, step, "measured", inputs, measured)
}

/// In which respect a copy of the step was the same, if its inputs were these.
#[must_use]
pub fn copied(house: &House, step: &Step, inputs: &str) -> Option<Respect> {
    load(house, step, "copied", inputs)
}

/// Remembers that a copy of the step was the same.
///
/// # Errors
/// If it cannot be written.
pub fn keep_copied(house: &House, step: &Step, inputs: &str, respect: Respect) -> Result<()> {
    keep(house, step, "copied", inputs, respect)
}

fn file(house: &House, step: &Step, what: &str) -> PathBuf {
    house
        .made("remembered")
        .join(format!("{}.{what}.json", step.path))
}

fn load<T: DeserializeOwned>(house: &House, step: &Step, what: &str, inputs: &str) -> Option<T> {
    // What cannot be read is not remembered.
    let json = fs::read(file(house, step, what)).ok()?;
    let record: Record<T> = serde_json::from_slice(&json).ok()?;
    (record.inputs == inputs).then_some(record.result)
}

fn keep<T: Serialize>(
    house: &House,
    step: &Step,
    what: &str,
    inputs: &str,
    result: T,
) -> Result<()> {
    let record = Record {
        inputs: inputs.to_owned(),
        result,
    };
    put(&file(house, step, what), &serde_json::to_vec(&record)?)
}
