//! Prints through WASI, without anything of WASI in the compiler: two functions are imported, one is exported.

/// A piece of memory to be written: where it is, and how long. WASI calls it `ciovec`.
#[repr(C)]
struct Ciovec {
    buf: *const u8,
    len: usize,
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
extern "C" {
    /// Writes some pieces of memory to an open file; 1 is standard output. Returns 0, or the number of an error.
    fn fd_write(fd: u32, iovs: *const Ciovec, iovs_len: usize, nwritten: *mut usize) -> u32;
    /// Ends the program.
    fn proc_exit(code: u32) -> !;
}

/// What a host calls to run a command.
#[no_mangle]
pub extern "C" fn _start() {
    let text = "Hello WASI!";
    let iovs = [Ciovec {
        buf: text.as_ptr(),
        len: text.len(),
    }];
    let mut written = 0;
    // SAFETY: the list, the text it names, and the place for the count all live until the call is over.
    let errno = unsafe { fd_write(1, iovs.as_ptr(), iovs.len(), &mut written) };
    // SAFETY: it takes a number and does not come back.
    unsafe { proc_exit(errno) }
}
