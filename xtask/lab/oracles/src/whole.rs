//! What is said of a whole file: what weighs how much, what would go with what, what is different, and a smaller file.

use anatomy::{By, Keep, Options};

use crate::Checks;

/// Asks all of it. `valid` is whether an engine would take the file.
pub(crate) fn ask(checks: &mut Checks<'_>, valid: bool) {
    weights(checks);
    difference(checks);
    smaller(checks, valid);
}

fn weights(checks: &mut Checks<'_>) {
    let len = checks.bytes.len() as u64;
    for (by, asked) in [
        (By::Function, "top by function"),
        (By::Crate, "top by crate"),
        (By::Generic, "top by generic"),
        (By::Section, "top by section"),
        (By::Source, "top by source"),
    ] {
        match anatomy::top(checks.bytes, by) {
            Ok(shares) => {
                let sum: u64 = shares.iter().map(|share| share.size).sum();
                checks.that(sum == len, asked, || {
                    format!("shares of {sum} bytes in a file of {len}")
                });
            }
            Err(error) => checks.error(&error, asked),
        }
    }
    match anatomy::dominators(checks.bytes) {
        Ok(nodes) => {
            let sum: u64 = nodes.iter().map(|node| node.size).sum();
            checks.that(sum == len, "dominators", || {
                format!("nodes of {sum} bytes in a file of {len}")
            });
            let before = nodes
                .iter()
                .enumerate()
                .all(|(at, node)| match node.parent {
                    Some(parent) => (parent as usize) < at,
                    None => at == 0,
                });
            checks.that(before, "dominators", || {
                "a parent does not come before its child".to_owned()
            });
        }
        Err(error) => checks.error(&error, "dominators"),
    }
    if let Err(error) = anatomy::why(checks.bytes, "func[1]") {
        checks.error(&error, "why");
    }
}

/// From itself, nothing is different.
fn difference(checks: &mut Checks<'_>) {
    match anatomy::diff(checks.bytes, checks.bytes) {
        Ok(diff) => {
            let changes = [&diff.came, &diff.went, &diff.grew, &diff.shrank];
            let sum: usize = changes.iter().map(|all| all.len()).sum();
            checks.that(sum == 0, "diff", || {
                format!("{sum} changes between a file and itself")
            });
        }
        // The message says which of the two files it is about.
        Err(error) => checks.error(&error, "diff"),
    }
}

/// The receipt adds up, the smaller file is valid, and there is nothing more to cut from it.
fn smaller(checks: &mut Checks<'_>, valid: bool) {
    for keep in [Keep::Needed, Keep::All, Keep::None] {
        let options = Options { keep };
        let shrunk = match anatomy::shrink(checks.bytes, &options) {
            Ok(shrunk) => shrunk,
            Err(error) => {
                checks.error(&error, "shrink");
                let why = error.message.clone();
                checks.that(!valid, "shrink", || {
                    format!("a valid file is refused: {why}")
                });
                continue;
            }
        };
        let saved: u64 = shrunk.cuts.iter().map(|cut| cut.saving).sum();
        let (before, after) = (checks.bytes.len() as u64, shrunk.bytes.len() as u64);
        checks.that(after + saved == before, "shrink", || {
            format!("a receipt over {saved} bytes from {before} to {after}")
        });
        let again = anatomy::shrink(&shrunk.bytes, &options);
        let again = again.map(|again| again.bytes.len());
        checks.that(again == Ok(shrunk.bytes.len()), "shrink", || {
            format!("{after} bytes, and the second time {again:?}")
        });
    }
}
