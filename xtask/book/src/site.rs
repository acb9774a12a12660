//! What a published book has besides its pages: a sitemap, and a feed of the jumps in size from release to release. Both
//! need the book's address, which a book on a reader's own machine does not have.

use std::{fmt::Write as _, fs, path::Path, str::FromStr};

use anyhow::{Context as _, Error, Result, ensure};
use project::{
    markup::attribute,
    paths::Project,
    terminal::{bytes, change},
};
use studies::timeline;
use walkdir::WalkDir;

/// Pages that are no places to arrive at.
const INTERNAL: [&str; 3] = ["404.html", "print.html", "toc.html"];

/// The page with the table of all jumps.
const JUMPS: &str = "6-then-and-now/timeline.html";

/// The address of a published book, with a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Address> {
        let rest = ["https://", "http://"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme));
        ensure!(
            rest.is_some_and(|rest| !rest.is_empty())
                && !text.contains(|sign: char| sign.is_whitespace() || "?#\"<>".contains(sign)),
            "`{text}` is no address of a book: it begins with https:// and has no query, such as https://example.org/book/"
        );
        Ok(Address(format!("{}/", text.trim_end_matches('/'))))
    }
}

impl Address {
    /// The address of a page, by its path below the book's folder. A folder's own page goes without its name.
    #[must_use]
    pub fn of(&self, page: &str) -> String {
        let page = match page.strip_suffix("index.html") {
            Some(folder) if folder.is_empty() || folder.ends_with('/') => folder,
            _ => page,
        };
        format!("{}{page}", self.0)
    }
}

/// Writes the sitemap and the feed into the folder of a built book.
///
/// # Errors
/// If the timeline cannot be read, or a file cannot be written.
pub(crate) fn lay_out(project: &Project, folder: &Path, address: &Address) -> Result<()> {
    let mut pages = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry?;
        let page = entry.path().strip_prefix(folder)?.display().to_string();
        let page = page.replace('\\', "/");
        // A page that has moved says so with a line that leads on.
        let is_page = page.ends_with(".html") && !INTERNAL.contains(&&*page);
        if is_page && !fs::read_to_string(entry.path())?.contains("http-equiv=\"refresh\"") {
            pages.push(page);
        }
    }
    fs::write(folder.join("sitemap.xml"), sitemap(&pages, address))?;
    fs::write(folder.join("feed.xml"), feed(project, address)?)?;
    Ok(())
}

/// Puts a link to an EPUB of the book at the end of a built book's first page, if the file is in its folder.
///
/// # Errors
/// If the page cannot be read or written.
pub fn link_epub(folder: &Path, file: &Path) -> Result<()> {
    let Ok(place) = file.strip_prefix(std::path::absolute(folder)?) else {
        return Ok(());
    };
    let size = fs::metadata(file)?.len();
    let place = place.display().to_string().replace('\\', "/");
    let page = folder.join("index.html");
    let text = fs::read_to_string(&page)?;
    let (before, after) = text
        .rsplit_once("</main>")
        .context("the first page has no </main>")?;
    let link = format!(
        "<p class=\"epub\">For e-readers, the whole book is <a href=\"{}\">an EPUB</a> of {}.</p>\n",
        attribute(&place),
        bytes(size)
    );
    fs::write(&page, format!("{before}{link}</main>{after}"))?;
    Ok(())
}

fn sitemap(pages: &[String], address: &Address) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for page in pages {
        _ = writeln!(
            text,
            "  <url><loc>{}</loc></url>",
            attribute(&address.of(page))
        );
    }
    text + "</urlset>\n"
}

/// The jumps as an Atom feed, the newest first.
fn feed(project: &Project, address: &Address) -> Result<String> {
    let all = timeline::read(project)?;
    let changes = timeline::changes(&all);
    let updated = changes.first().map_or("1970-01-01", |first| &first.to.date);
    let own = attribute(&address.of("feed.xml"));
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n  \
         <title>From 2 MB to 97 Bytes: why sizes jumped</title>\n  <id>{own}</id>\n  <link rel=\"self\" href=\"{own}\"/>\n  \
         <link href=\"{}\"/>\n  <updated>{updated}T00:00:00Z</updated>\n  <author><name>From 2 MB to 97 Bytes</name></author>\n",
        attribute(&address.of(JUMPS)),
    );
    for one in changes {
        let place = attribute(&format!("{}#{}", address.of(JUMPS), one.id()));
        let cause = one.cause().map_or("unknown", |cause| cause.what);
        _ = write!(
            text,
            "  <entry>\n    <title>Rust {}: {}, {}</title>\n    <id>{place}</id>\n    <link href=\"{place}\"/>\n    \
             <updated>{}T00:00:00Z</updated>\n    <summary>{} with Rust {}, {} with {}. The cause: {}.</summary>\n  </entry>\n",
            one.to.version,
            attribute(one.program.title),
            change(one.before, one.after),
            one.to.date,
            bytes(one.before),
            one.from.version,
            bytes(one.after),
            one.to.version,
            attribute(cause),
        );
    }
    Ok(text + "</feed>\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Address, link_epub, sitemap};

    #[test]
    fn the_first_page_links_to_an_epub_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let page = folder.path().join("index.html");
        let text = || std::fs::read_to_string(&page).expect("the page");
        std::fs::write(&page, "<main>a</main>").expect("a page");
        let here = folder.path().join("b.epub");
        std::fs::write(&here, "1234").expect("a file");
        link_epub(folder.path(), Path::new("/elsewhere.epub")).expect("nothing to do");
        assert_eq!(text(), "<main>a</main>");
        link_epub(folder.path(), &here).expect("it is there");
        assert!(text().contains("<a href=\"b.epub\">an EPUB</a> of 4 bytes.</p>\n</main>"));
    }

    #[test]
    fn an_address_ends_with_a_slash_and_an_index_goes_without_its_name() {
        for text in ["https://example.org/book", "https://example.org/book/"] {
            let address: Address = text.parse().expect("an address");
            assert_eq!(address.of("index.html"), "https://example.org/book/");
            assert_eq!(address.of("a/index.html"), "https://example.org/book/a/");
            assert_eq!(
                address.of("a/my-index.html"),
                "https://example.org/book/a/my-index.html"
            );
        }
        for text in [
            "example.org",
            "https://",
            "https://example.org/?a",
            "ftp://example.org/",
        ] {
            let error = text.parse::<Address>().expect_err(text).to_string();
            assert!(error.contains("https://example.org/book/"), "{error}");
        }
    }

    #[test]
    fn a_sitemap_has_all_pages() {
        let address: Address = "https://example.org".parse().expect("an address");
        let text = sitemap(&["index.html".into(), "a/b.html".into()], &address);
        assert!(text.contains("<loc>https://example.org/</loc>"));
        assert!(text.contains("<loc>https://example.org/a/b.html</loc>"));
    }
}
