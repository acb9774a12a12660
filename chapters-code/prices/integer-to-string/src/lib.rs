//! An integer as text, with `to_string`.

use given::fingerprint;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: i64) -> u64 {
    fingerprint(number.to_string().as_bytes())
}
