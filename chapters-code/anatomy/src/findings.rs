//! What a module could do without.
//!
//! A kind of finding is a file below: its id, its title, its advice, and what says that a module has it.

mod allocator;
mod customs;
mod dead_functions;
mod debug_info;
mod duplicates;
mod exports;
mod largest;
mod linking;
mod maker;
mod names;
mod padding;
mod panics;
mod producers;
mod rest;
mod target_features;
mod unoptimised;
mod unused;
mod unused_table;
mod words;
mod zeros;

use crate::frame::{self, Frame, HEADER, Layer, Layout};
use crate::graph::Graph;
use crate::inspect::{Example, Finding, Inner};
use crate::items::Item;
use crate::model::Model;
use maker::Maker;
use rest::Rest;

/// The ids of all kinds of findings: those that [`inspect`](crate::inspect) can give.
pub const FINDINGS: [&str; 15] = [
    debug_info::KIND.id,
    names::KIND.id,
    producers::KIND.id,
    target_features::KIND.id,
    linking::KIND.id,
    padding::KIND.id,
    dead_functions::KIND.id,
    panics::KIND.id,
    allocator::KIND.id,
    exports::KIND.id,
    duplicates::KIND.id,
    unoptimised::KIND.id,
    zeros::KIND.id,
    unused_table::KIND.id,
    unused::KIND.id,
];

/// How deep components may lie in one another: what is deeper is not looked at.
const DEEPEST: usize = 20;

/// An estimate of less is not worth a word.
const LEAST: u64 = 8;

/// What has been found so far.
#[derive(Default)]
pub(crate) struct Found {
    pub modules: Vec<Inner>,
    pub findings: Vec<Finding>,
    pub items: Vec<Item>,
}

/// Looks at a module or component that begins at `at` and ends with `bytes`; `prefix` is what it lies in, and itself.
pub(crate) fn whole(bytes: &[u8], at: usize, layout: &Layout, prefix: &str, found: &mut Found) {
    let read = (layout.layer == Layer::Module).then(|| Model::read(bytes, &layout.frames));
    let model = read.as_ref().map(|read| match read {
        Ok(model) | Err(model) => model,
    });
    let speaks = model.is_some_and(panics::speaks_of_them);
    let mut report = Report {
        prefix,
        found,
        maker: maker::of(bytes, layout, model, speaks),
        inside: at >= HEADER,
        of_component: at >= HEADER || model.is_none(),
    };
    customs::find(bytes, layout, &mut report);
    if let Some(read) = read {
        let code = layout.frames.iter().find(|frame| frame.kind() == "code");
        let functions = code.and_then(|frame| frame.count(bytes)).unwrap_or(0);
        report.found.modules.push(Inner {
            name: prefix.trim_end_matches(": ").to_string(),
            offset: at as u64,
            size: (bytes.len() - at) as u64,
            functions: u64::from(functions),
        });
        module(read, at, &layout.frames, speaks, &mut report);
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
    /// Whose work it is.
    maker: Maker,
    /// Whether it lies in a component: then sizes around it may shrink with it.
    inside: bool,
    /// Whether it is a component, or lies in one.
    of_component: bool,
}

/// What is always the same about a kind of finding.
struct Kind {
    id: &'static str,
    title: &'static str,
    advice: Advice,
}

/// What to do about it.
struct Advice {
    /// Where Rust made the module, or nothing says who did.
    rust: &'static str,
    /// Where something else did; [`NONE`], if that would have to do something else about it, or nothing.
    other: &'static str,
    /// In a component, whoever made it; nothing, if it is no different there.
    component: &'static str,
}

/// No advice, and so no finding.
const NONE: &str = "";

/// Where `wasm-opt` does it: it reads modules, and no components.
const BEFORE: &str = "Let `wasm-opt -Oz` do it to the module before a component is made of it: it reads no components.";

impl Report<'_> {
    /// Adds a finding: how many bytes it saves, whether that is exact, what was seen, and the things that were counted.
    fn add(
        &mut self,
        kind: &Kind,
        saving: u64,
        exact: bool,
        found: String,
        mut examples: Vec<Example>,
    ) {
        let advice = match self.maker {
            _ if self.of_component && !kind.advice.component.is_empty() => kind.advice.component,
            Maker::Other => kind.advice.other,
            Maker::Rust | Maker::Unknown => kind.advice.rust,
        };
        if advice == NONE {
            return;
        }
        examples.sort_by_key(|example| std::cmp::Reverse(example.size));
        examples.truncate(5);
        self.found.findings.push(Finding {
            id: kind.id.to_string(),
            title: [self.prefix, kind.title].concat(),
            saving,
            exact: exact && !self.inside,
            found,
            examples,
            advice: advice.to_string(),
        });
    }

    /// Adds to the list of what is large.
    fn item(&mut self, kind: &str, offset: usize, size: usize, name: impl FnOnce() -> String) {
        self.found.items.push(Item {
            name: [self.prefix, &name()].concat(),
            kind: kind.to_string(),
            offset: offset as u64,
            size: size as u64,
        });
    }
}

/// All the rest of a module.  The order says which finding counts a function that two could count: the first.
fn module(
    read: Result<Model<'_>, Model<'_>>,
    at: usize,
    frames: &[Frame],
    speaks: bool,
    report: &mut Report<'_>,
) {
    let understood = read.is_ok();
    let (Ok(mut model) | Err(mut model)) = read;
    largest::items(&model, frames, report);
    if !understood {
        // Something in it is wrong, or of a proposal that is not known here: nothing can be said for certain.
        return;
    }
    padding::find(&model, report);
    if speaks {
        let diverging = panics::diverging(&model);
        model.code.doom(&diverging);
    }
    let model = model;
    let mut rest = Rest::new(&model, at);
    dead_functions::find(&mut rest, report);
    unused_table::find(&model, frames, report);
    unused::find(&rest, report);
    let graph = Graph::new(&model);
    if speaks {
        panics::find(&mut rest, &graph, report);
    }
    allocator::find(&mut rest, &graph, report);
    exports::find(&rest, &graph, report);
    duplicates::find(&mut rest, report);
    unoptimised::find(&rest, report);
    zeros::find(&rest, report);
}

/// Whether some bytes have others in them.
fn contains(name: &[u8], word: &[u8]) -> bool {
    name.windows(word.len()).any(|window| window == word)
}

#[cfg(feature = "shrink")]
pub(crate) use customs::about as about_custom;
