//! What building a step came to, and how that is remembered.

use std::{fs, path::PathBuf};

use anyhow::Result;
use project::{files, paths::Project, step::Step};
use serde::{Deserialize, Serialize};

use crate::remembered;

/// What building a step came to.
#[derive(Clone, Debug)]
pub enum Built {
    /// The module, as a file and as bytes.
    Module {
        /// Where it lies.
        file: PathBuf,
        /// What it holds.
        bytes: Vec<u8>,
        /// The program that wrote it, if it was one.
        program: Option<PathBuf>,
    },
    /// A program for this machine, where that is the step.
    Program {
        /// Where it lies.
        file: PathBuf,
        /// What it holds.
        bytes: Vec<u8>,
    },
    /// It does not build: the errors, free of paths and hashes, one per message.
    Fails(Vec<String>),
    /// This machine lacks a tool for it: which, and why it is wanted.
    Skipped(String),
}

/// What is remembered of it. Files are named with the hash of what they held.
#[derive(Serialize, Deserialize)]
enum Record {
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

/// The name under which it is remembered.
const NAME: &str = "built";

impl Built {
    /// What building the step came to, if its inputs were these and what was made is still there as it was.
    #[must_use]
    pub fn remembered(project: &Project, step: &Step, inputs: &str) -> Option<Built> {
        let same = |file: &PathBuf, sha256: &str| {
            let bytes = fs::read(file).ok()?;
            (files::sha256(&bytes) == *sha256).then_some(bytes)
        };
        Some(match remembered::load(project, step, NAME, inputs)? {
            Record::Module {
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
            Record::Program { file, sha256 } => {
                let bytes = same(&file, &sha256)?;
                Built::Program { file, bytes }
            }
            Record::Fails(errors) => Built::Fails(errors),
        })
    }

    /// Remembers it. What this machine lacks is not remembered: it may be there the next time.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn remember(&self, project: &Project, step: &Step, inputs: &str) -> Result<()> {
        let record = match self {
            Built::Module {
                file,
                bytes,
                program,
            } => Record::Module {
                file: file.clone(),
                sha256: files::sha256(bytes),
                program: program.clone(),
            },
            Built::Program { file, bytes } => Record::Program {
                file: file.clone(),
                sha256: files::sha256(bytes),
            },
            Built::Fails(errors) => Record::Fails(errors.clone()),
            Built::Skipped(_) => return Ok(()),
        };
        remembered::keep(project, step, NAME, inputs, &record)
    }
}

/// Whether the step was ever built here.
#[must_use]
pub fn was_built(project: &Project, step: &Step) -> bool {
    remembered::file(project, step, NAME).is_file()
}
