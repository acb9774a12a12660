//! Counts in a `static`.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use given as _;

/// All numbers so far.
static SUM: AtomicU64 = AtomicU64::new(0);

#[unsafe(no_mangle)]
pub extern "C" fn run(number: u64) -> u64 {
    SUM.fetch_add(number, Relaxed) + number
}
