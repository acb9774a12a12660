//! Links lead somewhere, and no heading takes a name that the pages' scripts need.

use crate::fixture::Book;

#[test]
fn broken_links_are_red() {
    for (text, names) in [
        (
            "[x](nowhere.md)",
            ["src/index.md:7", "nowhere.md is missing"],
        ),
        (
            "[x](1-two-megabytes-to-97/20-ninety-six.md#nowhere)",
            ["src/index.md:7", "no heading or element `nowhere`"],
        ),
        (
            "[x](#nowhere)",
            ["src/index.md:7", "no heading or element `nowhere`"],
        ),
        ("[x][nowhere]", ["src/index.md:7", "no such reference"]),
        (
            "<a href=\"nowhere.html\">x</a>",
            ["src/index.md:7", "nowhere.md is missing"],
        ),
        (
            "![x](nowhere.png)",
            ["src/index.md:7", "nowhere.png is missing"],
        ),
        (
            "[x](../chapters-code/Cargo.toml)",
            ["src/index.md:7", "leads out of the book"],
        ),
    ] {
        let book = Book::new();
        book.append("src/index.md", &format!("\n{text}\n"));
        book.red(&[], &names);
    }
}

/// A browser makes a variable of every id, and mdBook's scripts take `exports` for a sign that they run in node.
#[test]
fn a_heading_that_breaks_the_pages_scripts_is_red() {
    let book = Book::new();
    book.append("src/index.md", "\n## Exports\n");
    book.red(&[], &["src/index.md", "the id `exports`"]);
}
