//! Counts in a `thread_local!`.

use std::cell::Cell;

use given as _;

thread_local! {
    /// All numbers so far.
    static SUM: Cell<u64> = const { Cell::new(0) };
}

#[unsafe(no_mangle)]
pub extern "C" fn run(number: u64) -> u64 {
    SUM.set(SUM.get() + number);
    SUM.get()
}
