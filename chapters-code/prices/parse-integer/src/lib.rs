//! Reads an integer, with `parse`.

use given::Text;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> i64 {
    let text = Text::new([a, b, c, d]);
    text.str().parse().unwrap_or(0)
}
