//! That the hosts other than the reference one tell the same ends apart, and are stopped by the same limits. (What
//! they make of the book's own modules is `cargo xtask matrix`'s business.)

use outcome::{Outcome, Run};
use std::{env, fs, time::Duration};

use pipeline::{
    engines::{self, Host},
    run::{self, Guest, Limits},
};
use project::paths::Project;
use tempfile::TempDir;

/// An engine's host; none if this machine lacks what it wants, which CI may not.
fn host(engine: &str) -> Option<Host> {
    let project = Project::here();
    let engine = engines::named(engine).unwrap();
    if let Some(why) = engine.lacks(&project).unwrap() {
        assert!(
            env::var_os("CI").is_none(),
            "{engine}: {why} (in CI nothing may be skipped)"
        );
        eprintln!("skipped: {engine}, because {why}");
        return None;
    }
    Some(engine.host(&project).unwrap())
}

fn ran(host: &Host, text: &str, guest: &Guest) -> Run {
    let folder = TempDir::new().unwrap();
    let module = folder.path().join("module.wasm");
    fs::write(
        &module,
        wat::parse_str(text).unwrap_or_else(|_| text.into()),
    )
    .unwrap();
    let limits = Limits {
        time: Duration::from_secs(3),
        ..Limits::default()
    };
    run::run_guest(host, &module, &limits, guest).unwrap()
}

fn command(body: &str) -> String {
    format!(
        r#"(module
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 8) "\18\00\00\00\05\00\00\00")
            (data (i32.const 24) "Hello")
            (func (export "_start") {body}))"#
    )
}

/// All that a host for preview 1 has to tell apart, in one go: each start of some of them takes seconds.
fn tells_apart(engine: &str) {
    let Some(host) = host(engine) else { return };
    let plain = Guest::default();
    assert_eq!(
        ran(&host, &command("(call $exit (i32.const 7))"), &plain).outcome,
        Outcome::Exited { code: 7 }
    );
    let hello = "(drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 0)))";
    let said = ran(&host, &command(hello), &plain);
    assert_eq!(
        (said.outcome, said.stdout.as_str()),
        (Outcome::Returned, "Hello")
    );

    let trapped = ran(&host, &command("unreachable"), &plain).outcome;
    assert!(matches!(trapped, Outcome::Trapped { .. }), "{trapped:?}");

    let endless = ran(&host, &command("(loop (br 0))"), &plain).outcome;
    assert!(
        matches!(endless, Outcome::OutOfFuel | Outcome::OutOfTime),
        "{endless:?}"
    );

    for nothing in [
        "no module at all",
        r#"(module (import "env" "nobody" (func)) (func (export "_start") (call 0)))"#,
    ] {
        let refused = ran(&host, nothing, &plain).outcome;
        // WAMR links what it does not find, and stops whoever calls it.
        assert!(
            matches!(refused, Outcome::Refused { .. } | Outcome::Trapped { .. }),
            "{refused:?}"
        );
    }

    // What it reads, and its arguments: both counts become the exit code.
    let counts = "(drop (call $read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 0)))
        (drop (call $args (i32.const 4) (i32.const 32)))
        (call $exit (i32.add (i32.load (i32.const 0)) (i32.mul (i32.const 10) (i32.load (i32.const 4)))))";
    let guest = Guest {
        args: vec!["one".into(), "two".into()],
        stdin: "abcd".into(),
        ..Guest::default()
    };
    assert_eq!(
        ran(&host, &command(counts), &guest).outcome,
        Outcome::Exited { code: 34 }
    );
}

#[test]
fn wasmi() {
    tells_apart("wasmi");
    let Some(host) = host("wasmi") else { return };
    let large = "(drop (memory.grow (i32.const 60000)))";
    assert_eq!(
        ran(&host, &command(large), &Guest::default()).outcome,
        Outcome::OutOfMemory
    );
}

#[test]
fn wamr_with_wasi() {
    tells_apart("wamr-wasi");
}

#[test]
fn node_with_its_own_wasi() {
    tells_apart("node");
}

#[test]
fn a_page_in_a_browser() {
    tells_apart("page");
}
