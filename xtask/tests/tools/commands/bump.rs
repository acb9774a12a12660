use crate::fixture::{Book, RELEASE, says_that_it_builds};

#[test]
fn bump_reports_and_moves_nothing_but_the_pin() {
    let book = Book::new();
    let pin = "chapters-code/rust-toolchain.toml";
    let before = book.read(pin);
    book.done(&["bump", RELEASE, "--report"]);
    assert_eq!(book.read(pin), before);

    let said = book.done(&["bump", RELEASE]);
    let moved = "3 steps on Rust 1.95.0 instead of 1.99.1";
    assert!(said.contains(moved), "{said}");
    assert_eq!(book.read(pin), before.replace("1.99.1", RELEASE));
    // Now the snapshots are another compiler's, and each is accepted by itself.
    book.red(&[], &["20-ninety-six", "97"]);
    // With that release it builds.
    says_that_it_builds(&book, "11-no-std-alone");
    book.done(&[
        "verify",
        "--accept",
        "11-no-std-alone",
        "19-compressed",
        "20-ninety-six",
    ]);
    book.green();
}
