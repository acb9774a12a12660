//! A power with a whole exponent.

use given as _;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: f64, exponent: i32) -> f64 {
    number.powi(exponent)
}
