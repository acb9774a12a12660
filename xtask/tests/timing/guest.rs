//! The modules that these tests run, and how they run them.

use std::{
    fs,
    sync::OnceLock,
    time::{Duration, Instant},
};

use outcome::{Outcome, Run};
use pipeline::{
    engines::{self, Host},
    run::{Limits, run},
};
use project::paths::Project;

/// No run may take longer, whatever the module does.
pub(crate) const AT_MOST: Duration = Duration::from_secs(2);

/// The host program, built on first use.
pub(crate) fn host() -> Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| engines::REFERENCE.host(&Project::here()).unwrap())
        .clone()
}

/// Runs a binary module, and asserts that it took no longer than it may.
///
/// A machine that has something else to do may take the time of a module that does nothing. So a run that was out of
/// time is tried again, and one that took too long: three times is no chance any more.
#[track_caller]
pub(crate) fn run_binary(wasm: &[u8], limits: &Limits) -> Run {
    let host = host();
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("guest.wasm");
    fs::write(&module, wasm).unwrap();
    let mut tries = 3;
    loop {
        let start = Instant::now();
        let ran = run(&host, &module, limits).unwrap();
        let took = start.elapsed();
        tries -= 1;
        if tries > 0 && (took >= AT_MOST || ran.outcome == Outcome::OutOfTime) {
            continue;
        }
        assert!(took < AT_MOST, "took {took:?}: {ran:?}");
        return ran;
    }
}

/// Runs a module in the text format.
#[track_caller]
pub(crate) fn run_text(wat: &str, limits: &Limits) -> Run {
    run_binary(&wat::parse_str(wat).unwrap(), limits)
}

/// The outcome of a module in the text format.
#[track_caller]
pub(crate) fn outcome(wat: &str) -> Outcome {
    run_text(wat, &Limits::default()).outcome
}

pub(crate) fn trapped(reason: &str, at: Option<u64>) -> Outcome {
    Outcome::Trapped {
        reason: reason.to_owned(),
        at,
    }
}

pub(crate) fn refused(reason: &str) -> Outcome {
    Outcome::Refused {
        reason: reason.to_owned(),
    }
}

/// What the engine says about a function that does not validate.
pub(crate) fn invalid(words: &str) -> Outcome {
    refused(&format!(
        "failed to compile: wasm[0]::function[0]: WebAssembly translation error: \
         Invalid input WebAssembly code at {words}"
    ))
}

/// A guest with all of WASI that these tests call, and a memory. Its `_start` has the given body.
pub(crate) fn guest(start: &str) -> String {
    let wasi = |name: &str, params: &str, result: &str| {
        format!(
            r#"(import "wasi_snapshot_preview1" "{name}" (func ${name} (param {params}) {result}))"#
        )
    };
    let errno = "(result i32)";
    [
        "(module",
        &wasi("args_get", "i32 i32", errno),
        &wasi("args_sizes_get", "i32 i32", errno),
        &wasi("environ_sizes_get", "i32 i32", errno),
        &wasi("fd_prestat_get", "i32 i32", errno),
        &wasi("fd_read", "i32 i32 i32 i32", errno),
        &wasi("fd_write", "i32 i32 i32 i32", errno),
        &wasi("path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32", errno),
        &wasi("poll_oneoff", "i32 i32 i32 i32", errno),
        &wasi("proc_exit", "i32", ""),
        &wasi("sock_accept", "i32 i32 i32", errno),
        r#"(memory (export "memory") 1)"#,
        // One piece to write: 16 bytes at 32. One to read into: 100 bytes at 200.
        r#"(data (i32.const 0) "\20\00\00\00\10\00\00\00\c8\00\00\00\64\00\00\00")"#,
        r#"(data (i32.const 32) "sixteen letters\n/etc/hosts")"#,
        r#"(func (export "_start")"#,
        start,
        "))",
    ]
    .join("\n")
}

/// The code that a guest with this body exits with.
#[track_caller]
pub(crate) fn exit_code(start: &str) -> i32 {
    match outcome(&guest(start)) {
        Outcome::Exited { code } => code,
        other => panic!("did not exit: {other:?}"),
    }
}

/// A module with one function, `_start`, which has this body: its locals and its instructions.
pub(crate) fn binary(body: &[u8]) -> Vec<u8> {
    let mut wasm =
        b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x0a\x01\x06_start\0\0\x0a".to_vec();
    let size = leb128(body.len());
    wasm.extend(leb128(1 + size.len() + body.len()));
    wasm.push(1);
    wasm.extend(size);
    wasm.extend(body);
    wasm
}

pub(crate) fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}
