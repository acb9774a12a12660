//! Keeps the first number in a `OnceLock`.

use std::sync::OnceLock;

use given as _;

/// The first number.
static FIRST: OnceLock<u64> = OnceLock::new();

#[unsafe(no_mangle)]
pub extern "C" fn run(number: u64) -> u64 {
    *FIRST.get_or_init(|| number)
}
