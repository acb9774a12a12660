//! Hello through a C library that the module does not bring along: the engine has one.
#![no_std]

use core::ffi::{c_char, c_int};

// The names that WAMR gives to its small C library.
#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn printf(format: *const c_char, ...) -> c_int;
    fn exit(code: c_int) -> !;
}

/// What the device calls.
#[unsafe(no_mangle)]
pub extern "C" fn main() {
    // SAFETY: the text ends with a zero, and has no `%` that would ask for more arguments.
    unsafe { printf(c"Hello, world!\n".as_ptr()) };
    // SAFETY: it takes a number and does not come back.
    unsafe { exit(0) }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
