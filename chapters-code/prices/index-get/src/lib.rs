//! Looks a prime number up. An index that is too large gives 0.

use given as _;

/// The first prime numbers.
static PRIMES: [u64; 8] = [2, 3, 5, 7, 11, 13, 17, 19];

#[unsafe(no_mangle)]
pub extern "C" fn run(number: u64) -> u64 {
    PRIMES.get(number as usize).copied().unwrap_or(0)
}
