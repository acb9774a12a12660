//! What is only there for panics.

use super::rest::Rest;
use super::words::{bytes_of, number, some};
use super::{Advice, Kind, LEAST, NONE, Report, contains};
use crate::graph::{Alive, Graph};
use crate::model::Model;

pub(super) const KIND: Kind = Kind {
    id: "panics",
    title: "The machinery of panics is in it",
    advice: Advice {
        rust: "Let nothing panic (`get` instead of `[]`), or build std yourself with `panic = \"immediate-abort\"`.",
        other: NONE,
        component: "",
    },
};

/// The functions, data and calls that only a panic needs.
pub(super) fn find(rest: &mut Rest<'_, '_>, graph: &Graph<'_, '_>, report: &mut Report<'_>) {
    let model = rest.model;
    let mut roots = rest.roots(false);
    let known = graph.alive(&roots, true);
    let mut after = graph.alive(&roots, false);
    let bodies = after.functions.iter().skip(model.imported[0]);
    let indirect = bodies
        .zip(&model.code.bodies)
        .any(|(alive, body)| *alive && body.indirect);
    roots.extend(rest.unknown(&known));
    let before = graph.alive(&roots, true);
    if indirect {
        // What stands in the table for reasons that are not known is there whatever happens.
        after = graph.alive(&roots, false);
    }
    let gone: Vec<usize> = rest
        .left()
        .filter(|&function| before.functions[function] && !after.functions[function])
        .collect();
    let examples = rest.heaviest(&gone);
    let functions = rest.claim(&gone);
    let data = claim_data(rest, graph, &before, &after);
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
    let found = format!(
        "Only what happens after a panic needs {} ({}) and {} of data, such as messages and names of source files. \
         {} of it.",
        some(gone.len(), "function"),
        bytes_of(functions),
        bytes_of(data),
        match sites {
            1 => "1 call in the rest of the code is a call".to_string(),
            _ => number(sites) + " calls in the rest of the code are calls",
        }
    );
    report.add(&KIND, saving, false, found, examples);
}

/// Marks data as counted that is alive before, but not after; gives its size.
fn claim_data(
    rest: &mut Rest<'_, '_>,
    graph: &Graph<'_, '_>,
    before: &Alive,
    after: &Alive,
) -> u64 {
    let mut size = 0;
    for (index, object) in graph.objects.iter().enumerate() {
        if before.objects[index] && !after.objects[index] {
            size += u64::from(object.len);
            rest.claimed_data
                .push((object.at, object.at + object.len as usize));
        }
    }
    rest.claimed_data.sort_unstable();
    size
}

/// The functions that never return, as far as calls of them tell, but for those that leave the program by an import.
pub(super) fn diverging(model: &Model<'_>) -> Vec<bool> {
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

/// Whether a module has panics of Rust's: what says so are names, or messages.
pub(super) fn speaks_of_them(model: &Model<'_>) -> bool {
    let named = model
        .names
        .iter()
        .any(|(_, name)| contains(name, b"9panicking") || contains(name, b"panicking::"));
    // Others say "index out of bounds", too.
    const WORDS: [&[u8]; 6] = [
        b"panicked at",
        b"called `Option::unwrap()`",
        b"called `Result::unwrap()`",
        b"index out of bounds: the len is ",
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
