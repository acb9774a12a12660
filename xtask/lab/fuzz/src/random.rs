//! Random numbers, the same on every run and machine: Marsaglia's xorshift, begun where SplitMix says.

/// A generator of its own for each input.
pub(crate) struct Random(u64);

impl Random {
    /// The generator of one input: a seed and the input's number.
    pub(crate) fn new(seed: u64, index: u64) -> Random {
        let mut z = seed
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(index)
            .wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Random((z ^ (z >> 31)) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `n`; 0 if there is none.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let n = u64::try_from(n).unwrap_or(u64::MAX).max(1);
        usize::try_from((self.next() >> 11) % n).unwrap_or(0)
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }

    /// One of several.
    pub(crate) fn of<'a, T>(&mut self, choice: &'a [T]) -> &'a T {
        &choice[self.below(choice.len())]
    }

    /// A number that is small mostly and now and then anything up to 2 to the power of `bits`.
    pub(crate) fn size(&mut self, bits: u32) -> usize {
        let bits = 1 + self.below(bits as usize);
        1 + self.below(1 << bits)
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.byte()).collect()
    }
}
