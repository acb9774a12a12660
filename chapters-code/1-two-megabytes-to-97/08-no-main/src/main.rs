#![no_main]

/// The entry point of a C program, as on any desktop.
#[unsafe(no_mangle)]
pub extern "C" fn main(_argc: i32, _argv: *const *const u8) -> i32 {
    0
}
