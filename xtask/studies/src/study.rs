//! What studies have in common: they measure something beside the steps, keep it as a record, and compare.

use anyhow::Result;
use project::paths::Project;
use serde::{Serialize, de::DeserializeOwned};

use crate::record::Record;

/// Hears what is being done, for people who wait.
pub type Progress<'a> = &'a (dyn Fn(&str) + Sync);

/// A study, with all that one measurement of it depends on.
pub trait Study {
    /// What is kept of it.
    type Kept: Serialize + DeserializeOwned + PartialEq;
    /// What one measurement finds: all of it, or a part.
    type Found;

    /// Where it is kept.
    fn record(&self) -> Record;

    /// Measures.
    ///
    /// # Errors
    /// If something cannot be measured.
    fn measure(&self, project: &Project, progress: Progress) -> Result<Self::Found>;

    /// What is to be kept once what was found is accepted.
    fn merge(&self, kept: Option<Self::Kept>, found: &Self::Found) -> Self::Kept;

    /// How what was found differs from what is kept, a text each.
    ///
    /// # Errors
    /// If either cannot be written as JSON.
    fn compare(&self, kept: &Self::Kept, found: &Self::Found) -> Result<Vec<String>>;

    /// Whether it is wrong that nothing is kept.
    fn has_to_be_kept(&self) -> bool {
        true
    }
}

/// What came of a study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<F> {
    /// What was found.
    pub found: F,
    /// How it differs from what is kept.
    pub differences: Vec<String>,
}

/// Measures, keeps what was found if it is to be accepted, and compares it with what is kept.
///
/// # Errors
/// If something cannot be measured, or the record cannot be read or written.
pub fn conduct<S: Study>(
    study: &S,
    project: &Project,
    accept: bool,
    progress: Progress,
) -> Result<Answer<S::Found>> {
    let found = study.measure(project, progress)?;
    let record = study.record();
    if accept {
        let merged = study.merge(record.load(project)?, &found);
        record.store(project, &merged)?;
    }
    let differences = match record.load(project)? {
        Some(kept) => study.compare(&kept, &found)?,
        None if study.has_to_be_kept() => vec![record.missing()],
        None => Vec::new(),
    };
    Ok(Answer { found, differences })
}
