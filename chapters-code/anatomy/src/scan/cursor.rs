//! Steps over numbers, types and what stands behind an instruction.

use crate::leb;

/// A place in the file, before the end of the part that is being read.
pub(crate) struct Cursor<'a> {
    /// The file, up to the end of the part.
    pub bytes: &'a [u8],
    /// The place, from the beginning of the file.
    pub at: usize,
    /// How many bytes the numbers so far take beyond what they would have to.
    pub padding: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            padding: 0,
        }
    }

    pub fn done(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    pub fn skip(&mut self, len: usize) -> Option<()> {
        if len > self.bytes.len() - self.at.min(self.bytes.len()) {
            return None;
        }
        self.at += len;
        Some(())
    }

    /// The bytes from here on.
    pub(super) fn left(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn unsigned(&mut self, bits: u32) -> Option<u64> {
        let byte = *self.bytes.get(self.at)?;
        if byte < 0x80 {
            self.at += 1;
            return Some(u64::from(byte));
        }
        self.long(bits)
    }

    #[inline(never)]
    pub(super) fn long(&mut self, bits: u32) -> Option<u64> {
        let left = self.left();
        let (value, len) = leb::unsigned(left, bits)?;
        self.padding += len - leb::shortest_unsigned(&left[..len]);
        self.at += len;
        Some(value)
    }

    #[inline]
    pub fn u32(&mut self) -> Option<u32> {
        self.unsigned(32).map(|n| n as u32)
    }

    pub fn u64(&mut self) -> Option<u64> {
        self.unsigned(64)
    }

    /// A signed number, of which the lowest 64 bits are given.
    #[inline]
    pub fn signed(&mut self, bits: u32) -> Option<i64> {
        let byte = *self.bytes.get(self.at)?;
        if byte < 0x80 {
            self.at += 1;
            return Some(i64::from(byte) << 57 >> 57);
        }
        self.long_signed(bits)
    }

    #[inline(never)]
    pub(super) fn long_signed(&mut self, bits: u32) -> Option<i64> {
        let left = self.left();
        let len = leb::length(left.get(..left.len().min(10)).unwrap_or_default())?;
        if len > bits.div_ceil(7) as usize {
            return None;
        }
        let mut value = 0i64;
        for (place, byte) in left[..len].iter().enumerate() {
            value |= i64::from(byte & 0x7f) << (7 * place);
        }
        let used = 7 * len;
        if used < 64 {
            value = value << (64 - used) >> (64 - used);
        }
        self.padding += len - leb::shortest_signed(&left[..len]);
        self.at += len;
        Some(value)
    }

    /// A name, or any other bytes with their length before them.
    pub fn name(&mut self) -> Option<&'a [u8]> {
        let len = self.u32()? as usize;
        let start = self.at;
        self.skip(len)?;
        self.bytes.get(start..self.at)
    }

    /// A part with its length before it.  Gives a cursor on it, and stands behind it.
    pub fn part(&mut self) -> Option<Cursor<'a>> {
        let len = self.u32()? as usize;
        let start = self.at;
        self.skip(len)?;
        Some(Cursor::new(self.bytes.get(..self.at)?, start))
    }

    pub fn value_type(&mut self) -> Option<()> {
        match self.byte()? {
            0x63 | 0x64 => self.heap_type(),
            0x67..=0x75 | 0x77..=0x7f => Some(()),
            _ => None,
        }
    }

    pub fn heap_type(&mut self) -> Option<()> {
        if self.left().first() == Some(&0x65) {
            self.at += 1;
        }
        self.signed(33).map(drop)
    }

    pub(super) fn block_type(&mut self) -> Option<u32> {
        match *self.left().first()? {
            0x40..=0x7f => {
                if *self.left().first()? == 0x40 {
                    self.at += 1;
                } else {
                    self.value_type()?;
                }
                Some(u32::MAX)
            }
            _ => u32::try_from(self.signed(33)?).ok(),
        }
    }

    /// The offset, after the alignment and, if it says so, the memory.
    #[inline]
    pub(super) fn memarg(&mut self) -> Option<u64> {
        if self.u32()? & 0x40 != 0 {
            self.u32()?;
        }
        self.u64()
    }

    /// A constant expression: gives its value, if it is one `i32.const`; the functions it names go to `functions`, the
    /// globals to `globals`.
    pub fn constant(
        &mut self,
        functions: &mut Vec<u32>,
        globals: &mut Vec<u32>,
    ) -> Option<Option<u32>> {
        let mut value = None;
        let mut others = 0;
        loop {
            match self.byte()? {
                0x0b => return Some(value.filter(|_| others == 1)),
                0x41 => value = Some(self.signed(32)? as u32),
                0x42 => drop(self.signed(64)?),
                0x43 => self.skip(4)?,
                0x44 => self.skip(8)?,
                0x23 => globals.push(self.u32()?),
                0xd2 => functions.push(self.u32()?),
                0xd0 => self.heap_type()?,
                0x6a..=0x6c | 0x7c..=0x7e => {}
                0xfb => self.gc()?,
                0xfd => {
                    if self.u32()? != 12 {
                        return None;
                    }
                    self.skip(16)?;
                }
                _ => return None,
            }
            others += 1;
        }
    }

    pub(super) fn gc(&mut self) -> Option<()> {
        match self.u32()? {
            0 | 1 | 6 | 7 | 11..=14 | 16 => drop(self.u32()?),
            2..=5 | 8..=10 | 17..=19 => {
                self.u32()?;
                self.u32()?;
            }
            15 | 26..=30 => {}
            20..=23 => self.heap_type()?,
            24 | 25 => {
                self.byte()?;
                self.u32()?;
                self.heap_type()?;
                self.heap_type()?;
            }
            _ => return None,
        }
        Some(())
    }

    pub(super) fn vector(&mut self) -> Option<()> {
        match self.u32()? {
            0..=11 | 92 | 93 => drop(self.memarg()?),
            12 | 13 => self.skip(16)?,
            21..=34 => self.skip(1)?,
            84..=91 => {
                self.memarg()?;
                self.skip(1)?;
            }
            14..=20 | 35..=83 | 94..=0x113 => {}
            _ => return None,
        }
        Some(())
    }

    pub(super) fn atomic(&mut self) -> Option<()> {
        match self.u32()? {
            0..=2 | 0x10..=0x4e => drop(self.memarg()?),
            3 => self.skip(1)?,
            _ => return None,
        }
        Some(())
    }
}

/// How many bytes the shortest encoding of an unsigned number takes.
pub(crate) fn size_of(number: usize) -> usize {
    let bits = usize::BITS - (number | 1).leading_zeros();
    bits.div_ceil(7) as usize
}
