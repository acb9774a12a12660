//! The commands in pages, and what mdBook gets for them.

use std::process::Command;

use serde_json::Value;

use super::xtask;
use crate::fixture::{Book, PART};

#[test]
fn the_preprocessor_reads_both_of_mdbooks_protocols() {
    use std::io::Write as _;
    for (key, other) in [("items", "0.5"), ("sections", "0.4")] {
        let book = serde_json::json!([
            { "root": ".", "mdbook_version": other },
            { key: [{ "Chapter": {
                "name": "x",
                "content": "It is <!-- cmdrun cargo xtask show number 1-two-megabytes-to-97/19-compressed --> long.\n",
                "path": "x.md", "source_path": "x.md", "sub_items": [], "parent_names": [], "number": null,
            } }] },
        ]);
        let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("cmdrun")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(book.to_string().as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            answer[key][0]["Chapter"]["content"], "It is 97 long.\n",
            "mdBook {other}"
        );
    }
    assert!(xtask(&["cmdrun", "supports", "html"]).status.success());
}

/// A command that ends a line does not take the line's end with it.
#[test]
fn words_on_both_sides_of_a_command_stay_apart() {
    let book = Book::new();
    book.append(
        "src/index.md",
        "\nIt has <!-- cmdrun cargo xtask show number 1-two-megabytes-to-97/20-ninety-six -->\nbytes, ATEND\n",
    );
    let to = book.path("built");
    book.done(&["book", "--dest-dir", to.to_str().unwrap()]);
    assert!(
        book.read("built/index.html")
            .contains("It has 96\nbytes, ATEND")
    );
}

#[test]
fn a_failing_command_in_a_page_is_red_and_fails_the_build() {
    for command in [
        "cargo xtask show size 77-nowhere",
        "cargo xtask show nothing 20-ninety-six",
        "exit 3",
    ] {
        let book = Book::new();
        book.append("src/index.md", &format!("\n<!-- cmdrun {command} -->\n"));
        book.red(&[], &["src/index.md:7", "fails"]);
        book.fails(&["book"], &["src/index.md:7"]);
    }
}

/// What a page shows is what the command prints in a terminal.
#[test]
fn a_command_that_a_shell_would_change_is_red() {
    let book = Book::new();
    let command = |section: &str| {
        format!("<!-- cmdrun cargo xtask show section {PART}/20-ninety-six {section} -->")
    };
    book.append("src/index.md", &format!("\n{}\n", command("code")));
    book.green();
    book.append("src/index.md", &format!("\n{}\n", command("\"code\"")));
    book.red(&[], &["src/index.md:9", "a shell takes `\"` for itself"]);
}
