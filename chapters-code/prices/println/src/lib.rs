//! Prints a line, with `println!`.

use given as _;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: u64) -> u64 {
    println!("{number} bytes");
    number
}
