//! A sine by the first terms of its series.

use given as _;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: f64) -> f64 {
    let square = number * number;
    let terms = [
        1.0 / 6227020800.0,
        -1.0 / 39916800.0,
        1.0 / 362880.0,
        -1.0 / 5040.0,
        1.0 / 120.0,
        -1.0 / 6.0,
        1.0,
    ];
    terms.iter().fold(0.0, |sum, term| sum * square + term) * number
}
