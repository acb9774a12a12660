/// A section of its own for a text.
#[link_section = "author"]
pub static AUTHOR: [u8; 15] = *b"made by a human";

/// The sum of two numbers.
#[no_mangle]
pub extern "C" fn add(left: usize, right: usize) -> usize {
    left + right
}
