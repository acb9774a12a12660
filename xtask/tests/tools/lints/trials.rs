//! What a page says was tried has evidence.

use crate::fixture::Book;

#[test]
fn a_trial_without_evidence_is_red() {
    for text in [
        "It is no accident. We tried it with\nanother name, and it trapped.",
        "The module was built once more, without the call.",
        "Of all flags, nine were tried.",
    ] {
        let book = Book::new();
        book.append("src/index.md", &format!("\n{text}\n"));
        book.red(&[], &["src/index.md:", "a trial without evidence"]);
    }
    let book = Book::new();
    book.append(
        "src/index.md",
        "\nWe tried it: [it traps](1-two-megabytes-to-97/20-ninety-six.md).\n\n```text\nwe tried\n```\n",
    );
    book.green();
}
