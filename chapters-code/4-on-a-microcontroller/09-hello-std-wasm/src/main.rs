//! Hello from the standard library. No small device has room for it.

fn main() {
    println!("Hello, world!");
}
