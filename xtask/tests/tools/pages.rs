//! The book itself, as verify checks it beside the steps.

use book::lints;
use project::{discover, paths::Project};

#[test]
fn the_book_holds_together() {
    let project = Project::here();
    let steps = discover::steps(&project).unwrap();
    let findings = lints::book(&project, &steps).unwrap();
    let problems: Vec<String> = findings
        .iter()
        .filter(|finding| finding.fails(false))
        .map(ToString::to_string)
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
