#![no_std]

use core::panic::PanicInfo;

/// What the component makes `run` of `wasi:cli/run` of: 0 means ok. Nobody but the component sees the name.
#[unsafe(export_name = "r")]
pub extern "C" fn run() -> i32 {
    0
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}
