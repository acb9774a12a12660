//! What becomes of Rust's types at the border.
// Some of these have no meaning in C, and that is what this step is about.
#![allow(improper_ctypes_definitions)]

#[repr(C)]
pub struct One {
    pub a: u32,
}

#[repr(C)]
pub struct Two {
    pub a: u32,
    pub b: f64,
}

// What goes in.

#[no_mangle]
pub extern "C" fn takes_bool(_: bool) {}

#[no_mangle]
pub extern "C" fn takes_u64(_: u64) {}

#[no_mangle]
pub extern "C" fn takes_u128(_: u128) {}

#[no_mangle]
pub extern "C" fn takes_char(_: char) {}

#[no_mangle]
pub extern "C" fn takes_option(_: Option<&u8>) {}

#[no_mangle]
pub extern "C" fn takes_slice(_: &[u8]) {}

#[no_mangle]
pub extern "C" fn takes_str(_: &str) {}

#[no_mangle]
pub extern "C" fn takes_one(_: One) {}

#[no_mangle]
pub extern "C" fn takes_two(_: Two) {}

#[no_mangle]
pub extern "C" fn takes_array_of_4(_: [u8; 4]) {}

#[no_mangle]
pub extern "C" fn takes_array_of_5(_: [u8; 5]) {}

#[no_mangle]
pub extern "C" fn takes_pair(_: (u32, u32)) {}

#[no_mangle]
pub extern "C" fn takes_nothing(_: ()) {}

// What comes out.

#[no_mangle]
pub extern "C" fn gives_u64() -> u64 {
    7
}

#[no_mangle]
pub extern "C" fn gives_slice() -> &'static [u8] {
    b"seven"
}

#[no_mangle]
pub extern "C" fn gives_one() -> One {
    One { a: 7 }
}

#[no_mangle]
pub extern "C" fn gives_two() -> Two {
    Two { a: 7, b: 7.0 }
}

#[no_mangle]
pub extern "C" fn gives_array_of_4() -> [u8; 4] {
    [7; 4]
}

#[no_mangle]
pub extern "C" fn gives_pair() -> (u32, u32) {
    (7, 7)
}
