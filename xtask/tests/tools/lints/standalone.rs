//! A step builds alone. (`verify --copies` builds its copy: `../verify/building.rs`.)

use crate::fixture::{Book, PART};

#[test]
fn a_step_that_leans_on_the_workspace_is_red() {
    let book = Book::new();
    book.append(
        "chapters-code/Cargo.toml",
        "\n[workspace.package]\nedition = \"2024\"\n",
    );
    book.change(
        &format!("chapters-code/{PART}/20-ninety-six/Cargo.toml"),
        "edition = \"2024\"",
        "edition.workspace = true",
    );
    book.red(&[], &["20-ninety-six/Cargo.toml:4", "does not build alone"]);
}

#[test]
fn a_step_that_reaches_out_of_its_folder_is_red() {
    let book = Book::new();
    book.write(&format!("chapters-code/{PART}/shared.rs"), "");
    book.append(
        &format!("chapters-code/{PART}/20-ninety-six/src/main.rs"),
        "\ninclude!(\"../../shared.rs\");\n",
    );
    book.red(&[], &["20-ninety-six/src/main.rs", "does not build alone"]);
}
