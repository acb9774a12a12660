//! Prints through WASI and takes no for an answer: a host may write less than it was given, or nothing, and say why.

/// A piece of memory to be written: where it is, and how long. WASI calls it `ciovec`.
#[repr(C)]
struct Ciovec {
    buf: *const u8,
    len: usize,
}

/// The number of an error. 0 would be success.
struct Errno(u32);

/// A signal came before anything was written.
const INTR: u32 = 27;
/// The file takes nothing more.
const IO: u32 = 29;

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    /// Writes some pieces of memory to an open file; 1 is standard output. Returns 0, or the number of an error.
    fn fd_write(fd: u32, iovs: *const Ciovec, iovs_len: usize, nwritten: *mut usize) -> u32;
    /// Ends the program.
    fn proc_exit(code: u32) -> !;
}

/// Writes once, and says how much of it was taken.
fn write(fd: u32, bytes: &[u8]) -> Result<usize, Errno> {
    let iovs = [Ciovec {
        buf: bytes.as_ptr(),
        len: bytes.len(),
    }];
    let mut written = 0;
    // SAFETY: the list, the bytes it names, and the place for the count all live until the call is over.
    match unsafe { fd_write(fd, iovs.as_ptr(), iovs.len(), &raw mut written) } {
        0 => Ok(written),
        errno => Err(Errno(errno)),
    }
}

/// Writes until all is written.
fn write_all(fd: u32, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match write(fd, bytes) {
            // Success without progress could go on for ever.
            Ok(0) => return Err(Errno(IO)),
            // A host that claims to have written more than it got must not lead us out of the text.
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(Errno(INTR)) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// What a host calls to run a command.
#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    let code = match write_all(1, b"Hello WASI!") {
        Ok(()) => 0,
        Err(Errno(errno)) => errno,
    };
    // SAFETY: it takes a number and does not come back.
    unsafe { proc_exit(code) }
}
