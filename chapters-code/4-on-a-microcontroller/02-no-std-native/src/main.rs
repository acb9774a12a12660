//! Without std, and nothing in its place.
#![no_std]

fn main() {}
