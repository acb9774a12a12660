//! A library for WebAssembly. It has one function, and the module has none.

/// The sum of two numbers.
pub fn add(left: usize, right: usize) -> usize {
    left + right
}
