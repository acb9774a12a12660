//! From one release to the next: which of the stripped programs changed by how much, and why, where that is known.

use super::{Program, Release, Timeline, programs::PROGRAMS};

/// A change of less is not listed, in per cent of the size before.
pub const LEAST: u64 = 3;

/// A program that has another size with the next release.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The program.
    pub program: &'static Program,
    /// The release before.
    pub from: &'a Release,
    /// The release after.
    pub to: &'a Release,
    /// The size before, in bytes.
    pub before: u64,
    /// The size after, in bytes.
    pub after: u64,
}

/// Why a program changed.
#[derive(Debug)]
pub struct Cause {
    /// The programs, by name.
    programs: &'static [&'static str],
    /// The release after, such as `1.96.0`.
    to: &'static str,
    /// What was changed, in a few words.
    pub what: &'static str,
    /// Where it was changed.
    pub source: &'static str,
    /// The heading on the page of the jumps that tells it.
    pub heading: Option<&'static str>,
}

/// All causes that are known.
const CAUSES: &[Cause] = &[
    Cause {
        programs: &["own-start"],
        to: "1.66.1",
        what: "`__data_end` and `__heap_base` are no longer exported from `wasm32-wasi`",
        source: "https://github.com/rust-lang/rust/pull/102385",
        heading: Some("166-and-197-two-exports"),
    },
    Cause {
        programs: &["empty-stripped"],
        to: "1.79.0",
        what: "an `unwrap` before `main`",
        source: "https://github.com/rust-lang/rust/pull/123265",
        heading: Some("179-and-back-one-unwrap"),
    },
    Cause {
        programs: &["empty-stripped"],
        to: "1.80.1",
        what: "the `unwrap` is an abort",
        source: "https://github.com/rust-lang/rust/pull/123356",
        heading: Some("179-and-back-one-unwrap"),
    },
    Cause {
        programs: &["nth-prime-lto", "vec-lto"],
        to: "1.96.0",
        what: "a lock that may panic in std's panic machinery",
        source: "https://github.com/rust-lang/rust/pull/154526",
        heading: Some("196-a-lock"),
    },
    Cause {
        programs: &["hello-stripped"],
        to: "1.97.0",
        what: "`__data_end` and `__heap_base` are no longer exported from `wasm32-unknown-unknown`",
        source: "https://github.com/rust-lang/rust/pull/156174",
        heading: Some("166-and-197-two-exports"),
    },
    Cause {
        programs: &["empty-stripped", "component", "own-std"],
        to: "1.98.0",
        what: "`io::Error` in `core`, with a table of functions",
        source: "https://github.com/rust-lang/rust/pull/155625",
        heading: Some("198-errors-move-house"),
    },
    Cause {
        programs: &["own-start"],
        to: "1.99.1",
        what: "the linker keeps a stack pointer only if it is used",
        source: "https://github.com/llvm/llvm-project/pull/199739",
        heading: Some("199-the-last-byte"),
    },
];

impl Change<'_> {
    /// Why; nothing, if that is not known.
    #[must_use]
    pub fn cause(&self) -> Option<&'static Cause> {
        CAUSES.iter().find(|cause| {
            cause.to == self.to.version && cause.programs.contains(&self.program.name)
        })
    }

    /// An id for links to it: `empty-stripped-1.98.0`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}-{}", self.program.name, self.to.version)
    }

    /// By how many thousandths of the size before.
    #[must_use]
    pub fn thousandths(&self) -> i64 {
        let [before, after] = [self.before, self.after].map(u64::cast_signed);
        (after - before) * 1000 / before.max(1)
    }
}

/// The changes of at least [`LEAST`] per cent in the lines without custom sections, the newest first.
#[must_use]
pub fn changes(timeline: &Timeline) -> Vec<Change<'_>> {
    let mut changes = Vec::new();
    for two in timeline.releases.windows(2).rev() {
        let [from, to] = two else { continue };
        for program in PROGRAMS.iter().filter(|program| program.is_stripped()) {
            let size = |release: &Release| release.programs.get(program.name)?.size();
            if let (Some(before), Some(after)) = (size(from), size(to))
                && before.abs_diff(after) * 100 >= before * LEAST
            {
                changes.push(Change {
                    program,
                    from,
                    to,
                    before,
                    after,
                });
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use project::paths::Project;

    use super::*;
    use crate::timeline;

    #[test]
    fn each_cause_is_of_a_change() {
        let timeline = timeline::read(&Project::here()).expect("the record can be read");
        let changes = changes(&timeline);
        for cause in CAUSES {
            for program in cause.programs {
                let explained = changes
                    .iter()
                    .any(|change| change.program.name == *program && change.to.version == cause.to);
                assert!(explained, "{program} did not change much in {}", cause.to);
            }
        }
    }
}
