#![no_std]
#![feature(lang_items)]

use core::panic::PanicInfo;

fn main() {}

#[lang = "eh_personality"]
extern "C" fn eh_personality() {}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}
