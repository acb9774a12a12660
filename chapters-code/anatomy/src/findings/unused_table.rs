//! A table that no instruction looks into.

use super::words::{bytes_of, total};
use super::{Advice, BEFORE, Kind, Report};
use crate::frame::Frame;
use crate::inspect::Example;
use crate::model::Model;

pub(super) const KIND: Kind = Kind {
    id: "unused-table",
    title: "A table that nothing looks into",
    advice: Advice {
        rust: "Let `wasm-opt -Oz` drop it.",
        other: "Let `wasm-opt -Oz` drop it.",
        component: BEFORE,
    },
};

/// Whether the module has a table of its own that no instruction and no export names.
pub(super) fn is_unused(model: &Model<'_>) -> bool {
    let exported = model.exports.iter().any(|export| export.kind == 1);
    model.tables > 0 && model.imported[1] == 0 && !exported && !model.code.tables
}

/// The table, if nothing uses it.
pub(super) fn find(model: &Model<'_>, frames: &[Frame], report: &mut Report<'_>) {
    if is_unused(model) {
        let sections = frames.iter().filter(|frame| matches!(frame.id, 4 | 9));
        let sections: Vec<Example> = sections
            .map(|frame| Example {
                name: frame.name(model.bytes),
                size: (frame.end - frame.start) as u64,
            })
            .collect();
        let found = format!(
            "No instruction calls through the table, and it is not exported: {} with what is in it.",
            bytes_of(total(&sections))
        );
        report.add(
            &KIND,
            total(&sections),
            model.named_functions.is_empty(),
            found,
            sections,
        );
    }
}
