//! Links lead somewhere.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    sync::LazyLock,
};

use anyhow::{Context as _, Result};
use project::paths::Project;
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};
use regex::Regex;
use serde::Deserialize;

use super::{Finding, Rule};
use crate::data;

/// What a page links to, and what can be linked to in it.
pub(super) struct Read {
    links: Vec<(usize, String)>,
    anchors: HashSet<String>,
}

impl Read {
    pub(super) fn new(text: &str) -> Read {
        static ID: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r#"\bid\s*=\s*"([^"]+)""#).expect("the expression is constant")
        });
        static HREF: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r#"\b(?:href|src)\s*=\s*"([^"]+)""#).expect("the expression is constant")
        });
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_HEADING_ATTRIBUTES
            | Options::ENABLE_DEFINITION_LIST
            | Options::ENABLE_GFM;
        let mut read = Read {
            links: Vec::new(),
            anchors: HashSet::new(),
        };
        // The text of a heading or term, and the id that it gives itself, until it ends.
        let mut heading: Option<(String, Option<String>)> = None;
        // `[text][missing]` is plain text to Markdown; to a reader it is a broken link.
        let mut missing = Vec::new();
        let mut on_missing = |link: pulldown_cmark::BrokenLink<'_>| {
            if link.link_type != LinkType::Shortcut {
                missing.push((link.span.start, link.reference.to_string()));
            }
            None
        };
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        let parser = Parser::new_with_broken_link_callback(text, options, Some(&mut on_missing));
        for (event, range) in parser.into_offset_iter() {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    read.links.push((line(range.start), dest_url.to_string()));
                }
                Event::Start(Tag::Heading { id, .. }) => {
                    heading = Some((String::new(), id.map(|id| id.to_string())));
                }
                Event::Start(Tag::DefinitionListTitle) => heading = Some((String::new(), None)),
                Event::End(TagEnd::Heading(_) | TagEnd::DefinitionListTitle) => {
                    if let Some((words, id)) = heading.take() {
                        read.anchor(&id.unwrap_or_else(|| identify(&words)));
                    }
                }
                Event::Text(words) | Event::Code(words) => {
                    if let Some((heading, _)) = &mut heading {
                        heading.push_str(&words);
                    }
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    for id in ID.captures_iter(&html) {
                        read.anchors.insert(id[1].to_owned());
                    }
                    for href in HREF.captures_iter(&html) {
                        read.links.push((line(range.start), href[1].to_owned()));
                    }
                }
                _ => {}
            }
        }
        let missing = missing
            .into_iter()
            .map(|(at, reference)| (line(at), format!("[{reference}]")));
        read.links.extend(missing);
        read
    }

    /// mdBook gives the second heading of the same words a number.
    fn anchor(&mut self, id: &str) {
        if self.anchors.insert(id.to_owned()) {
            return;
        }
        for at in 1.. {
            if self.anchors.insert(format!("{id}-{at}")) {
                return;
            }
        }
    }
}

/// The id that mdBook makes of a heading (that it does is tested on the built book).
fn identify(words: &str) -> String {
    let keep = |c: char| {
        if c.is_alphanumeric() || c == '_' || c == '-' {
            Some(c)
        } else {
            c.is_whitespace().then_some('-')
        }
    };
    words
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(keep)
        .collect()
}

pub(super) fn links(
    project: &Project,
    file: &str,
    page: &Read,
    pages: &BTreeMap<String, Read>,
    findings: &mut Vec<Finding>,
) {
    let place = format!("src/{file}");
    for (line, link) in &page.links {
        let broken = |why: String| {
            Finding::new(
                Rule::BrokenLink,
                &place,
                *line,
                format!("a broken link, `{link}`: {why}"),
            )
        };
        if link.starts_with('[') {
            findings.push(broken("no such reference is defined in the page".into()));
            continue;
        }
        // Addresses of others are not asked: the book is checked offline.
        if link.contains("://") || link.starts_with("mailto:") || link.starts_with("data:") {
            continue;
        }
        let (path, anchor) = link
            .split_once('#')
            .map_or((link.as_str(), None), |(path, anchor)| (path, Some(anchor)));
        let target = if path.is_empty() {
            file.to_owned()
        } else {
            resolve(file, path)
        };
        // In HTML of ours, links are to the built pages.
        let target = match target.strip_suffix(".html") {
            Some(stem) => format!("{stem}.md"),
            None => target,
        };
        if target.starts_with("../") {
            findings.push(broken(
                "it leads out of the book; the built book has no such file".into(),
            ));
        } else if data::FILES
            .iter()
            .any(|name| target == format!("{}/{name}", data::FOLDER))
        {
            // A build of the book writes it.
        } else if !project.src().join(&target).is_file() {
            findings.push(broken(format!("src/{target} is missing")));
        } else if let (Some(anchor), Some(other)) = (anchor, pages.get(&target))
            && !other.anchors.contains(anchor)
        {
            findings.push(broken(format!(
                "src/{target} has no heading or element `{anchor}`"
            )));
        }
    }
}

/// Addresses of pages that are no more lead where book.toml says: it keeps them for readers who have them.
///
/// # Errors
/// If book.toml cannot be read.
pub(super) fn redirects(
    project: &Project,
    pages: &BTreeMap<String, Read>,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    #[derive(Default, Deserialize)]
    struct Config {
        #[serde(default)]
        output: Output,
    }
    #[derive(Default, Deserialize)]
    struct Output {
        #[serde(default)]
        html: Html,
    }
    #[derive(Default, Deserialize)]
    struct Html {
        #[serde(default)]
        redirect: BTreeMap<String, String>,
    }
    let file = project.root().join("book.toml");
    if !file.is_file() {
        return Ok(());
    }
    let config: Config = toml::from_str(&fs::read_to_string(&file)?).context("book.toml")?;
    for (from, to) in config.output.html.redirect {
        let mut wrong = |problem: String| {
            findings.push(Finding::new(Rule::Redirect, "book.toml", None, problem));
        };
        let old = from.trim_start_matches('/');
        if pages.contains_key(&old.replacen(".html", ".md", 1)) {
            wrong(format!("{from} leads elsewhere, and there is such a page"));
        }
        let (path, anchor) = to
            .split_once('#')
            .map_or((to.as_str(), None), |(path, anchor)| (path, Some(anchor)));
        let target = resolve(old, path).replacen(".html", ".md", 1);
        match (pages.get(&target), anchor) {
            (None, _) => wrong(format!("{from} leads to {to}, and src/{target} is missing")),
            (Some(page), Some(anchor)) if !page.anchors.contains(anchor) => wrong(format!(
                "{from} leads to {to}, and src/{target} has no heading or element `{anchor}`"
            )),
            _ => {}
        }
    }
    Ok(())
}

/// Ids that break the pages' scripts: browsers make a variable of every id, and mdBook's scripts take `exports` for a
/// sign that they run in node.
pub(super) fn reserved(file: &str, page: &Read, findings: &mut Vec<Finding>) {
    for id in ["exports", "define"]
        .iter()
        .filter(|id| page.anchors.contains(**id))
    {
        findings.push(Finding::new(
            Rule::ReservedId,
            format!("src/{file}"),
            None,
            format!("a heading or element has the id `{id}`, which breaks search and the copy buttons; word it \
                otherwise"),
        ));
    }
}

/// A link's path, below the book's source folder.
fn resolve(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{identify, resolve};

    #[test]
    fn links_resolve_like_paths() {
        assert_eq!(resolve("a/b.md", "../c.md"), "c.md");
        assert_eq!(resolve("a/b.md", "c.md"), "a/c.md");
        assert_eq!(resolve("b.md", "../c.md"), "../c.md");
    }

    #[test]
    fn headings_get_mdbooks_ids() {
        assert_eq!(
            identify("What `_start` does, and why"),
            "what-_start-does-and-why"
        );
    }
}
