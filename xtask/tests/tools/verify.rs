//! That verify can fail, what it accepts and what it skips. What each lint finds is in `lints/`.

use std::process::Command;

use pipeline::engines;
use project::paths::Project;

use crate::fixture::{Book, PART, said, snapshot};

mod again;
mod building;
mod modules;
mod releases;
mod snapshots;

#[test]
fn a_book_in_order_is_green() {
    Book::new().green();
}

#[test]
fn json_says_the_same() {
    let book = Book::new();
    book.change(&snapshot("20-ninety-six"), "\"size\": 96", "\"size\": 95");
    let output = book.xtask(&["verify", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["ok"], false);
    let red = json["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["status"] != "ok");
    let red: Vec<_> = red.map(|step| step["path"].as_str().unwrap()).collect();
    assert_eq!(red, ["1-two-megabytes-to-97/20-ninety-six"]);
}

#[test]
fn accepting_is_explicit_and_makes_it_green() {
    let book = Book::new();
    book.change(
        &format!("chapters-code/{PART}/20-ninety-six/src/main.rs"),
        "proc_exit(0)",
        "proc_exit(3)",
    );
    let without = book.xtask(&["verify", "--accept"]);
    assert_eq!(without.status.code(), Some(2), "{}", said(&without));
    let proposal = book.path(&format!(
        "chapters-code/{PART}/20-ninety-six/measured.snap.new"
    ));
    book.red(
        &[],
        &["cargo xtask verify --accept 1-two-megabytes-to-97/20-ninety-six"],
    );
    assert!(
        proposal.is_file(),
        "there is no proposal for cargo insta review"
    );
    book.done(&["verify", "--accept", "20-ninety-six"]);
    assert!(!proposal.is_file());
    assert!(
        book.read(&snapshot("20-ninety-six"))
            .contains("\"code\": 3")
    );
    book.green();
}

/// The steps that want Binaryen are skipped where there is no node, and it is said; in CI that is a failure.
#[test]
fn a_machine_without_node_skips_aloud_and_ci_does_not() {
    // With no compiler on the PATH below, it could not be compiled there.
    engines::REFERENCE.host(&Project::here()).unwrap();
    let cargo = which::which("cargo").unwrap();
    let verify = |ci: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(["verify", "06-wasm-opt", "--fresh"])
            .env("PATH", cargo.parent().unwrap())
            .env_remove("CI");
        if ci {
            command.env("CI", "true");
        }
        command.output().unwrap()
    };
    let here = verify(false);
    let said = String::from_utf8_lossy(&here.stdout).into_owned();
    assert!(here.status.success(), "{said}");
    assert!(
        said.contains("skipped 1-two-megabytes-to-97/06-wasm-opt: wasm-opt"),
        "{said}"
    );
    assert!(said.contains("node"), "{said}");
    let ci = verify(true);
    assert_eq!(
        ci.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&ci.stdout)
    );
}
