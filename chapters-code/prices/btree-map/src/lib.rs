//! Counts words in a `BTreeMap`.

use std::collections::BTreeMap;

use given::Text;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let text = Text::new([a, b, c, d]);
    let mut counts = BTreeMap::new();
    for word in text.str().split(' ') {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts.get("to").copied().unwrap_or(0)
}
