//! Asks a clock twice, and says whether time went on, with the standard library.

use std::time::Instant;

fn main() {
    let (first, second) = (Instant::now(), Instant::now());
    println!(
        "{}",
        if second >= first {
            "time goes on"
        } else {
            "time went back"
        }
    );
}
