//! A page as XHTML: what mdBook has rendered, without what needs a script.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use anyhow::{Context as _, Result};
use html5ever::{
    Attribute, QualName, local_name, ns, parse_document,
    tendril::{StrTendril, TendrilSink as _},
};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use project::markup::{attribute, html};

use crate::{
    contents::Page,
    links::{self, Links},
};

/// A page of the EPUB.
pub(crate) struct Chapter {
    /// Its file, below the folder with the package's document.
    pub(crate) file: String,
    pub(crate) text: String,
    /// Whether there are drawings in it, which the package has to say.
    pub(crate) has_drawings: bool,
}

/// Elements that are nothing without a script, or without a pointer.
const INTERACTIVE: [&str; 8] = [
    "button", "canvas", "input", "label", "noscript", "script", "style", "textarea",
];

/// Classes of elements that are left out: figures that are shown when they are pointed at, the small map, the links to the
/// pages around, the reader's own scores.
const LEFT_OUT: [&str; 8] = [
    "figure",
    "hint",
    "release",
    "map",
    "turn",
    "yours",
    "drop-result",
    "drop-status",
];

/// Classes of elements in whose place a line says where the live one is.
const LIVE: [(&str, &str); 2] = [
    ("live", "run this module, and look inside"),
    ("own-module", "take a module of your own apart"),
];

/// What has no end tag in HTML, and in XHTML no content.
const VOID: [&str; 6] = ["br", "hr", "img", "col", "wbr", "source"];

/// Turns a page of the built book into one of the EPUB.
///
/// # Errors
/// If it has no `<main>`.
pub(crate) fn page(page: &Page, text: &str, links: &Links, language: &str) -> Result<Chapter> {
    let parsed = parse_document(RcDom::default(), Default::default());
    let parsed = parsed.one(StrTendril::from(text));
    let main = found(&parsed.document, "main")
        .with_context(|| format!("mdBook's {} has no <main>", page.html()))?;
    let mut writer = Writer {
        page,
        links,
        text: String::new(),
        ids: BTreeSet::new(),
        has_drawings: false,
    };
    for child in main.children.borrow().iter() {
        writer.node(child);
    }
    let up = "../".repeat(page.file().matches('/').count());
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE html>\n\
         <html xmlns=\"http://www.w3.org/1999/xhtml\" xmlns:epub=\"http://www.idpf.org/2007/ops\" xml:lang=\"{language}\" \
         lang=\"{language}\">\n<head>\n<title>{}</title>\n\
         <link rel=\"stylesheet\" type=\"text/css\" href=\"{up}epub.css\"/>\n</head>\n<body>\n{}\n</body>\n</html>\n",
        html(&page.title),
        writer.text.trim()
    );
    Ok(Chapter {
        file: page.file(),
        text,
        has_drawings: writer.has_drawings,
    })
}

/// The first element of this name.
fn found(node: &Handle, name: &str) -> Option<Handle> {
    if let NodeData::Element { name: there, .. } = &node.data
        && &*there.local == name
    {
        return Some(node.clone());
    }
    let children = node.children.borrow();
    children.iter().find_map(|child| found(child, name))
}

/// The text in a node.
fn said(node: &Handle) -> String {
    if let NodeData::Text { contents } = &node.data {
        return contents.borrow().to_string();
    }
    let children = node.children.borrow();
    children.iter().map(said).collect()
}

/// Writes the nodes of one page.
struct Writer<'a> {
    page: &'a Page,
    links: &'a Links,
    text: String,
    /// Those that are taken.
    ids: BTreeSet<String>,
    has_drawings: bool,
}

impl Writer<'_> {
    fn node(&mut self, node: &Handle) {
        match &node.data {
            NodeData::Text { contents } => {
                self.text.push_str(&html(&printable(&contents.borrow())))
            }
            NodeData::Element { name, attrs, .. } => {
                self.element(node, name, &attrs.borrow());
            }
            _ => {}
        }
    }

    fn children(&mut self, node: &Handle) {
        for child in node.children.borrow().iter() {
            self.node(child);
        }
    }

    fn element(&mut self, node: &Handle, name: &QualName, attributes: &[Attribute]) {
        let local = &*name.local;
        let given = |key: &str| {
            let found = attributes.iter().find(|one| &*one.name.local == key);
            found.map(|one| one.value.to_string())
        };
        let classes = given("class").unwrap_or_default();
        let mut classes = classes.split_whitespace();
        if let Some((_, what)) = LIVE
            .iter()
            .find(|(class, _)| classes.clone().any(|there| there == *class))
        {
            self.live(what);
            return;
        }
        if INTERACTIVE.contains(&local)
            || given("hidden").is_some()
            || classes.any(|class| LEFT_OUT.contains(&class))
        {
            return;
        }
        let drawn = name.ns == ns!(svg);
        let mut kept = self.attributes(name, attributes);
        if name.local == local_name!("a") {
            let target = given("href").map(|href| self.links.resolved(self.page, &href));
            match target {
                // A heading need not lead to itself, and what is not in the EPUB and not published is nowhere.
                Some(None) => return self.children(node),
                Some(Some(_)) if given("class").is_some_and(|class| class == "header") => {
                    return self.children(node);
                }
                Some(Some(target)) => {
                    let key = if drawn { "xlink:href" } else { "href" };
                    kept.insert(key.into(), target);
                    if drawn {
                        kept.insert("xlink:title".into(), said(node));
                    }
                }
                None => {}
            }
        }
        if drawn && local == "svg" {
            self.has_drawings = true;
            kept.insert("xmlns".into(), "http://www.w3.org/2000/svg".into());
            kept.insert("xmlns:xlink".into(), "http://www.w3.org/1999/xlink".into());
        }
        _ = write!(self.text, "<{local}");
        for (key, value) in kept {
            _ = write!(self.text, " {key}=\"{}\"", attribute(&printable(&value)));
        }
        let empty = node.children.borrow().is_empty();
        if VOID.contains(&local) || drawn && empty {
            self.text.push_str("/>");
            return;
        }
        self.text.push('>');
        self.children(node);
        _ = write!(self.text, "</{local}>");
    }

    /// The attributes that say something without a script.
    fn attributes(
        &mut self,
        name: &QualName,
        attributes: &[Attribute],
    ) -> BTreeMap<String, String> {
        let drawn = name.ns == ns!(svg);
        let mut kept = BTreeMap::new();
        for one in attributes {
            let key = &*one.name.local;
            let value = one.value.to_string();
            match key {
                "id" => {
                    let id = links::id(&value);
                    // Two drawings on a page have the same.
                    if self.ids.insert(id.clone()) {
                        kept.insert("id".into(), id);
                    }
                }
                "style" => {
                    let (key, value) = match value.strip_prefix("--hue: ") {
                        Some(hue) => (if drawn { "fill" } else { "style" }, tinted(hue, drawn)),
                        None => ("style", value),
                    };
                    kept.insert(key.into(), value);
                }
                "aria-labelledby" => {
                    let ids: Vec<String> = value.split_whitespace().map(links::id).collect();
                    kept.insert(key.into(), ids.join(" "));
                }
                "href" | "xmlns" | "tabindex" | "rel" | "role" => {}
                key if key.starts_with("data-") => {}
                key => {
                    kept.insert(key.into(), value);
                }
            }
        }
        kept
    }

    /// The line in place of something that needs a script.
    fn live(&mut self, what: &str) {
        let line = match self.links.live(self.page) {
            Some(address) => format!(
                "<a href=\"{}\">On the page in the web</a> you can {what}.",
                attribute(&address)
            ),
            None => format!("On the page in a browser you can {what}."),
        };
        _ = writeln!(self.text, "<p class=\"live\">{line}</p>");
    }
}

/// A section's hue as it is on paper: an attribute of a drawing, or a style.
fn tinted(hue: &str, drawn: bool) -> String {
    let hue = hue.trim_end_matches(';').trim().parse().unwrap_or_default();
    let [red, green, blue] = book::cards::tinted(hue, 0.5, [255; 3]);
    let colour = format!("#{red:02x}{green:02x}{blue:02x}");
    match drawn {
        true => colour,
        false => format!("background-color: {colour}"),
    }
}

/// A text without the signs that XML cannot have.
fn printable(text: &str) -> String {
    let allowed = |sign: char| !sign.is_control() || matches!(sign, '\n' | '\t' | '\r');
    text.chars()
        .map(|sign| if allowed(sign) { sign } else { '\u{fffd}' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::page;
    use crate::{contents::Page, links::Links};

    #[test]
    fn what_needs_a_script_is_left_out_and_the_rest_is_xml() {
        let here = Page {
            title: "A & b".into(),
            path: "a/b".into(),
        };
        let links = Links::new(&[&here], None);
        let text = "<main><h1 id=\"1-a\"><a class=\"header\" href=\"#1-a\">A &amp; b</a></h1><p>x<br>y <a href=\"../data/x\">z</a> \
                    <a href=\"b.html#1-a\">w</a></p><div class=\"live\" data-x=\"1\"><button hidden>Run</button></div>\
                    <svg viewbox=\"0 0 1 1\"><g style=\"--hue: 0\"><rect width=\"1\" /><text class=\"figure\">no</text></g></svg>\
                    <span style=\"--hue: 0\">00</span><script>1 < 2</script></main>";
        let text = page(&here, text, &links, "en").expect("a page").text;
        for part in [
            "<h1 id=\"at1-a\">A &amp; b</h1>",
            "<p>x<br/>y z <a href=\"b.xhtml#at1-a\">w</a></p>",
            "<p class=\"live\">On the page in a browser you can run",
            "viewBox=\"0 0 1 1\"",
            "<g fill=\"#e69999\"><rect width=\"1\"/></g>",
            "<span style=\"background-color: #e69999\">00</span>",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        for part in ["button", "script", "data-", "figure"] {
            assert!(!text.contains(part), "{part} is in\n{text}");
        }
    }
}
