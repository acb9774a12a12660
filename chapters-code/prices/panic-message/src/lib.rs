//! Doubles a number, and panics with a message if it is too large.

use given as _;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: u64) -> u64 {
    if number > 1000 {
        panic!("{number} is more than a thousand");
    }
    number * 2
}
