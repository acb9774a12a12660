//! Pages, crates and snapshots belong together.

use std::fs;

use studies::remedies;

use crate::fixture::{Book, PART, STEPS, page, snapshot};

#[test]
fn a_missing_page_is_red() {
    let book = Book::new();
    fs::remove_file(book.path(&page("20-ninety-six"))).unwrap();
    book.red(
        &[],
        &[
            "chapters-code/1-two-megabytes-to-97/20-ninety-six",
            "has no page",
        ],
    );
}

#[test]
fn a_page_that_is_not_listed_is_red() {
    let book = Book::new();
    book.change(
        "src/SUMMARY.md",
        "- [20-ninety-six](1-two-megabytes-to-97/20-ninety-six.md)\n",
        "",
    );
    book.red(&[], &["src/SUMMARY.md", "20-ninety-six.md", "not listed"]);
}

#[test]
fn a_page_whose_crate_is_gone_is_red() {
    let book = Book::new();
    fs::remove_dir_all(book.path(&format!("chapters-code/{PART}/19-compressed"))).unwrap();
    book.red(
        &[],
        &[
            "src/1-two-megabytes-to-97/19-compressed.md",
            "the page has no step",
        ],
    );
}

#[test]
fn a_page_that_does_not_show_its_step_is_red() {
    let book = Book::new();
    book.change(
        &page("20-ninety-six"),
        "show outcome 1-two-megabytes-to-97/20-ninety-six",
        "show outcome 1-two-megabytes-to-97/19-compressed",
    );
    book.red(
        &[],
        &["20-ninety-six.md", "does not show the step's outcome"],
    );
}

#[test]
fn a_stale_snapshot_is_red() {
    let book = Book::new();
    let text = book.read(&snapshot("20-ninety-six"));
    book.write(
        &format!("chapters-code/{PART}/99-gone/measured.snap"),
        &text,
    );
    // The folder is no crate, so the workspace must not count it as one.
    book.change(
        "chapters-code/Cargo.toml",
        "exclude = [",
        "exclude = [\"1-two-megabytes-to-97/99-gone\", ",
    );
    book.red(&[], &["stale snapshot", "99-gone/measured.snap"]);
}

#[test]
fn a_finding_without_a_step_is_red() {
    let book = Book::new();
    book.change(remedies::FILE, "\"names\"", "\"nomes\"");
    book.change(remedies::FILE, STEPS[0], "no-such-step");
    book.red(
        &[],
        &[
            remedies::FILE,
            "has no step for anatomy's finding names",
            "anatomy has no finding nomes",
            "names 1-two-megabytes-to-97/no-such-step, and there is no such step",
        ],
    );
}
