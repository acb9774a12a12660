//! Reads a number, and says in words why that fails.

use std::error::Error;

use given::{Text, fingerprint};

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let text = Text::new([a, b, c, d]);
    match even(text.str()) {
        Ok(text) => fingerprint(text.as_bytes()),
        Err(error) => fingerprint(error.to_string().as_bytes()),
    }
}

/// The text itself, if it is an even number.
fn even(text: &str) -> Result<&str, Box<dyn Error>> {
    let number: i64 = text.parse()?;
    if number % 2 != 0 {
        return Err("it is odd".into());
    }
    Ok(text)
}
