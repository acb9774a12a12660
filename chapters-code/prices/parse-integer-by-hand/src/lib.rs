//! Reads an integer, digit by digit.

use given::Text;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> i64 {
    let text = Text::new([a, b, c, d]);
    let bytes = text.bytes();
    let (digits, sign) = match bytes {
        [b'-', digits @ ..] => (digits, -1),
        digits => (digits, 1),
    };
    let mut number = 0_i64;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return 0;
        }
        number = number
            .wrapping_mul(10)
            .wrapping_add(i64::from(digit - b'0'));
    }
    number * sign
}
