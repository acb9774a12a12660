//! `build`, and how any command finds the step that is meant.

use crate::fixture::Book;

#[test]
fn an_unknown_step_gets_the_nearest_names() {
    let nearest = "there is no step `nintey-six`; the nearest: 1-two-megabytes-to-97/20-ninety-six";
    Book::new().fails(&["build", "nintey-six"], &[nearest]);
}

#[test]
fn a_name_that_fits_two_steps_is_refused() {
    Book::new().fails(&["build", "ne"], &["fits 2 steps"]);
}
