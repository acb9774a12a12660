//! What a page says was tried has a crate, a snapshot or a test behind it, and says where.

use std::sync::LazyLock;

use regex::Regex;

use super::{Finding, Rule};

/// A paragraph that says that something was tried shows a measurement, or links to where it was done.
pub(super) fn trials(file: &str, text: &str, findings: &mut Vec<Finding>) {
    static CLAIM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)\b(?:we (?:have |had |also |once |even )*(?:tried|built|ran|registered|measured|compiled)|(?:was|were) tried|(?:was|were) built once more)\b",
        )
        .expect("the expression is constant")
    });
    let (mut begins, mut paragraph, mut fenced) = (0, String::new(), false);
    // The blank line at the end closes the last paragraph.
    for (at, line) in text.lines().chain([""]).enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if !fenced && !line.trim().is_empty() {
            if paragraph.is_empty() {
                begins = at + 1;
            }
            paragraph.push_str(line);
            paragraph.push('\n');
            continue;
        }
        if let Some(claim) = CLAIM.find(&paragraph)
            && !paragraph.contains("<!-- cmdrun")
            && !paragraph.contains("](")
        {
            let line = begins + paragraph[..claim.start()].matches('\n').count();
            findings.push(Finding::new(
                Rule::Trial,
                format!("src/{file}"),
                line,
                format!(
                    "“{}”: a trial without evidence; show it with <!-- cmdrun cargo xtask show … -->, link to the step \
                     or the test that does it, or leave it out",
                    claim.as_str()
                ),
            ));
        }
        paragraph.clear();
    }
}
