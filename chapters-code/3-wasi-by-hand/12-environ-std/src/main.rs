//! Prints its environment, each variable on a line, with the standard library.

fn main() {
    for (name, value) in std::env::vars() {
        println!("{name}={value}");
    }
}
