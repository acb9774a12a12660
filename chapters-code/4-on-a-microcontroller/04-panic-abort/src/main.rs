//! Without std, but with somewhere to go when something is wrong.
#![no_std]

fn main() {}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
