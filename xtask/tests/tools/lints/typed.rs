//! What is measured is shown, not typed. (`xtask/book/src/lints/typed.rs` has tests of the words beside it.)

use crate::fixture::Book;

#[test]
fn typed_measurements_are_red() {
    for text in [
        "It weighs 1,234 bytes.",
        "It weighs 58 KB.",
        "```text\n58K\n```",
        "Only 96 of them are left, or 0.1 KiB.",
        "The linker says `rust-lld: error: crt1-command.o: undefined symbol: __wasi_init_tp`.",
    ] {
        let book = Book::new();
        book.append("src/index.md", &format!("\n{text}\n"));
        book.red(&[], &["src/index.md:", "a typed"]);
    }
}
