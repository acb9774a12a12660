//! A library for WebAssembly, with one function for everybody.

/// The sum of two numbers.
#[unsafe(no_mangle)]
pub extern "C" fn add(left: usize, right: usize) -> usize {
    left + right
}
