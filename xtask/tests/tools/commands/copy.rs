use std::fs;

use crate::fixture::Book;

#[test]
fn a_copy_overwrites_nothing() {
    let book = Book::new();
    book.write("mine/notes.txt", "dear to me");
    let to = book.path("mine");
    book.fails(
        &["copy", "20-ninety-six", to.to_str().unwrap()],
        &["is not empty (it holds notes.txt): nothing was copied"],
    );
    assert_eq!(fs::read_dir(&to).unwrap().count(), 1);
}
