#![no_std]
#![no_main]

use core::panic::PanicInfo;

#[link(name = "c")]
extern "C" {
    fn printf(format: *const u8, ...) -> i32;
    fn exit(code: i32) -> !;
}

/// Where Linux begins. It only makes sure that the function below is called as C wants it: with the stack at a
/// multiple of sixteen, and a return address on it.
#[no_mangle]
pub extern "C" fn _start() -> ! {
    // SAFETY: nothing is on the stack yet, and nobody returns.
    unsafe { core::arch::asm!("and rsp, -16", "call hello", options(noreturn)) }
}

#[no_mangle]
extern "C" fn hello() -> ! {
    // SAFETY: the text ends with a zero, and has no `%` that would ask for more arguments.
    unsafe { printf(b"Hello, world!\n\0".as_ptr()) };
    // SAFETY: it takes a number and does not come back.
    unsafe { exit(0) }
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}
