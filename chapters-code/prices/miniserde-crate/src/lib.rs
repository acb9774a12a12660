//! Reads a number from JSON, into a `struct` with the crate miniserde.

use given::Text;
use miniserde::Deserialize;

/// What is read of it.
#[derive(Deserialize)]
struct Item {
    size: u64,
}

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let text = Text::new([a, b, c, d]);
    let item: Result<Item, _> = miniserde::json::from_str(text.str());
    item.map_or(0, |item| item.size)
}
