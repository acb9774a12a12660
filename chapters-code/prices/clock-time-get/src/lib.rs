//! Whether that many nanoseconds have gone by, with WASI's own function.

use given as _;

#[unsafe(no_mangle)]
pub extern "C" fn run(number: u64) -> u64 {
    let begin = now();
    u64::from(now() - begin > number)
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn clock_time_get(clock: i32, precision: u64, time: *mut u64) -> i32;
}

/// Nanoseconds since some moment.
fn now() -> u64 {
    const MONOTONIC: i32 = 1;
    let mut time = 0;
    // SAFETY: the address is of a variable of this function.
    unsafe { clock_time_get(MONOTONIC, 1, &mut time) };
    time
}
