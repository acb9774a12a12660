//! Smooths what a sensor says, without std.
#![no_std]

use core::sync::atomic::{AtomicI32, AtomicUsize, Ordering::Relaxed};

/// The last values.
static LAST: [AtomicI32; 8] = [const { AtomicI32::new(0) }; 8];

/// Where the next one goes.
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// Takes a value, and returns the mean of the last eight.
#[unsafe(no_mangle)]
pub extern "C" fn smooth(value: i32) -> i32 {
    let next = NEXT.load(Relaxed) % LAST.len();
    LAST[next].store(value, Relaxed);
    NEXT.store(next + 1, Relaxed);
    let sum = LAST
        .iter()
        .fold(0, |sum: i32, value| sum.wrapping_add(value.load(Relaxed)));
    sum / LAST.len() as i32
}

/// Where a panic ends. The compiler proves that none of the above can.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
