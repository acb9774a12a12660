//! Numbers that are longer than they have to be.

use super::words::{bytes_of, number};
use super::{Advice, Kind, Report};
use crate::model::Model;

pub(super) const KIND: Kind = Kind {
    id: "padding",
    title: "Numbers are longer than they have to be",
    advice: Advice {
        rust: "Pass `-C link-arg=--compress-relocations`, or let `wasm-opt` write the module anew.",
        other: "Link with `--compress-relocations` (`-Wl,--compress-relocations` for a compiler's driver), or let `wasm-opt` write the \
            module anew.",
        component: "Have the linker write them short: `--compress-relocations`, which is `-C link-arg=--compress-relocations` for rustc.",
    },
};

/// How much shorter the module is with the shortest encodings.
pub(super) fn find(model: &Model<'_>, report: &mut Report<'_>) {
    if model.padding == 0 {
        return;
    }
    let [code, data, sections] = model.padding_in;
    let found = format!(
        "Numbers are written with more bytes than they need, as a linker leaves them that was to fill them in: {} \
         too many, {} of them in code, {} in data segments, {} in the sizes of sections, the rest elsewhere.",
        bytes_of(model.padding as u64),
        number(code as u64),
        number(data as u64),
        number(sections as u64),
    );
    report.add(&KIND, model.padding as u64, true, found, Vec::new());
}
