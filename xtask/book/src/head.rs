//! What a page says of itself to search engines and to those who show a link to it: mdBook gives every page the book's
//! description, and this gives each its own first paragraph.

use std::{fmt::Write as _, fs, path::Path, sync::LazyLock};

use anyhow::Result;
use project::markup::attribute;
use regex::Regex;
use walkdir::WalkDir;

use crate::{
    cards::{self, Cards},
    site::Address,
};

/// Longer descriptions are cut at a word, in characters: about what a search engine shows.
const LONGEST: usize = 200;

/// What only a published book has.
pub(crate) struct Published<'a> {
    /// Where it is.
    pub(crate) address: &'a Address,
    /// The pictures that are shown with links to its pages.
    pub(crate) cards: Cards,
}

/// Gives the built pages in a folder their descriptions, and of a published book their addresses and cards.
///
/// # Errors
/// If one cannot be read or written.
pub(crate) fn describe(folder: &Path, published: Option<&Published>) -> Result<()> {
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        if entry
            .path()
            .extension()
            .is_some_and(|ending| ending == "html")
        {
            let page = fs::read_to_string(entry.path())?;
            let path = entry.path().strip_prefix(folder)?.display().to_string();
            let place = published.map(|published| place(published, &path.replace('\\', "/")));
            if let Some(described) = described(&page, place.as_deref()) {
                fs::write(entry.path(), described)?;
            }
        }
    }
    Ok(())
}

/// What a published page says of its place and of its card.
fn place(published: &Published, page: &str) -> String {
    let card = published.cards.of(page);
    let [address, picture] = [page, &card.file].map(|file| attribute(&published.address.of(file)));
    let [width, height] = cards::SIZE;
    let alt = attribute(&card.alt);
    let lines = [
        format!("<meta property=\"og:url\" content=\"{address}\">"),
        format!("<link rel=\"canonical\" href=\"{address}\">"),
        format!("<meta property=\"og:image\" content=\"{picture}\">"),
        "<meta property=\"og:image:type\" content=\"image/png\">".into(),
        format!("<meta property=\"og:image:width\" content=\"{width}\">"),
        format!("<meta property=\"og:image:height\" content=\"{height}\">"),
        format!("<meta property=\"og:image:alt\" content=\"{alt}\">"),
        "<meta name=\"twitter:card\" content=\"summary_large_image\">".into(),
    ];
    lines.join("\n        ")
}

/// The page with a description of its own; nothing, if it has no text or no place for one.
fn described(page: &str, place: Option<&str>) -> Option<String> {
    static META: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"<meta name="description" content="[^"]*">"#)
            .expect("the expression is constant")
    });
    static FIRST: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?s)<main>.*?<p>(.*?)</p>").expect("the expression is constant")
    });
    static TITLE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"<title>(.*?)</title>").expect("the expression is constant"));
    static TAG: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?s)<[^>]*>").expect("the expression is constant"));
    let old = META.find(page)?;
    let text = TAG.replace_all(&FIRST.captures(page)?[1], "").into_owned();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // It comes out of HTML, and goes into HTML.
    let quoted = text.replace('"', "&quot;");
    let description = shortened(&quoted);
    let title = attribute(&plain(&TITLE.captures(page)?[1]));
    let mut meta = format!(
        "<meta name=\"description\" content=\"{description}\">\n        <meta property=\"og:type\" content=\"article\">\n        \
         <meta property=\"og:title\" content=\"{title}\">\n        <meta property=\"og:description\" content=\"{description}\">"
    );
    if let Some(place) = place {
        _ = write!(meta, "\n        {place}");
    }
    Some(format!(
        "{}{meta}{}",
        &page[..old.start()],
        &page[old.end()..]
    ))
}

/// A title as text: mdBook has escaped it.
fn plain(title: &str) -> String {
    title
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&amp;", "&")
}

/// The text, cut at a word if it is too long.
fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let cut: String = text.chars().take(LONGEST).collect();
    let words = cut
        .rsplit_once(' ')
        .map_or(cut.as_str(), |(words, _)| words);
    format!("{}…", words.trim_end_matches([',', ';', ':', '.']))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, described, shortened};

    #[test]
    fn a_page_is_described_by_its_first_paragraph() {
        let page = "<title>A &amp; b</title><meta name=\"description\" content=\"the book\"><main><h1>x</h1>\n<p>It is \"<code>a</code>\" \
                    &amp; b.</p><p>No.</p></main>";
        let new = described(page, None).expect("it has a first paragraph");
        assert!(new.contains("name=\"description\" content=\"It is &quot;a&quot; &amp; b.\""));
        assert!(new.contains("og:title\" content=\"A &amp; b\""));
        assert!(!new.contains("the book"));
        assert!(!new.contains("canonical"));
        assert_eq!(described("<main></main>", None), None);
        let new = described(page, Some("<link rel=\"canonical\">")).expect("the same");
        assert!(new.contains("<link rel=\"canonical\">"));
    }

    #[test]
    fn a_long_one_is_cut_at_a_word() {
        let long = "word ".repeat(LONGEST);
        let cut = shortened(long.trim());
        assert!(cut.chars().count() <= LONGEST + 1 && cut.ends_with("word…"));
    }
}
