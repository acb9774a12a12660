#![no_std]
#![no_main]

use core::panic::PanicInfo;

// std used to bring the C library along; without std it has to be asked for.
#[link(name = "c")]
unsafe extern "C" {}

/// The entry point of a C program that takes no arguments, by the name that clang gives it for WASI.
#[unsafe(no_mangle)]
pub extern "C" fn __main_void() -> i32 {
    0
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}
