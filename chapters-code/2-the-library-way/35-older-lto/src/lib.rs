//! The first nine prime numbers, by their place.

static PRIMES: [u32; 9] = [2, 3, 5, 7, 11, 13, 17, 19, 23];

/// The prime number at this place, from 0.
///
/// # Panics
/// If the table does not go that far.
#[unsafe(no_mangle)]
pub extern "C" fn nth_prime(n: usize) -> u32 {
    PRIMES[n]
}
