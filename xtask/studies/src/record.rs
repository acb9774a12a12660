//! What a study found, kept under git in `chapters-code/studies/`, and compared like a snapshot.

use std::{borrow::Cow, fs, path::PathBuf};

use anyhow::{Context, Result};
use project::{files, paths::Project, terminal};
use serde::{Serialize, de::DeserializeOwned};

/// Where a study's record is, and how it is accepted.
#[derive(Clone, Debug)]
pub struct Record {
    /// The file below `chapters-code/studies/`, without its ending.
    name: Cow<'static, str>,
    /// The command that measures again and keeps what it finds.
    accept: Cow<'static, str>,
}

impl Record {
    /// A record of which there is one.
    #[must_use]
    pub const fn new(name: &'static str, accept: &'static str) -> Record {
        Record {
            name: Cow::Borrowed(name),
            accept: Cow::Borrowed(accept),
        }
    }

    /// One of many records.
    #[must_use]
    pub fn of(name: String, accept: String) -> Record {
        Record {
            name: Cow::Owned(name),
            accept: Cow::Owned(accept),
        }
    }

    /// Its file.
    #[must_use]
    pub fn file(&self, project: &Project) -> PathBuf {
        let file = format!("studies/{}.json", self.name);
        project.steps().join(file)
    }

    /// Its file, as people read it.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("chapters-code/studies/{}.json", self.name)
    }

    /// What is kept, if anything is.
    ///
    /// # Errors
    /// If it cannot be read, or is none.
    pub fn load<T: DeserializeOwned>(&self, project: &Project) -> Result<Option<T>> {
        let file = self.file(project);
        if !file.is_file() {
            return Ok(None);
        }
        let text = fs::read_to_string(&file).with_context(|| self.shown())?;
        let record = serde_json::from_str(&text).with_context(|| self.shown())?;
        Ok(Some(record))
    }

    /// What is kept.
    ///
    /// # Errors
    /// If nothing is, it cannot be read, or is none.
    pub fn stored<T: DeserializeOwned>(&self, project: &Project) -> Result<T> {
        self.load(project)?.with_context(|| self.missing())
    }

    /// That nothing is kept, and what writes it.
    #[must_use]
    pub fn missing(&self) -> String {
        format!("{} is missing: {} writes it", self.shown(), self.accept)
    }

    /// Keeps what was found.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn store<T: Serialize>(&self, project: &Project, found: &T) -> Result<()> {
        let text = serde_json::to_string_pretty(found)? + "\n";
        files::put(&self.file(project), text.as_bytes())
    }

    /// How what was found differs from what is kept, with what helps; empty if it does not.
    ///
    /// # Errors
    /// If either cannot be written as JSON.
    pub fn differences<T: Serialize + PartialEq>(
        &self,
        kept: &T,
        found: &T,
    ) -> Result<Vec<String>> {
        if kept == found {
            return Ok(Vec::new());
        }
        let text = |record| serde_json::to_string_pretty(record);
        Ok(vec![format!(
            "{}\n{} says otherwise; if what was measured is right: {}",
            terminal::difference(&text(kept)?, &text(found)?, false),
            self.shown(),
            self.accept
        )])
    }
}

#[cfg(test)]
mod tests {
    use project::paths::Project;

    use super::Record;

    #[test]
    fn what_is_stored_is_loaded_and_a_difference_names_the_file_and_the_command() {
        let folder = tempfile::tempdir().expect("a folder");
        let steps = folder.path().join("chapters-code");
        std::fs::create_dir_all(&steps).expect("a folder");
        std::fs::write(steps.join("Cargo.toml"), "").expect("a file");
        let project = Project::at(folder.path()).expect("a project");
        let record = Record::new("moons", "cargo xtask moons --accept");
        assert_eq!(record.load::<Vec<u32>>(&project).expect("no file"), None);
        let error = record.stored::<Vec<u32>>(&project).expect_err("no file");
        assert!(error.to_string().contains("cargo xtask moons --accept"));

        record.store(&project, &vec![1, 2]).expect("a file");
        let kept: Vec<u32> = record.stored(&project).expect("a record");
        assert_eq!(kept, [1, 2]);
        let same = record.differences(&kept, &vec![1, 2]).expect("JSON");
        assert_eq!(same, [""; 0]);
        let other = record.differences(&kept, &vec![1, 3]).expect("JSON");
        let other = other.join("\n");
        for part in ["moons.json", "cargo xtask moons --accept", "-   2", "+   3"] {
            assert!(other.contains(part), "{other}");
        }
    }
}
