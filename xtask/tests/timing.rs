//! The runner holds against hostile modules: whatever a module does, its run ends soon, with a named outcome, and
//! touches nothing of the machine.
//!
//! A program of its own: these tests look at the clock, and the others keep the machine busy.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that goes wrong"
)]

use outcome::{Outcome, Run};
use std::fs;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use pipeline::engines::{self, Host};
use pipeline::run::{Limits, run, run_cached};
use project::paths::Project;

/// No run may take longer, whatever the module does.
const AT_MOST: Duration = Duration::from_secs(2);

/// The host program, built on first use.
fn host() -> Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| engines::REFERENCE.host(&Project::here()).unwrap())
        .clone()
}

/// Runs a binary module, and asserts that it took no longer than it may.
///
/// A machine that has something else to do may take the time of a module that does nothing. So a run that was out of
/// time is tried again, and one that took too long: three times is no chance any more.
#[track_caller]
fn run_binary(wasm: &[u8], limits: &Limits) -> Run {
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
fn run_text(wat: &str, limits: &Limits) -> Run {
    run_binary(&wat::parse_str(wat).unwrap(), limits)
}

/// The outcome of a module in the text format.
#[track_caller]
fn outcome(wat: &str) -> Outcome {
    run_text(wat, &Limits::default()).outcome
}

fn trapped(reason: &str, at: Option<u64>) -> Outcome {
    Outcome::Trapped {
        reason: reason.to_owned(),
        at,
    }
}

fn refused(reason: &str) -> Outcome {
    Outcome::Refused {
        reason: reason.to_owned(),
    }
}

/// What the engine says about a function that does not validate.
fn invalid(words: &str) -> Outcome {
    refused(&format!(
        "failed to compile: wasm[0]::function[0]: WebAssembly translation error: \
         Invalid input WebAssembly code at {words}"
    ))
}

/// A guest with all of WASI that these tests call, and a memory. Its `_start` has the given body.
fn guest(start: &str) -> String {
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
fn exit_code(start: &str) -> i32 {
    match outcome(&guest(start)) {
        Outcome::Exited { code } => code,
        other => panic!("did not exit: {other:?}"),
    }
}

// How a module may end.

#[test]
fn a_module_that_returns_has_returned() {
    let ran = run_text(&guest(""), &Limits::default());
    assert_eq!(ran, Run::silent(Outcome::Returned));
    assert!(ran.outcome.is_success());
}

#[test]
fn a_module_exits_with_the_code_it_gives() {
    for code in [0, 1, 42, 125] {
        let outcome = outcome(&guest(&format!("(call $proc_exit (i32.const {code}))")));
        assert_eq!(outcome, Outcome::Exited { code });
        assert_eq!(outcome.is_success(), code == 0);
    }
}

#[test]
fn a_code_above_125_is_refused() {
    assert_eq!(
        outcome(&guest("(call $proc_exit (i32.const 126))")),
        refused("exit with invalid exit status outside of [0..126)")
    );
}

#[test]
fn what_a_module_writes_comes_through() {
    let write = |stream| {
        format!(
            "(drop (call $fd_write (i32.const {stream}) (i32.const 0) (i32.const 1) (i32.const 100)))"
        )
    };
    let ran = run_text(
        &guest(&format!(
            "{} {} {} (call $proc_exit (i32.const 3))",
            write(1),
            write(2),
            write(1)
        )),
        &Limits::default(),
    );
    assert_eq!(ran.outcome, Outcome::Exited { code: 3 });
    assert_eq!(ran.stdout, "sixteen letters\nsixteen letters\n");
    assert_eq!(ran.stderr, "sixteen letters\n");
}

#[test]
fn a_trap_says_why_and_where() {
    let wasm = wat::parse_str(r#"(module (func (export "_start") unreachable))"#).unwrap();
    // The last two bytes of the module are `unreachable` and `end`.
    let at = wasm.len() as u64 - 2;
    assert_eq!(
        run_binary(&wasm, &Limits::default()).outcome,
        trapped("wasm `unreachable` instruction executed", Some(at))
    );
}

// Modules that want too much.

#[test]
fn an_endless_loop_runs_out_of_fuel() {
    assert_eq!(outcome(&guest("(loop (br 0))")), Outcome::OutOfFuel);
}

#[test]
fn an_endless_loop_with_all_fuel_runs_out_of_time() {
    let limits = Limits {
        fuel: u64::MAX,
        time: Duration::from_millis(500),
        ..Limits::default()
    };
    assert_eq!(
        run_text(&guest("(loop (br 0))"), &limits).outcome,
        Outcome::OutOfTime
    );
}

#[test]
fn a_module_that_sleeps_runs_out_of_time() {
    // A subscription to the monotonic clock, at 512: clock 1, and a timeout of 2^60 nanoseconds, 36 years.
    let sleep = "
        (i32.store (i32.const 528) (i32.const 1))
        (i64.store (i32.const 536) (i64.const 0x1000000000000000))
        (drop (call $poll_oneoff (i32.const 512) (i32.const 1024) (i32.const 1) (i32.const 100)))";
    let limits = Limits {
        time: Duration::from_millis(500),
        ..Limits::default()
    };
    assert_eq!(run_text(&guest(sleep), &limits).outcome, Outcome::OutOfTime);
}

#[test]
fn few_instructions_that_take_long_run_out_of_something() {
    // Fuel counts instructions; one of these fills 60 MiB.
    let fill = r#"(module (memory 1000) (func (export "_start")
        (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 62914560)) (br 0))))"#;
    let outcome = outcome(fill);
    assert!(
        matches!(outcome, Outcome::OutOfTime | Outcome::OutOfFuel),
        "{outcome:?}"
    );
}

#[test]
fn memory_that_grows_without_end_runs_out_of_memory() {
    assert_eq!(
        outcome(&guest("(loop (drop (memory.grow (i32.const 1))) (br 0))")),
        Outcome::OutOfMemory
    );
    assert_eq!(
        outcome(&guest("(drop (memory.grow (i32.const 65000)))")),
        Outcome::OutOfMemory
    );
}

#[test]
fn a_module_that_starts_with_too_much_memory_runs_out_of_memory() {
    for memories in [
        "(memory 1025)",
        "(memory 600) (memory 600)",
        "(table 100_000_000 funcref)",
    ] {
        let module = format!(r#"(module {memories} (func (export "_start")))"#);
        assert_eq!(outcome(&module), Outcome::OutOfMemory, "{memories}");
    }
}

#[test]
fn memory_up_to_the_limit_is_there() {
    let grow = guest("(call $proc_exit (memory.grow (i32.const 1023)))");
    assert_eq!(outcome(&grow), Outcome::Exited { code: 1 });
}

#[test]
fn growth_beyond_a_maximum_of_its_own_is_the_modules_affair() {
    let module = r#"(module (memory 1 4) (func (export "_start")
        (if (i32.ne (memory.grow (i32.const 9)) (i32.const -1)) (then unreachable))))"#;
    assert_eq!(outcome(module), Outcome::Returned);
}

#[test]
fn output_without_end_is_cut_off() {
    for (stream, bytes) in [(1, 100_000), (2, 1000)] {
        let limits = Limits {
            output_bytes: bytes,
            ..Limits::default()
        };
        let write = format!(
            "(loop (drop (call $fd_write (i32.const {stream}) (i32.const 0) (i32.const 1) (i32.const 100))) (br 0))"
        );
        let ran = run_text(&guest(&write), &limits);
        assert_eq!(ran.outcome, Outcome::TooMuchOutput);
        let (much, none) = if stream == 1 {
            (ran.stdout, ran.stderr)
        } else {
            (ran.stderr, ran.stdout)
        };
        assert_eq!(much.len(), bytes);
        assert!(much.starts_with("sixteen letters\nsixteen"));
        assert_eq!(none, "");
    }
}

#[test]
fn output_up_to_the_limit_is_kept() {
    let write = "(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))";
    for (output_bytes, outcome) in [(16, Outcome::Returned), (15, Outcome::TooMuchOutput)] {
        let limits = Limits {
            output_bytes,
            ..Limits::default()
        };
        let ran = run_text(&guest(write), &limits);
        assert_eq!(ran.outcome, outcome);
        assert_eq!(ran.stdout, "sixteen letters\n"[..output_bytes]);
    }
}

#[test]
fn recursion_without_end_exhausts_the_stack() {
    for stack_kib in [64, 512, 4096] {
        let limits = Limits {
            stack_kib,
            ..Limits::default()
        };
        assert_eq!(
            run_text(r#"(module (func $f (export "_start") (call $f)))"#, &limits).outcome,
            trapped("call stack exhausted", None)
        );
    }
}

#[test]
fn blocks_in_blocks_in_blocks_are_no_danger() {
    assert_eq!(
        run_binary(&blocks(2_000), &Limits::default()).outcome,
        Outcome::Returned
    );
}

#[test]
fn a_module_that_takes_long_to_compile_runs_out_of_time() {
    // The engine's time grows with the square of the depth: this takes it seconds.
    let limits = Limits {
        time: Duration::from_millis(200),
        ..Limits::default()
    };
    assert_eq!(
        run_binary(&blocks(500_000), &limits).outcome,
        Outcome::OutOfTime
    );
}

/// A module with this many blocks in each other: made by hand, as no text parser goes that deep.
fn blocks(depth: usize) -> Vec<u8> {
    // No locals; `block` is 02 with the block type 40, `end` is 0b.
    let mut body = vec![0];
    body.extend([0x02, 0x40].repeat(depth));
    body.extend([0x0b].repeat(depth + 1));
    binary(&body)
}

#[test]
fn a_function_with_too_many_locals_is_refused() {
    // One declaration: 4,294,967,295 locals of type i32.
    let body = [1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b];
    assert_eq!(
        run_binary(&binary(&body), &Limits::default()).outcome,
        invalid("offset 35: too many locals: locals exceed maximum")
    );
}

/// A module with one function, `_start`, which has this body: its locals and its instructions.
fn binary(body: &[u8]) -> Vec<u8> {
    let mut wasm =
        b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x0a\x01\x06_start\0\0\x0a".to_vec();
    let size = leb128(body.len());
    wasm.extend(leb128(1 + size.len() + body.len()));
    wasm.push(1);
    wasm.extend(size);
    wasm.extend(body);
    wasm
}

fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

// Files that are no modules, and modules that cannot run.

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

// What a guest sees of the machine.

#[test]
fn no_folder_is_open_to_the_guest() {
    // Eight is EBADF: there is no such descriptor.
    for descriptor in [0, 1, 2, 3, 4, 100] {
        let ask = format!(
            "(call $proc_exit (call $fd_prestat_get (i32.const {descriptor}) (i32.const 100)))"
        );
        assert_eq!(exit_code(&ask), 8, "descriptor {descriptor}");
    }
}

#[test]
fn no_file_can_be_opened() {
    // Eight is EBADF: there is no such folder, and a stream is none. The path at 48 is `/etc/hosts`, and the one at 49
    // is the same without the slash.
    for (descriptor, path, length) in [(3, 48, 10), (3, 49, 9), (0, 48, 10), (1, 49, 9)] {
        let open = format!(
            "(call $proc_exit (call $path_open (i32.const {descriptor}) (i32.const 0) (i32.const {path})
                (i32.const {length}) (i32.const 0) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 100)))"
        );
        assert_eq!(exit_code(&open), 8, "descriptor {descriptor}");
    }
}

#[test]
fn no_connection_can_be_accepted() {
    // 8 is EBADF, 57 is ENOTSOCK.
    for (descriptor, errno) in [(3, 8), (0, 57), (1, 57)] {
        let accept = format!(
            "(call $proc_exit (call $sock_accept (i32.const {descriptor}) (i32.const 0) (i32.const 100)))"
        );
        assert_eq!(exit_code(&accept), errno, "descriptor {descriptor}");
    }
}

#[test]
fn the_environment_is_empty() {
    let count = "
        (drop (call $environ_sizes_get (i32.const 100) (i32.const 104)))
        (call $proc_exit (i32.add (i32.load (i32.const 100)) (i32.load (i32.const 104))))";
    assert_eq!(exit_code(count), 0);
}

#[test]
fn the_only_argument_is_a_name() {
    let count = "
        (drop (call $args_sizes_get (i32.const 100) (i32.const 104)))
        (call $proc_exit (i32.load (i32.const 100)))";
    assert_eq!(exit_code(count), 1);
    // It goes where the 16 letters are, with a zero at its end.
    let write = "
        (drop (call $args_get (i32.const 100) (i32.const 32)))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 104)))";
    let ran = run_text(&guest(write), &Limits::default());
    assert_eq!(ran.stdout, "module\0 letters\n");
}

#[test]
fn stdin_is_empty() {
    let read = "
        (i32.store (i32.const 100) (i32.const 99))
        (if (call $fd_read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 100)) (then unreachable))
        (call $proc_exit (i32.load (i32.const 100)))";
    assert_eq!(exit_code(read), 0);
}

// Damaged modules.

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

// What the runner does when it is the host or the caller that is at fault.

#[test]
fn a_host_that_ends_without_a_report_has_crashed() {
    // This test program is not a host: it does not know the options, says so, and exits with 101.
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("guest.wasm");
    fs::write(&module, b"\0asm\x01\0\0\0").unwrap();
    let not_a_host = std::env::current_exe().unwrap();
    let ran = run(&Host::program(&not_a_host), &module, &Limits::default()).unwrap();
    let reason = "exit code 101".to_owned();
    assert_eq!(ran.outcome, Outcome::Crashed { reason });
}

#[test]
fn a_missing_module_or_host_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = folder.path().join("nothing.wasm");
    let error = run(&host(), &nothing, &Limits::default()).unwrap_err();
    assert!(error.to_string().starts_with("there is no module"));

    let module = folder.path().join("guest.wasm");
    fs::write(&module, b"\0asm\x01\0\0\0").unwrap();
    let error = run(&Host::program(&nothing), &module, &Limits::default()).unwrap_err();
    assert!(error.to_string().starts_with("cannot start the host"));
}

// What is remembered.

#[test]
fn a_run_is_remembered_until_something_about_it_changes() {
    let host = host();
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let module = folder.path().join("guest.wasm");
    let limits = Limits::default();
    let entries = || {
        fs::read_dir(&cache)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>()
    };
    let exits_with = |code: i32| {
        let start = format!("(call $proc_exit (i32.const {code}))");
        wat::parse_str(guest(&start)).unwrap()
    };
    fs::write(&module, exits_with(7)).unwrap();
    let first = run_cached(&cache, &host, &module, &limits, false).unwrap();
    assert_eq!(first.outcome, Outcome::Exited { code: 7 });
    let [entry] = &entries()[..] else {
        panic!("not one entry");
    };

    // If the memory is forged, who remembers tells the forgery, and who runs the module tells the truth.
    let forged = r#"{"outcome":"returned","stdout":"forged"}"#;
    fs::write(entry, forged).unwrap();
    let remembered = run_cached(&cache, &host, &module, &limits, false).unwrap();
    assert_eq!(remembered.outcome, Outcome::Returned);
    assert_eq!(remembered.stdout, "forged");

    // Asked to run it afresh, it does, and remembers the truth.
    assert_eq!(
        run_cached(&cache, &host, &module, &limits, true).unwrap(),
        first
    );
    assert_ne!(fs::read_to_string(entry).unwrap(), forged);
    assert_eq!(
        run_cached(&cache, &host, &module, &limits, false).unwrap(),
        first
    );

    // An entry that cannot be read is none.
    fs::write(entry, r#"{"outcome":"ret"#).unwrap();
    assert_eq!(
        run_cached(&cache, &host, &module, &limits, false).unwrap(),
        first
    );

    // Other limits and another module are other runs.
    let less = Limits {
        fuel: 1,
        ..limits.clone()
    };
    let ran = run_cached(&cache, &host, &module, &less, false).unwrap();
    assert_eq!(ran.outcome, Outcome::OutOfFuel);
    assert_eq!(entries().len(), 2);
    fs::write(&module, exits_with(8)).unwrap();
    let ran = run_cached(&cache, &host, &module, &limits, false).unwrap();
    assert_eq!(ran.outcome, Outcome::Exited { code: 8 });
    assert_eq!(entries().len(), 3);
}

#[test]
fn running_out_of_time_is_not_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let module = folder.path().join("guest.wasm");
    fs::write(&module, wat::parse_str(guest("(loop (br 0))")).unwrap()).unwrap();
    let limits = Limits {
        fuel: u64::MAX,
        time: Duration::from_millis(100),
        ..Limits::default()
    };
    let ran = run_cached(&cache, &host(), &module, &limits, false).unwrap();
    assert_eq!(ran.outcome, Outcome::OutOfTime);
    assert!(!cache.exists());
}

#[test]
fn a_run_in_json_has_the_outcome_and_what_was_written() {
    let ran = Run {
        stdout: "before\n".to_owned(),
        ..Run::silent(trapped("integer divide by zero", Some(35)))
    };
    let json =
        r#"{"outcome":"trapped","reason":"integer divide by zero","at":35,"stdout":"before\n"}"#;
    assert_eq!(serde_json::to_string(&ran).unwrap(), json);
    assert_eq!(serde_json::from_str::<Run>(json).unwrap(), ran);
    for (outcome, json) in [
        (
            Outcome::Exited { code: 0 },
            r#"{"outcome":"exited","code":0}"#,
        ),
        (Outcome::OutOfTime, r#"{"outcome":"out of time"}"#),
        (Outcome::TooMuchOutput, r#"{"outcome":"too much output"}"#),
    ] {
        assert_eq!(serde_json::to_string(&outcome).unwrap(), json);
    }
}
