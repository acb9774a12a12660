//! A text backwards, in a `String`.

use given::{Text, fingerprint};

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let text = Text::new([a, b, c, d]);
    let mut backwards = String::new();
    for sign in text.str().chars().rev() {
        backwards.push(sign);
    }
    fingerprint(backwards.as_bytes())
}
