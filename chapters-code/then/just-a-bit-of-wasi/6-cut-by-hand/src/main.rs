//! The text in `module.wat`, as Binaryen of that month makes it a module.
//!
//! `cargo run` writes `module.wasm`, `cargo run -- FILE` another file.

use std::{env, fs, io};

/// The module, section by section: a number for the kind, the length of what follows, and that.
const MODULE: &[&[u8]] = &[
    // Magic and version.
    b"\0asm\x01\0\0\0",
    // One type: nothing in, nothing out.
    b"\x01\x04\x01\x60\0\0",
    // One function, of that type.
    b"\x03\x02\x01\0",
    // One memory: 16 pages of 64 KiB at the least.
    b"\x05\x03\x01\0\x10",
    // Two globals: constants of type i32, both 0.
    b"\x06\x0b\x02\x7f\0\x41\0\x0b\x7f\0\x41\0\x0b",
    // Four exports: the memory, the function and the globals.
    b"\x07\x2e\x04",
    b"\x06memory\x02\0",
    b"\x06_start\0\0",
    b"\x0a__data_end\x03\0",
    b"\x0b__heap_base\x03\x01",
    // One body: one variable of type i32, and an instruction that does nothing. Binaryen writes one where a body is empty.
    b"\x0a\x07\x01\x05\x01\x01\x7f\x01\x0b",
];

fn main() -> io::Result<()> {
    let out = env::args_os()
        .nth(1)
        .unwrap_or_else(|| "module.wasm".into());
    fs::write(out, MODULE.concat())
}
