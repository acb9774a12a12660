//! How pages are written.

use crate::fixture::{Book, page};

#[test]
fn what_patterns_can_see_is_red() {
    for (text, names) in [
        (
            "Nobody calls it. Somebody has to.",
            "`Somebody`: name who acts",
        ),
        ("It shall be small.", "`shall`"),
        ("As on the page before, it runs.", "`page before`"),
        ("It runs four pages on.", "`four pages on`"),
        ("It has 10000 of them.", "`10000`"),
        ("It is small. it runs.", "a sentence begins with a capital"),
    ] {
        let book = Book::new();
        book.append("src/index.md", &format!("\n{text}\n"));
        book.red(&[], &["src/index.md:7", names]);
    }
    let book = Book::new();
    book.append(
        "src/index.md",
        "\nNobody calls it; `nobody` is a name, and [a link](https://example.org/10000) is none.\n\n```text\nshall 10000\n```\n",
    );
    book.green();
}

/// A step may be told of on another one's page, at a place that links can lead to.
#[test]
fn a_guest_has_its_place_on_its_hosts_page() {
    let book = Book::new();
    let guest = "1-two-megabytes-to-97/19-compressed";
    let manifest = format!("chapters-code/{guest}/Cargo.toml");
    book.change(
        &manifest,
        "[package.metadata.chapter]\n",
        "[package.metadata.chapter]\npage = \"1-two-megabytes-to-97/20-ninety-six\"\ntitle = \"A guest\"\n",
    );
    std::fs::remove_file(book.path(&page("19-compressed"))).unwrap();
    book.change(
        "src/SUMMARY.md",
        "- [19-compressed](1-two-megabytes-to-97/19-compressed.md)\n",
        "",
    );
    book.red(&[], &["20-ninety-six.md", "## Heading {#19-compressed}"]);
    book.change(
        &page("20-ninety-six"),
        "## Try it",
        &format!(
            "## A guest {{#19-compressed}}\n\n<!-- cmdrun cargo xtask show size {guest} -->\n\n<!-- cmdrun cargo xtask show \
             outcome {guest} -->\n\n## Try it"
        ),
    );
    book.append(
        "src/index.md",
        "\n[x](1-two-megabytes-to-97/20-ninety-six.md#19-compressed)\n",
    );
    book.green();
}

#[test]
fn an_old_address_that_leads_nowhere_is_red() {
    let book = Book::new();
    book.append(
        "book.toml",
        "\n[output.html.redirect]\n\"/1-two-megabytes-to-97/99-old.html\" = \"20-ninety-six.html#nowhere\"\n",
    );
    book.red(&[], &["book.toml", "has no heading or element `nowhere`"]);
}

#[test]
fn a_page_that_ends_on_its_answer_is_red() {
    let book = Book::new();
    book.change(&page("20-ninety-six"), "The next page follows.\n\n", "");
    book.red(&[], &["20-ninety-six.md", "why the next page follows"]);
}
