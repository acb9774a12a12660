//! What the standard library makes of it.

fn main() {
    print!("Hello WASI!");
}
