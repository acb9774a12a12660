//! Exports that keep alive what a host may never ask for.

use super::rest::Rest;
use super::words::bytes_of;
use super::{Advice, Kind, Report};
use crate::graph::{Graph, MANY};
use crate::inspect::Example;
use crate::model::Exported;

pub(super) const KIND: Kind = Kind {
    id: "exports",
    title: "Exports keep alive what a host may never ask for",
    advice: Advice {
        rust: "Export only what is called: without `#[unsafe(no_mangle)]`, `--export` and `-C link-arg=--export-dynamic`, the \
            linker drops the rest.",
        other: "Export only what is called: the linker drops the rest.",
        component: "",
    },
};

/// Exports that no host is known to ask for, and what only they keep alive.
pub(super) fn find(rest: &Rest<'_, '_>, graph: &Graph<'_, '_>, report: &mut Report<'_>) {
    let model = rest.model;
    if rest.inside {
        return;
    }
    let command = model.exports.iter().any(|export| export.name == b"_start");
    let mut entered = rest.roots(false);
    let known = graph.alive(&entered, true);
    entered.extend(rest.unknown(&known));
    let mut roots: Vec<(u32, u32)> = entered.into_iter().map(|root| (root, MANY)).collect();
    // A function that is exported is only labelled as such, if it is not used in another way.
    let exported = model.exports.iter().filter(|export| export.kind == 0);
    roots.drain(..exported.count());
    let asked = |export: &Exported<'_>| command && is_asked_for(export.name);
    for (label, export) in model.exports.iter().enumerate() {
        if export.kind == 0 {
            let label = if asked(export) { MANY } else { label as u32 };
            roots.push((export.index, label));
        }
    }
    let owners = graph.owners(&roots);
    let mut sizes = vec![0u64; model.exports.len()];
    let mut code = 0;
    for function in rest.left() {
        code += rest.weight(function);
        if let Some(size) = sizes.get_mut(owners[function] as usize) {
            *size += rest.weight(function);
        }
    }
    for (object, owner) in graph.objects.iter().zip(&owners[model.functions.len()..]) {
        if let Some(size) = sizes.get_mut(*owner as usize)
            && !rest.is_claimed(object.at)
        {
            *size += u64::from(object.len);
        }
    }
    let mut examples = Vec::new();
    let mut linkers = 0;
    let mut saving = 0;
    for (export, size) in model.exports.iter().zip(sizes) {
        let name = || String::from_utf8_lossy(export.name).into_owned();
        let entry = u64::from(export.size);
        match export.kind {
            0 if command && !asked(export) => {
                saving += size + entry;
                examples.push(Example {
                    name: name(),
                    size: size + entry,
                });
            }
            // What keeps much of a library alive is what the library is for.
            0 if !command && size >= 64 && 4 * size <= code => examples.push(Example {
                name: name(),
                size: size + entry,
            }),
            3 if matches!(
                export.name,
                b"__data_end"
                    | b"__heap_base"
                    | b"__heap_end"
                    | b"__stack_low"
                    | b"__stack_high"
                    | b"__global_base"
                    | b"__table_base"
                    | b"__memory_base"
                    | b"__dso_handle"
            ) =>
            {
                let index = export.index as usize;
                let own = index.checked_sub(model.imported[3]);
                let used = model.code.globals.get(index) != Some(&false);
                let global = own.and_then(|own| model.globals.get(own));
                let size = entry
                    + global
                        .filter(|_| !used)
                        .map_or(0, |(size, _)| u64::from(*size));
                linkers += size;
                examples.push(Example { name: name(), size });
            }
            _ => {}
        }
    }
    let mut found = String::new();
    if command && saving > 0 {
        found = "A command is asked for `_start` alone, but exports more.".to_string();
    } else if !command {
        // Which exports nothing calls is not known, so nothing is promised.
        let functions = examples
            .iter()
            .filter(|example| !example.name.starts_with("__"));
        if let Some(largest) = functions.max_by_key(|example| example.size) {
            found = format!(
                "For information: {} are there only for `{}`. If nothing calls it, they can go.",
                bytes_of(largest.size),
                largest.name,
            );
        }
    }
    if linkers > 0 {
        if !found.is_empty() {
            found.push(' ');
        }
        found += "Globals of the linker's are exported, which hosts have no use for.";
    }
    if !found.is_empty() {
        report.add(&KIND, saving + linkers, false, found, examples);
    }
}

/// Whether a host asks a command for an export of this name.
fn is_asked_for(name: &[u8]) -> bool {
    matches!(name, b"_start" | b"_initialize")
        || name.starts_with(b"cabi_")
        || name.contains(&b'#')
        || name.starts_with(b"asyncify_")
        || name.starts_with(b"wasi_thread_start")
}
