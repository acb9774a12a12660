//! `verify --toolchain`: the steps on another release of Rust.

use std::fs;

use crate::fixture::{Book, PART, RELEASE, STEPS, said};

#[test]
fn a_report_on_another_release_touches_no_snapshot_and_is_compared_with_the_one_that_is_kept() {
    let book = Book::new();
    let steps = STEPS.map(|step| format!("chapters-code/{PART}/{step}/measured.snap"));
    let before = steps.each_ref().map(|file| book.read(file));
    let kept = format!("chapters-code/studies/releases/{RELEASE}.json");
    let said = book.done(&["verify", "--toolchain", RELEASE]);
    assert!(said.contains("3 steps on Rust 1.95.0"), "{said}");
    assert!(!book.path(&kept).is_file());

    book.done(&["verify", "--toolchain", RELEASE, "--accept"]);
    assert_eq!(steps.each_ref().map(|file| book.read(file)), before);
    for step in STEPS {
        let folder = book.path(&format!("chapters-code/{PART}/{step}"));
        let proposals = fs::read_dir(folder)
            .unwrap()
            .flatten()
            .filter(|entry| entry.path().extension().is_some_and(|it| it == "new"));
        assert_eq!(proposals.count(), 0, "{step}");
    }
    book.done(&["verify", "--toolchain", RELEASE]);
    book.change(&kept, "\"size\": 107", "\"size\": 106");
    book.red(
        &["--toolchain", RELEASE],
        &["20-ninety-six", "107 bytes", "106 bytes"],
    );
}

#[test]
fn a_snapshot_on_another_release_is_compared_too() {
    let book = Book::new();
    book.done(&[
        "verify",
        "--toolchain",
        RELEASE,
        "--accept",
        "20-ninety-six",
    ]);
    let file = format!("chapters-code/{PART}/20-ninety-six/measured.{RELEASE}.snap");
    book.change(&file, "\"size\": 107", "\"size\": 106");
    book.red(
        &["--toolchain", RELEASE, "20-ninety-six"],
        &["20-ninety-six", "107", "106"],
    );
}

#[test]
fn a_release_that_is_none_is_refused_with_what_to_type() {
    let book = Book::new();
    for (args, words) in [
        (
            &["verify", "--toolchain", "1.95"][..],
            "name all three numbers, such as 1.95.0",
        ),
        (
            &["verify", "--toolchain", "nightly"],
            "`nightly` is no release of Rust",
        ),
        (
            &["verify", "--toolchain", "1.99.1"],
            "the steps are pinned to 1.99.1",
        ),
        (&["bump", "newest"], "`newest` is no release of Rust"),
        (&["timeline", "1.79"], "`1.79` is no release of Rust"),
        (&["timeline", "--check", "1.79.0"], "does not hold 1.79.0"),
        (
            &["timeline", "--jump", "nothing", "1.79.0", "1.80.0"],
            "there is no program `nothing`",
        ),
        (
            &["verify", "--then", "an-article-of-mine"],
            "is no article and no step of one",
        ),
        (&["show", "drift", "1.90.0"], "there is no report on 1.90.0"),
    ] {
        let output = book.xtask(args);
        assert!(!output.status.success(), "{args:?}");
        assert!(said(&output).contains(words), "{args:?}: {}", said(&output));
    }
}
