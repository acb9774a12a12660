//! A small program over text: it counts the words of a log in a `HashMap`, and formats a report.

use std::{collections::HashMap, fmt::Write as _};

/// Words of a log.
const WORDS: [&str; 12] = [
    "GET",
    "POST",
    "/index.html",
    "/style.css",
    "/app.wasm",
    "200",
    "304",
    "404",
    "gzip",
    "br",
    "0.25",
    "1.5e-3",
];

/// Makes a log of `lines` lines, reads it, and returns a fingerprint of the report.
#[unsafe(no_mangle)]
pub extern "C" fn run(lines: u32) -> u32 {
    report(&log(lines)).bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// Lines of five words each, the same in each run.
fn log(lines: u32) -> String {
    let mut text = String::new();
    let mut state = 1_u32;
    for line in 0..lines {
        _ = write!(text, "{line}:");
        for _ in 0..5 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push(' ');
            text.push_str(WORDS[(state >> 16) as usize % WORDS.len()]);
        }
        text.push('\n');
    }
    text
}

/// How often each word occurs, the most frequent first, and the sum of all numbers.
fn report(log: &str) -> String {
    let mut counts: HashMap<String, u32> = HashMap::new();
    let mut sum = 0.0;
    for word in log.split_whitespace() {
        if let Ok(number) = word.parse::<f64>() {
            sum += number;
        }
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut text = format!("{} words, {sum:.3} in all\n", counts.len());
    for (word, count) in counts {
        _ = writeln!(text, "{word:>12} {count:5}");
    }
    text
}
