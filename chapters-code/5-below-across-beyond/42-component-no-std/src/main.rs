#![no_std]
#![no_main]

use core::panic::PanicInfo;

/// `run` of `wasi:cli/run`, as the linker expects to find it. A `result` with nothing in it is a number: 0 means ok.
#[unsafe(export_name = "wasi:cli/run@0.2.0#run")]
pub extern "C" fn run() -> i32 {
    0
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}
