//! Prints through WASI. Nothing is prepared when it runs: the list that `fd_write` wants is part of the program.
#![no_std]

/// A piece of memory to be written: where it is, and how long. WASI calls it `ciovec`.
#[repr(C)]
struct Ciovec {
    buf: *const u8,
    len: usize,
}

/// All that lies in memory, in an order that begins and ends with zeros: fresh memory is full of them, so they need not be
/// in the file. The gap takes the text to an odd address, so that no zero has to stand between it and the list.
#[repr(C)]
struct Message {
    gap: u8,
    text: [u8; 11],
    iovec: Ciovec,
}

// SAFETY: nobody ever changes what it points at.
unsafe impl Sync for Message {}

static MESSAGE: Message = Message {
    gap: 0,
    text: *b"Hello WASI!",
    iovec: Ciovec {
        buf: MESSAGE.text.as_ptr(),
        len: MESSAGE.text.len(),
    },
};
/// How much the host has written. Nobody reads it.
static mut WRITTEN: usize = 0;

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    /// Writes some pieces of memory to an open file; 1 is standard output. Returns 0, or the number of an error.
    fn fd_write(fd: u32, iovs: *const Ciovec, iovs_len: usize, nwritten: *mut usize) -> u32;
    /// Ends the program. It does not come back, but that is not said: the promise would cost a byte.
    fn proc_exit(code: u32);
}

/// What a host calls to run a command.
#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    // SAFETY: the list and the text are static, and nobody else uses the place for the count.
    let errno = unsafe { fd_write(1, &raw const MESSAGE.iovec, 1, &raw mut WRITTEN) };
    // SAFETY: it takes a number and does not come back.
    unsafe { proc_exit(errno) }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
