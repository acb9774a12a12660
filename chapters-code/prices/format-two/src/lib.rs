//! Two integers in a sentence, with `format!`.

use given::fingerprint;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: i64, b: i64) -> u64 {
    fingerprint(format!("{a} of {b}").as_bytes())
}
