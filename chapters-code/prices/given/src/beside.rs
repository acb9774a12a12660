//! A program of which the thing that is bought is only a part.

extern crate alloc;

use alloc::{format, vec::Vec};

/// It allocates, formats numbers, and can panic.
#[unsafe(no_mangle)]
extern "C" fn beside(number: usize) -> usize {
    let mut lengths = Vec::new();
    for number in 0..number {
        lengths.push(format!("{number}").len());
    }
    lengths[number / 2]
}
