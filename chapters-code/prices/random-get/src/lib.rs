//! Whether a random number is another one, with WASI's own function.

use given as _;

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn random_get(buffer: *mut u8, len: usize) -> i32;
}

#[unsafe(no_mangle)]
pub extern "C" fn run(number: u64) -> u64 {
    let mut random = [0; 8];
    // SAFETY: the address is of a variable of this function, and so long.
    let error = unsafe { random_get(random.as_mut_ptr(), random.len()) };
    u64::from(error == 0 && u64::from_le_bytes(random) != number)
}
