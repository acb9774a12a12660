//! Prints a line that is there, to `std::io::stdout`.

use std::io::Write;

use given as _;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: u64) -> u64 {
    match std::io::stdout().write_all(b"97 bytes\n") {
        Ok(()) => number,
        Err(_) => 0,
    }
}
