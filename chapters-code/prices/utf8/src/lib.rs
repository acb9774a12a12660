//! Checks that a text is UTF-8.

use given::Text;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let text = Text::new([a, b, c, d]);
    std::str::from_utf8(text.bytes()).map_or(0, |text| text.len() as u64)
}
