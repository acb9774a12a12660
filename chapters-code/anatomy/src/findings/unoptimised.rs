//! Instructions that do nothing.

use super::rest::Rest;
use super::words::bytes_of;
use super::{Advice, Kind, LEAST, Report};
use crate::inspect::Example;

pub(super) const KIND: Kind = Kind {
    id: "unoptimised",
    title: "Instructions that do nothing",
    advice: Advice {
        rust: "Build with `--release` and `opt-level = \"z\"`, then let `wasm-opt -Oz` go over it.",
        other: "Compile for size (`-Os`, `-Oz`), then let `wasm-opt -Oz` go over it.",
        component: "Build with `--release` and `opt-level = \"z\"`. `wasm-opt -Oz` can go over the module before a component is made of it; \
            it reads no components.",
    },
};

/// The bytes of instructions that have no effect.
pub(super) fn find(rest: &Rest<'_, '_>, report: &mut Report<'_>) {
    let code = &rest.model.code;
    let mut saving = 0u64;
    let mut instructions = 0u64;
    let mut moves = 0u64;
    let mut worst: Vec<Example> = Vec::new();
    for function in rest.left() {
        let body = &code.bodies[function - rest.model.imported[0]];
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
                name: rest.model.called(function as u32),
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
        "{} of instructions have no effect: `nop`, a local that is set and read at once, what follows a jump, \
         locals that are declared and never used. What an optimiser finds beyond that cannot be told without one.",
        bytes_of(saving)
    );
    if instructions > 0 && moves * 100 / instructions > 55 {
        found += " Most instructions only move locals, as in a debug build.";
    }
    report.add(&KIND, saving, false, found, worst);
}
