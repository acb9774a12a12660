//! Which source file code is from.

#![cfg(feature = "source")]

mod common;

use anatomy::{By, Share, top};
use common::{kept, smallest};

fn shares(bytes: &[u8]) -> Vec<Share> {
    let shares = top(bytes, By::Source).expect("it has debug information");
    let sum: u64 = shares.iter().map(|share| share.size).sum();
    assert_eq!(sum, bytes.len() as u64);
    shares
}

#[track_caller]
fn of(shares: &[Share], name: &str) -> (u64, u64, u64) {
    let found = shares.iter().find(|share| share.name == name);
    let found = found.unwrap_or_else(|| panic!("{name} is not among {shares:#?}"));
    (found.size, found.count, found.largest)
}

/// A custom section of any length below 16,384 bytes.
fn custom(module: &mut Vec<u8>, name: &str, contents: &[u8]) {
    let size = 1 + name.len() + contents.len();
    let low = u8::try_from(size & 0x7f).expect("seven bits") | 0x80;
    module.extend([0, low, u8::try_from(size >> 7).expect("not too long")]);
    module.push(u8::try_from(name.len()).expect("a short name"));
    module.extend(name.as_bytes());
    module.extend(contents);
}

/// A line table of version 4 with the files `src/a.rs` and `/rust/deps/dep-1.0/src/b.rs`.
fn table(program: &[u8]) -> Vec<u8> {
    // The shortest instruction, operations in one, statements, the line's base and range, the first special opcode, and
    // how many numbers each of the other opcodes has.
    let mut header = vec![1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
    header.extend(b"/rust/deps/dep-1.0/src\0\0");
    header.extend(b"src/a.rs\0\0\0\0");
    header.extend(b"b.rs\0\x01\0\0\0");
    let mut table = vec![4, 0];
    table.extend(u32::try_from(header.len()).expect("short").to_le_bytes());
    table.extend(header);
    table.extend(program);
    let mut out = u32::try_from(table.len())
        .expect("short")
        .to_le_bytes()
        .to_vec();
    out.extend(table);
    out
}

/// Sets the address; sets the file; makes a row; steps on; ends.
fn at(address: u8) -> Vec<u8> {
    vec![0, 5, 2, address, 0, 0, 0]
}
const FILE_A: [u8; 2] = [4, 1];
const FILE_B: [u8; 2] = [4, 2];
const ROW: [u8; 1] = [1];
fn step(by: u8) -> [u8; 2] {
    [2, by]
}
const END: [u8; 3] = [0, 1, 1];

fn module() -> Vec<u8> {
    // The code section's contents: how many; a body of 13 bytes from 1 on, of 4 from 14 on, of 3 from 18 on.
    let mut bytes = wat::parse_str(
        "(module (func nop nop nop nop nop nop nop nop nop nop) (func nop) (func) (memory 1) (data \"abc\"))",
    )
    .expect("the text is a module");
    let mut program = Vec::new();
    // First code that the linker left out.
    program.extend([at(0).as_slice(), &ROW, &step(10), &END].concat());
    // The first function: its size and locals, then four bytes of a, six of b, and the end of a.
    program.extend([at(3).as_slice(), &FILE_A, &ROW, &step(4), &FILE_B, &ROW].concat());
    program.extend([&step(6), FILE_A.as_slice(), &ROW, &step(1), &END].concat());
    // The second one is b's, and the third nobody's.
    program.extend([at(15).as_slice(), &FILE_B, &ROW, &step(3), &END].concat());
    custom(&mut bytes, ".debug_line", &table(&program));
    bytes
}

#[test]
fn code_by_file() {
    let shares = shares(&module());
    // Of the first function 2 + 4 + 1 bytes; and 6, with 4 of the second one.
    assert_eq!(of(&shares, "src/a.rs"), (7, 1, 7));
    assert_eq!(of(&shares, "dep-1.0/src/b.rs"), (10, 2, 6));
    assert_eq!(of(&shares, "no source"), (3, 1, 3));
    // A passive segment is its kind, its length and its contents.
    assert_eq!(of(&shares, "data segments"), (5, 1, 5));
}

#[test]
fn a_program_with_debug_information() {
    let bytes = kept("1-two-megabytes-to-97/01-two-megabytes");
    let shares = shares(&bytes);
    let code: u64 = shares
        .iter()
        .filter(|share| share.kind == "source")
        .map(|share| share.size)
        .sum();
    let functions = top(&bytes, By::Function).expect("a module");
    let functions = functions.iter().filter(|share| share.kind == "function");
    assert_eq!(code, functions.map(|share| share.size).sum::<u64>());
    assert!(of(&shares, "library/core/src/fmt/mod.rs").0 > 1000);
    assert!(of(&shares, "no source").0 < code / 2);
    assert!(shares.iter().all(|share| !share.name.contains("/rustc/")));
}

#[test]
fn none() {
    let error = top(&smallest(), By::Source).expect_err("it has no debug information");
    assert!(
        error.message.contains("debug = \"line-tables-only\""),
        "{error}"
    );
    assert!(error.message.contains("strip = \"none\""), "{error}");
}

#[test]
fn broken_tables() {
    let whole = module();
    let outline = anatomy::take_apart(&whole).expect("a module");
    let table = outline.sections.last().expect("the line table");
    let from = usize::try_from(table.offset).expect("small");
    for at in from + 4..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            if let Ok(shares) = top(&bytes, By::Source) {
                let sum: u64 = shares.iter().map(|share| share.size).sum();
                assert_eq!(sum, bytes.len() as u64);
            }
        }
    }
}
