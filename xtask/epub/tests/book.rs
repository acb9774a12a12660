//! The whole book as an EPUB, taken apart again: it is XML, and every link leads somewhere. What else makes an EPUB valid
//! is a matter for `epubcheck`, which the workflow that publishes the book runs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Cursor, Read as _},
};

use epub::Settings;
use project::{paths::Project, summary};
use quick_xml::{Reader, events::Event};
use zip::ZipArchive;

/// What is in a file: its ids, and where its links lead.
#[derive(Default)]
struct Read {
    ids: BTreeSet<String>,
    links: Vec<String>,
}

/// Reads a file as XML.
fn xml(name: &str, text: &str) -> Read {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut read = Read::default();
    let mut open = 0_i32;
    loop {
        let event = reader
            .read_event()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let element = match &event {
            Event::Eof => break,
            Event::Start(element) => {
                open += 1;
                element
            }
            Event::Empty(element) => element,
            Event::End(_) => {
                open -= 1;
                continue;
            }
            _ => continue,
        };
        for attribute in element.attributes() {
            let attribute = attribute.unwrap_or_else(|error| panic!("{name}: {error}"));
            let value = attribute.unescape_value().unwrap().into_owned();
            match attribute.key.as_ref() {
                b"id" => assert!(read.ids.insert(value.clone()), "{name}: {value} twice"),
                b"href" | b"src" | b"xlink:href" => read.links.push(value),
                _ => {}
            }
        }
    }
    assert_eq!(open, 0, "{name}: something is not closed");
    read
}

/// The file that a link in another one leads to.
fn target(from: &str, link: &str) -> String {
    let mut folders: Vec<&str> = from.split('/').collect();
    folders.pop();
    for part in link.split('/') {
        if part == ".." {
            folders.pop();
        } else {
            folders.push(part);
        }
    }
    folders.join("/")
}

#[test]
fn the_book_as_an_epub_holds_together() {
    let project = Project::here();
    let settings = Settings {
        address: None,
        modified: "2026-01-31T12:00:00Z".into(),
    };
    let made = epub::make(&project, &settings).unwrap();
    let again = epub::make(&project, &settings).unwrap();
    assert!(made == again, "the same sources give other bytes");
    // The signature of the format: the name and the text of the first file, not compressed.
    assert_eq!(&made[30..58], b"mimetypeapplication/epub+zip");

    let mut archive = ZipArchive::new(Cursor::new(made)).unwrap();
    let mut names = BTreeSet::new();
    let mut files = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let name = file.name().unwrap().into_owned();
        if [".xhtml", ".opf", ".xml"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            files.insert(name.clone(), xml(&name, &text));
        }
        names.insert(name);
    }

    let mut inside = 0;
    for (name, file) in &files {
        for link in &file.links {
            if link.contains("://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let to = match path {
                "" => name.clone(),
                path => target(name, path),
            };
            assert!(names.contains(&to), "{name} links to {link}: no such file");
            let there = anchor.is_empty() || files[&to].ids.contains(anchor);
            assert!(there, "{name} links to {link}: no such id");
            inside += 1;
        }
    }
    assert!(inside > 1000, "only {inside} links");

    // Every page is there, and in the table of contents.
    let nav = &files["EPUB/nav.xhtml"].links;
    for page in summary::read(&project).unwrap().pages {
        let file = format!("text/{}.xhtml", page.file.trim_end_matches(".md"));
        assert!(names.contains(&format!("EPUB/{file}")), "{file}");
        assert!(nav.contains(&file), "{file} is not in the contents");
    }
}
