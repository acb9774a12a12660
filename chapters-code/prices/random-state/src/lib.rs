//! Whether a random number is another one, with the hasher of `HashMap`.

use std::hash::{BuildHasher, Hasher, RandomState};

use given as _;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: u64) -> u64 {
    let random = RandomState::new().build_hasher().finish();
    u64::from(random != number)
}
