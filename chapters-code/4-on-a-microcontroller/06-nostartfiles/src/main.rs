//! Without std, and without what calls `main`: the system jumps right into our own first instruction.
#![no_std]
#![no_main]

/// Where Linux begins. There is nobody to return to.
#[unsafe(no_mangle)]
pub extern "C" fn _start() -> ! {
    loop {}
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
