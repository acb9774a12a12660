//! Zeros in data that memory has by itself.
//!
//! Only of memories that the module defines, for an imported one may hold anything; only of segments that certainly fit,
//! so that the module is instantiated as before; and only where no other segment writes.  Runs of zeros inside a segment
//! stay: compressed, they take less than what another segment begins with.

use wasmparser::DataKind;

use super::alive::{Alive, fits_memory};
use super::module::{Module, constant};
use super::numbers::{Space, size_of_signed, size_of_unsigned};
use super::plan::Plan;

/// Cuts zeros off, and segments without anything in them; says how many bytes of contents those are.
pub(super) fn cut(module: &mut Module<'_>, alive: &Alive, plan: &mut Plan) -> u64 {
    let alone = alone(module, plan);
    let mut cut = 0;
    for (at, alone) in alone.into_iter().enumerate() {
        if plan.gone[Space::Data as usize][at] || !fits_memory(module, at) {
            continue;
        }
        let DataKind::Active {
            memory_index,
            offset_expr,
        } = &module.data[at].kind
        else {
            continue;
        };
        let memory = module
            .own(Space::Memory, *memory_index)
            .map(|own| &module.memories[own]);
        let wide = memory.is_some_and(|memory| memory.memory64);
        let address = constant(offset_expr);
        let bytes = module.data[at].bytes;
        let segment = &mut module.data[at];
        if memory.is_some() && alone {
            let last = bytes
                .iter()
                .rposition(|byte| *byte != 0)
                .map_or(0, |last| last + 1);
            segment.bytes = &bytes[..last];
            let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(0);
            if let Some(address) = address
                && gains(address, first, last, wide)
            {
                segment.bytes = &bytes[first..last];
                segment.address = Some(address + first as u64);
            }
        }
        cut += (bytes.len() - segment.bytes.len()) as u64;
        if segment.bytes.is_empty() && !alive.segments_named[0][at] {
            plan.gone[Space::Data as usize][at] = true;
        }
    }
    cut
}

/// Whether a segment is smaller without so many bytes at its beginning, for it has another address then.
fn gains(address: u64, first: usize, last: usize, wide: bool) -> bool {
    let size = |address: u64| {
        // Addresses of 32 bits are written as signed numbers of 32 bits.
        size_of_signed(if wide {
            address as i64
        } else {
            i64::from(address as u32 as i32)
        })
    };
    let with = size(address) + size_of_unsigned(last as u64) + last;
    let without =
        size(address + first as u64) + size_of_unsigned((last - first) as u64) + last - first;
    without < with
}

/// Which segments have an address of which it is certain that no other segment writes there.
fn alone(module: &Module<'_>, plan: &Plan) -> Vec<bool> {
    let mut alone = vec![false; module.data.len()];
    let mut all: Vec<(u32, u64, u64, usize)> = Vec::new();
    let mut unknown = Vec::new();
    for (at, segment) in module.data.iter().enumerate() {
        if plan.gone[Space::Data as usize][at] {
            continue;
        }
        if let DataKind::Active {
            memory_index,
            offset_expr,
        } = &segment.kind
        {
            match constant(offset_expr) {
                Some(from) => {
                    let to = from.saturating_add(segment.bytes.len() as u64);
                    all.push((*memory_index, from, to, at));
                    alone[at] = true;
                }
                None => unknown.push(*memory_index),
            }
        }
    }
    all.sort_unstable();
    // Of those so far, the one that goes on longest.
    let mut longest: Option<(u32, u64, usize)> = None;
    for &(memory, from, to, at) in &all {
        if unknown.contains(&memory) {
            alone[at] = false;
        }
        match longest {
            Some((same, end, other)) if same == memory => {
                if from < end {
                    alone[at] = false;
                    alone[other] = false;
                }
                if to > end {
                    longest = Some((memory, to, at));
                }
            }
            _ => longest = Some((memory, to, at)),
        }
    }
    alone
}
