//! Whatever the bytes are: `shrink` does not panic, and what it makes is valid, not larger, and as small as it gets.
#![cfg(feature = "shrink")]

mod common;

use anatomy::{Keep, Options, shrink, take_apart, validate};
use common::{every_component, everything, smallest, smallest_component};

/// Shrinks some bytes in every way.  Says whether they were a module or component at all.
fn try_all(bytes: &[u8]) -> bool {
    let mut valid = false;
    for keep in [Keep::Needed, Keep::All, Keep::None] {
        let options = Options { keep };
        let Ok(shrunk) = shrink(bytes, &options) else {
            continue;
        };
        valid = true;
        let total: u64 = shrunk.cuts.iter().map(|cut| cut.saving).sum();
        assert_eq!(shrunk.bytes.len() as u64 + total, bytes.len() as u64);
        assert!(shrunk.cuts.iter().all(|cut| cut.saving > 0));
        if validate(bytes).is_ok() {
            validate(&shrunk.bytes).expect("what was valid still is");
        }
        let (old, new) = (take_apart(bytes), take_apart(&shrunk.bytes));
        let (old, new) = (old.expect("it is valid"), new.expect("it is valid"));
        let names = |anatomy: &anatomy::Anatomy| -> Vec<(String, String)> {
            let imports = anatomy
                .imports
                .iter()
                .map(|import| (import.module.clone(), import.name.clone()));
            let exports = anatomy
                .exports
                .iter()
                .map(|export| (String::new(), export.name.clone()));
            imports.chain(exports).collect()
        };
        assert_eq!(names(&old), names(&new));
        let again = shrink(&shrunk.bytes, &options).expect("it is valid");
        assert_eq!(again.bytes, shrunk.bytes);
    }
    valid
}

/// Random numbers, the same on every run: Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).expect("less than n")
    }
}

/// A module with something for every step, of which many changes are valid.
fn with_something_for_every_step() -> Vec<u8> {
    wat::parse_str(
        r#"(module $m
            (type (func)) (type (func)) (type (func (param i32) (result i32))) (type (struct (field i32)))
            (import "m" "f" (func (param i32)))
            (memory 1) (table 4 funcref) (table 2 externref) (tag (param i32))
            (global (mut i32) (i32.const 1)) (global funcref (ref.func 4)) (global i32 (i32.const 7))
            (elem (i32.const 1) 1 2) (elem declare func 3 4) (elem funcref (ref.func 1) (ref.null func))
            (data (i32.const 8) "\00ab\00\00") (data "passive") (data (i32.const 100) "\00\00")
            (func (type 0) nop) (func (type 1) nop)
            (func (export "g") (type 2) (local i32) (local i32 i64)
                (@metadata.code.branch_hint "\01") (if (local.get 0) (then (call_indirect (type 1) (i32.const 1))))
                (local.set 1 (i32.load (i32.const 9))) (local.get 1) (return) (i32.const 1) (drop))
            (func (result funcref) (ref.func 4))
            (func (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 1)) (table.set 1 (i32.const 0) (ref.null extern))
                (block (result i32) (try_table (result i32) (catch 0 0) (throw 0 (i32.const 1)))) (global.set 0)))"#,
    )
    .expect("the text is a module")
}

#[test]
fn cut_off_anywhere() {
    for module in [
        smallest(),
        everything(),
        smallest_component(),
        every_component(),
        with_something_for_every_step(),
    ] {
        assert!(try_all(&module));
        for len in 0..module.len() {
            try_all(&module[..len]);
        }
    }
}

#[test]
fn bytes_changed_anywhere() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut valid = 0;
    for (module, rounds) in [
        (smallest(), 300),
        (everything(), 500),
        (with_something_for_every_step(), 2500),
        (smallest_component(), 200),
        (every_component(), 100),
    ] {
        for _ in 0..rounds {
            let mut bytes = module.clone();
            for _ in 0..=random.below(3) {
                let at = 8 + random.below(bytes.len() - 8);
                match random.below(4) {
                    0 => bytes[at] ^= 1 << random.below(8),
                    1 => bytes[at] = random.below(8) as u8,
                    2 => drop(bytes.remove(at)),
                    _ => bytes[at] = (random.next() >> 32) as u8,
                }
            }
            valid += u32::from(try_all(&bytes));
        }
    }
    assert!(
        valid > 100,
        "only {valid} were valid: these changes try nothing"
    );
}

#[test]
fn components_without_end() {
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    for _ in 0..2000 {
        let mut outer = b"\0asm\x0d\0\x01\0\x04".to_vec();
        let size = bytes.len();
        outer.extend([
            size as u8 | 0x80,
            (size >> 7) as u8 | 0x80,
            (size >> 14) as u8 & 0x7f,
        ]);
        outer.extend(bytes);
        bytes = outer;
    }
    try_all(&bytes);
}

#[test]
fn one_after_the_other_is_found_at_once() {
    // Each function calls the next, and each is there twice: they are found from the last to the first.
    let count = 3000;
    let mut text = String::from("(module");
    for of in ["a", "b"] {
        for number in 0..count {
            text += &format!(
                "(func ${of}{number} (param i32) (call ${of}{} (local.get 0)))",
                number + 1
            );
        }
        text += &format!("(func ${of}{count} (param i32) (drop (i32.load (local.get 0))))");
    }
    text += r#"(memory 1) (func (export "f") (call $a0 (i32.const 0)) (call $b0 (i32.const 0))))"#;
    let bytes = wat::parse_str(text).expect("the text is a module");
    let shrunk = shrink(&bytes, &Options::default()).expect("it is valid");
    let twins = shrunk
        .cuts
        .iter()
        .find(|cut| cut.id == "duplicates")
        .expect("there are some");
    assert_eq!(twins.count, count + 1);
    // Values that are dropped in the end.
    let depth = 40_000;
    let text = format!(
        "(module (func (export \"f\") {} {}))",
        "i32.const 0 ".repeat(depth),
        "drop ".repeat(depth)
    );
    let bytes = wat::parse_str(text).expect("the text is a module");
    let shrunk = shrink(&bytes, &Options::default()).expect("it is valid");
    assert_eq!(
        shrunk.cuts.last().map(|cut| cut.count),
        Some(2 * depth as u64)
    );
}
