//! The table of engines and the reports on other releases follow the steps.

use std::fs;

use project::paths::Project;
use studies::matrix::Matrix;

use crate::fixture::{Book, PART, RELEASE, said};

#[test]
fn a_table_of_other_modules_is_red() {
    let book = Book::with_a_matrix();
    book.change(
        "chapters-code/studies/matrix.json",
        "\"size\": 96",
        "\"size\": 95",
    );
    book.red(
        &[],
        &["matrix.json", "20-ninety-six", "95 bytes", "96 bytes"],
    );
}

#[test]
fn a_table_with_a_row_of_no_step_is_red_until_any_step_is_accepted() {
    let book = Book::with_a_matrix();
    let mut table = book.table();
    let row = table.modules[&format!("{PART}/20-ninety-six")].clone();
    table.modules.insert(format!("{PART}/99-gone"), row);
    book.keep(&table);
    book.red(&[], &["matrix.json", "99-gone", "there is no such step"]);
    book.done(&[
        "matrix",
        "--accept",
        "--engine",
        "wasmtime",
        "20-ninety-six",
    ]);
    book.green();
}

#[test]
fn a_course_of_other_texts_is_red() {
    let book = Book::new();
    let real = Project::here();
    let folder = real.steps().join("course");
    for entry in walkdir::WalkDir::new(&folder) {
        let file = entry.unwrap().into_path();
        if file
            .extension()
            .is_some_and(|end| end == "wat" || end == "toml")
        {
            let inside = file
                .strip_prefix(real.root())
                .unwrap()
                .display()
                .to_string();
            book.write(&inside, &fs::read_to_string(&file).unwrap());
        }
    }
    let record = "chapters-code/studies/course.json";
    book.write(
        record,
        &fs::read_to_string(real.root().join(record)).unwrap(),
    );
    book.green();
    book.change("chapters-code/course/02-answer/par.wat", "42", "43");
    book.red(
        &[],
        &["course.json", "02-answer", "cargo xtask course --accept"],
    );
    book.change("chapters-code/course/02-answer/par.wat", "43", "42");
    book.change("chapters-code/course/course.toml", "square 15", "square 14");
    book.red(&[], &["course.json", "course.toml"]);
}

#[test]
fn what_other_tools_print_is_of_the_modules_that_are_there() {
    let book = Book::new();
    let step = format!("{PART}/20-ninety-six");
    let asked = "chapters-code/see.toml";
    let record = "chapters-code/studies/see.json";
    let look = format!("[[look]]\nstep = \"{step}\"\nrun = \"od -c\"\n");
    book.write(asked, &look);
    book.red(&[], &["see.json", "see.toml", "cargo xtask see --accept"]);
    if cfg!(unix) {
        book.done(&["see", "--accept"]);
        book.green();
        book.change(record, "\"module\": \"", "\"module\": \"0");
        book.red(&[], &["see.json", "another module", &step]);
        book.fails(&["see"], &["see.json", "cargo xtask see --accept"]);
    }
}

/// Copies a folder of the repository, and a study's record, into a book.
fn with_a_study(folder: &str, study: &str) -> Book {
    let book = Book::new();
    let real = Project::here();
    let record = format!("chapters-code/studies/{study}.json");
    let files = walkdir::WalkDir::new(real.root().join(folder)).into_iter();
    let files = files.filter_entry(|entry| entry.file_name() != "target");
    let files = files.map(|entry| entry.unwrap().into_path());
    for file in files.chain([real.root().join(&record)]) {
        if file.is_file() {
            let inside = file.strip_prefix(real.root()).unwrap();
            let inside = inside.display().to_string().replace('\\', "/");
            book.write(&inside, &fs::read_to_string(&file).unwrap());
        }
    }
    book
}

#[test]
fn a_price_of_another_crate_is_red() {
    let book = with_a_study("chapters-code/prices", "prices");
    book.green();
    let accept = "cargo xtask prices --accept";
    book.change(
        "chapters-code/prices/vec/src/lib.rs",
        "squares.push",
        "squares  .push",
    );
    book.red(
        &[],
        &[
            "prices.json",
            "another chapters-code/prices/vec",
            &format!("{accept} vec"),
        ],
    );
    book.change(
        "chapters-code/prices/vec/src/lib.rs",
        "squares  .push",
        "squares.push",
    );
    // What all share changes all prices.
    book.append("chapters-code/prices/given/src/lib.rs", "\n");
    book.red(&[], &["prices.json", "other settings or versions", accept]);
}

#[test]
fn what_to_paste_is_what_was_built() {
    let book = with_a_study("chapters-code/your-crate", "kinds");
    book.green();
    book.change(
        "chapters-code/your-crate/plugin/Cargo.toml",
        "opt-level = \"z\"",
        "opt-level = \"s\"",
    );
    book.red(
        &[],
        &[
            "kinds.json",
            "your-crate/plugin",
            "cargo xtask kinds --accept",
        ],
    );
}

/// On which engines a table has a step.
fn tried(table: &Matrix, step: &str) -> Vec<String> {
    let columns = table.engines.iter();
    let columns = columns.filter(|column| column.cells.contains_key(&format!("{PART}/{step}")));
    columns.map(|column| column.engine.clone()).collect()
}

/// A contributor who lacks the rarer engines adds a step.
#[test]
fn a_new_step_is_green_with_the_engines_that_are_there_but_not_in_ci() {
    let book = Book::with_a_matrix();
    let before = book.table();
    let step = format!("{PART}/24-smaller-still");
    let told = book.done(&["new", "24-smaller-still", "--after", "20-ninety-six"]);
    let advice = format!("cargo xtask matrix --accept {step}");
    assert!(told.contains(&advice), "{told}");
    book.change(
        &format!("chapters-code/{step}/src/main.rs"),
        "proc_exit(0)",
        "proc_exit(1)",
    );
    // Its page shows the row, which the table does not have.
    let fragment = format!("show matrix {step}");
    book.append(
        &format!("src/{step}.md"),
        &format!("\n<!-- cmdrun cargo xtask {fragment} -->\n"),
    );
    let accepted = book.verify(false, &["--accept", "24-smaller-still"]);
    assert!(accepted.status.success(), "{}", said(&accepted));

    let untried = |engines: &str| {
        format!("not tried: {step} on {engines}: cargo xtask matrix --accept {step}")
    };
    #[track_caller]
    fn green_here_and_red_in_ci(book: &Book, untried: &str) {
        for (in_ci, code) in [(false, 0), (true, 1)] {
            let output = book.verify(in_ci, &[]);
            let said = said(&output);
            assert_eq!(output.status.code(), Some(code), "CI: {in_ci}\n{said}");
            assert!(said.contains(untried), "CI: {in_ci}\n{said}");
        }
    }
    green_here_and_red_in_ci(
        &book,
        &untried("wasmtime, wasmi, wamr-wasi, node, page, by-hand, wamr"),
    );
    let json = book.verify(false, &["--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["ok"], true);
    assert_eq!(json["book"][0]["rule"], "untried");

    let accepted = book.done(&[
        "matrix",
        "--accept",
        "24-smaller-still",
        "--engine",
        "wasmtime",
    ]);
    let untried = untried("wasmi, wamr-wasi, node, page, by-hand, wamr");
    assert!(accepted.contains(&untried), "{accepted}");
    green_here_and_red_in_ci(&book, &untried);

    // What was there is there still.
    let after = book.table();
    assert_eq!(tried(&after, "24-smaller-still"), ["wasmtime"]);
    assert_eq!(tried(&after, "20-ninety-six").len(), 7);
    for (old, new) in before.engines.iter().zip(&after.engines) {
        let mut new = new.clone();
        new.cells.remove(&step);
        assert_eq!(*old, new);
    }

    let shown = book.xtask(&["show", "matrix", &step]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("| wasmtime 48.0.8 | exits with 1 |"),
        "{shown}"
    );
    assert!(shown.contains("| wamr 2.4.3 | not tried |"), "{shown}");
    let to = book.path("built");
    book.done(&["book", "--dest-dir", to.to_str().unwrap()]);
}

/// A module with other bytes and the same size: what engines made of the old one is no longer true.
#[test]
fn a_module_that_changed_is_red_until_it_is_tried_and_loses_the_other_results() {
    let book = Book::with_a_matrix();
    book.change(
        &format!("chapters-code/{PART}/20-ninety-six/src/main.rs"),
        "proc_exit(0)",
        "proc_exit(3)",
    );
    let advice = format!("cargo xtask matrix --accept {PART}/20-ninety-six");
    let accepted = book.verify(false, &["--accept", "20-ninety-six"]);
    assert_eq!(accepted.status.code(), Some(1), "{}", said(&accepted));
    assert!(said(&accepted).contains(&advice), "{}", said(&accepted));
    let red = book.verify(false, &[]);
    assert_eq!(red.status.code(), Some(1), "{}", said(&red));
    assert!(said(&red).contains("another module"), "{}", said(&red));

    book.done(&[
        "matrix",
        "--accept",
        "20-ninety-six",
        "--engine",
        "wasmtime",
    ]);
    let green = book.verify(false, &[]);
    assert!(green.status.success(), "{}", said(&green));
    assert_eq!(tried(&book.table(), "20-ninety-six"), ["wasmtime"]);
    assert_eq!(tried(&book.table(), "19-compressed").len(), 7);
}

#[test]
fn a_page_must_tell_what_a_step_does_with_another_release() {
    let book = Book::new();
    book.done(&["verify", "--toolchain", RELEASE, "--accept"]);
    book.green();
    // As if the step did something else there.
    let kept = format!("chapters-code/studies/releases/{RELEASE}.json");
    let report = book.read(&kept);
    let (head, rest) = report.split_once("20-ninety-six").unwrap();
    let rest = rest.replacen(
        "\"differs\": [",
        "\"differs\": [\n        \"behaviour\",",
        1,
    );
    book.write(&kept, &format!("{head}20-ninety-six{rest}"));
    book.red(
        &[],
        &[
            "src/1-two-megabytes-to-97/20-ninety-six.md",
            "does something else",
        ],
    );
    // Its snapshot there makes all fragments work, and showing one is enough.
    let output = book.xtask(&[
        "verify",
        "--toolchain",
        RELEASE,
        "--accept",
        "20-ninety-six",
    ]);
    assert!(
        book.path(&format!(
            "chapters-code/{PART}/20-ninety-six/measured.1.95.0.snap"
        ))
        .is_file(),
        "{}",
        said(&output)
    );
    book.append(
        &format!("src/{PART}/20-ninety-six.md"),
        "\n<!-- cmdrun cargo xtask show sections 1-two-megabytes-to-97/20-ninety-six@1.95.0 -->\n",
    );
    book.green();
}

#[test]
fn the_corpus_is_of_the_packages_and_programs_that_are_there() {
    let folder = "xtask/studies/corpus";
    let book = with_a_study(folder, "corpus");
    book.green();
    let says = &["corpus.json", folder, "cargo xtask corpus --accept"];
    for (file, from, to) in [
        ("package-lock.json", "sql.js", "sql.ts"),
        ("programs.mjs", "2000", "3000"),
    ] {
        let file = format!("{folder}/{file}");
        book.change(&file, from, to);
        book.red(&[], says);
        book.change(&file, to, from);
    }
}
