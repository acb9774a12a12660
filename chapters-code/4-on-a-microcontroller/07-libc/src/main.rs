//! The C library prints, and ends the program.
#![no_std]
#![no_main]

use core::ffi::{c_char, c_int};

#[link(name = "c")]
unsafe extern "C" {
    fn printf(format: *const c_char, ...) -> c_int;
    fn exit(code: c_int) -> !;
}

/// Where Linux begins. There is nobody to return to.
#[unsafe(no_mangle)]
pub extern "C" fn _start() -> ! {
    // SAFETY: the text ends with a zero, and has no `%` that would ask for more arguments.
    unsafe { printf(c"Hello, world!\n".as_ptr()) };
    // SAFETY: it takes a number and does not come back. What printf has kept for later is written now.
    unsafe { exit(0) }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
