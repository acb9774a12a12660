//! The book itself: its text, as verify checks it beside the steps, and what mdBook makes of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use book::lints;
use project::{discover, paths::Project};
use tempfile::TempDir;

use crate::fixture::{Book, PART};

#[test]
fn the_book_holds_together() {
    let project = Project::here();
    let steps = discover::steps(&project).unwrap();
    let findings = lints::book(&project, &steps).unwrap();
    let problems: Vec<String> = findings
        .iter()
        .filter(|finding| finding.fails(false))
        .map(ToString::to_string)
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Where the book of these tests is published.
const ADDRESS: &str = "https://example.org/book/";

/// What mdBook makes of the pages: every link and anchor in the HTML leads somewhere, and code comes out of the copy
/// button as it stands.
#[test]
fn the_built_book_holds_together() {
    let folder = TempDir::new().unwrap();
    let project = Project::here();
    let address = ADDRESS.parse().unwrap();
    book::mdbook::build(&project, Some(folder.path()), Some(&address)).unwrap();
    let id = regex::Regex::new(r#"\bid="([^"]+)""#).unwrap();
    let href = regex::Regex::new(r#"\b(?:href|src)="([^"]+)""#).unwrap();
    let mut ids = BTreeMap::new();
    let mut checked = 0;
    for entry in walkdir::WalkDir::new(folder.path())
        .into_iter()
        .map(Result::unwrap)
    {
        let file = entry.path();
        let name = file
            .strip_prefix(folder.path())
            .unwrap()
            .display()
            .to_string();
        if file.extension().is_none_or(|extension| extension != "html")
            || ["404.html", "toc.html"].contains(&name.as_str())
        {
            continue;
        }
        let html = fs::read_to_string(file).unwrap();
        assert!(
            !html.contains("#![allow(unused)]"),
            "{name}: mdBook wraps code in a main of its own"
        );
        for link in href.captures_iter(&html) {
            let link = &link[1];
            if link.contains("://") || link.starts_with("mailto:") || link.starts_with("data:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() {
                file.to_path_buf()
            } else {
                file.parent().unwrap().join(path)
            };
            assert!(
                target.exists(),
                "{name} links to {link}, which is not there"
            );
            if !anchor.is_empty() && target.is_file() {
                // Each page is read once, however many links lead to it.
                let target = target.canonicalize().unwrap();
                let ids = ids.entry(target).or_insert_with_key(|target| {
                    let text = fs::read_to_string(target).unwrap();
                    let ids = id.captures_iter(&text).map(|found| found[1].to_owned());
                    ids.collect::<BTreeSet<_>>()
                });
                assert!(ids.contains(anchor), "{name} links to {link}: no such id");
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "only {checked} links to anchors were checked");
    assert_a_published_book_can_be_found(folder.path());
    assert_links_to_pages_have_pictures(folder.path());
    assert_nothing_is_loaded_before_it_is_asked_for(folder.path());
    assert_a_page_is_light(folder.path());
    assert_source_comes_out_as_it_stands(&project, folder.path());
}

/// What comes with each page, mdBook's and ours, has a limit; no script keeps the page waiting; and the highlighter knows the
/// languages of the book, and those only.
fn assert_a_page_is_light(built: &Path) {
    let page = fs::read_to_string(built.join("index.html")).unwrap();
    let file = regex::Regex::new(
        r#"<(?:script( defer)? src|link rel="stylesheet"(?: id="[^"]*")? href)="([^"]+)""#,
    )
    .unwrap();
    let mut sizes = BTreeMap::new();
    for found in file.captures_iter(&page) {
        let name = &found[2];
        assert!(
            name.ends_with(".css") || found.get(1).is_some(),
            "{name} keeps the page waiting"
        );
        let content = fs::read(built.join(name)).unwrap();
        if name.starts_with("highlight") && name.ends_with(".js") {
            let known = String::from_utf8(content.clone()).unwrap();
            let has = |language: &str| known.contains(&format!("registerLanguage(\"{language}\""));
            assert!(
                has("rust") && has("bash") && !has("sql"),
                "the highlighter is mdBook's whole one"
            );
        }
        if name.starts_with("book-") {
            assert!(
                !String::from_utf8_lossy(&content).contains("onunload"),
                "a listener for unload"
            );
        }
        sizes.insert(
            name.to_owned(),
            pipeline::gzip::pack(&content).unwrap().len(),
        );
    }
    assert!(sizes.len() > 15, "only {sizes:?} come with a page");
    let together: usize = sizes.values().sum();
    assert!(together <= 75 * 1024, "{together} bytes gzipped: {sizes:?}");
}

/// Each address in the sitemap and in the feed leads to a page, and to a place on it; and each page knows its own.
fn assert_a_published_book_can_be_found(built: &Path) {
    let read = |file: &str| fs::read_to_string(built.join(file)).unwrap();
    let found = |text: &str, before: &str, after: &str| {
        let parts = text.split(before).skip(1);
        let parts = parts.map(|part| part.split_once(after).unwrap().0.to_owned());
        parts.collect::<Vec<_>>()
    };
    let inside = |address: &str| {
        let path = address.strip_prefix(ADDRESS).unwrap();
        match path {
            "" => "index.html".to_owned(),
            path if path.ends_with('/') => format!("{path}index.html"),
            path => path.to_owned(),
        }
    };
    let pages = found(&read("sitemap.xml"), "<loc>", "</loc>");
    assert!(pages.len() > 150, "{} pages", pages.len());
    for address in &pages {
        let page = read(&inside(address));
        // What is not mdBook's has no description of its own, and no address.
        if !address.contains("/own/") {
            let canonical = format!("<link rel=\"canonical\" href=\"{address}\">");
            assert!(page.contains(&canonical), "{address}");
        }
    }
    let feed = read("feed.xml");
    let entries = found(&feed, "<entry>", "</entry>");
    assert!(entries.len() > 30, "{} entries", entries.len());
    for entry in entries {
        let id = &found(&entry, "<id>", "</id>")[0];
        let (page, place) = id.split_once('#').unwrap();
        let place = format!("id=\"{place}\"");
        assert!(read(&inside(page)).contains(&place), "{id}");
    }
}

/// Each page names a picture that is there and has the size that it says, and pages with different modules have
/// different ones.
fn assert_links_to_pages_have_pictures(built: &Path) {
    let image = regex::Regex::new(r#"<meta property="og:image" content="([^"]+)">"#).unwrap();
    let alt = regex::Regex::new(r#"<meta property="og:image:alt" content="([^"]+)">"#).unwrap();
    let mut cards = BTreeMap::new();
    let mut pages = 0;
    for entry in walkdir::WalkDir::new(built).into_iter().map(Result::unwrap) {
        let html = match fs::read_to_string(entry.path()) {
            Ok(html) if entry.path().extension().is_some_and(|end| end == "html") => html,
            _ => continue,
        };
        if !html.contains("property=\"og:url\"") {
            continue;
        }
        let name = entry.path().strip_prefix(built).unwrap().display();
        let card = &image.captures(&html).unwrap_or_else(|| panic!("{name}"))[1];
        let said = &alt.captures(&html).unwrap_or_else(|| panic!("{name}"))[1];
        assert!(html.contains("content=\"summary_large_image\""), "{name}");
        let file = card.strip_prefix(ADDRESS).unwrap();
        let picture = fs::read(built.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        // The signature, the first chunk's length and name, and the picture's width and height.
        assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n", "{file}");
        let size = [1200_u32, 630].map(u32::to_be_bytes).concat();
        assert_eq!(&picture[16..24], size, "{file}");
        assert!(
            html.contains("\"og:image:width\" content=\"1200\""),
            "{name}"
        );
        cards.insert(file.to_owned(), (picture, said.to_owned()));
        pages += 1;
    }
    assert!(pages > 150, "only {pages} pages have a card");
    let pictures: BTreeSet<&Vec<u8>> = cards.values().map(|(picture, _)| picture).collect();
    let words: BTreeSet<&String> = cards.values().map(|(_, said)| said).collect();
    assert!(cards.len() > 100, "only {} cards", cards.len());
    assert_eq!(
        pictures.len(),
        cards.len(),
        "two cards are the same picture"
    );
    assert_eq!(words.len(), cards.len(), "two cards say the same");
}

/// A book on a reader's own machine has no address, so nothing of it names a picture, and none is drawn.
#[test]
fn a_book_without_an_address_has_no_cards() {
    let book = Book::new();
    let to = book.path("built");
    book::mdbook::build(&book.project(), Some(&to), None).unwrap();
    assert!(!to.join("cards").exists());
    let html = fs::read_to_string(to.join("index.html")).unwrap();
    assert!(html.contains("og:title") && !html.contains("og:image"));
    assert!(!html.contains("summary_large_image"));
    // And the same with one.
    let address = ADDRESS.parse().unwrap();
    book::mdbook::build(&book.project(), Some(&to), Some(&address)).unwrap();
    let html = fs::read_to_string(to.join("index.html")).unwrap();
    assert!(html.contains("og:image\" content=\"https://example.org/book/cards/book.png\""));
    assert!(to.join("cards/book.png").is_file());
}

/// What a reader's browser loads of ours with a page: two small scripts and a style sheet, and nothing of what is
/// behind the buttons.
fn assert_nothing_is_loaded_before_it_is_asked_for(built: &Path) {
    let loaded =
        regex::Regex::new(r#"<(?:script|link|img)\b[^>]*\b(?:href|src)="([^"]+)""#).unwrap();
    let ours = regex::Regex::new(r"theme/[^/]+\.(?:js|css)$").unwrap();
    let mut files = BTreeSet::new();
    let mut pages = 0;
    for entry in walkdir::WalkDir::new(built).into_iter().map(Result::unwrap) {
        let html = match fs::read_to_string(entry.path()) {
            Ok(html) if entry.path().extension().is_some_and(|end| end == "html") => html,
            _ => continue,
        };
        let name = entry.path().strip_prefix(built).unwrap().display();
        pages += usize::from(html.contains("class=\"live\""));
        for link in loaded.captures_iter(&html) {
            let link = &link[1];
            assert!(
                !link.contains("widgets/") && !link.contains("modules/"),
                "{name} loads {link} before anybody asks for it"
            );
            if ours.is_match(link) {
                files.insert(link.trim_start_matches("../").to_owned());
            }
        }
    }
    assert!(pages > 90, "only {pages} pages have buttons");
    assert!(files.len() >= 3, "only {files:?} are ours");
    let size = |file: &String| {
        pipeline::gzip::pack(&fs::read(built.join(file)).unwrap())
            .unwrap()
            .len()
    };
    let sizes: Vec<(&String, usize)> = files.iter().map(|file| (file, size(file))).collect();
    let together: usize = sizes.iter().map(|(_, size)| size).sum();
    assert!(together <= 15 * 1024, "{together} bytes gzipped: {sizes:?}");
}

fn assert_source_comes_out_as_it_stands(project: &Project, built: &Path) {
    let source = fs::read_to_string(
        project
            .steps()
            .join(PART)
            .join("18-without-crt1/src/main.rs"),
    )
    .unwrap();
    let html = fs::read_to_string(built.join(PART).join("18-without-crt1.html")).unwrap();
    let unescaped = html
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&amp;", "&");
    assert!(
        unescaped.contains(source.trim_end()),
        "the page of 18-without-crt1 does not hold its source as it stands"
    );
}

/// The editor refuses imports of preview 1 with another type, by a table that no one has typed: it is the record's.
#[test]
fn the_editor_knows_the_types_of_preview_1() {
    let project = Project::here();
    let floor: studies::floor::Floor = studies::floor::RECORD.stored(&project).unwrap();
    let types: BTreeMap<String, String> = floor
        .functions
        .into_iter()
        .map(|function| {
            let list = |what: &str, types: &[String]| match types {
                [] => String::new(),
                types => format!(" ({what} {})", types.join(" ")),
            };
            let [params, results] = [
                list("param", &function.params),
                list("result", &function.results),
            ];
            (function.name, format!("func{params}{results}"))
        })
        .collect();
    let file = fs::read(project.root().join("src/widgets/preview1.json")).unwrap();
    let there: BTreeMap<String, String> = serde_json::from_slice(&file).unwrap();
    assert_eq!(there, types);
}
