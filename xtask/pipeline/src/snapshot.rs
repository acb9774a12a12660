//! Snapshots: reading, comparing, proposing, accepting. The files are insta's, with JSON inside.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use anyhow::{Context, Result};
use insta::Snapshot;

use crate::measure::Measured;
use project::{step::Step, terminal};

/// How a measurement compares with the step's snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It is the same.
    Same,
    /// There is no snapshot yet.
    New,
    /// It differs.
    Differs {
        /// The snapshot's text.
        stored: String,
        /// The measurement's.
        measured: String,
    },
}

/// The snapshot of a step; none if there is none.
///
/// # Errors
/// If the file is not a snapshot of the version that this xtask reads.
pub fn stored(step: &Step) -> Result<Option<Measured>> {
    // The pages of a book ask hundreds of times.
    static READ: Mutex<BTreeMap<PathBuf, (SystemTime, Measured)>> = Mutex::new(BTreeMap::new());
    let file = step.snapshot();
    let Ok(metadata) = fs::metadata(&file) else {
        return Ok(None);
    };
    let changed = metadata.modified()?;
    let read = || READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((at, measured)) = read().get(&file)
        && *at == changed
    {
        return Ok(Some(measured.clone()));
    }
    let measured = parse(step)?;
    if let Some(measured) = &measured {
        read().insert(file, (changed, measured.clone()));
    }
    Ok(measured)
}

fn parse(step: &Step) -> Result<Option<Measured>> {
    let Some(text) = text(&step.snapshot())? else {
        return Ok(None);
    };
    let measured: Measured = serde_json::from_str(&text).with_context(|| {
        format!("chapters-code/{}/measured.snap does not hold what verify writes; cargo xtask verify {} shows how it \
            differs", step.path, step.path)
    })?;
    Ok(Some(measured))
}

fn text(file: &Path) -> Result<Option<String>> {
    if !file.is_file() {
        return Ok(None);
    }
    let snapshot = Snapshot::from_file(file)
        .map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
    let contents = snapshot
        .as_text()
        .with_context(|| format!("{} is not a text snapshot", file.display()))?;
    Ok(Some(contents.to_string().trim().to_owned()))
}

/// The text that goes into a snapshot.
///
/// # Errors
/// Never in practice: the form has no keys but strings.
pub fn to_text(measured: &Measured) -> Result<String> {
    Ok(serde_json::to_string_pretty(measured)?)
}

/// Compares, and leaves a proposal (`measured.snap.new`) for `cargo insta review` where they differ.
///
/// # Errors
/// If the snapshot cannot be read or the proposal cannot be written.
pub fn compare(step: &Step, measured: &Measured) -> Result<Comparison> {
    let new = to_text(measured)?;
    let file = step.snapshot();
    let old = text(&file)?;
    let proposal = proposal(&file);
    if old.as_deref() == Some(&new) {
        if proposal.is_file() {
            fs::remove_file(proposal)?;
        }
        return Ok(Comparison::Same);
    }
    write(&proposal, step, &new)?;
    Ok(match old {
        None => Comparison::New,
        Some(stored) => Comparison::Differs {
            stored,
            measured: new,
        },
    })
}

/// Makes a measurement the step's snapshot.
///
/// # Errors
/// If the file cannot be written.
pub fn accept(step: &Step, measured: &Measured) -> Result<()> {
    let file = step.snapshot();
    write(&file, step, &to_text(measured)?)?;
    let proposal = proposal(&file);
    if proposal.is_file() {
        fs::remove_file(proposal)?;
    }
    Ok(())
}

fn proposal(snapshot: &Path) -> PathBuf {
    snapshot.with_extension("snap.new")
}

/// Writes a snapshot as insta does: a head of YAML, then the text. (insta's own way to write one is inside its
/// assertions, which panic; that insta reads what is written here is tested.)
fn write(file: &Path, step: &Step, text: &str) -> Result<()> {
    let head = format!(
        "---\nsource: xtask/pipeline/src/snapshot.rs\nexpression: {}\n---\n",
        step.path
    );
    fs::write(file, format!("{head}{text}\n"))
        .with_context(|| format!("{} cannot be written", file.display()))
}

impl Comparison {
    /// The differing lines, for people.
    #[must_use]
    pub fn difference(&self, coloured: bool) -> Option<String> {
        match self {
            Comparison::Differs { stored, measured } => {
                Some(terminal::difference(stored, measured, coloured))
            }
            _ => None,
        }
    }
}
