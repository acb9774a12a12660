//! What a module names by its number, and what those numbers become.

use wasm_encoder::reencode::{Error, Reencode};

use super::plan::Plan;

/// The things that are named by number, each counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Space {
    Func,
    Table,
    Memory,
    Global,
    Tag,
    Type,
    Data,
    Elem,
}

/// How many there are.
pub(super) const SPACES: usize = 8;

/// A reader that notes every number that it comes across.
#[derive(Default)]
pub(super) struct Recorder {
    pub seen: Vec<(Space, u32)>,
}

/// A writer that gives things their new numbers: for each space a list, at the old number the new one.
#[derive(Default)]
pub(super) struct Renumber {
    pub maps: [Vec<u32>; SPACES],
}

impl Renumber {
    /// The new number.  What was never there keeps its own.
    pub fn new_number(&self, space: Space, old: u32) -> u32 {
        let map = &self.maps[space as usize];
        map.get(old as usize).copied().unwrap_or(old)
    }
}

/// A writer that gives things the old numbers of what stands for them.
pub(super) struct Same<'p>(pub &'p Plan);

/// All answer whenever a number is asked for.
trait Numbers {
    fn number(&mut self, space: Space, old: u32) -> u32;
}

impl Numbers for Recorder {
    fn number(&mut self, space: Space, old: u32) -> u32 {
        self.seen.push((space, old));
        old
    }
}

impl Numbers for Renumber {
    fn number(&mut self, space: Space, old: u32) -> u32 {
        self.new_number(space, old)
    }
}

impl Numbers for Same<'_> {
    fn number(&mut self, space: Space, old: u32) -> u32 {
        self.0.same(space, old)
    }
}

/// No error is added to those of the encoder.
pub(super) type Never = std::convert::Infallible;

macro_rules! answer {
    ($($name:ident => $space:ident,)*) => {
        type Error = Never;
        $(
            fn $name(&mut self, old: u32) -> Result<u32, Error<Never>> {
                Ok(self.number(Space::$space, old))
            }
        )*
    };
}

macro_rules! reencode {
    ($($for:ty)*) => { $(
        impl Reencode for $for {
            answer! {
                function_index => Func,
                table_index => Table,
                memory_index => Memory,
                global_index => Global,
                tag_index => Tag,
                type_index => Type,
                data_index => Data,
                element_index => Elem,
            }
        }
    )* };
}

reencode!(Recorder Renumber Same<'_>);

/// Writes an unsigned number with as few bytes as can be.
pub(super) fn write_unsigned(mut number: u64, out: &mut Vec<u8>) {
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// Writes a signed number with as few bytes as can be.
pub(super) fn write_signed(mut number: i64, out: &mut Vec<u8>) {
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= 7;
        if number == if byte & 0x40 == 0 { 0 } else { -1 } {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// How many bytes the shortest encoding of this unsigned number takes.
pub(super) fn size_of_unsigned(number: u64) -> usize {
    (64 - (number | 1).leading_zeros() as usize).div_ceil(7)
}

/// How many bytes the shortest encoding of this signed number takes.
pub(super) fn size_of_signed(number: i64) -> usize {
    let magnitude = if number < 0 { !number } else { number };
    (65 - magnitude.leading_zeros() as usize).div_ceil(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_short_as_can_be() {
        for number in [
            0,
            1,
            63,
            64,
            127,
            128,
            16383,
            16384,
            u64::from(u32::MAX),
            u64::MAX,
        ] {
            let mut out = Vec::new();
            write_unsigned(number, &mut out);
            assert_eq!(out.len(), size_of_unsigned(number), "{number}");
            assert_eq!(crate::leb::unsigned(&out, 64), Some((number, out.len())));
            assert_eq!(crate::leb::shortest_unsigned(&out), out.len());
        }
        for number in [
            0,
            1,
            -1,
            63,
            64,
            -64,
            -65,
            8191,
            8192,
            -8192,
            i64::MAX,
            i64::MIN,
        ] {
            let mut out = Vec::new();
            write_signed(number, &mut out);
            assert_eq!(out.len(), size_of_signed(number), "{number}");
            assert_eq!(crate::leb::shortest_signed(&out), out.len());
        }
    }
}
