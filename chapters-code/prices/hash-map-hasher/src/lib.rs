//! Counts words in a `HashMap` whose hasher is a few instructions.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use given::Text;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let text = Text::new([a, b, c, d]);
    let mut counts: HashMap<_, _, BuildHasherDefault<Fnv>> = HashMap::default();
    for word in text.str().split(' ') {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts.get("to").copied().unwrap_or(0)
}

/// FNV-1a. An attacker who chooses the words can make it slow: use it for words of your own.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
