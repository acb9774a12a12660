//! What becomes of Rust's types where both sides are Rust.

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

#[unsafe(no_mangle)]
pub fn takes_bool(_: bool) {}

#[unsafe(no_mangle)]
pub fn takes_u64(_: u64) {}

#[unsafe(no_mangle)]
pub fn takes_u128(_: u128) {}

#[unsafe(no_mangle)]
pub fn takes_char(_: char) {}

#[unsafe(no_mangle)]
pub fn takes_option(_: Option<&u8>) {}

#[unsafe(no_mangle)]
pub fn takes_slice(_: &[u8]) {}

#[unsafe(no_mangle)]
pub fn takes_str(_: &str) {}

#[unsafe(no_mangle)]
pub fn takes_one(_: One) {}

#[unsafe(no_mangle)]
pub fn takes_two(_: Two) {}

#[unsafe(no_mangle)]
pub fn takes_array_of_4(_: [u8; 4]) {}

#[unsafe(no_mangle)]
pub fn takes_array_of_5(_: [u8; 5]) {}

#[unsafe(no_mangle)]
pub fn takes_pair(_: (u32, u32)) {}

#[unsafe(no_mangle)]
pub fn takes_nothing(_: ()) {}

// What comes out.

#[unsafe(no_mangle)]
pub fn gives_u64() -> u64 {
    7
}

#[unsafe(no_mangle)]
pub fn gives_slice() -> &'static [u8] {
    b"seven"
}

#[unsafe(no_mangle)]
pub fn gives_one() -> One {
    One { a: 7 }
}

#[unsafe(no_mangle)]
pub fn gives_two() -> Two {
    Two { a: 7, b: 7.0 }
}

#[unsafe(no_mangle)]
pub fn gives_array_of_4() -> [u8; 4] {
    [7; 4]
}

#[unsafe(no_mangle)]
pub fn gives_pair() -> (u32, u32) {
    (7, 7)
}
