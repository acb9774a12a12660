//! A sine.

use given as _;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: f64) -> f64 {
    number.sin()
}
