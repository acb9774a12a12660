//! Multiplies two numbers, in a library for WASI.

use given as _;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: i64, b: i64) -> i64 {
    a.wrapping_mul(b)
}
