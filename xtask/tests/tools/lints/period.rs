//! The period crates of the articles.

use std::fs;

use project::paths::Project;

use crate::fixture::{Book, PART};

const ARTICLE: &str = "src/6-then/an-article.md";

const PERIOD: &str = "chapters-code/then/an-article/1-no-std";

/// A small book with an article: one period crate, and a page that shows it.
fn with_an_article() -> Book {
    let book = Book::new();
    let from = Project::here()
        .steps()
        .join("then/just-a-bit-of-wasi/3-no-std");
    for file in [
        "Cargo.toml",
        "rust-toolchain.toml",
        ".cargo/config.toml",
        "src/main.rs",
        "measured.snap",
    ] {
        book.write(
            &format!("chapters-code/then/an-article/1-no-std/{file}"),
            &fs::read_to_string(from.join(file)).unwrap(),
        );
    }
    book.write(
        ARTICLE,
        "# An article\n\n<!-- cmdrun cargo xtask show history an-article -->\n\n<!-- cmdrun cargo xtask show crates \
         an-article -->\n",
    );
    book.append("src/SUMMARY.md", "- [An article](6-then/an-article.md)\n");
    book.append("src/index.md", "\n<p id=\"an-article\">credits</p>\n");
    book
}

#[test]
fn an_article_in_order_is_green_and_shown() {
    let book = with_an_article();
    book.green();
    let shown = book.xtask(&["show", "history", "an-article"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("| 281 | Rust 1.62.1<br>281<br>"), "{shown}");
    assert!(
        shown.contains("(../1-two-megabytes-to-97/11-no-std-alone.md)"),
        "{shown}"
    );
    let shown = book.xtask(&["show", "article", "11-no-std-alone"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("281 bytes") && shown.contains("credits.md#an-article"),
        "{shown}"
    );
}

#[test]
fn a_period_crate_without_a_snapshot_is_red() {
    let book = with_an_article();
    fs::remove_file(book.path(&format!("{PERIOD}/measured.snap"))).unwrap();
    book.red(&[], &["then/an-article/1-no-std", "has no snapshot yet"]);
}

#[test]
fn a_period_crate_that_leans_on_today_is_red() {
    let book = with_an_article();
    book.change(&format!("{PERIOD}/Cargo.toml"), "[workspace]", "");
    book.red(&[], &["1-no-std/Cargo.toml", "empty [workspace] table"]);
    let book = with_an_article();
    fs::remove_file(book.path(&format!("{PERIOD}/rust-toolchain.toml"))).unwrap();
    book.red(
        &[],
        &["1-no-std/Cargo.toml", "rust-toolchain.toml of its own"],
    );
}

#[test]
fn a_period_crate_that_leads_nowhere_is_red() {
    let book = with_an_article();
    book.change(
        &format!("{PERIOD}/Cargo.toml"),
        "11-no-std-alone",
        "11-no-std-at-all",
    );
    book.red(
        &[],
        &["1-no-std/Cargo.toml", "11-no-std-at-all\" is no step"],
    );
}

#[test]
fn an_article_that_no_page_shows_is_red() {
    let book = with_an_article();
    book.change(ARTICLE, "show history an-article", "show crates an-article");
    book.red(&[], &["then/an-article", "no page shows the article"]);
}

#[test]
fn an_articles_figure_in_a_step_of_today_is_red() {
    let book = Book::new();
    let manifest = format!("chapters-code/{PART}/20-ninety-six/Cargo.toml");
    book.append(&manifest, "figure = \"97\"\n");
    book.red(&[], &["20-ninety-six/Cargo.toml", "are for period crates"]);
}

#[test]
fn a_typed_figure_of_a_period_crate_is_red() {
    let book = with_an_article();
    book.append(ARTICLE, "\nIn those days it was 281.\n");
    book.red(
        &[],
        &[ARTICLE, "281 is measured in then/an-article/1-no-std"],
    );
}
