//! Where a link of a page leads in an EPUB: to another page in it, to the published book, or nowhere.

use std::collections::BTreeSet;

use book::site::Address;
use percent_encoding::percent_decode_str;

use crate::contents::Page;

/// What links can lead to.
pub(crate) struct Links {
    /// The pages, as mdBook names them.
    pages: BTreeSet<String>,
    address: Option<Address>,
}

impl Links {
    pub(crate) fn new(pages: &[&Page], address: Option<Address>) -> Links {
        Links {
            pages: pages.iter().map(|page| page.html()).collect(),
            address,
        }
    }

    /// A page of the published book.
    pub(crate) fn live(&self, page: &Page) -> Option<String> {
        Some(self.address.as_ref()?.of(&page.html()))
    }

    /// Where a link on a page leads; nowhere, if it is to a file of the published book, and the book is not published.
    pub(crate) fn resolved(&self, page: &Page, link: &str) -> Option<String> {
        if link.contains("://") || link.starts_with("mailto:") {
            return Some(link.to_owned());
        }
        let (path, anchor) = match link.split_once('#') {
            Some((path, anchor)) => (path, Some(anchor)),
            None => (link, None),
        };
        let anchor = anchor.map_or(String::new(), |anchor| {
            format!("#{}", id(&percent_decode_str(anchor).decode_utf8_lossy()))
        });
        if path.is_empty() {
            return Some(anchor);
        }
        let path = percent_decode_str(path).decode_utf8_lossy();
        let target = joined(&page.path, &path);
        if self.pages.contains(&target) {
            let target = format!("{}.xhtml", target.trim_end_matches(".html"));
            return Some(relative(&page.path, &target) + &anchor);
        }
        Some(self.address.as_ref()?.of(&target) + &anchor)
    }
}

/// A path that stands in a page, as one below the book's folder.
fn joined(page: &str, path: &str) -> String {
    let mut folders: Vec<&str> = page.split('/').collect();
    folders.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                folders.pop();
            }
            part => folders.push(part),
        }
    }
    folders.join("/")
}

/// A path below the book's folder, as it stands in a page.
fn relative(page: &str, path: &str) -> String {
    let up = page.matches('/').count();
    match (page.rsplit_once('/'), path.rsplit_once('/')) {
        (Some((here, _)), Some((there, name))) if here == there => name.to_owned(),
        _ => "../".repeat(up) + path,
    }
}

/// An id in XML, which begins with a letter and has no signs but these; the pages have others.
pub(crate) fn id(id: &str) -> String {
    let mut text = String::new();
    for sign in id.chars() {
        match sign {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => text.push(sign),
            other => text.push_str(&format!(".{:x}", u32::from(other))),
        }
    }
    match text.chars().next() {
        Some('a'..='z' | 'A'..='Z') => text,
        _ => format!("at{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Links, id};
    use crate::contents::Page;

    #[test]
    fn a_link_leads_to_a_page_of_the_epub_or_to_the_published_one() {
        let page = |path: &str| Page {
            title: String::new(),
            path: path.to_owned(),
        };
        let (one, two, three) = (page("a/one"), page("a/two"), page("three"));
        let pages = [&one, &two, &three];
        let here = Links::new(&pages, None);
        let found = |link: &str| here.resolved(&one, link);
        assert_eq!(found("two.html#12-b").as_deref(), Some("two.xhtml#at12-b"));
        assert_eq!(found("../three.html").as_deref(), Some("../three.xhtml"));
        assert_eq!(found("#x").as_deref(), Some("#x"));
        assert_eq!(found("https://a.b/").as_deref(), Some("https://a.b/"));
        assert_eq!(found("../data/x.csv"), None);
        assert_eq!(
            here.resolved(&three, "a/two.html").as_deref(),
            Some("a/two.xhtml")
        );
        let address = "https://example.org/book".parse().expect("an address");
        let there = Links::new(&pages, Some(address));
        assert_eq!(
            there.resolved(&one, "../data/x.csv").as_deref(),
            Some("https://example.org/book/data/x.csv")
        );
        assert_eq!(
            there.live(&two).as_deref(),
            Some("https://example.org/book/a/two.html")
        );
    }

    #[test]
    fn an_id_is_a_name_in_xml() {
        assert_eq!(id("a-b_1.2"), "a-b_1.2");
        assert_eq!(id("12-own"), "at12-own");
        assert_eq!(id("--compress"), "at--compress");
        assert_eq!(id("é"), "at.e9");
    }
}
