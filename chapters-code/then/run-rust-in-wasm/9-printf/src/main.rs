#![no_std]
#![no_main]

use core::panic::PanicInfo;

extern "C" {
    fn printf(format: *const u8, ...) -> i32;
    fn exit(code: i32) -> !;
}

/// What the device calls.
#[no_mangle]
pub extern "C" fn main() {
    // SAFETY: the text ends with a zero, and has no `%` that would ask for more arguments.
    unsafe { printf(b"Hello, world!\n\0".as_ptr()) };
    // SAFETY: it takes a number and does not come back.
    unsafe { exit(0) }
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}
