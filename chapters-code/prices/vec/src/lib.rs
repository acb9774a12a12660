//! Keeps squares in a `Vec`.

use given as _;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: u64) -> u64 {
    let mut squares = Vec::new();
    for number in 0..=number {
        squares.push(number * number);
    }
    squares.iter().rev().fold(0, |sum, square| sum + square)
}
