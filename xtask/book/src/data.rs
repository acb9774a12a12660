//! Records that readers can download from a page: `src/data/`, which a build of the book writes, and git does not keep.

use std::{fmt::Write as _, fs};

use anyhow::{Context, Result};
use project::{files, paths::Project};
use studies::timeline::{self, Made, Timeline};

/// The folder, below `src/`.
pub(crate) const FOLDER: &str = "data";

/// The files in it.
pub(crate) const FILES: [&str; 2] = ["timeline.json", "timeline.csv"];

/// Writes the files, where they are not there as they have to be.
///
/// # Errors
/// If the record cannot be read, or a file cannot be written.
pub(crate) fn lay_out(project: &Project) -> Result<()> {
    let record = timeline::RECORD.file(project);
    // The small books of the tests have none.
    if !record.is_file() {
        return Ok(());
    }
    let json = fs::read(&record).with_context(|| project.shown(&record))?;
    let csv = csv(&timeline::read(project)?);
    for (name, new) in FILES.into_iter().zip([json, csv.into_bytes()]) {
        let file = project.src().join(FOLDER).join(name);
        if !fs::read(&file).is_ok_and(|old| old == new) {
            files::put(&file, &new)?;
        }
    }
    Ok(())
}

/// A line per release and program, for spreadsheets (RFC 4180).
fn csv(timeline: &Timeline) -> String {
    let mut text = String::from("release,date,commit,llvm,program,bytes,error\r\n");
    for release in &timeline.releases {
        for (program, made) in &release.programs {
            let (bytes, error) = match made {
                Made::Module { size, .. } => (size.to_string(), String::new()),
                Made::Fails { fails } => (String::new(), quoted(fails)),
            };
            _ = write!(
                text,
                "{},{},{},{},{program},{bytes},{error}\r\n",
                release.version, release.date, release.commit, release.llvm,
            );
        }
    }
    text
}

/// A field that may have anything in it.
fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\"\""))
}
