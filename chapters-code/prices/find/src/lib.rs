//! Finds a word in a text, with `find`.

use given::Text;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let text = Text::new([a, b, c, d]);
    text.str().find("97").unwrap_or(32) as u64
}
