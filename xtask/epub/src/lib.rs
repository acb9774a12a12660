//! The book as an EPUB: the pages as mdBook renders them, as XHTML, with a table of contents and a cover.
//!
//! It is a crate of its own because reading and serving the book does not need it.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod contents;
mod links;
mod package;
mod xhtml;

use std::{fs, process::Command};

use anyhow::{Context as _, Result, ensure};
use book::site::Address;
use project::{discover, paths::Project};

use crate::links::Links;

/// What the sources alone do not say.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the book with its buttons and editors is published.
    pub address: Option<Address>,
    /// When the book was last changed, in UTC: `2026-01-31T12:00:00Z`.
    pub modified: String,
}

/// The time of the last commit, in UTC: the same sources give the same file.
///
/// # Errors
/// If the book's folder is no checkout of git.
pub fn last_commit(project: &Project) -> Result<String> {
    const TELL: &str = "say when the book was last changed: --modified 2026-01-31T12:00:00Z";
    let output = Command::new("git")
        .args(["log", "-1", "--format=%cd"])
        .arg("--date=format-local:%Y-%m-%dT%H:%M:%SZ")
        .env("TZ", "UTC")
        .current_dir(project.root())
        .output()
        .with_context(|| format!("git does not start; {TELL}"))?;
    ensure!(
        output.status.success(),
        "git does not know the time of the last commit: {}\n{TELL}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// Makes the whole book, as the bytes of a file. With the same settings, the same sources give the same bytes.
///
/// # Errors
/// If the book cannot be built.
pub fn make(project: &Project, settings: &Settings) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    book::mdbook::build(project, Some(folder.path()), None)?;
    let contents = contents::read(project)?;
    let links = Links::new(&contents.pages(), settings.address.clone());
    let mut pages = Vec::new();
    for page in contents.pages() {
        let html = fs::read_to_string(folder.path().join(page.html()))
            .with_context(|| format!("mdBook has not made {}", page.html()))?;
        pages.push(xhtml::page(page, &html, &links, &contents.language)?);
    }
    let cover = book::cards::cover(&discover::steps(project)?, &contents.title)?;
    package::pack(&contents, &pages, &cover, settings)
}
