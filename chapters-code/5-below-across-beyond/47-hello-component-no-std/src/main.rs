#![no_std]
#![no_main]

use core::panic::PanicInfo;

#[link(wasm_import_module = "wasi:cli/stdout@0.2.0")]
unsafe extern "C" {
    /// Gives a number that stands for standard output.
    #[link_name = "get-stdout"]
    fn get_stdout() -> u32;
}

/// A `result<_, stream-error>` as it lies in memory: whether it is an error, which one, and the number of what tells more.
type Written = [u32; 3];

#[link(wasm_import_module = "wasi:io/streams@0.2.0")]
unsafe extern "C" {
    /// Writes bytes to a stream, waits until they are out, and leaves at `written` what became of it.
    #[link_name = "[method]output-stream.blocking-write-and-flush"]
    fn write(stream: u32, contents: *const u8, len: usize, written: *mut Written);
}

static TEXT: [u8; 11] = *b"Hello WASI!";
/// Nobody reads it.
static mut WRITTEN: Written = [0; 3];

/// `run` of `wasi:cli/run`: 0 means ok.
#[unsafe(export_name = "wasi:cli/run@0.2.0#run")]
pub extern "C" fn run() -> u32 {
    // SAFETY: the text is static, and nobody else uses the place for the result.
    unsafe { write(get_stdout(), TEXT.as_ptr(), TEXT.len(), &raw mut WRITTEN) };
    0
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}
