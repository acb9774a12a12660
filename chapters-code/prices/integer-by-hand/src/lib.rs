//! An integer as text, digit by digit.

use given::fingerprint;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: i64) -> u64 {
    let mut digits = [0; 20];
    let mut rest = number.unsigned_abs();
    let mut first = 0;
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        first = at;
        if rest == 0 {
            break;
        }
    }
    let sign: &[u8] = if number < 0 { b"-" } else { b"" };
    fingerprint(sign.iter().chain(digits.iter().skip(first)))
}
