//! Counts words in a `Vec` that is kept in order.

use given::Text;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let text = Text::new([a, b, c, d]);
    let mut counts: Vec<(&str, u64)> = Vec::new();
    for word in text.str().split(' ') {
        match counts.binary_search_by_key(&word, |(word, _)| word) {
            Ok(at) => counts[at].1 += 1,
            Err(at) => counts.insert(at, (word, 1)),
        }
    }
    let found = counts.binary_search_by_key(&"to", |(word, _)| word);
    found.map_or(0, |at| counts[at].1)
}
