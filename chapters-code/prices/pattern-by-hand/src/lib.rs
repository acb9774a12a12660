//! Finds a number before a word.

use given::Text;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let text = Text::new([a, b, c, d]);
    let text = text.bytes();
    let Some(end) = text.windows(6).position(|here| here == b" bytes") else {
        return 0;
    };
    let digits = text
        .iter()
        .take(end)
        .rev()
        .take_while(|sign| sign.is_ascii_digit());
    let digits = digits.zip([1, 10, 100, 1000, 10_000]);
    digits
        .map(|(digit, worth)| u64::from(digit - b'0') * worth)
        .sum()
}
