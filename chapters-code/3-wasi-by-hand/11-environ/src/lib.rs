//! Prints its environment, each variable on a line, through WASI alone.
#![no_std]

/// A piece of memory: where it is, and how long.
#[repr(C)]
struct Iovec {
    buf: *mut u8,
    len: usize,
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    /// How many variables there are, and how many bytes all of them take, with a zero after each.
    fn environ_sizes_get(count: *mut usize, size: *mut usize) -> u32;
    /// Writes all variables one after the other into `text`, and the address of each into `addresses`.
    fn environ_get(addresses: *mut *mut u8, text: *mut u8) -> u32;
    /// Writes some pieces of memory to an open file; 1 is standard output. Returns 0, or the number of an error.
    fn fd_write(fd: u32, iovs: *const Iovec, iovs_len: usize, nwritten: *mut usize) -> u32;
    /// Ends the program.
    fn proc_exit(code: u32) -> !;
}

/// As many variables as we care for, and as many bytes of them.
const COUNT: usize = 64;
const SIZE: usize = 4096;
/// What a program says that got more than it can take: `E2BIG`.
const TOO_BIG: u32 = 1;

/// What a host calls to run a command.
#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    let (mut count, mut size) = (0, 0);
    // SAFETY: both places live until the call is over.
    succeed(unsafe { environ_sizes_get(&raw mut count, &raw mut size) });
    let mut addresses = [core::ptr::null_mut(); COUNT];
    let mut text = [0; SIZE];
    let Some(text) = text.get_mut(..size) else {
        exit(TOO_BIG)
    };
    if count > COUNT {
        exit(TOO_BIG);
    }
    // SAFETY: there is room for all of the addresses and for all of the text.
    succeed(unsafe { environ_get(addresses.as_mut_ptr(), text.as_mut_ptr()) });
    // Each ends with a zero, and we want each on a line.
    for byte in text.iter_mut().filter(|byte| **byte == 0) {
        *byte = b'\n';
    }
    print(text);
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
