//! Texts: the editor's assembler makes the same bytes as `wat`, or says in which line something is wrong.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let wrong = oracles::text(text);
    assert!(wrong.is_empty(), "{wrong:#?}");
});
