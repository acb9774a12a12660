//! An integer as text, with the crate itoa: no memory is allocated.

use given::fingerprint;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: i64) -> u64 {
    fingerprint(itoa::Buffer::new().format(number).as_bytes())
}
