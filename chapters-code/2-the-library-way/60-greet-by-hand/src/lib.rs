//! A function that takes text and gives text, exported by hand: the three functions at the end are all that the host sees.

use std::{
    alloc::{Layout, alloc, dealloc},
    ptr, slice, str,
};

/// What this is about.
fn greet(name: &str) -> String {
    let mut greeting = String::from("Hello, ");
    greeting.push_str(name);
    greeting.push('!');
    greeting
}

/// Room for `size` bytes, for the host to write to. Null if there is none; for nothing, the address 1, which is not to be used.
#[unsafe(no_mangle)]
pub extern "C" fn text_alloc(size: usize) -> *mut u8 {
    match Layout::array::<u8>(size) {
        Ok(_) if size == 0 => ptr::dangling_mut(),
        // SAFETY: the size is not zero.
        Ok(layout) => unsafe { alloc(layout) },
        Err(_) => ptr::null_mut(),
    }
}

/// Takes back what [`text_alloc`] or [`text_greet`] gave.
///
/// # Safety
///
/// It was given with this size, and not taken back before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn text_free(text: *mut u8, size: usize) {
    if let Ok(layout) = Layout::array::<u8>(size)
        && size != 0
    {
        // SAFETY: the caller promises that it was allocated with this very layout.
        unsafe { dealloc(text, layout) }
    }
}

/// Greets the text at `name`. The host gets the greeting's address in the upper half of a number, its size in the lower, and
/// has to give it to [`text_free`] when it has read it. 0 stands for bytes that are no text.
///
/// # Safety
///
/// There are `size` bytes at `name`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn text_greet(name: *const u8, size: usize) -> u64 {
    // SAFETY: the caller promises that they are there.
    let name = unsafe { slice::from_raw_parts(name, size) };
    let Ok(name) = str::from_utf8(name) else {
        return 0;
    };
    let greeting = Box::leak(greet(name).into_boxed_str());
    let address = greeting.as_mut_ptr().expose_provenance();
    (address as u64) << 32 | greeting.len() as u64
}
