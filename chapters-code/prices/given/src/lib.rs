//! What the crates of the price list share: how text gets in, and how the caller sees what came of it.
//!
//! The host calls `run` with numbers, or with 32 bytes of text in four of them, and gets a number back, or a fingerprint of
//! text. All of the input is the caller's and all of the output is looked at, so the compiler can leave nothing out.

#![no_std]

#[cfg(feature = "beside")]
mod beside;

use core::hint::black_box;

/// Up to 32 bytes of text from the caller.
pub struct Text([[u8; 8]; 4]);

impl Text {
    /// The text in four numbers, the first byte lowest, filled up with zeros.
    pub fn new(words: [u64; 4]) -> Text {
        Text(words.map(u64::to_le_bytes))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        let all = self.0.as_flattened();
        // The compiler is not to know how long it may be: a sort of 32 items at most could be a simpler one.
        black_box(all.split(|byte| *byte == 0).next().unwrap_or_default())
    }

    /// The same as text.
    pub fn str(&self) -> &str {
        // SAFETY: the host gives UTF-8. To check it is an entry of the price list.
        unsafe { core::str::from_utf8_unchecked(self.bytes()) }
    }
}

/// A number that depends on every byte: FNV-1a.
pub fn fingerprint<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
