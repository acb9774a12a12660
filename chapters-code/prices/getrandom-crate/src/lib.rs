//! Whether a random number is another one, with the crate getrandom.

use given as _;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: u64) -> u64 {
    let random = getrandom::u64().unwrap_or(number);
    u64::from(random != number)
}
