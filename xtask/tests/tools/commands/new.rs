use crate::fixture::{Book, PART};

#[test]
fn a_new_step_is_one_command_and_one_acceptance_away_from_green() {
    let book = Book::new();
    book.done(&["new", "24-smaller-still", "--after", "20-ninety-six"]);
    // Its page shows what changed, and nothing has yet.
    book.change(
        &format!("chapters-code/{PART}/24-smaller-still/src/main.rs"),
        "proc_exit(0)",
        "proc_exit(1)",
    );
    book.red(&[], &["new", "24-smaller-still"]);
    book.done(&["verify", "--accept", "24-smaller-still"]);
    book.green();
    book.fails(
        &["new", "24-smaller-still", "--after", "20-ninety-six"],
        &[],
    );
    book.fails(
        &["new", "Smaller_Still", "--after", "20-ninety-six"],
        &["no name for a step"],
    );
}
