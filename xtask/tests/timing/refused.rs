//! Files that are no modules, and modules that cannot run.

use outcome::Outcome;
use pipeline::run::Limits;

use crate::guest::{guest, invalid, outcome, refused, run_binary};

#[test]
fn what_is_not_a_module_is_refused() {
    let no_magic = |found: &str| {
        refused(&format!(
            "failed to parse WebAssembly module: magic header not detected: bad magic number - \
             expected=[ 0x0, 0x61, 0x73, 0x6d, ] actual=[ {found}, ] (at offset 0x0)"
        ))
    };
    for (bytes, outcome) in [
        (
            &b""[..],
            refused("failed to parse WebAssembly module: unexpected end-of-file (at offset 0x0)"),
        ),
        (b"garbage", no_magic("0x67, 0x61, 0x72, 0x62")),
        (b"\x7fELF\x02\x01\x01\0", no_magic("0x7f, 0x45, 0x4c, 0x46")),
        (
            br#"(module (func (export "_start")))"#,
            no_magic("0x28, 0x6d, 0x6f, 0x64"),
        ),
        (
            b"\0asm\x02\0\0\0",
            refused(
                "failed to parse WebAssembly module: unknown binary version: 0x2 (at offset 0x4)",
            ),
        ),
    ] {
        assert_eq!(run_binary(bytes, &Limits::default()).outcome, outcome);
    }
}

#[test]
fn an_empty_module_has_no_start() {
    assert_eq!(
        run_binary(b"\0asm\x01\0\0\0", &Limits::default()).outcome,
        refused("failed to find function export `_start`")
    );
}

#[test]
fn a_truncated_module_is_refused() {
    let wasm = wat::parse_str(guest("(call $proc_exit (i32.const 0))")).unwrap();
    for length in [4, 7, 9, 20, wasm.len() / 2, wasm.len() - 1] {
        let outcome = run_binary(&wasm[..length], &Limits::default()).outcome;
        let Outcome::Refused { reason } = &outcome else {
            panic!("{length} bytes: {outcome:?}");
        };
        assert!(
            reason.starts_with("failed to parse WebAssembly module: "),
            "{length} bytes: {reason}"
        );
    }
}

#[test]
fn a_module_that_does_not_validate_is_refused() {
    assert_eq!(
        outcome(r#"(module (func (export "_start") (result i32)))"#),
        invalid("offset 36: type mismatch: expected i32 but nothing on stack")
    );
}

#[test]
fn a_module_without_start_is_refused() {
    for module in [
        r#"(module (func (export "start")))"#,
        r#"(module (memory (export "_start") 1))"#,
    ] {
        assert_eq!(
            outcome(module),
            refused("failed to find function export `_start`")
        );
    }
}

#[test]
fn an_unknown_import_is_refused() {
    assert_eq!(
        outcome(r#"(module (import "env" "x" (func)) (func (export "_start")))"#),
        refused("unknown import: `env::x` has not been defined")
    );
}

#[test]
fn a_call_of_wasi_without_a_memory_is_refused() {
    for (name, params, call) in [
        ("proc_exit", "i32", "(call $f (i32.const 2))"),
        (
            "sched_yield",
            "",
            "(call $f)", // it takes no pointer either
        ),
    ] {
        let result = if params.is_empty() {
            "(result i32)"
        } else {
            ""
        };
        let drop = if params.is_empty() { "drop" } else { "" };
        let module = format!(
            r#"(module
                (import "wasi_snapshot_preview1" "{name}" (func $f (param {params}) {result}))
                (func (export "_start") {call} {drop}))"#
        );
        assert_eq!(outcome(&module), refused("missing required memory export"));
    }
}
