//! The same function in a program that has no `main`.
#![no_main]

/// The sum of two numbers.
#[unsafe(no_mangle)]
pub extern "C" fn add(left: usize, right: usize) -> usize {
    left + right
}
