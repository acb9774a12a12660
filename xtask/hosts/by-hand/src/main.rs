//! A host whose WASI is all its own: the engine is wasmtime, and everything the guest sees of the world is in
//! `wasi.rs`.
//!
//! ```text
//! host-by-hand MODULE.wasm [--arg A]… [--env NAME=VALUE]… [--stdin FILE]
//!              [--fuel N] [--memory-pages N] [--time-ms N] [--stack-kib N] [--report FILE]
//! host-by-hand --version-of-engine
//! ```
//!
//! It runs a module from `_start`, inside the same limits as `host-wasmtime` beside it, and reports in the same words
//! what happened: one JSON object, to the report file or as one line to stderr.

mod wasi;

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use serde_json::{Value, json};
use wasmtime::error::Context as _;
use wasmtime::{
    Config, Engine, Linker, Module, ResourceLimiter, Result, Store, Trap, WasmBacktrace, bail,
    format_err,
};

use crate::wasi::{Exit, Wasi};

/// Runs one module on wasmtime with a small WASI of our own, inside limits, and reports what happened as JSON.
#[derive(Parser)]
struct Args {
    /// The module to run, in the binary format
    #[arg(required_unless_present = "version_of_engine")]
    module: Option<PathBuf>,
    /// An argument for the module, after its name
    #[arg(long, value_name = "A", allow_hyphen_values = true)]
    arg: Vec<String>,
    /// A variable of the module's environment
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// What the module reads from its stdin
    #[arg(long, value_name = "FILE")]
    stdin: Option<PathBuf>,
    /// Steps the module may take; one is about one instruction
    #[arg(long, default_value_t = 200_000_000)]
    fuel: u64,
    /// Memory the module may have, in pages of 64 KiB
    #[arg(long, default_value_t = 1024)]
    memory_pages: u32,
    /// Time the module may take to compile and run, in milliseconds
    #[arg(long, default_value_t = 1500)]
    time_ms: u64,
    /// Stack the module's calls may fill, in KiB
    #[arg(long, default_value_t = 512)]
    stack_kib: u32,
    /// Where to write the outcome instead of stderr
    #[arg(long)]
    report: Option<PathBuf>,
    /// Print the name and version of the host, and do nothing else
    #[arg(long)]
    version_of_engine: bool,
}

fn main() -> ExitCode {
    match host(Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("host-by-hand: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn host(args: Args) -> Result<ExitCode> {
    let Some(path) = &args.module else {
        println!("by hand 1");
        return Ok(ExitCode::SUCCESS);
    };
    let wasm = read(path)?;
    let wasi = world(&args)?;
    let report = args.report.clone();
    let time = Duration::from_millis(args.time_ms);

    // The module runs on a thread of its own, so that this one can watch the clock. That thread's stack has room for
    // the guest and, beyond it, for the engine.
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .stack_size(args.stack_kib as usize * 1024 + (8 << 20))
        .spawn(move || sender.send(run(&wasm, wasi, &args)))
        .context("cannot start a thread")?;
    let outcome = match receiver.recv_timeout(time) {
        Ok(outcome) => outcome?,
        Err(RecvTimeoutError::Timeout) => json!({ "outcome": "out of time" }),
        Err(RecvTimeoutError::Disconnected) => bail!("the engine panicked"),
    };

    let Some(report) = report else {
        eprintln!("{outcome}");
        let code = match outcome["outcome"].as_str() {
            Some("returned") => Some(0),
            _ => outcome["code"]
                .as_u64()
                .and_then(|code| u8::try_from(code).ok()),
        };
        return Ok(code.map_or(ExitCode::FAILURE, ExitCode::from));
    };
    std::fs::write(&report, outcome.to_string())
        .with_context(|| format!("cannot write {}", report.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// What the guest will find.
fn world(args: &Args) -> Result<Wasi> {
    if let Some(variable) = args.env.iter().find(|variable| !variable.contains('=')) {
        return Err(format_err!("a variable is NAME=VALUE, not {variable}"));
    }
    let ended = |text: &str| [text.as_bytes(), &[0]].concat();
    let name = std::iter::once(ended("module"));
    let stdin = args.stdin.as_deref().map(read).transpose()?;
    Ok(Wasi {
        args: name.chain(args.arg.iter().map(|arg| ended(arg))).collect(),
        environ: args.env.iter().map(|variable| ended(variable)).collect(),
        stdin: Cursor::new(stdin.unwrap_or_default()),
        started: Instant::now(),
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Compiles, links and runs the module. An `Err` is the host's own failure: no module can cause one.
fn run(wasm: &[u8], wasi: Wasi, args: &Args) -> Result<Value> {
    let stack = args.stack_kib as usize * 1024;
    let mut config = Config::new();
    config.consume_fuel(true);
    config.max_wasm_stack(stack);
    config.async_stack_size(stack + (1 << 20)); // unused here, yet the engine wants it larger than the one above
    let engine = Engine::new(&config)?;

    let mut linker = Linker::new(&engine);
    wasi::link(&mut linker)?;

    let memory = Budget {
        left: args.memory_pages as usize * 64 * 1024,
        over: false,
    };
    let mut store = Store::new(&engine, Guest { wasi, memory });
    store.limiter(|guest| &mut guest.memory);

    let result = (|| {
        store.set_fuel(args.fuel)?;
        let module = Module::from_binary(&engine, wasm)?;
        let instance = linker.instantiate(&mut store, &module)?;
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
        start.call(&mut store, ())
    })();
    Ok(match result {
        Ok(()) => json!({ "outcome": "returned" }),
        Err(_) if store.data().memory.over => json!({ "outcome": "out of memory" }),
        Err(error) => outcome_of(&error),
    })
}

/// Everything that ends a module early reaches the host as an error; which one it was shows by its type.
fn outcome_of(error: &wasmtime::Error) -> Value {
    if let Some(Exit(code)) = error.downcast_ref() {
        return json!({ "outcome": "exited", "code": code });
    }
    let at = error
        .downcast_ref::<WasmBacktrace>()
        .and_then(|backtrace| backtrace.frames().first()?.module_offset());
    match (error.downcast_ref::<Trap>(), at) {
        (Some(Trap::OutOfFuel), _) => json!({ "outcome": "out of fuel" }),
        (Some(trap), at) => {
            let reason = trap.to_string();
            let reason = reason.strip_prefix("wasm trap: ").unwrap_or(&reason);
            match at {
                // Where a stack overflows depends on the processor.
                Some(at) if *trap != Trap::StackOverflow => {
                    json!({ "outcome": "trapped", "reason": reason, "at": at })
                }
                _ => json!({ "outcome": "trapped", "reason": reason }),
            }
        }
        (None, _) => {
            let reason = error
                .chain()
                .map(ToString::to_string)
                .filter(|words| !words.starts_with("error while executing at wasm backtrace"))
                .collect::<Vec<_>>()
                .join(": ");
            let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
            json!({ "outcome": "refused", "reason": reason })
        }
    }
}

/// What the store keeps for the guest.
struct Guest {
    wasi: Wasi,
    memory: Budget,
}

/// The bytes that the guest's memories and tables may still take.
struct Budget {
    left: usize,
    over: bool,
}

impl Budget {
    /// A growth beyond what is left ends the guest, who might else take its -1 and loop on.
    fn grow(&mut self, from: usize, to: usize, max: Option<usize>, unit: usize) -> Result<bool> {
        if max.is_some_and(|max| to > max) {
            return Ok(false); // beyond the maximum that the module itself declares: its own affair
        }
        match self.left.checked_sub((to - from).saturating_mul(unit)) {
            Some(left) => self.left = left,
            None => {
                self.over = true;
                bail!("out of memory");
            }
        }
        Ok(true)
    }
}

impl ResourceLimiter for Budget {
    fn memory_growing(&mut self, from: usize, to: usize, max: Option<usize>) -> Result<bool> {
        self.grow(from, to, max, 1)
    }

    fn table_growing(&mut self, from: usize, to: usize, max: Option<usize>) -> Result<bool> {
        self.grow(from, to, max, size_of::<usize>()) // in the engine, an element is a pointer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a module that imports one function of WASI, has a memory of one page, and exits with what `call` comes to.
    fn run_call(function: &str, params: &str, call: &str, memory: &str) -> Value {
        let text = format!(
            r#"(module
                (import "wasi_snapshot_preview1" "{function}" (func $call (param {params}) (result i32)))
                (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (memory (export "memory") 1)
                {memory}
                (func (export "_start") (call $exit {call})))"#
        );
        let mut args = Args::parse_from(["host", "module.wasm", "--arg=-x", "--env=A=b"]);
        args.time_ms = 10_000;
        let wasm = wat::parse_str(text).expect("a test's module is right");
        let mut wasi = world(&args).expect("a test's world is right");
        wasi.stdin = Cursor::new(b"input".to_vec());
        run(&wasm, wasi, &args).expect("the host works")
    }

    fn exited(code: u32) -> Value {
        json!({ "outcome": "exited", "code": code })
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
        assert_eq!(outcome, exited(5 * 16 + u32::from(b'n' - b'i')));
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
        assert_eq!(
            run_call("args_get", "i32 i32", call, ""),
            exited(u32::from(b'-'))
        );
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
                outcome["reason"], "out of bounds memory access",
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
            assert_eq!(outcome["reason"], "2 is no address for 4 bytes");
        }
    }

    #[test]
    fn what_is_not_there_is_refused() {
        let outcome = run_call("sched_yield", "", "(call $call)", "");
        assert_eq!(outcome["outcome"], "refused");
        assert!(
            outcome["reason"].to_string().contains("unknown import"),
            "{outcome}"
        );
    }
}
