//! A floating-point number as text, with the crate ryu: no memory is allocated.

use given::fingerprint;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: f64) -> u64 {
    fingerprint(ryu::Buffer::new().format(number).as_bytes())
}
