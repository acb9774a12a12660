//! The first nine prime numbers, by their place. A panic's message is handed to the host.

use std::{fmt::Write as _, panic};

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    /// Takes a text: where it lies, and its length in bytes.
    safe fn log(address: *const u8, len: usize);
}

static PRIMES: [u32; 9] = [2, 3, 5, 7, 11, 13, 17, 19, 23];

/// From now on, a panic says what it is about.
#[unsafe(no_mangle)]
pub extern "C" fn set_hook() {
    panic::set_hook(Box::new(|info| {
        let mut text = String::new();
        // A `String` takes all that is written to it.
        _ = write!(text, "{info}");
        log(text.as_ptr(), text.len());
    }));
}

/// The prime number at this place, from 0.
///
/// # Panics
/// If the table does not go that far.
#[unsafe(no_mangle)]
pub extern "C" fn nth_prime(n: usize) -> u32 {
    PRIMES[n]
}
