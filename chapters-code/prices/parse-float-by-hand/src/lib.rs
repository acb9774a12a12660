//! Reads a decimal fraction: exact with up to 15 digits, because both numbers of the division are.

use given::Text;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> f64 {
    let text = Text::new([a, b, c, d]);
    let bytes = text.bytes();
    let (digits, sign) = match bytes {
        [b'-', digits @ ..] => (digits, -1.0),
        digits => (digits, 1.0),
    };
    let (mut number, mut below) = (0.0, 0.0);
    for digit in digits {
        match digit {
            b'0'..=b'9' => {
                number = number * 10.0 + f64::from(digit - b'0');
                below *= 10.0;
            }
            b'.' => below = 1.0,
            _ => return 0.0,
        }
    }
    let below = if below == 0.0 { 1.0 } else { below };
    sign * number / below
}
