//! A power with any exponent.

use given as _;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: f64, exponent: f64) -> f64 {
    number.powf(exponent)
}
