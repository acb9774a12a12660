//! Modules and components: whatever the bytes are, an answer or an error with its place, and answers that cover the file.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let wrong = oracles::module(bytes);
    assert!(wrong.is_empty(), "{wrong:#?}");
});
