//! What a module could do without.

use crate::frame::{self, Frame, HEADER, Layer, Layout};
use crate::graph::{Alive, Graph, MANY};
use crate::inspect::{Example, Finding, Inner};
use crate::items::Item;
use crate::model::{Exported, Model};
use crate::skim::{Cursor, size_of};
use crate::text;

/// How deep components may lie in one another: what is deeper is not looked at.
const DEEPEST: usize = 20;

/// An estimate of less is not worth a word.
const LEAST: u64 = 8;

/// What a small allocator takes that is put in the place of the one that comes with the standard library: about this many bytes.
const SMALL_ALLOCATOR: u64 = 120;

/// What has been found so far.
#[derive(Default)]
pub(crate) struct Found {
    pub modules: Vec<Inner>,
    pub findings: Vec<Finding>,
    pub items: Vec<Item>,
}

/// How many items are listed at most.
const ITEMS: usize = 50;

/// Looks at a module or component that begins at `at` and ends with `bytes`; `prefix` is what it lies in, and itself.
pub(crate) fn whole(bytes: &[u8], at: usize, layout: &Layout, prefix: &str, found: &mut Found) {
    let mut report = Report {
        prefix,
        found,
        inside: at >= HEADER,
    };
    customs(bytes, layout, &mut report);
    if layout.layer == Layer::Module {
        let code = layout.frames.iter().find(|frame| frame.kind() == "code");
        let functions = code.and_then(|frame| frame.count(bytes)).unwrap_or(0);
        report.found.modules.push(Inner {
            name: prefix.trim_end_matches(": ").to_string(),
            offset: at as u64,
            size: (bytes.len() - at) as u64,
            functions: u64::from(functions),
        });
        module(bytes, at, &layout.frames, &mut report);
        return;
    }
    let mut numbers = [0u32; 2];
    for frame in &layout.frames {
        let number = match frame.kind() {
            "core module" => &mut numbers[0],
            "component" => &mut numbers[1],
            _ => continue,
        };
        let inside = format!("{prefix}{} {number}: ", frame.kind());
        *number += 1;
        let inner = &bytes[..frame.end];
        if let Ok(layout) = frame::layout(inner, frame.body)
            && prefix.matches(": ").count() < DEEPEST
        {
            whole(inner, frame.body, &layout, &inside, found);
        }
    }
}

/// Where findings go.
struct Report<'f> {
    prefix: &'f str,
    found: &'f mut Found,
    /// Whether it lies in a component: then sizes around it may shrink with it.
    inside: bool,
}

/// What is always the same about a kind of finding.
struct Kind {
    id: &'static str,
    title: &'static str,
    advice: &'static str,
    step: &'static str,
}

impl Report<'_> {
    fn add(
        &mut self,
        kind: &Kind,
        saving: u64,
        exact: bool,
        found: String,
        mut examples: Vec<Example>,
    ) {
        examples.sort_by_key(|example| std::cmp::Reverse(example.size));
        examples.truncate(5);
        self.found.findings.push(Finding {
            id: kind.id.to_string(),
            title: [self.prefix, kind.title].concat(),
            saving,
            exact: exact && !self.inside,
            found,
            examples,
            advice: kind.advice.to_string(),
            step: kind.step.to_string(),
        });
    }

    fn item(&mut self, kind: &str, offset: usize, size: usize, name: impl FnOnce() -> String) {
        self.found.items.push(Item {
            name: [self.prefix, &name()].concat(),
            kind: kind.to_string(),
            offset: offset as u64,
            size: size as u64,
        });
    }
}

/// All kinds of findings.
mod kinds {
    use super::Kind;

    pub(super) const DEBUG: Kind = Kind {
        id: "debug-info",
        title: "Debug information is still in it",
        advice: "Set `strip = \"debuginfo\"` in the profile, or `strip = \"symbols\"`, which takes the names as well.",
        step: "2-the-library-way/12-strip-debuginfo",
    };
    pub(super) const NAMES: Kind = Kind {
        id: "names",
        title: "The names of functions are still in it",
        advice: "Set `strip = \"symbols\"` in the profile.",
        step: "1-two-megabytes-to-97/03-strip",
    };
    pub(super) const PRODUCERS: Kind = Kind {
        id: "producers",
        title: "It says which tools made it",
        advice: "Set `strip = \"symbols\"` in the profile; for tools that have no such setting, take the section out afterwards.",
        step: "2-the-library-way/13-strip-symbols",
    };
    pub(super) const FEATURES: Kind = Kind {
        id: "target-features",
        title: "It says which features it was compiled for",
        advice: "Set `strip = \"symbols\"` in the profile; optimisers then have to be told the features that are used.",
        step: "2-the-library-way/13-strip-symbols",
    };
    pub(super) const LINKING: Kind = Kind {
        id: "linking",
        title: "It has what only a linker reads",
        advice: "Link it, without `--relocatable` and without `--emit-relocs`.",
        step: "2-the-library-way/13-strip-symbols",
    };
    pub(super) const PADDING: Kind = Kind {
        id: "padding",
        title: "Numbers are longer than they have to be",
        advice: "Pass `-C link-arg=--compress-relocations`, or let `wasm-opt` write the module anew.",
        step: "1-two-megabytes-to-97/19-compressed",
    };
    pub(super) const DEAD: Kind = Kind {
        id: "dead-functions",
        title: "Functions that nothing can call",
        advice: "Let `wasm-opt -Oz` or walrus's gc collect them after linking.",
        step: "1-two-megabytes-to-97/22-walrus",
    };
    pub(super) const PANICS: Kind = Kind {
        id: "panics",
        title: "The machinery of panics is in it",
        advice: "Let nothing panic (`get` instead of `[]`), or build std yourself with `panic = \"immediate-abort\"`.",
        step: "2-the-library-way/33-build-std-library",
    };
    pub(super) const PANICS_OF_A_COMMAND: Kind = Kind {
        step: "1-two-megabytes-to-97/07-build-std",
        ..PANICS
    };
    pub(super) const ALLOCATOR: Kind = Kind {
        id: "allocator",
        title: "The standard library's allocator is in it",
        advice: "Name a small one with `#[global_allocator]`, or do without a heap.",
        step: "2-the-library-way/44-bump",
    };
    pub(super) const EXPORTS: Kind = Kind {
        id: "exports",
        title: "Exports keep alive what a host may never ask for",
        advice: "Export only what is called: without `#[unsafe(no_mangle)]`, `--export` and `-C link-arg=--export-dynamic`, the linker drops the rest.",
        step: "2-the-library-way/01-library",
    };
    pub(super) const DUPLICATES: Kind = Kind {
        id: "duplicates",
        title: "The same function more than once",
        advice: "Let `wasm-opt -Oz` merge them, or make them one in the source (often one generic function for several types).",
        step: "1-two-megabytes-to-97/06-wasm-opt",
    };
    pub(super) const UNOPTIMISED: Kind = Kind {
        id: "unoptimised",
        title: "Instructions that do nothing",
        advice: "Build with `--release` and `opt-level = \"z\"`, then let `wasm-opt -Oz` go over it.",
        step: "1-two-megabytes-to-97/06-wasm-opt",
    };
    pub(super) const ZEROS: Kind = Kind {
        id: "zeros",
        title: "Zeros that memory has by itself",
        advice: "Let data begin and end with something else than zeros, or let `wasm-opt` pack the memory.",
        step: "3-wasi-by-hand/06-trimmed",
    };
    pub(super) const TABLE: Kind = Kind {
        id: "unused-table",
        title: "A table that nothing looks into",
        advice: "Let `wasm-opt -Oz` drop it.",
        step: "2-the-library-way/14-unused-table",
    };
    pub(super) const UNUSED: Kind = Kind {
        id: "unused",
        title: "Types, imports or globals that nothing uses",
        advice: "Let `wasm-opt -Oz` or walrus's gc collect them after linking.",
        step: "1-two-megabytes-to-97/22-walrus",
    };
}

/// All kinds of findings: the id of each, and the step of the book that it names.
pub const STEPS: [(&str, &str); 16] = {
    use kinds::*;
    [
        (DEBUG.id, DEBUG.step),
        (NAMES.id, NAMES.step),
        (PRODUCERS.id, PRODUCERS.step),
        (FEATURES.id, FEATURES.step),
        (LINKING.id, LINKING.step),
        (PADDING.id, PADDING.step),
        (DEAD.id, DEAD.step),
        (PANICS.id, PANICS.step),
        (PANICS_OF_A_COMMAND.id, PANICS_OF_A_COMMAND.step),
        (ALLOCATOR.id, ALLOCATOR.step),
        (EXPORTS.id, EXPORTS.step),
        (DUPLICATES.id, DUPLICATES.step),
        (UNOPTIMISED.id, UNOPTIMISED.step),
        (ZEROS.id, ZEROS.step),
        (TABLE.id, TABLE.step),
        (UNUSED.id, UNUSED.step),
    ]
};

/// "3 functions", "1 function".
fn some(count: usize, one: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {one}{s}", number(count as u64))
}

/// A number with commas between thousands.
fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// "1,234 bytes".
fn bytes_of(size: u64) -> String {
    if size == 1 {
        text::bytes(1)
    } else {
        number(size) + " bytes"
    }
}

fn total(examples: &[Example]) -> u64 {
    examples.iter().map(|example| example.size).sum()
}

/// The custom sections that no engine asks for.
fn customs(bytes: &[u8], layout: &Layout, report: &mut Report<'_>) {
    let mut lists: [Vec<Example>; 5] = Default::default();
    for frame in layout
        .frames
        .iter()
        .filter(|frame| frame.id == frame::CUSTOM)
    {
        let name = frame.custom_name(bytes).unwrap_or_default();
        let size = frame.end - frame.start;
        report.item("custom section", frame.start, size, || frame.name(bytes));
        let list = match name {
            b"name" | b"component-name" => 1,
            b"producers" | b"build_id" | b".llvmbc" | b".llvmcmd" => 2,
            b"target_features" => 3,
            b"linking" => 4,
            b"sourceMappingURL" | b"external_debug_info" => 0,
            _ if name.starts_with(b".debug_") => 0,
            // Relocations of debug information go with it.
            _ if name.starts_with(b"reloc.") => 4,
            _ => continue,
        };
        lists[list].push(Example {
            name: frame.name(bytes),
            size: size as u64,
        });
    }
    let words: [(&Kind, &str); 5] = [
        (
            &kinds::DEBUG,
            "for debuggers: which line of the source made which bytes",
        ),
        (&kinds::NAMES, "with names, for people who read backtraces"),
        (&kinds::PRODUCERS, "about the tools that made it"),
        (
            &kinds::FEATURES,
            "about features, for linkers and optimisers",
        ),
        (&kinds::LINKING, "for a linker"),
    ];
    for ((kind, words), sections) in words.into_iter().zip(lists) {
        if !sections.is_empty() {
            let size = total(&sections);
            let count = some(sections.len(), "custom section");
            let found = format!(
                "{count} {words}: {}. No engine asks for it.",
                bytes_of(size)
            );
            report.add(kind, size, true, found, sections);
        }
    }
}

/// All the rest of a module.
fn module(bytes: &[u8], at: usize, frames: &[Frame], report: &mut Report<'_>) {
    let (mut model, understood) = match Model::read(bytes, frames) {
        Ok(model) => (model, true),
        Err(model) => (model, false),
    };
    items(&model, frames, report);
    if !understood {
        // Something in it is wrong, or of a proposal that is not known here: nothing can be said for certain.
        return;
    }
    padding(&model, report);
    let speaks = speaks_of_panics(&model);
    if speaks {
        let diverging = diverging(&model);
        model.code.doom(&diverging);
    }
    let model = model;
    let mut rest = Rest::new(&model, at);
    rest.dead(report);
    rest.unused(frames, report);
    let graph = Graph::new(&model);
    if speaks {
        rest.panics(&graph, report);
    }
    rest.allocator(report);
    rest.exports(&graph, report);
    rest.duplicates(report);
    rest.unoptimised(report);
    rest.zeros(report);
}

/// The largest functions and data segments go to the list of items.
fn items(model: &Model<'_>, frames: &[Frame], report: &mut Report<'_>) {
    // Size, where it begins, number, and whether it is a function.
    let mut all: Vec<(usize, usize, u32, bool)> = Vec::new();
    for frame in frames.iter().filter(|frame| frame.id == 10) {
        let mut cursor = Cursor::new(&model.bytes[..frame.end], frame.body);
        let count = cursor.u32().unwrap_or(0);
        for body in 0..count {
            let start = cursor.at;
            if cursor.part().is_none() {
                break;
            }
            let function = body.saturating_add(model.imported[0] as u32);
            all.push((cursor.at - start, start, function, true));
            keep_largest(&mut all, 4096);
        }
    }
    for (index, segment) in model.segments.iter().enumerate() {
        all.push((
            segment.end - segment.start,
            segment.start,
            index as u32,
            false,
        ));
        keep_largest(&mut all, 4096);
    }
    keep_largest(&mut all, ITEMS);
    for (size, start, index, function) in all {
        let kind = if function { "function" } else { "data" };
        report.item(kind, start, size, || {
            if function {
                model.called(index)
            } else {
                model.segment_called(index)
            }
        });
    }
    let items = &mut report.found.items;
    items.sort_by_key(|item| (std::cmp::Reverse(item.size), item.offset));
    items.truncate(ITEMS);
}

/// Drops all but the largest when there are more than `at`.
fn keep_largest(all: &mut Vec<(usize, usize, u32, bool)>, at: usize) {
    if all.len() > at {
        all.sort_unstable_by_key(|&(size, start, ..)| (std::cmp::Reverse(size), start));
        all.truncate(ITEMS);
    }
}

fn padding(model: &Model<'_>, report: &mut Report<'_>) {
    if model.padding == 0 {
        return;
    }
    let [code, data, sections] = model.padding_in;
    let found = format!(
        "Numbers are written with more bytes than they need, as a linker leaves them that was to fill them in: {} too many, {} of them \
         in code, {} in data segments, {} in the sizes of sections, the rest elsewhere.",
        bytes_of(model.padding as u64),
        number(code as u64),
        number(data as u64),
        number(sections as u64),
    );
    report.add(
        &kinds::PADDING,
        model.padding as u64,
        true,
        found,
        Vec::new(),
    );
}

/// The functions that never return, as far as calls of them tell, but for those that leave the program by an import.
fn diverging(model: &Model<'_>) -> Vec<bool> {
    let imported = model.imported[0];
    let code = &model.code;
    let count = model.functions.len();
    // Called, and each time followed by `unreachable`.
    let mut called = vec![false; count];
    let mut diverging = vec![true; count];
    for call in &code.calls {
        let to = call.to as usize;
        if let Some(called) = called.get_mut(to) {
            *called = true;
            diverging[to] &= call.diverges;
        }
    }
    for (function, diverges) in diverging.iter_mut().enumerate() {
        *diverges &= called[function];
    }
    // `exit` and the like end with a call of an import, or of one another.
    let mut leaves = diverging.clone();
    leaves[imported..].fill(false);
    for _ in 0..8 {
        for body in 0..code.bodies.len() {
            if let Some(last) = code.calls_of(body).last()
                && last.diverges
                && code.bodies[body].never_ends
                && leaves.get(last.to as usize) == Some(&true)
            {
                leaves[imported + body] = true;
            }
        }
    }
    for (diverges, leaves) in diverging.iter_mut().zip(&leaves) {
        *diverges &= !leaves;
    }
    diverging[..imported].fill(false);
    diverging
}

/// What a module has that nobody has found superfluous yet.
struct Rest<'m, 'a> {
    model: &'m Model<'a>,
    /// Functions that are counted in some finding, those imported first.
    claimed: Vec<bool>,
    /// Where in the file data is that is counted in some finding: from, to.
    claimed_data: Vec<(usize, usize)>,
    /// Functions that are in some table.
    in_table: Vec<bool>,
    /// Whether the module lies in a component.
    inside: bool,
}

impl<'m, 'a> Rest<'m, 'a> {
    fn new(model: &'m Model<'a>, at: usize) -> Self {
        let count = model.functions.len();
        let mut rest = Self {
            model,
            claimed: vec![false; count],
            claimed_data: Vec::new(),
            in_table: vec![false; count],
            inside: at >= HEADER,
        };
        // With a table that is not used, all entries go at once.
        if !rest.table_is_unused() {
            for &(_, function) in &model.elements {
                if let Some(entry) = rest.in_table.get_mut(function as usize) {
                    *entry = true;
                }
            }
        }
        rest
    }

    /// How many bytes go with a function, if all numbers were as short as they can be.
    fn weight(&self, function: usize) -> u64 {
        let Some(body) = function.checked_sub(self.model.imported[0]) else {
            return 0;
        };
        let body = &self.model.code.bodies[body];
        let len = (body.end - body.start).saturating_sub(body.padding as usize);
        // Each has an entry in the function section, and may have one in the table.
        len as u64 + 1 + u64::from(self.in_table[function])
    }

    fn example(&self, function: usize) -> Example {
        Example {
            name: self.model.called(function as u32),
            size: self.weight(function),
        }
    }

    /// The five heaviest of some functions.
    fn heaviest(&self, functions: &[usize]) -> Vec<Example> {
        let mut heaviest: Vec<(u64, usize)> = functions
            .iter()
            .map(|&function| (self.weight(function), function))
            .collect();
        heaviest.sort_unstable_by_key(|&(weight, function)| (std::cmp::Reverse(weight), function));
        heaviest.truncate(5);
        let examples = heaviest.into_iter();
        examples
            .map(|(_, function)| self.example(function))
            .collect()
    }

    /// Marks functions as counted; gives their weight.
    fn claim(&mut self, functions: &[usize]) -> u64 {
        let mut weight = 0;
        for &function in functions {
            weight += self.weight(function);
            self.claimed[function] = true;
        }
        weight
    }

    /// The functions with a body that nobody has claimed.
    fn left(&self) -> impl Iterator<Item = usize> {
        (self.model.imported[0]..self.claimed.len()).filter(|&function| !self.claimed[function])
    }

    /// Where a module is entered: `elements` says whether by way of its tables also.
    fn roots(&self, elements: bool) -> Vec<u32> {
        let model = self.model;
        let exports = model.exports.iter().filter(|export| export.kind == 0);
        let mut roots: Vec<u32> = exports.map(|export| export.index).collect();
        roots.extend(model.start);
        roots.extend(&model.named_functions);
        roots.extend(&model.code.references);
        for (place, function) in &model.elements {
            if elements || place.is_none() {
                roots.push(*function);
            }
        }
        roots
    }

    /// Whether the module has a table of its own that no instruction and no export names.
    fn table_is_unused(&self) -> bool {
        let model = self.model;
        let exported = model.exports.iter().any(|export| export.kind == 1);
        model.tables > 0 && model.imported[1] == 0 && !exported && !model.code.tables
    }

    fn dead(&mut self, report: &mut Report<'_>) {
        let model = self.model;
        let graph = Graph::of_calls(model);
        let alive = graph.alive(&self.roots(!self.table_is_unused()), true);
        let dead: Vec<usize> = self
            .left()
            .filter(|&function| !alive.functions[function])
            .collect();
        let examples = self.heaviest(&dead);
        let saving = self.claim(&dead);
        if !dead.is_empty() {
            let found = format!(
                "{} with {} can be reached from no export, no start function and no table.",
                some(dead.len(), "function"),
                bytes_of(saving)
            );
            report.add(&kinds::DEAD, saving, false, found, examples);
        }
    }

    /// Tables, types, imports and globals that nothing uses.
    fn unused(&self, frames: &[Frame], report: &mut Report<'_>) {
        let model = self.model;
        if self.table_is_unused() {
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
                &kinds::TABLE,
                total(&sections),
                model.named_functions.is_empty(),
                found,
                sections,
            );
        }

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
        for function in calls.chain(self.roots(true)) {
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
            report.add(&kinds::UNUSED, saving, false, found, unused);
        }
    }

    /// The functions in tables of which it is not known what names them.
    fn unknown(&self, known: &Alive) -> impl Iterator<Item = u32> {
        let listed = self.model.elements.iter().map(|(_, function)| *function);
        listed.filter(|&function| known.functions.get(function as usize) == Some(&false))
    }

    fn panics(&mut self, graph: &Graph<'_, '_>, report: &mut Report<'_>) {
        let model = self.model;
        let mut roots = self.roots(false);
        let known = graph.alive(&roots, true);
        let mut after = graph.alive(&roots, false);
        let bodies = after.functions.iter().skip(model.imported[0]);
        let indirect = bodies
            .zip(&model.code.bodies)
            .any(|(alive, body)| *alive && body.indirect);
        roots.extend(self.unknown(&known));
        let before = graph.alive(&roots, true);
        if indirect {
            // What stands in the table for reasons that are not known is there whatever happens.
            after = graph.alive(&roots, false);
        }
        let gone: Vec<usize> = self
            .left()
            .filter(|&function| before.functions[function] && !after.functions[function])
            .collect();
        let examples = self.heaviest(&gone);
        let functions = self.claim(&gone);
        let data = self.claim_data(graph, &before, &after);
        let mut sites = 0;
        let mut saved = 0;
        for function in model.imported[0]..model.functions.len() {
            if after.functions[function] {
                for call in model.code.calls_of(function - model.imported[0]) {
                    if call.diverges && call.doomed {
                        sites += 1;
                        saved += u64::from(call.size);
                    }
                }
            }
        }
        let saving = functions + data + saved;
        if saving < LEAST {
            return;
        }
        let command = model.exports.iter().any(|export| export.name == b"_start");
        let kind = if command {
            &kinds::PANICS_OF_A_COMMAND
        } else {
            &kinds::PANICS
        };
        let found = format!(
            "Only what happens after a panic needs {} ({}) and {} of data, such as messages and names of source files. {} of it.",
            some(gone.len(), "function"),
            bytes_of(functions),
            bytes_of(data),
            match sites {
                1 => "1 call in the rest of the code is a call".to_string(),
                _ => number(sites) + " calls in the rest of the code are calls",
            }
        );
        report.add(kind, saving, false, found, examples);
    }

    /// Marks data as counted that is alive before, but not after; gives its size.
    fn claim_data(&mut self, graph: &Graph<'_, '_>, before: &Alive, after: &Alive) -> u64 {
        let mut size = 0;
        for (index, object) in graph.objects.iter().enumerate() {
            if before.objects[index] && !after.objects[index] {
                size += u64::from(object.len);
                self.claimed_data
                    .push((object.at, object.at + object.len as usize));
            }
        }
        self.claimed_data.sort_unstable();
        size
    }

    fn allocator(&mut self, report: &mut Report<'_>) {
        let model = self.model;
        let named: Vec<usize> = self
            .left()
            .filter(|&function| model.name(function as u32).is_some_and(allocates))
            .collect();
        let (by, functions) = if named.is_empty() {
            ("what they do", self.like_dlmalloc())
        } else {
            ("their names", named)
        };
        let weight: u64 = functions
            .iter()
            .map(|&function| self.weight(function))
            .sum();
        let saving = weight.saturating_sub(SMALL_ALLOCATOR);
        // Whatever is as small is a small allocator itself.
        if saving < 1500 {
            return;
        }
        let examples = self.heaviest(&functions);
        self.claim(&functions);
        let found = format!(
            "{} with {} are dlmalloc, by {by}. A small allocator that only hands out memory takes about {}.",
            some(functions.len(), "function"),
            bytes_of(weight),
            bytes_of(SMALL_ALLOCATOR),
        );
        report.add(&kinds::ALLOCATOR, saving, false, found, examples);
    }

    /// The functions that work on the state that a large function works on that asks for memory.
    fn like_dlmalloc(&self) -> Vec<usize> {
        let model = self.model;
        let code = &model.code;
        let imported = model.imported[0];
        let grows = |function: usize| {
            function
                .checked_sub(imported)
                .and_then(|body| code.bodies.get(body))
                .is_some_and(|body| body.grows)
        };
        // What asks for memory may be a small function that the large one calls.
        let main = self
            .left()
            .filter(|&function| {
                let calls = code.calls_of(function - imported);
                grows(function) || calls.iter().any(|call| grows(call.to as usize))
            })
            .filter(|&function| (2000..12_000).contains(&self.weight(function)))
            .max_by_key(|&function| code.addresses_of(function - imported, true).count());
        let Some(main) = main else {
            return Vec::new();
        };
        // Its state is about 450 bytes: where most of its addresses are.
        let mut addresses: Vec<u32> = code.addresses_of(main - imported, true).collect();
        addresses.sort_unstable();
        let mut most = (0, 0);
        for (at, &from) in addresses.iter().enumerate() {
            let here = addresses[at..].partition_point(|&address| address - from < 512);
            if here > most.0 {
                most = (here, from);
            }
        }
        // Its state begins as zeros, nearly all of it, other than what somebody else's code has the addresses of that asks for memory.
        let from = addresses.partition_point(|&address| address < most.1);
        let zeros = addresses[from..from + most.0]
            .iter()
            .filter(|&&address| self.is_zero(address))
            .count();
        if most.0 < 20 || most.0 * 10 < addresses.len() * 4 || zeros * 10 < most.0 * 8 {
            return Vec::new();
        }
        let state = most.1..most.1.saturating_add(512);
        self.left()
            .filter(|&function| {
                let addresses = || code.addresses_of(function - imported, true);
                let own = addresses()
                    .filter(|address| state.contains(address))
                    .count();
                function == main || (own >= 4 && 5 * own >= 4 * addresses().count())
            })
            .collect()
    }

    /// Whether memory has a zero at this address in the beginning.
    fn is_zero(&self, address: u32) -> bool {
        self.model.segments.iter().all(|segment| {
            let place = segment.address.and_then(|at| address.checked_sub(at));
            let byte = place.and_then(|place| {
                self.model.bytes[segment.contents..segment.end].get(place as usize)
            });
            byte.is_none_or(|byte| *byte == 0)
        })
    }

    fn exports(&mut self, graph: &Graph<'_, '_>, report: &mut Report<'_>) {
        let model = self.model;
        if self.inside {
            return;
        }
        let command = model.exports.iter().any(|export| export.name == b"_start");
        let mut entered = self.roots(false);
        let known = graph.alive(&entered, true);
        entered.extend(self.unknown(&known));
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
        for function in self.left() {
            code += self.weight(function);
            if let Some(size) = sizes.get_mut(owners[function] as usize) {
                *size += self.weight(function);
            }
        }
        for (object, owner) in graph.objects.iter().zip(&owners[model.functions.len()..]) {
            if let Some(size) = sizes.get_mut(*owner as usize)
                && !self.is_claimed(object.at)
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
            // Which exports nobody calls is not known: the largest stands for what there is to gain.
            let functions = examples
                .iter()
                .filter(|example| !example.name.starts_with("__"));
            if let Some(largest) = functions.max_by_key(|example| example.size) {
                saving = largest.size;
                found = format!(
                    "If nobody calls `{}`, {} can go that nothing else needs.",
                    largest.name,
                    bytes_of(largest.size)
                );
            }
        }
        if linkers > 0 {
            if !found.is_empty() {
                found.push(' ');
            }
            found += "Globals of the linker's are exported, which hosts have no use for.";
        }
        if saving + linkers > 0 {
            report.add(&kinds::EXPORTS, saving + linkers, false, found, examples);
        }
    }

    fn is_claimed(&self, at: usize) -> bool {
        let behind = self.claimed_data.partition_point(|(from, _)| *from <= at);
        behind > 0 && at < self.claimed_data[behind - 1].1
    }

    fn duplicates(&mut self, report: &mut Report<'_>) {
        let model = self.model;
        let mut hashes: Vec<(u64, u32)> = Vec::new();
        for function in self.left() {
            let body = &model.code.bodies[function - model.imported[0]];
            // What is smaller saves nothing worth a word.
            if body.end - body.start >= 8 {
                let ty = u64::from(model.functions[function]);
                let hash = hash(&model.bytes[body.start..body.end], ty);
                hashes.push((hash, function as u32));
            }
        }
        hashes.sort_unstable();
        let contents = |function: u32| {
            let body = &model.code.bodies[function as usize - model.imported[0]];
            (
                &model.bytes[body.start..body.end],
                model.functions[function as usize],
            )
        };
        let mut again = Vec::new();
        for pair in hashes.windows(2) {
            if let [(hash, one), (other_hash, other)] = *pair
                && hash == other_hash
                && contents(one) == contents(other)
            {
                again.push(other as usize);
            }
        }
        let examples = self.heaviest(&again);
        let saving = self.claim(&again);
        if saving >= LEAST {
            let found = format!(
                "{} {} byte for byte like another of the same type.",
                some(again.len(), "function"),
                if again.len() == 1 { "is" } else { "are" }
            );
            report.add(&kinds::DUPLICATES, saving, false, found, examples);
        }
    }

    fn unoptimised(&mut self, report: &mut Report<'_>) {
        let code = &self.model.code;
        let mut saving = 0u64;
        let mut instructions = 0u64;
        let mut moves = 0u64;
        let mut worst: Vec<Example> = Vec::new();
        for function in self.left() {
            let body = &code.bodies[function - self.model.imported[0]];
            saving += u64::from(body.idle);
            instructions += u64::from(body.instructions);
            moves += u64::from(body.moves);
            if body.idle > 0
                && (worst.len() < 5
                    || worst
                        .iter()
                        .any(|example| example.size < u64::from(body.idle)))
            {
                worst.push(Example {
                    name: self.model.called(function as u32),
                    size: u64::from(body.idle),
                });
                worst.sort_by_key(|example| std::cmp::Reverse(example.size));
                worst.truncate(5);
            }
        }
        if saving < LEAST {
            return;
        }
        let mut found = format!(
            "{} of instructions have no effect: `nop`, a local that is set and read at once, what follows a jump, locals that are \
             declared and never used. What an optimiser finds beyond that cannot be told without one.",
            bytes_of(saving)
        );
        if instructions > 0 && moves * 100 / instructions > 55 {
            found += " Most instructions only move locals, as in a debug build.";
        }
        report.add(&kinds::UNOPTIMISED, saving, false, found, worst);
    }

    /// Long runs of zeros in data.
    fn zeros(&self, report: &mut Report<'_>) {
        let model = self.model;
        if model.imported[2] > 0 {
            // Who knows what is in a memory that comes from elsewhere.
            return;
        }
        let mut saving = 0u64;
        let mut runs = Vec::new();
        for (index, segment) in model.segments.iter().enumerate() {
            let Some(address) = segment.address else {
                continue;
            };
            let contents = &model.bytes[segment.contents..segment.end];
            let mut add = |from: usize, to: usize, cost: usize| {
                if to - from > cost && !self.is_claimed(segment.contents + from) {
                    saving += (to - from - cost) as u64;
                    let name = format!(
                        "{} at address {}",
                        model.segment_called(index as u32),
                        u64::from(address) + from as u64
                    );
                    if runs.len() < 1000 {
                        runs.push(Example {
                            name,
                            size: (to - from) as u64,
                        });
                    }
                }
            };
            let first = contents.iter().position(|byte| *byte != 0);
            let Some(first) = first else {
                // All of it, and its header.
                if !contents.is_empty() {
                    add(0, contents.len(), 0);
                }
                continue;
            };
            let last = contents
                .iter()
                .rposition(|byte| *byte != 0)
                .unwrap_or(first);
            add(0, first, 0);
            add(last + 1, contents.len(), 0);
            // Between, a run ends a segment and begins another: that one has a header.
            let header = 3 + size_of(2 * (address as usize + last)) + 2;
            let mut at = first;
            while at < last {
                if contents[at] != 0 {
                    at += STRIDE;
                    continue;
                }
                let from = contents[..at]
                    .iter()
                    .rposition(|byte| *byte != 0)
                    .map_or(0, |at| at + 1);
                let to = contents[at..]
                    .iter()
                    .position(|byte| *byte != 0)
                    .map_or(contents.len(), |len| at + len);
                if to - from >= STRIDE {
                    add(from, to, header);
                }
                at = to + 1;
            }
        }
        if saving > 0 {
            let found = format!(
                "{} of zeros in data, of at least {STRIDE} or at its ends. Memory begins as zeros anyway.",
                some(runs.len(), "run")
            );
            report.add(&kinds::ZEROS, saving, false, found, runs);
        }
    }
}

/// A run of so many zeros is worth another segment.
const STRIDE: usize = 16;

/// Whether a host asks a command for an export of this name.
fn is_asked_for(name: &[u8]) -> bool {
    matches!(name, b"_start" | b"_initialize")
        || name.starts_with(b"cabi_")
        || name.contains(&b'#')
        || name.starts_with(b"asyncify_")
        || name.starts_with(b"wasi_thread_start")
}

/// Whether this is the name of one of the functions of the allocator that comes with Rust's standard library or C's.
fn allocates(name: &[u8]) -> bool {
    const EXACTLY: [&[u8]; 14] = [
        b"malloc",
        b"free",
        b"calloc",
        b"realloc",
        b"aligned_alloc",
        b"posix_memalign",
        b"dlmalloc",
        b"dlfree",
        b"dlrealloc",
        b"dispose_chunk",
        b"internal_memalign",
        b"sbrk",
        b"try_realloc_chunk",
        b"prepend_alloc",
    ];
    EXACTLY.contains(&name)
        || contains(name, b"8dlmalloc")
        || contains(name, b"dlmalloc::")
        || contains(name, b"__rdl_")
}

/// Whether a module has panics of Rust's: what says so are names, or messages.
fn speaks_of_panics(model: &Model<'_>) -> bool {
    let named = model
        .names
        .iter()
        .any(|(_, name)| contains(name, b"9panicking") || contains(name, b"panicking::"));
    const WORDS: [&[u8]; 6] = [
        b"panicked at",
        b"called `Option::unwrap()`",
        b"called `Result::unwrap()`",
        b"index out of bounds",
        b"/rustc/",
        b"library/core/src",
    ];
    named
        || model.segments.iter().any(|segment| {
            let contents = &model.bytes[segment.contents..segment.end];
            (0..contents.len()).any(|at| {
                matches!(contents[at], b'p' | b'c' | b'i' | b'/' | b'l')
                    && WORDS.iter().any(|word| contents[at..].starts_with(word))
            })
        })
}

fn contains(name: &[u8], word: &[u8]) -> bool {
    name.windows(word.len()).any(|window| window == word)
}

/// A number for some bytes that is the same for the same ones, and nearly never for others.
fn hash(bytes: &[u8], seed: u64) -> u64 {
    let mut hash = seed ^ bytes.len() as u64;
    let mut mix = |word: u64| {
        hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 29;
    };
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        mix(chunk
            .iter()
            .fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
    for &byte in chunks.remainder() {
        mix(u64::from(byte));
    }
    hash
}
