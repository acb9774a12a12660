//! Whether that many nanoseconds have gone by, with `Instant`.

use std::time::{Duration, Instant};

use given as _;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: u64) -> u64 {
    let begin = Instant::now();
    u64::from(begin.elapsed() > Duration::from_nanos(number))
}
