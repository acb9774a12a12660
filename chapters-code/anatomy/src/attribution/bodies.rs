//! What a body does, without what a linker puts in: so that a function can be known again in another file.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use wasmparser::{BinaryReader, BlockType, FunctionBody, Operator};

use crate::leb;
use crate::model::Model;

/// Constants that may be addresses of data or places in the table: from the first up to, but without the second.
#[derive(Clone, Copy)]
pub(super) struct Masks {
    addresses: (u32, u32),
    places: (u32, u32),
}

/// So many bytes behind the data there is memory that begins as zeros, where statics also are.
const BEHIND: u32 = 0x10000;

impl Masks {
    /// What may be an address or a place in any of these modules.
    pub fn of<'m, 'a: 'm>(models: impl Iterator<Item = &'m Model<'a>>) -> Self {
        let mut masks = Masks {
            addresses: (u32::MAX, 0),
            places: (u32::MAX, 0),
        };
        let widen = |range: &mut (u32, u32), from: u32, to: u32| {
            *range = (range.0.min(from), range.1.max(to));
        };
        for model in models {
            for segment in &model.segments {
                if let Some(address) = segment.address {
                    let len = (segment.end - segment.contents) as u32;
                    let end = address.saturating_add(len).saturating_add(BEHIND);
                    widen(&mut masks.addresses, address, end);
                }
            }
            for (place, _) in &model.elements {
                if let Some(place) = *place {
                    widen(&mut masks.places, place, place.saturating_add(1));
                }
            }
        }
        masks
    }

    fn address(&self, value: u64) -> bool {
        (u64::from(self.addresses.0)..u64::from(self.addresses.1)).contains(&value)
    }

    fn place(&self, value: u32) -> bool {
        (self.places.0..self.places.1).contains(&value)
    }
}

/// A linker writes what it fills in with so many bytes, the opcode among them.
const PADDED: usize = 6;

/// Stands for what may differ.
const MASKED: u8 = 0xff;

/// A number that is the same for bodies that do the same: what they call, the types and globals that they name, and
/// constants that may be addresses or places in the table are left out. `body` begins with its size field; `buffer` is
/// only there to be used again.
pub(super) fn print(body: &[u8], masks: Masks, buffer: &mut Vec<u8>) -> u64 {
    buffer.clear();
    let inside = match leb::unsigned(body, 32) {
        Some((_, used)) => &body[used..],
        None => body,
    };
    let read = normalise(inside, masks, buffer);
    if let Some(rest) = read.err().and_then(|at| inside.get(at..)) {
        // What cannot be read stands for itself.
        buffer.extend_from_slice(rest);
    }
    number(buffer)
}

/// A number that is the same for the same bytes.
pub(super) fn number(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// Writes a body to the buffer; fails with the place of what it cannot read.
fn normalise(body: &[u8], masks: Masks, buffer: &mut Vec<u8>) -> Result<(), usize> {
    let reader = FunctionBody::new(BinaryReader::new(body, 0));
    let mut operators = reader.get_operators_reader().map_err(|_| 0usize)?;
    let mut at = operators.original_position() as usize;
    buffer.extend_from_slice(&body[..at]);
    // Where a constant stands in the buffer that may be a place in the table.
    let mut place: Option<usize> = None;
    while !operators.eof() {
        let operator = operators.read().map_err(|_| at)?;
        let end = operators.original_position() as usize;
        let bytes = body.get(at..end).ok_or(at)?;
        let code = bytes.first().copied().unwrap_or_default();
        if let Some(from) = place.take()
            && code == 0x36
        {
            // A function is mostly named to be put into memory.
            buffer.truncate(from);
            buffer.push(MASKED);
        }
        match operator {
            Operator::Call { .. }
            | Operator::ReturnCall { .. }
            | Operator::CallRef { .. }
            | Operator::ReturnCallRef { .. }
            | Operator::RefFunc { .. }
            | Operator::GlobalGet { .. }
            | Operator::GlobalSet { .. }
            | Operator::CallIndirect { .. }
            | Operator::ReturnCallIndirect { .. } => buffer.extend([code, MASKED]),
            Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty }
                if matches!(blockty, BlockType::FuncType(_)) =>
            {
                buffer.extend([code, MASKED]);
            }
            Operator::I32Const { value } => {
                if bytes.len() == PADDED && leb::shortest_signed(&bytes[1..]) < PADDED - 1
                    || masks.address(u64::from(value as u32))
                {
                    buffer.extend([code, MASKED]);
                } else {
                    if masks.place(value as u32) {
                        place = Some(buffer.len() + 1);
                    }
                    buffer.extend_from_slice(bytes);
                }
            }
            _ if (0x28..=0x3e).contains(&code) => match offset(bytes) {
                // The alignment stays, the offset goes.
                Some((from, padded, value)) if padded || masks.address(value) => {
                    buffer.extend_from_slice(&bytes[..from]);
                    buffer.push(MASKED);
                }
                _ => buffer.extend_from_slice(bytes),
            },
            _ => buffer.extend_from_slice(bytes),
        }
        at = end;
    }
    Ok(())
}

/// Where the offset of a load or store begins, whether a linker has filled it in, and what it is.
fn offset(bytes: &[u8]) -> Option<(usize, bool, u64)> {
    let mut from = 1 + leb::length(&bytes[1..])?;
    if bytes[1] & 0x40 != 0 {
        from += leb::length(&bytes[from..])?;
    }
    let (value, len) = leb::unsigned(&bytes[from..], 64)?;
    let shortest = leb::shortest_unsigned(&bytes[from..from + len]);
    Some((from, len == PADDED - 1 && shortest < len, value))
}
