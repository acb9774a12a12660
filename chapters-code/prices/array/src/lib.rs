//! Keeps squares in an array, as many as fit.

use given as _;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: u64) -> u64 {
    let mut squares = [0; 64];
    for (number, square) in (0..=number).zip(&mut squares) {
        *square = number * number;
    }
    squares.iter().rev().fold(0, |sum, square| sum + square)
}
