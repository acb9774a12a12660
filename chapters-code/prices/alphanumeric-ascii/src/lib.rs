//! Counts letters and digits of ASCII.

use given::Text;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let text = Text::new([a, b, c, d]);
    text.bytes()
        .iter()
        .filter(|sign| sign.is_ascii_alphanumeric())
        .count() as u64
}
