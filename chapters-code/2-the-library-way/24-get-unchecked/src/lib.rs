//! The first nine prime numbers, by their place.

static PRIMES: [u32; 9] = [2, 3, 5, 7, 11, 13, 17, 19, 23];

/// The prime number at this place, from 0.
///
/// # Safety
/// The place must be in the table, which goes from 0 to 8. JavaScript cannot be made to promise that.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nth_prime(n: usize) -> u32 {
    // SAFETY: the caller has promised it.
    unsafe { *PRIMES.get_unchecked(n) }
}
