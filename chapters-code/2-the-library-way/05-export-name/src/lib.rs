//! A library for WebAssembly, with one function for everybody, under a name that Rust would not allow.

/// The sum of two numbers.
#[unsafe(export_name = "+")]
pub extern "C" fn add(left: usize, right: usize) -> usize {
    left + right
}
