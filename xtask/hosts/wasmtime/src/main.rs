//! The smallest honest host: it runs one WASI module or component on wasmtime, inside limits, and says what happened.
//!
//! ```text
//! host-wasmtime MODULE.wasm [--call "NAME ARG…"] [--arg A]… [--env NAME=VALUE]… [--stdin FILE] [--trace FILE]
//!               [--fuel N] [--memory-pages N] [--time-ms N] [--stack-kib N] [--report FILE]
//! host-wasmtime --version-of-engine
//! ```
//!
//! What the module prints goes to the host's own stdout and stderr. Unless told otherwise it reads an empty stdin, has
//! one argument, its own name `module`, and no environment; files and a network it never has. It runs from `_start`,
//! or else the function that `--call` names is called. `--trace` keeps every call of WASI: see the module `trace`.
//!
//! A module may ask for WASI preview 1 (`wasi_snapshot_preview1`) or for the one before it, preview 0
//! (`wasi_unstable`). A component gets WASI 0.2 and runs from `run` of `wasi:cli/run`; it has no functions for
//! `--call`, and no calls for `--trace`, which is about preview 1. Bytes 4 to 8 of the file tell the two apart.
//!
//! Whatever becomes of it, exactly one JSON object is written to the report file, or to stderr as one line:
//!
//! ```text
//! {"outcome":"returned"}                               `_start` came to its end; `run` returned ok
//! {"outcome":"returned","values":["42"]}               so did the function that was called, with these results
//! {"outcome":"exited","code":0}                        it called `proc_exit`, or `wasi:cli/exit`
//! {"outcome":"exited","code":1}                        the same; or a component's `run` returned an error
//! {"outcome":"trapped","reason":"…","at":35}           the engine stopped it, at this byte of the module
//! {"outcome":"refused","reason":"…"}                   not a module, or one that cannot be linked, started or served
//! {"outcome":"out of fuel"}                            it took more steps than it was given
//! {"outcome":"out of memory"}                          it asked for more memory than it was given
//! {"outcome":"out of time"}                            it ran, or compiled, for too long
//! ```
//!
//! With a report file, the host exits with 0 once that is written, whatever the outcome was. Without one it ends as the
//! module did: with its exit code, with 0 if `_start` came to its end, and with 1 after everything else. Either way it
//! exits with 1 if it could not report (2 if it was called wrongly), for a reason that stderr tells.

mod trace;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use clap::Parser;
use serde_json::{Value, json};
use wasmtime::component::{self, Component};
use wasmtime::error::Context as _;
use wasmtime::{
    Config, Engine, ExternType, Instance, Linker, Module, ResourceLimiter, Store, Trap, Val,
    ValType, WasmBacktrace, bail, ensure, format_err,
};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::p2::bindings::sync::Command;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::{I32Exit, WasiCtxBuilder, WasiCtxView, WasiView, p0, p2};

use crate::trace::Trace;

/// Runs one WASI module or component on wasmtime, inside limits, and reports what happened as JSON.
#[derive(Parser)]
struct Args {
    /// The module or component to run, in the binary format
    #[arg(required_unless_present = "version_of_engine")]
    module: Option<PathBuf>,
    /// Call this export with these numbers, instead of `_start`
    #[arg(long, value_name = "NAME ARG…")]
    call: Option<String>,
    /// An argument for the module, after its name
    #[arg(long, value_name = "A", allow_hyphen_values = true)]
    arg: Vec<String>,
    /// A variable of the module's environment
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// What the module reads from its stdin
    #[arg(long, value_name = "FILE")]
    stdin: Option<PathBuf>,
    /// Where to write the calls of WASI, as JSON
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
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
    /// Print the name and version of the engine, and do nothing else
    #[arg(long)]
    version_of_engine: bool,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a variable is NAME=VALUE".to_owned()),
    }
}

fn main() -> ExitCode {
    match host(Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("host-wasmtime: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn host(args: Args) -> wasmtime::Result<ExitCode> {
    let Some(path) = &args.module else {
        println!("wasmtime {}", version_of_engine());
        return Ok(ExitCode::SUCCESS);
    };
    let wasm = read(path)?;
    let stdin = args.stdin.as_deref().map(read).transpose()?;
    let report = args.report.clone();
    let trace = args.trace.clone().map(|file| (file, Trace::of(&args)));
    let tracer = trace.as_ref().map(|(_, trace)| trace.clone());
    let time = Duration::from_millis(args.time_ms);

    // The module runs on a thread of its own, so that this one can watch the clock. The clock covers what fuel cannot:
    // a module that takes long to compile, sleeps, or fills 64 MiB with a single instruction.
    // The stack has room for the guest and, beyond it, for the engine: the compiler recurses over what it compiles.
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .stack_size(args.stack_kib as usize * 1024 + (8 << 20))
        .spawn(move || sender.send(run(&wasm, stdin, &args, tracer.as_ref())))
        .context("cannot start a thread")?;
    let outcome = match receiver.recv_timeout(time) {
        Ok(outcome) => outcome?,
        // The thread is still at it; it ends with this process, after the report.
        Err(RecvTimeoutError::Timeout) => json!({ "outcome": "out of time" }),
        Err(RecvTimeoutError::Disconnected) => bail!("the engine panicked"),
    };

    if let Some((file, trace)) = trace {
        std::fs::write(&file, trace.written().to_string())
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    let Some(report) = report else {
        eprintln!("{outcome}");
        return Ok(as_the_module(&outcome));
    };
    std::fs::write(&report, outcome.to_string())
        .with_context(|| format!("cannot write {}", report.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> wasmtime::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The exit code of a host that stands in for the module.
fn as_the_module(outcome: &Value) -> ExitCode {
    match (outcome["outcome"].as_str(), outcome["code"].as_u64()) {
        (Some("returned"), _) => ExitCode::SUCCESS,
        // WASI lets through what fits: see the refusal of larger ones.
        (_, Some(code)) => u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from),
        _ => ExitCode::FAILURE,
    }
}

/// Compiles, links and runs the module. An `Err` is the host's own failure: no module can cause one.
fn run(
    wasm: &[u8],
    stdin: Option<Vec<u8>>,
    args: &Args,
    trace: Option<&Trace>,
) -> wasmtime::Result<Value> {
    let stack = args.stack_kib as usize * 1024;
    let mut config = Config::new();
    config.consume_fuel(true); // compiled code counts its steps only if asked to
    config.max_wasm_stack(stack);
    config.async_stack_size(stack + (1 << 20)); // unused here, yet the engine wants it larger than the one above
    let engine = Engine::new(&config)?;

    // What a guest can touch is what a linker offers and what this context holds: nothing but what to read, two streams
    // to write to and some strings. Without a preopened directory there is no path to open; no address may be
    // connected to.
    let wasi = WasiCtxBuilder::new()
        .inherit_stdout()
        .inherit_stderr()
        .arg("module")
        .args(&args.arg)
        .envs(&args.env)
        .stdin(MemoryInputPipe::new(stdin.unwrap_or_default())) // an empty one is at its end
        .build_p1();

    let memory = Budget {
        limit: args.memory_pages as usize * 64 * 1024,
        used: 0,
    };
    let mut store = Store::new(
        &engine,
        Guest {
            wasi,
            memory,
            shim: None,
        },
    );
    store.limiter(|guest| &mut guest.memory);
    store.set_fuel(args.fuel)?;

    let result = if wasm.get(4..8) == Some(&COMPONENT) {
        run_component(&mut store, wasm, args)
    } else {
        run_module(&mut store, wasm, args, trace)
    };
    Ok(result.unwrap_or_else(|error| outcome_of(&error)))
}

/// Where a module has its version, 1, a component has a version of its own, 13, and a 1 that says what it is.
const COMPONENT: [u8; 4] = [0x0d, 0, 1, 0];

/// Runs a module from `_start`, or the function that is to be called.
fn run_module(
    store: &mut Store<Guest>,
    wasm: &[u8],
    args: &Args,
    trace: Option<&Trace>,
) -> wasmtime::Result<Value> {
    // All of preview 1, and all of what it was called before it had a number.
    let mut linker = Linker::<Guest>::new(store.engine());
    p1::add_to_linker_sync(&mut linker, |guest| &mut guest.wasi)?;
    p0::add_to_linker_sync(&mut linker, |guest| &mut guest.wasi)?;

    let module = Module::from_binary(store.engine(), wasm)?;
    if let Some(trace) = trace {
        trace.watch(&mut linker, store, &module)?;
    }
    let instance = linker.instantiate(&mut *store, &module)?;
    if let Some(call) = &args.call {
        let values = self::call(store, &module, &instance, call)?;
        return Ok(json!({ "outcome": "returned", "values": values }));
    }
    let start = instance.get_typed_func::<(), ()>(&mut *store, "_start")?;
    start.call(store, ())?;
    Ok(json!({ "outcome": "returned" }))
}

/// Runs a component from `run` of `wasi:cli/run`.
fn run_component(store: &mut Store<Guest>, wasm: &[u8], args: &Args) -> wasmtime::Result<Value> {
    ensure!(
        args.call.is_none(),
        "this is a component: it runs from `wasi:cli/run`, and only functions of modules are called by name"
    );
    let mut linker = component::Linker::<Guest>::new(store.engine());
    p2::add_to_linker_sync(&mut linker)?;
    let component = Component::from_binary(store.engine(), wasm)?;
    let command = Command::instantiate(&mut *store, &component, &linker)?;
    Ok(match command.wasi_cli_run().call_run(store)? {
        Ok(()) => json!({ "outcome": "returned" }),
        Err(()) => json!({ "outcome": "exited", "code": 1 }), // all that the error says is that there is one
    })
}

/// Calls the export that `call` names with the numbers that follow the name, read as its type wants them.
fn call(
    store: &mut Store<Guest>,
    module: &Module,
    instance: &Instance,
    call: &str,
) -> wasmtime::Result<Vec<String>> {
    let mut words = call.split_whitespace();
    let name = words.next().context("no function is named to be called")?;
    let Some(function) = instance.get_func(&mut *store, name) else {
        let functions = module
            .exports()
            .filter(|export| matches!(export.ty(), ExternType::Func(_)))
            .map(|export| format!("`{}`", export.name()))
            .collect::<Vec<_>>();
        let there = match functions.as_slice() {
            [] => "none".to_owned(),
            some => some.join(", "),
        };
        bail!("no exported function `{name}`; exported functions: {there}");
    };
    let ty = function.ty(&*store);
    let words = words.collect::<Vec<_>>();
    ensure!(
        words.len() == ty.params().len(),
        "`{name}` takes {} arguments ({}), not {}",
        ty.params().len(),
        ty.params()
            .map(|ty| ty.to_string())
            .collect::<Vec<_>>()
            .join(", "),
        words.len()
    );
    let arguments = words
        .iter()
        .zip(ty.params())
        .map(|(word, ty)| {
            parse(word, &ty).ok_or_else(|| format_err!("`{word}` is not an argument of type {ty}"))
        })
        .collect::<wasmtime::Result<Vec<_>>>()?;
    let mut results = vec![Val::I32(0); ty.results().len()];
    function.call(&mut *store, &arguments, &mut results)?;
    results.iter().map(print).collect()
}

/// A number of that type. For the engine an integer has no sign: -1 and 4294967295 are the same i32.
fn parse(word: &str, ty: &ValType) -> Option<Val> {
    Some(match ty {
        ValType::I32 => Val::I32(
            word.parse::<i32>()
                .or_else(|_| word.parse::<u32>().map(u32::cast_signed))
                .ok()?,
        ),
        ValType::I64 => Val::I64(
            word.parse::<i64>()
                .or_else(|_| word.parse::<u64>().map(u64::cast_signed))
                .ok()?,
        ),
        ValType::F32 => Val::F32(word.parse::<f32>().ok()?.to_bits()),
        ValType::F64 => Val::F64(word.parse::<f64>().ok()?.to_bits()),
        _ => return None,
    })
}

/// A result in decimal, integers with a sign.
fn print(value: &Val) -> wasmtime::Result<String> {
    Ok(match value {
        Val::I32(value) => value.to_string(),
        Val::I64(value) => value.to_string(),
        Val::F32(bits) => f32::from_bits(*bits).to_string(),
        Val::F64(bits) => f64::from_bits(*bits).to_string(),
        _ => bail!("the result is not a number"),
    })
}

/// Everything that ends a module early reaches the host as an error; which one it was shows by its type.
fn outcome_of(error: &wasmtime::Error) -> Value {
    if let Some(I32Exit(code)) = error.downcast_ref() {
        return json!({ "outcome": "exited", "code": code });
    }
    if error.is::<OverBudget>() {
        return json!({ "outcome": "out of memory" });
    }
    // While the module ran, the engine noted where it was: the innermost frame comes first.
    let frame = error
        .downcast_ref::<WasmBacktrace>()
        .and_then(|backtrace| backtrace.frames().first());
    let at = frame.and_then(|frame| frame.module_offset());
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => json!({ "outcome": "out of fuel" }),
        Some(trap) => {
            let reason = trap.to_string();
            let reason = reason.strip_prefix("wasm trap: ").unwrap_or(&reason);
            match at {
                // Which of several calls overflows the stack depends on the size of their frames, and so on the
                // processor. A report that differs between machines is no use in a snapshot.
                Some(at) if *trap != Trap::StackOverflow => {
                    json!({ "outcome": "trapped", "reason": reason, "at": at })
                }
                _ => json!({ "outcome": "trapped", "reason": reason }),
            }
        }
        // Not a trap: the module failed to compile, link or start, or called WASI in a way it does not serve. The most
        // surprising of these: `proc_exit` needs no memory, yet a module that exports none may not call it, because
        // wasmtime-wasi looks for the memory before every call and says `missing required memory export`.
        None => {
            let words = error
                .chain()
                .map(ToString::to_string)
                .filter(|words| !words.starts_with("error while executing at wasm backtrace"));
            let reason = words.collect::<Vec<_>>().join(": ");
            // Some of the parser's words come as a list on many lines.
            let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
            json!({ "outcome": "refused", "reason": reason })
        }
    }
}

/// What the store keeps for the guest.
struct Guest {
    wasi: WasiP1Ctx,
    memory: Budget,
    /// What a traced run calls WASI through.
    shim: Option<Instance>,
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.wasi.ctx()
    }
}

/// The bytes that the guest's memories and tables may fill, all of them together.
struct Budget {
    limit: usize,
    used: usize,
}

impl Budget {
    /// Decides over a growth. From a refusal by `Ok(false)` a guest gets a -1 that it may ignore, and loop on; an
    /// error ends it there and then, and tells the reader why.
    fn grow(
        &mut self,
        from: usize,
        to: usize,
        max: Option<usize>,
        unit: usize,
    ) -> wasmtime::Result<bool> {
        if max.is_some_and(|max| to > max && max.saturating_mul(unit) <= self.limit) {
            return Ok(false); // beyond the maximum that the module itself declares: its own affair
        }
        let grown = to.saturating_sub(from).saturating_mul(unit);
        self.used = self.used.saturating_add(grown);
        if self.used > self.limit {
            return Err(OverBudget.into());
        }
        Ok(true)
    }
}

impl ResourceLimiter for Budget {
    fn memory_growing(
        &mut self,
        from: usize,
        to: usize,
        max: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.grow(from, to, max, 1)
    }

    fn table_growing(
        &mut self,
        from: usize,
        to: usize,
        max: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.grow(from, to, max, size_of::<usize>()) // in the engine, an element is a pointer
    }

    // A module is one instance and has the memories and tables that it says; a component can make many of the few
    // modules in it. An empty memory costs no byte of the budget, yet the engine reserves gigabytes of addresses for
    // it.
    fn instances(&self) -> usize {
        100
    }

    fn memories(&self) -> usize {
        100
    }

    fn tables(&self) -> usize {
        100
    }
}

/// The error that [`Budget`] ends a run with.
#[derive(Debug)]
struct OverBudget;

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of memory")
    }
}

impl std::error::Error for OverBudget {}

/// The engine does not tell its version to those who embed it; the lock file that it was built by does.
fn version_of_engine() -> &'static str {
    include_str!("../../../../Cargo.lock")
        .lines()
        .skip_while(|line| *line != "name = \"wasmtime\"")
        .find_map(|line| line.strip_prefix("version = "))
        .map_or("of unknown version", |version| version.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs what the text says, a module or a component.
    fn outcome(text: &str, more: &[&str]) -> Value {
        let wasm = wat::parse_str(text).expect("a test's text is right");
        let args = Args::parse_from(["host", "module.wasm"].iter().chain(more));
        run(&wasm, None, &args, None).expect("the host works")
    }

    /// A component whose `run` has these instructions.
    fn component(code: &str) -> String {
        format!(
            r#"(component
                (core module (func (export "") (result i32) {code}))
                (core instance (instantiate 0))
                (type (result))
                (type (func (result 0)))
                (func (type 1) (canon lift (core func 0 "")))
                (instance (export "run" (func 0)))
                (export "wasi:cli/run@0.2.0" (instance 0)))"#
        )
    }

    #[test]
    fn a_component_runs() {
        assert_eq!(
            outcome(&component("i32.const 0"), &[]),
            json!({ "outcome": "returned" })
        );
        assert_eq!(
            outcome(&component("i32.const 1"), &[]),
            json!({ "outcome": "exited", "code": 1 })
        );
        let trapped = outcome(&component("unreachable"), &[]);
        assert_eq!(trapped["outcome"], "trapped");
        assert!(trapped["at"].is_u64(), "{trapped}");
        assert_eq!(
            outcome(&component("(loop br 0) unreachable"), &["--fuel", "1000"])["outcome"],
            "out of fuel"
        );
        let hungry = "(drop (memory.grow (i32.const 64))) i32.const 0";
        let hungry = component(hungry).replace("(core module ", "(core module (memory 1) ");
        assert_eq!(
            outcome(&hungry, &["--memory-pages", "16"])["outcome"],
            "out of memory"
        );
    }

    #[test]
    fn a_component_exits() {
        for (code, expected) in [(0, 0), (1, 1)] {
            let text = format!(
                r#"(component
                    (type (result))
                    (import "wasi:cli/exit@0.2.0" (instance $exit
                        (type (result))
                        (export "exit" (func (param "status" 0)))))
                    (core func $exit (canon lower (func $exit "exit")))
                    (core module $main
                        (import "" "exit" (func (param i32)))
                        (func (export "run") (result i32) (call 0 (i32.const {code})) unreachable))
                    (core instance $main (instantiate $main (with "" (instance (export "exit" (func $exit))))))
                    (func $run (result 0) (canon lift (core func $main "run")))
                    (instance $run (export "run" (func $run)))
                    (export "wasi:cli/run@0.2.0" (instance $run)))"#
            );
            assert_eq!(
                outcome(&text, &[]),
                json!({ "outcome": "exited", "code": expected })
            );
        }
    }

    #[test]
    fn a_component_that_is_none_of_ours_is_refused() {
        let no_run = outcome("(component)", &[]);
        assert_eq!(no_run["outcome"], "refused");
        assert!(no_run["reason"].to_string().contains("wasi:cli/run"));
        let unknown = outcome(
            r#"(component (import "a:b/c" (instance (export "d" (func)))))"#,
            &[],
        );
        assert_eq!(unknown["outcome"], "refused");
        let called = outcome(&component("i32.const 0"), &["--call", "run"]);
        assert_eq!(called["outcome"], "refused");
        assert!(called["reason"].to_string().contains("component"));
        // One that makes instances without end, as far as a text can.
        let many = format!(
            "(component (core module) {})",
            "(core instance (instantiate 0))".repeat(101)
        );
        let many = outcome(&many, &[]);
        assert_eq!(many["outcome"], "refused");
        assert!(many["reason"].to_string().contains("instance"), "{many}");
    }

    /// The size fields of a component that fit into one byte: where each is, and from where to where it counts.
    fn sizes(binary: &[u8], from: usize, to: usize, found: &mut Vec<[usize; 3]>) {
        let is_component = binary[from + 4] == COMPONENT[0];
        let mut at = from + 8;
        while at < to {
            let (id, start) = (binary[at], at + 2);
            let end = start + usize::from(binary[at + 1]);
            found.push([at + 1, start, end]);
            match (is_component, id) {
                (true, 1) => sizes(binary, start, end, found), // a module
                (false, 10) => found.push([start + 1, start + 2, end]), // code: the one body
                _ => {}
            }
            at = end;
        }
    }

    /// The book's smallest component, with any run of its bytes deleted and the sizes around it mended, and then once
    /// more with any one of the other bytes set to zero or one less: a count, an index, a kind. Nothing of that runs.
    /// It is a search among the neighbours, and no proof that there is nothing smaller.
    #[test]
    fn nothing_near_the_smallest_component_is_smaller() {
        let text = r#"(component
            (core module (func (export "") (result i32) i32.const 0))
            (core instance (instantiate 0))
            (alias core export 0 "" (core func))
            (type (result))
            (type (func (result 0)))
            (func (type 1) (canon lift (core func 0)))
            (instance (export "run" (func 0)))
            (export "wasi:cli/run@0.2.0" (instance 0)))"#;
        let smallest = wat::parse_str(text).expect("a test's text is right");
        let mut fields = Vec::new();
        sizes(&smallest, 0, smallest.len(), &mut fields);

        let args = Args::parse_from(["host", "module.wasm"]);
        let (mut tried, mut valid) = (0, 0);
        let mut fails = |binary: &[u8]| {
            tried += 1;
            if wasmparser::validate(binary).is_err() {
                return;
            }
            valid += 1;
            let outcome = run(binary, None, &args, None).expect("the host works");
            assert_ne!(outcome["outcome"], "returned", "{binary:02x?}");
            assert_ne!(outcome["code"], 0, "{binary:02x?}");
        };
        for from in 8..smallest.len() {
            for to in from + 1..=smallest.len() {
                let mut binary = smallest.clone();
                for [field, start, end] in &fields {
                    if *start <= from && to <= *end {
                        binary[*field] -= u8::try_from(to - from).expect("it is small");
                    }
                }
                binary.drain(from..to);
                fails(&binary);
                for at in 8..binary.len() {
                    let there = binary[at];
                    for other in [0, there.wrapping_sub(1)] {
                        binary[at] = other;
                        fails(&binary);
                    }
                    binary[at] = there;
                }
            }
        }
        assert!(
            tried > 500_000 && valid > 50,
            "{tried} tried, {valid} valid"
        );
    }

    #[test]
    fn preview_0_is_served_by_its_name() {
        let text = r#"(module
            (import "wasi_unstable" "proc_exit" (func (param i32)))
            (memory (export "memory") 0)
            (func (export "_start") (call 0 (i32.const 3))))"#;
        assert_eq!(
            outcome(text, &[]),
            json!({ "outcome": "exited", "code": 3 })
        );
    }
}
