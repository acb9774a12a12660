//! A library for WebAssembly, with a note for whoever opens the file. No engine reads it.

/// The note. It is in a section of its own, `author`, and never in memory.
#[unsafe(link_section = "author")]
static AUTHOR: [u8; 15] = *b"made by a human";

/// The sum of two numbers.
#[unsafe(no_mangle)]
pub extern "C" fn add(left: usize, right: usize) -> usize {
    left + right
}
