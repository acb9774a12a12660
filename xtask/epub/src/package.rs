//! The container: a ZIP archive with the package's document, the table of contents, the cover and the pages.

use std::{
    fmt::Write as _,
    io::{Cursor, Write as _},
};

use anyhow::{Result, ensure};
use project::{
    files,
    markup::{attribute, html},
};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use crate::{
    Settings,
    contents::{Contents, Entry},
    xhtml::Chapter,
};

/// Readable without colours, on a narrow page.
const STYLE: &str = include_str!("epub.css");

const CONTAINER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles>
    <rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
  </rootfiles>
</container>
"#;

/// What every document of our own begins with.
fn head(language: &str, title: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE html>\n\
         <html xmlns=\"http://www.w3.org/1999/xhtml\" xmlns:epub=\"http://www.idpf.org/2007/ops\" xml:lang=\"{language}\" \
         lang=\"{language}\">\n<head>\n<title>{}</title>\n<link rel=\"stylesheet\" type=\"text/css\" href=\"epub.css\"/>\n</head>\n",
        html(title)
    )
}

/// Packs everything.
pub(crate) fn pack(
    contents: &Contents,
    chapters: &[Chapter],
    cover: &[u8],
    settings: &Settings,
) -> Result<Vec<u8>> {
    ensure!(
        settings.modified.len() == 20 && settings.modified.ends_with('Z'),
        "`{}` is no time in UTC, such as 2026-01-31T12:00:00Z",
        settings.modified
    );
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, bytes: &[u8]| -> Result<()> {
        // The first file is read by its place in the archive, and a picture is compressed already.
        let stored = name == "mimetype" || name.ends_with(".png");
        let method = match stored {
            true => CompressionMethod::Stored,
            false => CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        archive.start_file(name, options)?;
        Ok(archive.write_all(bytes)?)
    };
    put("mimetype", b"application/epub+zip")?;
    put("META-INF/container.xml", CONTAINER.as_bytes())?;
    put(
        "EPUB/package.opf",
        document(contents, chapters, settings).as_bytes(),
    )?;
    put("EPUB/nav.xhtml", nav(contents).as_bytes())?;
    put("EPUB/cover.xhtml", cover_page(contents).as_bytes())?;
    put("EPUB/cover.png", cover)?;
    put("EPUB/epub.css", STYLE.as_bytes())?;
    for chapter in chapters {
        put(&format!("EPUB/{}", chapter.file), chapter.text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

/// A name that is always the same for a book of this title.
fn identifier(contents: &Contents) -> String {
    let hash = files::sha256(contents.title.as_bytes());
    // Version 8 of a UUID leaves all but six bits to whoever makes it.
    format!(
        "urn:uuid:{}-{}-8{}-a{}-{}",
        &hash[..8],
        &hash[8..12],
        &hash[13..16],
        &hash[17..20],
        &hash[20..32]
    )
}

/// The package's document: what the book is, what is in it, and in which order it is read.
fn document(contents: &Contents, chapters: &[Chapter], settings: &Settings) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <package xmlns=\"http://www.idpf.org/2007/opf\" version=\"3.0\" unique-identifier=\"id\" xml:lang=\"{0}\">\n\
         <metadata xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<dc:identifier id=\"id\">{1}</dc:identifier>\n\
         <dc:title>{2}</dc:title>\n<dc:language>{0}</dc:language>\n<dc:description>{3}</dc:description>\n",
        attribute(&contents.language),
        identifier(contents),
        html(&contents.title),
        html(&contents.description),
    );
    for author in &contents.authors {
        _ = writeln!(text, "<dc:creator>{}</dc:creator>", html(author));
    }
    if let Some(address) = &settings.address {
        let address = html(&address.of("index.html"));
        _ = writeln!(text, "<dc:source>{address}</dc:source>");
    }
    _ = write!(
        text,
        "<dc:rights>MIT OR Apache-2.0</dc:rights>\n<meta property=\"dcterms:modified\">{}</meta>\n\
         <meta property=\"schema:accessMode\">textual</meta>\n<meta property=\"schema:accessMode\">visual</meta>\n\
         <meta property=\"schema:accessModeSufficient\">textual</meta>\n\
         <meta property=\"schema:accessibilityFeature\">tableOfContents</meta>\n\
         <meta property=\"schema:accessibilityHazard\">none</meta>\n\
         <meta name=\"cover\" content=\"cover-image\"/>\n</metadata>\n<manifest>\n\
         <item id=\"nav\" href=\"nav.xhtml\" media-type=\"application/xhtml+xml\" properties=\"nav\"/>\n\
         <item id=\"style\" href=\"epub.css\" media-type=\"text/css\"/>\n\
         <item id=\"cover\" href=\"cover.xhtml\" media-type=\"application/xhtml+xml\"/>\n\
         <item id=\"cover-image\" href=\"cover.png\" media-type=\"image/png\" properties=\"cover-image\"/>\n",
        html(&settings.modified)
    );
    for (at, chapter) in chapters.iter().enumerate() {
        let drawings = match chapter.has_drawings {
            true => " properties=\"svg\"",
            false => "",
        };
        _ = writeln!(
            text,
            "<item id=\"page-{at}\" href=\"{}\" media-type=\"application/xhtml+xml\"{drawings}/>",
            attribute(&chapter.file)
        );
    }
    text.push_str("</manifest>\n<spine>\n<itemref idref=\"cover\"/>\n<itemref idref=\"nav\"/>\n");
    for at in 0..chapters.len() {
        _ = writeln!(text, "<itemref idref=\"page-{at}\"/>");
    }
    text + "</spine>\n</package>\n"
}

/// The table of contents.
fn nav(contents: &Contents) -> String {
    let mut text = head(&contents.language, "Contents");
    text.push_str("<body>\n<nav epub:type=\"toc\" id=\"toc\">\n<h1>Contents</h1>\n");
    list(&mut text, &contents.entries);
    text.push_str("</nav>\n<nav epub:type=\"landmarks\" hidden=\"hidden\">\n<ol>\n");
    text.push_str("<li><a epub:type=\"cover\" href=\"cover.xhtml\">Cover</a></li>\n");
    text.push_str("<li><a epub:type=\"toc\" href=\"#toc\">Contents</a></li>\n");
    if let Some(first) = contents.pages().first() {
        _ = writeln!(
            text,
            "<li><a epub:type=\"bodymatter\" href=\"{}\">{}</a></li>",
            attribute(&first.file()),
            html(&first.title)
        );
    }
    text + "</ol>\n</nav>\n</body>\n</html>\n"
}

fn list(text: &mut String, entries: &[Entry]) {
    text.push_str("<ol>\n");
    for entry in entries {
        let below = match entry {
            Entry::Part(title, below) => {
                _ = write!(text, "<li><span>{}</span>", html(title));
                below
            }
            Entry::Page(page, below) => {
                let file = attribute(&page.file());
                _ = write!(text, "<li><a href=\"{file}\">{}</a>", html(&page.title));
                below
            }
        };
        if !below.is_empty() {
            text.push('\n');
            list(text, below);
        }
        text.push_str("</li>\n");
    }
    text.push_str("</ol>\n");
}

fn cover_page(contents: &Contents) -> String {
    format!(
        "{}<body epub:type=\"cover\" class=\"cover\">\n<p><img src=\"cover.png\" alt=\"{}\"/></p>\n</body>\n</html>\n",
        head(&contents.language, &contents.title),
        attribute(&contents.title)
    )
}
