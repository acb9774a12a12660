//! A floating-point number of up to 19 digits with two decimals, digit by digit.

use given::fingerprint;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: f64) -> u64 {
    let mut rest = (number.abs() * 100.0 + 0.5) as u64;
    let mut digits = [0; 21];
    let mut first = 0;
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        if at == 18 {
            *digit = b'.';
            continue;
        }
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        first = at;
        if rest == 0 && at < 18 {
            break;
        }
    }
    let sign: &[u8] = if number < 0.0 { b"-" } else { b"" };
    fingerprint(sign.iter().chain(digits.iter().skip(first)))
}
