//! Zeros that memory has by itself.

use super::rest::Rest;
use super::words::some;
use super::{Advice, BEFORE, Kind, Report};
use crate::inspect::Example;
use crate::scan::size_of;

pub(super) const KIND: Kind = Kind {
    id: "zeros",
    title: "Zeros that memory has by itself",
    advice: Advice {
        rust: "Let data begin and end with something else than zeros, or let `wasm-opt` pack the memory.",
        other: "Let data begin and end with something else than zeros, or let `wasm-opt` pack the memory.",
        component: BEFORE,
    },
};

/// A run of so many zeros is worth another segment.
const STRIDE: usize = 16;

/// Long runs of zeros in data.
pub(super) fn find(rest: &Rest<'_, '_>, report: &mut Report<'_>) {
    let model = rest.model;
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
            if to - from > cost && !rest.is_claimed(segment.contents + from) {
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
        report.add(&KIND, saving, false, found, runs);
    }
}
