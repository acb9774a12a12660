//! An integer as text, with `format!`.

use given::fingerprint;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: i64) -> u64 {
    fingerprint(format!("{number}").as_bytes())
}
