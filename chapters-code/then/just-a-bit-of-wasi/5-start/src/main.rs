#![no_std]
#![feature(start)]

use core::panic::PanicInfo;

#[start]
fn main(_argc: isize, _argv: *const *const u8) -> isize {
    0
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}
