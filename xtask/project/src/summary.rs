//! The reading order: what SUMMARY.md lists.

use anyhow::{Context, Result};
use mdbook_summary::SectionNumber;
use mdbook_summary::{SummaryItem, parse_summary};

use crate::paths::Project;

/// One page of SUMMARY.md.
#[derive(Clone, Debug)]
pub struct Page {
    /// The file, below the book's source folder, with slashes.
    pub file: String,
    /// The title.
    pub title: String,
    /// The number that mdBook puts before it, if it has one.
    pub number: Option<SectionNumber>,
}

/// All pages, in reading order.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// The pages.
    pub pages: Vec<Page>,
}

impl Summary {
    /// The place of a page in the reading order, from 0.
    #[must_use]
    pub fn position(&self, file: &str) -> Option<usize> {
        self.pages.iter().position(|page| page.file == file)
    }

    /// The title of a page.
    #[must_use]
    pub fn title(&self, file: &str) -> Option<&str> {
        self.position(file).map(|at| self.pages[at].title.as_str())
    }
}

/// Reads src/SUMMARY.md; a project without one has no pages.
///
/// # Errors
/// If the file is there and is not what mdBook can read.
pub fn read(project: &Project) -> Result<Summary> {
    let file = project.src().join("SUMMARY.md");
    if !file.is_file() {
        return Ok(Summary::default());
    }
    let text = std::fs::read_to_string(&file).context("src/SUMMARY.md")?;
    let parsed = parse_summary(&text).context("src/SUMMARY.md")?;
    let mut summary = Summary::default();
    for items in [
        &parsed.prefix_chapters,
        &parsed.numbered_chapters,
        &parsed.suffix_chapters,
    ] {
        collect(items, &mut summary.pages);
    }
    Ok(summary)
}

fn collect(items: &[SummaryItem], pages: &mut Vec<Page>) {
    for item in items {
        if let SummaryItem::Link(link) = item {
            if let Some(location) = &link.location {
                pages.push(Page {
                    file: location.display().to_string().replace('\\', "/"),
                    title: link.name.clone(),
                    number: link.number.clone(),
                });
            }
            collect(&link.nested_items, pages);
        }
    }
}
