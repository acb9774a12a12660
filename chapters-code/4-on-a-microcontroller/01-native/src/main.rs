//! The same empty program as the book's first, for the machine that you sit at.

fn main() {}
