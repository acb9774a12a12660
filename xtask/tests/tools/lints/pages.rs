//! The form of a page: its headings, buttons, includes and shell lines.

use crate::fixture::{Book, PART, page};

#[test]
fn a_page_of_another_form_is_red() {
    let book = Book::new();
    let page = page("20-ninety-six");
    let text = book.read(&page);
    let named = ["20-ninety-six.md", "headings in this order"];
    book.write(&page, &text.replace("## Why\n\n", ""));
    book.red(&[], &named);
    let swapped = text.replace("## Why\n\n## Look inside", "## Look inside\n\n## Why");
    book.write(&page, &swapped);
    book.red(&[], &named);
    book.write(&page, &text.replace("<summary>Answer</summary>", ""));
    book.red(&[], &["20-ninety-six.md", "<summary>Answer</summary>"]);
    // What stands in a block of code is no heading.
    book.write(
        &page,
        &text.replace("## Why\n", "## Why\n\n```text\n## No\n```\n"),
    );
    book.green();
}

#[test]
fn buttons_on_the_page_of_another_step_are_red() {
    let book = Book::new();
    let outcome = |what: &str| {
        format!("\n<!-- cmdrun cargo xtask show outcome {PART}/19-compressed{what} -->\n")
    };
    book.append(&page("20-ninety-six"), &outcome(" plain"));
    book.green();
    book.append(&page("20-ninety-six"), &outcome(""));
    book.append(&page("19-compressed"), &outcome(""));
    let names = [
        "20-ninety-six.md:26",
        "19-compressed.md:24",
        "19-compressed plain",
    ];
    book.red(&[], &names);
}

#[test]
fn broken_includes_are_red() {
    for (text, names) in [
        (
            "{{#include nowhere.rs}}",
            ["src/index.md:7", "nowhere.rs is missing"],
        ),
        (
            "{{#include index.md:nowhere}}",
            ["src/index.md:7", "no `ANCHOR: nowhere`"],
        ),
    ] {
        let book = Book::new();
        book.append("src/index.md", &format!("\n{text}\n"));
        book.red(&[], &names);
    }
}

#[test]
fn a_prompt_before_a_shell_line_is_red() {
    let book = Book::new();
    book.append("src/index.md", "\n```sh\n$ cargo build\n```\n");
    book.red(&[], &["src/index.md:8", "$ cargo build"]);
}
