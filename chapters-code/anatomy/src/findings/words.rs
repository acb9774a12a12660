//! The words that findings are told in.

use crate::inspect::Example;
use crate::text;

/// "3 functions", "1 function".
pub(super) fn some(count: usize, one: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {one}{s}", number(count as u64))
}

/// A number with commas between thousands.
pub(super) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// "1,234 bytes".
pub(super) fn bytes_of(size: u64) -> String {
    if size == 1 {
        text::bytes(1)
    } else {
        number(size) + " bytes"
    }
}

pub(super) fn total(examples: &[Example]) -> u64 {
    examples.iter().map(|example| example.size).sum()
}
