//! The instrument of the book's pages, with a function more that gives it something to do.

#[path = "../../../5-below-across-beyond/69-instrument/src/lib.rs"]
mod instrument;

use std::slice;

/// Takes a module with this many functions apart, in both ways, and returns a fingerprint of the answers.
#[unsafe(no_mangle)]
pub extern "C" fn run(functions: u32) -> u32 {
    let module = module(functions);
    let room = instrument::room(module.len());
    // SAFETY: there is room for so many bytes there, and nothing else is called meanwhile.
    unsafe { slice::from_raw_parts_mut(room, module.len()) }.copy_from_slice(&module);
    let mut hash = 0x811c_9dc5_u32;
    for question in [instrument::inspect, instrument::look] {
        let size = question();
        // SAFETY: so many bytes of the answer lie there, until the next question.
        let answer = unsafe { slice::from_raw_parts(instrument::answer(), size) };
        for byte in answer {
            hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    }
    hash
}

/// A module with functions of one type, each of which adds a number of its own.
fn module(functions: u32) -> Vec<u8> {
    let mut module = b"\0asm\x01\0\0\0\x01\x06\x01\x60\x01\x7f\x01\x7f".to_vec();
    let mut types = leb(functions);
    let mut code = types.clone();
    for number in 0..functions {
        types.push(0);
        // No locals; local.get 0, i32.const, i32.add, end.
        let mut body = b"\0\x20\0\x41".to_vec();
        body.extend(leb(number % 64));
        body.extend(b"\x6a\x0b");
        code.extend(leb(body.len() as u32));
        code.extend(body);
    }
    for (id, section) in [(3, types), (10, code)] {
        module.push(id);
        module.extend(leb(section.len() as u32));
        module.extend(section);
    }
    module
}

/// An unsigned number in LEB128.
fn leb(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}
