//! Texts: the editor's assembler makes the same bytes as `wat`, or says in which line something is wrong.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../5-below-across-beyond/70-assembler/src/assembled.rs"]
mod assembled;

use assembled::{Assembled, LONGEST};

fuzz_target!(|text: &[u8]| {
    match Assembled::of(text) {
        Ok(assembled) => {
            let text = str::from_utf8(text).expect("only UTF-8 is assembled");
            let made = wat::parse_str(text).expect("what is assembled here is so by wat");
            assert_eq!(assembled.bytes, made);
            assert!(assembled.places.is_sorted());
            _ = anatomy::inspect(&made).expect("wat makes modules");
        }
        Err(fault) => {
            let lines = 1 + text.iter().filter(|byte| **byte == b'\n').count();
            assert!((1..=lines).contains(&fault.line) && fault.column > 0);
            assert!(!fault.message.is_empty());
            // All but components, and what is too long, are assembled here as well.
            if text.len() <= LONGEST
                && let Some(Ok(made)) = str::from_utf8(text).ok().map(wat::parse_str)
            {
                assert_eq!(made[4], 0x0d, "refused here, and taken by wat");
            }
        }
    }
});
