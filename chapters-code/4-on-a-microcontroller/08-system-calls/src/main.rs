//! No library at all: two system calls.
#![no_std]
#![no_main]

use core::arch::asm;

/// The numbers of Linux's system calls on x86-64.
const WRITE: usize = 1;
const EXIT: usize = 60;

/// One system call with three arguments.
///
/// # Safety
/// The kernel does whatever the number and the arguments say.
unsafe fn system(number: usize, arguments: [usize; 3]) -> usize {
    let result;
    // SAFETY: `syscall` leaves all registers as they were but for rax, rcx and r11.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") arguments[0],
            in("rsi") arguments[1],
            in("rdx") arguments[2],
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// Where Linux begins. There is nobody to return to.
#[unsafe(no_mangle)]
pub extern "C" fn _start() -> ! {
    let text = "Hello, world!\n";
    // SAFETY: the kernel reads the text, and no more than there is of it.
    unsafe { system(WRITE, [1, text.as_ptr().addr(), text.len()]) };
    // SAFETY: it takes a number.
    unsafe { system(EXIT, [0, 0, 0]) };
    // The kernel does not come back from that.
    loop {}
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
