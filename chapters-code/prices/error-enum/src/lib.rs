//! Reads a number, and says by a number why that fails.

use given::Text;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> i64 {
    let text = Text::new([a, b, c, d]);
    match even(text.str()) {
        Ok(number) => number,
        Err(NoNumber) => -1,
        Err(Odd) => -2,
    }
}

/// What can be wrong.
enum Wrong {
    NoNumber,
    Odd,
}
use Wrong::{NoNumber, Odd};

/// The number, if it is even.
fn even(text: &str) -> Result<i64, Wrong> {
    let number: i64 = text.parse().map_err(|_| NoNumber)?;
    if number % 2 != 0 {
        return Err(Odd);
    }
    Ok(number)
}
