//! Asks for random numbers twice, and says whether they differ. The standard library has none to give away, but its hash maps
//! are seeded with some.

use std::hash::{BuildHasher, RandomState};

fn random() -> u64 {
    RandomState::new().hash_one(0)
}

fn main() {
    println!(
        "{}",
        if random() == random() {
            "the same twice"
        } else {
            "two different numbers"
        }
    );
}
