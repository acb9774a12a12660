//! Modules that were damaged at random.

use std::thread;

use outcome::Outcome;
use pipeline::run::Limits;

use crate::guest::{guest, leb128, run_binary};

#[test]
fn a_thousand_damaged_modules_do_no_harm() {
    let seeds = [
        guest("(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))"),
        guest(
            "(local i32) (loop (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                (drop (memory.grow (i32.const 1)))
                (br_if 0 (i32.lt_u (local.get 0) (i32.const 100))))
             (call $proc_exit (i32.const 0))",
        ),
        r#"(module (memory (export "memory") 1 9) (table 4 funcref) (elem (i32.const 0) $f $g $h)
            (global $n (mut i32) (i32.const 7)) (data "passive")
            (func $f (result i32) (i32.mul (global.get $n) (i32.const 3)))
            (func $g (result i32) (memory.fill (i32.const 0) (i32.const 1) (i32.const 64)) (i32.load (i32.const 8)))
            (func $h (result i32) (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 7)) (i32.const 0))
            (func (export "_start") (local i32)
              (loop (global.set $n (call_indirect (result i32) (i32.rem_u (local.get 0) (i32.const 3))))
                (block (block (block (br_table 0 1 2 (local.get 0))) (i64.store (i32.const 16) (i64.const -1))) nop)
                (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                (br_if 0 (i32.lt_u (local.get 0) (i32.const 1000))))))"#
            .to_owned(),
        r#"(module (func $f (export "_start") (param) (local f64 v128)
            (if (i64.eqz (i64.trunc_sat_f64_s (f64.sqrt (local.get 0)))) (then (return))) (call $f)))"#
            .to_owned(),
    ]
    .map(|seed| without_names(wat::parse_str(seed).unwrap()));
    // All seeds are well before they are damaged.
    for seed in &seeds {
        let outcome = run_binary(seed, &Limits::default()).outcome;
        assert!(outcome.is_success(), "{outcome:?}");
    }

    let limits = Limits {
        fuel: 20_000_000,
        ..Limits::default()
    };
    let work = |half: u64| {
        let mut ran = 0;
        for number in (half..1000).step_by(2) {
            let module = damage(&seeds[number as usize % seeds.len()], number);
            let outcome = run_binary(&module, &limits).outcome;
            match outcome {
                Outcome::Crashed { .. } | Outcome::OutOfTime => {
                    panic!("module {number}: {outcome:?}: {module:02x?}")
                }
                Outcome::Refused { .. } => {}
                _ => ran += 1,
            }
        }
        ran
    };
    let ran: usize = thread::scope(|scope| {
        let other = scope.spawn(|| work(1));
        work(0) + other.join().unwrap()
    });
    // Some must get past the parser, or this would be a test of the parser alone.
    assert!(ran > 50, "only {ran} of 1,000 damaged modules ran");
}

/// Takes off the last section, the names, in which damage would do nothing at all.
fn without_names(mut wasm: Vec<u8>) -> Vec<u8> {
    if let Some(at) = wasm.windows(5).position(|bytes| bytes == b"\x04name") {
        // What comes before is the section's number, 0, and the size of the rest.
        let size = leb128(wasm.len() - at);
        wasm.truncate(at - size.len() - 1);
    }
    wasm
}

/// Damages a module in one or two places, by overwriting, flipping, doubling, removing, or cutting it off. The same
/// number does the same damage.
fn damage(seed: &[u8], number: u64) -> Vec<u8> {
    let mut state = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // Xorshift: enough of a random number for this, without a library.
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as usize % limit
    };
    let mut wasm = seed.to_vec();
    for _ in 0..=below(8) / 5 {
        // A quarter of the damage is anywhere but in the header, the rest at the end, in code and data: there it is
        // more likely to leave a module that runs.
        let length = wasm.len();
        let tail = if below(4) == 0 {
            length - 8
        } else {
            length.div_ceil(3).min(length - 8)
        };
        let at = length - tail + below(tail);
        let end = (at + 1 + below(16)).min(length);
        match below(16) {
            0..=6 => wasm[at] ^= 1 << below(8),
            7..=11 => wasm[at] = below(256) as u8,
            12 | 13 => {
                let copy = wasm[at..end].to_vec();
                wasm.splice(at..at, copy);
            }
            14 => drop(wasm.drain(at..end)),
            _ => wasm.truncate(at),
        }
        if wasm.len() <= 8 {
            break;
        }
    }
    wasm
}
