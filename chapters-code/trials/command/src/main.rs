//! A program that does nothing.

#[cfg(feature = "allocator")]
mod allocator;

fn main() {}
