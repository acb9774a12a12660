//! The text in `module.wat` as a module.
//!
//! `cargo run` writes `module.wasm`, `cargo run -- FILE` another file.

use std::{env, fs, io};

/// The module, section by section: a number for the kind, the length of what follows, and that.
const MODULE: &[&[u8]] = &[
    // Magic and version.
    b"\0asm\x01\0\0\0",
    // Two types: a number in and nothing out; nothing in, nothing out.
    b"\x01\x08\x02\x60\x01\x7f\0\x60\0\0",
    // One import, of the first type.
    b"\x02\x24\x01",
    b"\x16wasi_snapshot_preview1",
    b"\x09proc_exit\0\0",
    // One function, of the second type.
    b"\x03\x02\x01\x01",
    // One memory: 16 pages of 64 KiB at the least.
    b"\x05\x03\x01\0\x10",
    // Two exports: the memory and the function.
    b"\x07\x13\x02",
    b"\x06memory\x02\0",
    b"\x06_start\0\x01",
    // One body: the number 0, a call of function 0, which is the import, and no way on.
    b"\x0a\x09\x01\x07\0\x41\0\x10\0\0\x0b",
];

fn main() -> io::Result<()> {
    let out = env::args_os()
        .nth(1)
        .unwrap_or_else(|| "module.wasm".into());
    fs::write(out, MODULE.concat())
}
