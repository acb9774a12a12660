#![no_std]
#![no_main]

use core::panic::PanicInfo;

/// Where Linux begins. There is nobody to return to.
#[no_mangle]
pub extern "C" fn _start() -> ! {
    loop {}
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}
