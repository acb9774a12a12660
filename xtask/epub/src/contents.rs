//! What is in the book, in reading order: parts, and in them pages, of which some have others below them.

use std::fs;

use anyhow::{Context as _, Result};
use book::cmdrun;
use mdbook_summary::{SummaryItem, parse_summary};
use project::paths::Project;

/// The book, by book.toml and SUMMARY.md.
pub(crate) struct Contents {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) authors: Vec<String>,
    pub(crate) language: String,
    pub(crate) entries: Vec<Entry>,
}

/// An entry of the table of contents.
pub(crate) enum Entry {
    /// The title of a part, and what is in it.
    Part(String, Vec<Entry>),
    /// A page, and those below it.
    Page(Page, Vec<Entry>),
}

/// A page.
pub(crate) struct Page {
    /// Its title as text, with the number of its step.
    pub(crate) title: String,
    /// Its path below the book's folder, without an ending.
    pub(crate) path: String,
}

impl Page {
    /// What mdBook makes of it, below the built book's folder.
    pub(crate) fn html(&self) -> String {
        format!("{}.html", self.path)
    }

    /// Its file, below the folder with the package's document.
    pub(crate) fn file(&self) -> String {
        format!("text/{}.xhtml", self.path)
    }
}

impl Contents {
    /// All pages, in reading order.
    pub(crate) fn pages(&self) -> Vec<&Page> {
        let mut pages = Vec::new();
        collect(&self.entries, &mut pages);
        pages
    }
}

fn collect<'a>(entries: &'a [Entry], pages: &mut Vec<&'a Page>) {
    for entry in entries {
        let below = match entry {
            Entry::Part(_, below) => below,
            Entry::Page(page, below) => {
                pages.push(page);
                below
            }
        };
        collect(below, pages);
    }
}

/// Reads book.toml and SUMMARY.md.
pub(crate) fn read(project: &Project) -> Result<Contents> {
    let settings = fs::read_to_string(project.root().join("book.toml")).context("book.toml")?;
    let settings: toml::Table = toml::from_str(&settings).context("book.toml")?;
    let book = settings.get("book").and_then(toml::Value::as_table);
    let book = book.context("book.toml has no [book]")?;
    let text = |key: &str| -> Result<String> {
        let text = book.get(key).and_then(toml::Value::as_str);
        let text = text.with_context(|| format!("book.toml has no {key} in [book]"))?;
        Ok(text.to_owned())
    };
    let authors = book.get("authors").and_then(toml::Value::as_array);
    let authors = authors.into_iter().flatten();

    let summary = fs::read_to_string(project.src().join("SUMMARY.md")).context("SUMMARY.md")?;
    let summary = parse_summary(&summary).context("SUMMARY.md")?;
    let mut entries = listed(&summary.prefix_chapters);
    let mut numbered: &[SummaryItem] = &summary.numbered_chapters;
    while let Some((first, rest)) = numbered.split_first() {
        let end = rest
            .iter()
            .position(|item| matches!(item, SummaryItem::PartTitle(_)));
        let (here, after) = rest.split_at(end.unwrap_or(rest.len()));
        match first {
            SummaryItem::PartTitle(title) => {
                entries.push(Entry::Part(plain(title), listed(here)));
            }
            _ => entries.extend(listed(&numbered[..=here.len()])),
        }
        numbered = after;
    }
    entries.extend(listed(&summary.suffix_chapters));
    Ok(Contents {
        title: text("title")?,
        description: text("description")?,
        authors: authors
            .filter_map(|name| name.as_str())
            .map(str::to_owned)
            .collect(),
        language: text("language")?,
        entries,
    })
}

fn listed(items: &[SummaryItem]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for item in items {
        let SummaryItem::Link(link) = item else {
            continue;
        };
        let below = listed(&link.nested_items);
        match &link.location {
            Some(file) => {
                let file = file.display().to_string().replace('\\', "/");
                let title = plain(&cmdrun::numbered(&file, &link.name));
                let path = file.trim_end_matches(".md").to_owned();
                entries.push(Entry::Page(Page { title, path }, below));
            }
            None => entries.push(Entry::Part(plain(&link.name), below)),
        }
    }
    entries
}

/// A title without marks.
fn plain(title: &str) -> String {
    title.replace('`', "")
}
