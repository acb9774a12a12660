fn main() {
    print!("Hello WASI!");
}
