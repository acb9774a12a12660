//! Prints its arguments, each on a line, with the standard library.

fn main() {
    for arg in std::env::args() {
        println!("{arg}");
    }
}
