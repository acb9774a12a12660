//! A floating-point number with two decimals, with `format!`.

use given::fingerprint;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: f64) -> u64 {
    fingerprint(format!("{number:.2}").as_bytes())
}
