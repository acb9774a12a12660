//! Types, imports and globals that nothing names.

use super::rest::Rest;
use super::words::{some, total};
use super::{Advice, BEFORE, Kind, Report};
use crate::inspect::Example;

pub(super) const KIND: Kind = Kind {
    id: "unused",
    title: "Types, imports or globals that nothing uses",
    advice: Advice {
        rust: "Let `wasm-opt -Oz` or walrus's gc collect them after linking.",
        other: "Let `wasm-opt -Oz` or walrus's gc collect them after linking.",
        component: BEFORE,
    },
};

/// Types, imports and globals that nothing uses.
pub(super) fn find(rest: &Rest<'_, '_>, report: &mut Report<'_>) {
    let model = rest.model;
    let mut unused = Vec::new();
    let mut counts = [0usize; 3];
    let mut types = model.code.types.clone();
    for &ty in model.functions.iter().chain(&model.used_types) {
        if let Some(used) = types.get_mut(ty as usize) {
            *used = true;
        }
    }
    for (index, ty) in model.types.iter().enumerate() {
        if ty.plain && !types[index] {
            counts[0] += 1;
            unused.push(Example {
                name: format!("type {index}"),
                size: u64::from(ty.size),
            });
        }
    }
    let mut called = vec![false; model.imported[0]];
    let calls = model.code.calls.iter().map(|call| call.to);
    for function in calls.chain(rest.roots(true)) {
        if let Some(called) = called.get_mut(function as usize) {
            *called = true;
        }
    }
    let mut index = 0;
    for import in model.imports.iter().filter(|import| import.kind == 0) {
        if !called[index] {
            counts[1] += 1;
            let name = |bytes| String::from_utf8_lossy(bytes).into_owned();
            unused.push(Example {
                name: [&name(import.module), "::", &name(import.name)].concat(),
                size: u64::from(import.size),
            });
        }
        index += 1;
    }
    let mut globals = model.code.globals.clone();
    globals.resize(model.imported[3] + model.globals.len(), false);
    let exported = model.exports.iter().filter(|export| export.kind == 3);
    let named = exported.map(|export| export.index);
    for global in named.chain(model.named_globals.iter().copied()) {
        if let Some(used) = globals.get_mut(global as usize) {
            *used = true;
        }
    }
    for (index, (size, _)) in model.globals.iter().enumerate() {
        if !globals[model.imported[3] + index] {
            counts[2] += 1;
            let name = model.global_called((model.imported[3] + index) as u32);
            unused.push(Example {
                name,
                size: u64::from(*size),
            });
        }
    }
    // With the last global goes the section, which is its id, its size and the number of globals.
    let mut saving = total(&unused);
    if counts[2] > 0 && counts[2] == model.globals.len() {
        saving += 3;
    }
    if saving > 0 {
        let found = format!(
            "{}, {} and {} are named by nothing.",
            some(counts[0], "type"),
            some(counts[1], "import"),
            some(counts[2], "global")
        );
        report.add(&KIND, saving, false, found, unused);
    }
}
