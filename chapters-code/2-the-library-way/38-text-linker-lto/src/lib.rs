//! A line of text with a number in it, formatted.

use std::fmt::Write as _;

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    /// Takes a text: where it lies, and its length in bytes.
    safe fn log(address: *const u8, len: usize);
}

/// Logs the mean of the square roots up to that of `n`, with three digits behind the point.
#[unsafe(no_mangle)]
pub extern "C" fn log_mean(n: u32) {
    let sum: f64 = (1..=n).map(|i| f64::from(i).sqrt()).sum();
    let mean = sum / f64::from(n);
    let mut line = String::new();
    // A `String` takes all that is written to it.
    _ = write!(line, "{n} numbers, mean {mean:.3}");
    log(line.as_ptr(), line.len());
}
