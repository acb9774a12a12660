//! A step is built as it is now, and so is its copy.

use std::collections::BTreeSet;

use pipeline::build;
use project::{discover, toolchain::Toolchain};

use crate::fixture::{Book, PART, says_that_it_builds};

#[test]
fn a_program_that_does_something_else_is_red() {
    let book = Book::new();
    book.change(
        &format!("chapters-code/{PART}/20-ninety-six/src/main.rs"),
        "proc_exit(0)",
        "proc_exit(3)",
    );
    book.red(&[], &["differs", "20-ninety-six", "\"code\": 3"]);
}

#[test]
fn a_program_that_no_longer_builds_is_red() {
    let book = Book::new();
    book.change(
        &format!("chapters-code/{PART}/20-ninety-six/src/main.rs"),
        "proc_exit(0)",
        "proc_leave(0)",
    );
    book.red(&[], &["20-ninety-six", "E0425", "proc_leave"]);
}

#[test]
fn a_step_that_fails_and_should_but_no_longer_does_is_red() {
    let book = Book::new();
    for file in [".cargo/config.toml", "src/main.rs"] {
        let working = book.read(&format!("chapters-code/{PART}/19-compressed/{file}"));
        book.write(
            &format!("chapters-code/{PART}/11-no-std-alone/{file}"),
            &working,
        );
    }
    book.red(&[], &["11-no-std-alone", "it builds", "fails = true"]);
}

#[test]
fn a_step_that_fails_and_does_not_say_so_is_red() {
    let book = Book::new();
    says_that_it_builds(&book, "11-no-std-alone");
    book.red(
        &[],
        &["11-no-std-alone", "it does not build", "`fails = true`"],
    );
}

/// No look at the crate tells that the settings of the folder above are in it; only building a copy does.
#[test]
fn a_copy_that_builds_something_else_is_red() {
    let book = Book::new();
    let settings = format!("chapters-code/{PART}/20-ninety-six/.cargo/config.toml");
    book.change(&settings, "opt-level = \"z\"\n", "");
    book.change(&settings, "strip = \"symbols\"\n", "");
    book.write(
        "chapters-code/.cargo/config.toml",
        "[profile.release]\nopt-level = \"z\"\nstrip = \"symbols\"\n",
    );
    book.green();
    book.red(
        &["--copies", "20-ninety-six"],
        &["copy fails", "20-ninety-six", "does not build alone"],
    );
}

/// Two cargos that start at once in a fresh clone would make their folders under each other's feet.
#[test]
fn the_target_folder_of_a_step_is_there_before_cargo_is() {
    let book = Book::new();
    let project = book.project();
    let steps = discover::steps(&project).unwrap();
    let mut folders = BTreeSet::new();
    for step in &steps {
        let folder = build::target_folder(&project, step);
        build::cargo(&project, step, &Toolchain::ensure(&step.pin).unwrap()).unwrap();
        assert!(folder.join("CACHEDIR.TAG").is_file(), "{}", step.path);
        folders.insert(folder);
    }
    // One of them holds a step that fails, and lies in the other.
    assert_eq!(folders.len(), 2);
}
