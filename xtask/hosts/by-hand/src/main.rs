//! A host whose WASI is all its own: the engine is wasmtime, and everything the guest sees of the world is in
//! `wasi.rs`.
//!
//! It runs a module from `_start`, inside the limits of all hosts, and reports in their words what happened: see the
//! crate `host`, which also says how it is called.

mod wasi;

use std::io::Cursor;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use host::{Guest, Limits, wasmtime as shared};
use outcome::{Outcome, Report};
use wasmtime::{Linker, Module, Store};

use crate::wasi::{Exit, Wasi};

fn main() -> ExitCode {
    host::main::<ByHand>()
}

#[derive(clap::Args)]
struct ByHand {
    #[command(flatten)]
    guest: Guest,
}

/// What the store keeps for the guest.
struct State {
    wasi: Wasi,
    memory: shared::Budget,
}

impl host::Engine for ByHand {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const ABOUT: &'static str = env!("CARGO_PKG_DESCRIPTION");

    fn version() -> Option<String> {
        Some("by hand 1".into())
    }

    fn run(&self, wasm: Vec<u8>, limits: &Limits) -> Result<Report> {
        run(&wasm, world(&self.guest)?, limits)
    }
}

/// What the guest will find.
fn world(guest: &Guest) -> Result<Wasi> {
    let ended = |text: &str| [text.as_bytes(), &[0]].concat();
    let variables = guest.env().iter();
    Ok(Wasi {
        args: guest.args().map(ended).collect(),
        environ: variables
            .map(|(name, value)| ended(&format!("{name}={value}")))
            .collect(),
        stdin: Cursor::new(guest.stdin()?),
        started: Instant::now(),
    })
}

/// Compiles, links and runs the module. An `Err` is the host's own failure: no module can cause one.
fn run(wasm: &[u8], wasi: Wasi, limits: &Limits) -> Result<Report> {
    let engine = shared::engine(limits)?;
    let mut linker = Linker::new(&engine);
    wasi::link(&mut linker)?;

    let memory = shared::Budget::of(limits);
    let mut store = Store::new(&engine, State { wasi, memory });
    store.limiter(|state| &mut state.memory);
    store.set_fuel(limits.fuel)?;

    let result = (|| {
        let module = Module::from_binary(&engine, wasm)?;
        let instance = linker.instantiate(&mut store, &module)?;
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
        start.call(&mut store, ())
    })();
    let outcome = match result {
        Ok(()) => Outcome::Returned,
        Err(error) => match error.downcast_ref() {
            Some(Exit(code)) => Outcome::Exited {
                code: code.cast_signed(),
            },
            None => shared::outcome(&error),
        },
    };
    Ok(outcome.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a module that imports one function of WASI, has a memory of one page, and exits with what `call` comes to.
    fn run_call(function: &str, params: &str, call: &str, memory: &str) -> Outcome {
        let text = format!(
            r#"(module
                (import "wasi_snapshot_preview1" "{function}" (func $call (param {params}) (result i32)))
                (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (memory (export "memory") 1)
                {memory}
                (func (export "_start") (call $exit {call})))"#
        );
        let (host, limits) = host::parse::<ByHand>(&["--arg=-x", "--env=A=b"]);
        let wasm = wat::parse_str(text).expect("a test's module is right");
        let mut wasi = world(&host.guest).expect("a test's world is right");
        wasi.stdin = Cursor::new(b"input".to_vec());
        run(&wasm, wasi, &limits).expect("the host works").outcome
    }

    fn exited(code: u8) -> Outcome {
        Outcome::Exited {
            code: i32::from(code),
        }
    }

    /// Why the engine stopped it, or refused it.
    fn reason(outcome: Outcome) -> String {
        match outcome {
            Outcome::Trapped { reason, .. } | Outcome::Refused { reason } => reason,
            other => panic!("neither trapped nor refused: {other:?}"),
        }
    }

    #[test]
    fn descriptors_are_checked() {
        let call = "(call $call (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0))";
        for function in ["fd_write", "fd_read"] {
            assert_eq!(run_call(function, "i32 i32 i32 i32", call, ""), exited(8));
        }
    }

    #[test]
    fn what_is_read_fills_one_piece_after_the_other() {
        // Two pieces, of two bytes and of nine. What is read is added to what they hold: 5 * 16 + 'n' - 'i' + 't' -
        // 't'.
        let memory = r#"(data (i32.const 16) "\20\00\00\00\02\00\00\00\30\00\00\00\09\00\00\00")"#;
        let call = "(i32.add (call $call (i32.const 0) (i32.const 16) (i32.const 2) (i32.const 8))
            (i32.add (i32.mul (i32.load (i32.const 8)) (i32.const 16))
                (i32.sub (i32.load8_u (i32.const 33)) (i32.load8_u (i32.const 32)))))";
        let outcome = run_call("fd_read", "i32 i32 i32 i32", call, memory);
        assert_eq!(outcome, exited(5 * 16 + (b'n' - b'i')));
    }

    #[test]
    fn strings_come_in_two_steps() {
        // "module" and "-x", each with its zero.
        let sizes = "(drop (call $call (i32.const 0) (i32.const 4)))";
        let call = format!(
            "(i32.add (i32.load (block (result i32) {sizes} (i32.const 0))) (i32.load (i32.const 4)))"
        );
        assert_eq!(
            run_call("args_sizes_get", "i32 i32", &call, ""),
            exited(2 + 10)
        );
        let call = call.replace(
            "$call (i32.const 0) (i32.const 4)",
            "$call (i32.const 4) (i32.const 4)",
        );
        assert_eq!(
            run_call("environ_sizes_get", "i32 i32", &call, ""),
            exited(4)
        );
        // The second string's address leads to its first letter.
        let call = "(i32.load8_u (i32.load (i32.add (i32.const 4)
            (call $call (i32.const 0) (i32.const 100)))))";
        assert_eq!(run_call("args_get", "i32 i32", call, ""), exited(b'-'));
    }

    #[test]
    fn time_passes_and_chance_is_at_hand() {
        let call = "(i32.add (call $call (i32.const 1) (i64.const 0) (i32.const 0))
            (i64.eqz (i64.load (i32.const 0))))";
        assert_eq!(
            run_call("clock_time_get", "i32 i64 i32", call, ""),
            exited(0)
        );
        let call = "(call $call (i32.const 9) (i64.const 0) (i32.const 0))";
        assert_eq!(
            run_call("clock_time_get", "i32 i64 i32", call, ""),
            exited(28)
        );
        let call = "(i32.add (call $call (i32.const 0) (i32.const 32)) (i64.eqz (i64.load (i32.const 0))))";
        assert_eq!(run_call("random_get", "i32 i32", call, ""), exited(0));
    }

    #[test]
    fn pointers_beyond_the_memory_trap() {
        let hostile = [
            (
                "fd_write",
                "i32 i32 i32 i32",
                "(i32.const 1) (i32.const -4) (i32.const 1) (i32.const 0)",
            ),
            (
                "fd_write",
                "i32 i32 i32 i32",
                "(i32.const 1) (i32.const 65528) (i32.const 1) (i32.const 0)",
            ),
            (
                "fd_write",
                "i32 i32 i32 i32",
                "(i32.const 1) (i32.const 0) (i32.const -1) (i32.const 0)",
            ),
            (
                "fd_write",
                "i32 i32 i32 i32",
                "(i32.const 1) (i32.const 0) (i32.const 0) (i32.const 65536)",
            ),
            (
                "fd_read",
                "i32 i32 i32 i32",
                "(i32.const 0) (i32.const 65528) (i32.const 1) (i32.const 0)",
            ),
            ("args_get", "i32 i32", "(i32.const 0) (i32.const 65530)"),
            ("args_get", "i32 i32", "(i32.const 65532) (i32.const 0)"),
            (
                "environ_sizes_get",
                "i32 i32",
                "(i32.const 0) (i32.const -4)",
            ),
            ("random_get", "i32 i32", "(i32.const 1) (i32.const -1)"),
        ];
        let memory = r#"(data (i32.const 65528) "\fc\ff\00\00\05\00\00\00")"#;
        for (function, params, call) in hostile {
            let outcome = run_call(function, params, &format!("(call $call {call})"), memory);
            assert_eq!(
                reason(outcome),
                "out of bounds memory access",
                "{function} {call}"
            );
        }
    }

    #[test]
    fn numbers_have_to_lie_straight() {
        for call in [
            "(call $call (i32.const 1) (i32.const 2) (i32.const 1) (i32.const 0))",
            "(call $call (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 2))",
        ] {
            let outcome = run_call("fd_write", "i32 i32 i32 i32", call, "");
            assert_eq!(reason(outcome), "2 is no address for 4 bytes");
        }
    }

    #[test]
    fn what_is_not_there_is_refused() {
        let outcome = run_call("sched_yield", "", "(call $call)", "");
        let reason = reason(outcome);
        assert!(reason.contains("unknown import"), "{reason}");
    }
}
