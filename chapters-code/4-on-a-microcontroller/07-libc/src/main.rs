//! The C library prints, and ends the program.
#![no_std]
#![no_main]

use core::arch::naked_asm;
use core::ffi::{c_char, c_int};

#[link(name = "c")]
unsafe extern "C" {
    fn printf(format: *const c_char, ...) -> c_int;
    fn exit(code: c_int) -> !;
}

/// Where Linux begins. It jumps here, but a function expects to be called:
/// with a return address on the stack, and so with the stack eight bytes
/// off a multiple of sixteen. The C library relies on that.
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub extern "C" fn _start() -> ! {
    naked_asm!("call {hello}", hello = sym hello)
}

extern "C" fn hello() -> ! {
    // SAFETY: the text ends with a zero, and has no `%` that would ask for more arguments.
    unsafe { printf(c"Hello, world!\n".as_ptr()) };
    // SAFETY: it takes a number and does not come back. What printf has kept for later is written now.
    unsafe { exit(0) }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
