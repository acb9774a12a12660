//! Finds one field in JSON of a known form.

use given::Text;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let text = Text::new([a, b, c, d]);
    let text = text.bytes();
    let Some(name) = text.windows(7).position(|here| here == b"\"size\":") else {
        return 0;
    };
    let digits = text
        .iter()
        .skip(name + 7)
        .take_while(|sign| sign.is_ascii_digit());
    digits.fold(0, |number: u64, digit| {
        number.wrapping_mul(10) + u64::from(digit - b'0')
    })
}
