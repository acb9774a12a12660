//! Finds a number before a word, with the crate regex-lite.

use given::Text;
use regex_lite::Regex;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let text = Text::new([a, b, c, d]);
    let Ok(pattern) = Regex::new("([0-9]+) bytes") else {
        return 0;
    };
    let found = pattern.captures(text.str());
    let number = found.and_then(|found| found.get(1)?.as_str().parse().ok());
    number.unwrap_or(0)
}
