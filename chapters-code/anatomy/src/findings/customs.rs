//! The findings about custom sections that no engine asks for: each is a list of names.

use super::words::{bytes_of, some, total};
use super::{Kind, Report, debug_info, linking, names, producers, target_features};
use crate::frame::{self, Layout};
use crate::inspect::Example;

/// A finding about custom sections.
pub(super) struct Customs {
    pub kind: Kind,
    /// What the sections are, behind their number.
    pub words: &'static str,
    /// Whether it is about a section of this name.
    pub has: fn(&[u8]) -> bool,
}

const ALL: [Customs; 5] = [
    debug_info::CUSTOMS,
    names::CUSTOMS,
    producers::CUSTOMS,
    target_features::CUSTOMS,
    linking::CUSTOMS,
];

/// The custom sections that no engine asks for.
pub(super) fn find(bytes: &[u8], layout: &Layout, report: &mut Report<'_>) {
    let mut lists: [Vec<Example>; ALL.len()] = Default::default();
    for frame in layout
        .frames
        .iter()
        .filter(|frame| frame.id == frame::CUSTOM)
    {
        let name = frame.custom_name(bytes).unwrap_or_default();
        let size = frame.end - frame.start;
        report.item("custom section", frame.start, size, || frame.name(bytes));
        if let Some(at) = ALL.iter().position(|one| (one.has)(name)) {
            lists[at].push(Example {
                name: frame.name(bytes),
                size: size as u64,
            });
        }
    }
    for (customs, sections) in ALL.iter().zip(lists) {
        if !sections.is_empty() {
            let size = total(&sections);
            let count = some(sections.len(), "custom section");
            let found = format!(
                "{count} {}: {}. No engine asks for it.",
                customs.words,
                bytes_of(size)
            );
            report.add(&customs.kind, size, true, found, sections);
        }
    }
}

/// The id of the finding that is about custom sections of this name.
#[cfg(feature = "shrink")]
pub(crate) fn about(name: &[u8]) -> Option<&'static str> {
    let one = ALL.iter().find(|one| (one.has)(name))?;
    Some(one.kind.id)
}
