//! A snapshot is compared with what was measured, in each of its parts.

use std::fs;

use project::paths::Project;

use crate::fixture::{Book, said, snapshot};

/// Forges one thing in the snapshot of a step of the small book: verify is red, and shows the step and what was forged.
#[track_caller]
fn forged(step: &str, from: &str, to: &str) {
    let book = Book::new();
    book.change(&snapshot(step), from, to);
    book.red(&[], &["differs", step, to]);
}

/// The same with a step of another part.
#[track_caller]
fn forged_elsewhere(step: &str, from: &str, to: &str) {
    let book = Book::with(step);
    book.green();
    book.change(&format!("chapters-code/{step}/measured.snap"), from, to);
    book.red(&[step], &["differs", step, to]);
}

#[test]
fn a_forged_byte_is_red() {
    forged("19-compressed", "00 61 73 6d", "00 61 73 6e");
}

#[test]
fn a_forged_size_is_red() {
    forged("20-ninety-six", "\"size\": 96", "\"size\": 95");
}

#[test]
fn a_forged_outcome_is_red() {
    forged("20-ninety-six", "\"code\": 0", "\"code\": 1");
}

#[test]
fn a_forged_error_is_red() {
    forged("11-no-std-alone", "__wasi_init_tp", "__wasi_something");
}

#[test]
fn a_forged_result_of_a_call_is_red() {
    forged_elsewhere("2-the-library-way/13-strip-symbols", "\"42\"", "\"43\"");
}

#[test]
fn a_forged_line_of_a_script_is_red() {
    forged_elsewhere(
        "2-the-library-way/15-custom-section",
        "made by a human",
        "made by a robot",
    );
}

#[test]
fn a_forged_item_is_red() {
    forged_elsewhere(
        "2-the-library-way/12-strip-debuginfo",
        "\"kind\": \"function\"",
        "\"kind\": \"method\"",
    );
}

#[test]
fn a_forged_byte_of_a_trace_is_red() {
    forged_elsewhere(
        "3-wasi-by-hand/02-the-iovec",
        "48 65 6c 6c 6f",
        "48 65 6c 6c 70",
    );
}

#[test]
fn a_script_that_says_something_else_is_red() {
    let step = "2-the-library-way/15-custom-section";
    let book = Book::with(step);
    book.change(
        &format!("chapters-code/{step}/read.mjs"),
        "\"author:\"",
        "\"written:\"",
    );
    book.red(&[step], &["differs", step, "written:"]);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_native_size_out_of_range_is_red() {
    let step = "4-on-a-microcontroller/08-system-calls";
    let book = Book::with(step);
    book.green();
    let file = format!("chapters-code/{step}/measured.snap");
    let snapshot: serde_json::Value =
        serde_json::from_str(book.read(&file).splitn(3, "---").nth(2).unwrap()).unwrap();
    let (from, to) = (&snapshot["range"][0], &snapshot["range"][1]);
    book.change(
        &file,
        &format!("\"range\": [\n    {from},\n    {to}"),
        "\"range\": [\n    10,\n    20",
    );
    book.red(&[step], &["differs", step, &to.to_string()]);
}

#[test]
fn a_snapshot_that_is_none_is_red() {
    let book = Book::new();
    book.write(
        &snapshot("20-ninety-six"),
        "---\nsource: x\n---\n{ not JSON",
    );
    book.red(&[], &["20-ninety-six"]);
}

#[test]
fn a_missing_snapshot_is_red() {
    let book = Book::new();
    fs::remove_file(book.path(&snapshot("20-ninety-six"))).unwrap();
    book.red(&[], &["new", "20-ninety-six"]);
}

#[test]
fn a_difference_cannot_give_orders_to_a_terminal() {
    let book = Book::new();
    // JSON escapes the first itself; the others are in the snapshot as they are.
    let forged = "\"code\": 0,\n    \"stdout\": \"\\u001b]0;\u{9b}31m\u{202e}\"";
    book.change(&snapshot("20-ninety-six"), "\"code\": 0", forged);
    let shown = r#""stdout": "\u001b]0;\u{9b}31m\u{202e}""#;
    book.red(&[], &["differs", "20-ninety-six", shown]);
    for json in [&["verify"][..], &["verify", "--json"]] {
        let said = said(&book.xtask(json));
        let raw = said.find(|c: char| c.is_control() && c != '\n' || c == '\u{202e}');
        assert!(raw.is_none(), "{:?}", raw.map(|at| &said[at..]));
        // Nor are there colours in it.
        assert!(!said.contains("u001b["), "{said}");
    }
}

/// insta, asked in its own way, finds that each snapshot holds what it holds.
#[test]
fn insta_reads_what_we_write() {
    let project = Project::here();
    let steps = project::discover::steps(&project).unwrap();
    assert!(!steps.is_empty());
    for step in &steps {
        let measured = pipeline::snapshot::stored(step).unwrap().unwrap();
        let mut settings = insta::Settings::new();
        settings.set_snapshot_path(&step.dir);
        settings.set_prepend_module_to_snapshot(false);
        settings.bind(|| {
            insta::assert_snapshot!("measured", pipeline::snapshot::to_text(&measured).unwrap())
        });
    }
}

/// Rust's module and the one cut by hand, byte for byte.
#[test]
fn rust_and_the_hand_make_the_same_97_bytes() {
    let project = Project::here();
    let steps = project::discover::steps(&project).unwrap();
    let module = |name: &str| {
        let step = project::select::find(&steps, name).unwrap();
        pipeline::snapshot::stored(step)
            .unwrap()
            .unwrap()
            .module()
            .unwrap()
            .whole()
            .unwrap()
    };
    let by_hand = module("17-ninety-seven");
    assert_eq!(by_hand.len(), 97);
    assert_eq!(module("19-compressed"), by_hand);
    assert_eq!(module("23-detect-wasi"), by_hand);
}
