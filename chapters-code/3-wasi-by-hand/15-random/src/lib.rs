//! Asks for random bytes twice, and says whether they differ, through WASI alone.
#![no_std]

/// A piece of memory: where it is, and how long.
#[repr(C)]
struct Iovec {
    buf: *mut u8,
    len: usize,
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    /// Fills a piece of memory with random bytes.
    fn random_get(buf: *mut u8, len: usize) -> u32;
    /// Writes some pieces of memory to an open file; 1 is standard output. Returns 0, or the number of an error.
    fn fd_write(fd: u32, iovs: *const Iovec, iovs_len: usize, nwritten: *mut usize) -> u32;
    /// Ends the program.
    fn proc_exit(code: u32) -> !;
}

fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    // SAFETY: there is room for all of them.
    succeed(unsafe { random_get(bytes.as_mut_ptr(), bytes.len()) });
    bytes
}

/// What a host calls to run a command.
#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    print(if random() == random() {
        b"the same twice\n"
    } else {
        b"two different numbers\n"
    });
}

/// Writes all of it to standard output, or ends the program with the number of the error.
fn print(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let iovec = Iovec {
            buf: bytes.as_ptr().cast_mut(), // only read
            len: bytes.len(),
        };
        let mut written = 0;
        // SAFETY: the list, the bytes it names, and the place for the count all live until the call is over.
        succeed(unsafe { fd_write(1, &raw const iovec, 1, &raw mut written) });
        // No progress, or more than there was: a host that does not play by the rules.
        bytes = match bytes.get(written..) {
            Some(rest) if written > 0 => rest,
            _ => exit(29), // an input or output error
        };
    }
}

/// Ends the program with the number of the error, if it is one.
fn succeed(errno: u32) {
    if errno != 0 {
        exit(errno);
    }
}

fn exit(code: u32) -> ! {
    // SAFETY: it takes a number and does not come back.
    unsafe { proc_exit(code) }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
