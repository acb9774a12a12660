//! The same function more than once.

use super::rest::Rest;
use super::words::some;
use super::{Advice, BEFORE, Kind, LEAST, Report};

pub(super) const KIND: Kind = Kind {
    id: "duplicates",
    title: "The same function more than once",
    advice: Advice {
        rust: "Let `wasm-opt -Oz` merge them, or make them one in the source (often one generic function for several types).",
        other: "Let `wasm-opt -Oz` merge them, or make them one in the source.",
        component: BEFORE,
    },
};

/// The functions that are byte for byte like another of the same type.
pub(super) fn find(rest: &mut Rest<'_, '_>, report: &mut Report<'_>) {
    let model = rest.model;
    let mut hashes: Vec<(u64, u32)> = Vec::new();
    for function in rest.left() {
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
    let examples = rest.heaviest(&again);
    let saving = rest.claim(&again);
    if saving >= LEAST {
        let found = format!(
            "{} {} byte for byte like another of the same type.",
            some(again.len(), "function"),
            if again.len() == 1 { "is" } else { "are" }
        );
        report.add(&KIND, saving, false, found, examples);
    }
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
