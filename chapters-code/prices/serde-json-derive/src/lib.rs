//! Reads a number from JSON, into a `struct` with serde.

use given::Text;
use serde::Deserialize;

/// What is read of it.
#[derive(Deserialize)]
struct Item {
    size: u64,
}

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let text = Text::new([a, b, c, d]);
    let item: Result<Item, _> = serde_json::from_str(text.str());
    item.map_or(0, |item| item.size)
}
