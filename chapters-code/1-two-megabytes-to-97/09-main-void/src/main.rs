#![no_main]

/// The entry point of a C program that takes no arguments, by the name that clang gives it for WASI.
#[unsafe(no_mangle)]
pub extern "C" fn __main_void() -> i32 {
    0
}
