//! Functions that nothing can call.

use super::rest::Rest;
use super::words::{bytes_of, some};
use super::{Advice, BEFORE, Kind, Report, unused_table};
use crate::graph::Graph;

pub(super) const KIND: Kind = Kind {
    id: "dead-functions",
    title: "Functions that nothing can call",
    advice: Advice {
        rust: "Let `wasm-opt -Oz` or walrus's gc collect them after linking.",
        other: "Let `wasm-opt -Oz` or walrus's gc collect them after linking.",
        component: BEFORE,
    },
};

/// The functions that no export, start function or table reaches.
pub(super) fn find(rest: &mut Rest<'_, '_>, report: &mut Report<'_>) {
    let model = rest.model;
    let graph = Graph::of_calls(model);
    let alive = graph.alive(&rest.roots(!unused_table::is_unused(model)), true);
    let dead: Vec<usize> = rest
        .left()
        .filter(|&function| !alive.functions[function])
        .collect();
    let examples = rest.heaviest(&dead);
    let saving = rest.claim(&dead);
    if !dead.is_empty() {
        let found = format!(
            "{} with {} can be reached from no export, no start function and no table.",
            some(dead.len(), "function"),
            bytes_of(saving)
        );
        report.add(&KIND, saving, false, found, examples);
    }
}
