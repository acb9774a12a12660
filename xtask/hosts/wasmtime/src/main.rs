//! The smallest honest host: it runs one WASI module or component on wasmtime, inside limits, and says what happened.
//! How it is called and what it reports is said in the crate `host`. It adds
//!
//! ```text
//! [--call "NAME ARG…"] [--arg A]… [--env NAME=VALUE]… [--stdin FILE] [--trace FILE] [--count]
//! ```
//!
//! A module runs from `_start`, or else the function that `--call` names is called. `--trace` keeps every call of WASI:
//! see the module `trace`. `--count` reports how many steps the module took: wasmtime takes one from the fuel for nearly
//! every instruction.
//!
//! A module may ask for WASI preview 1 (`wasi_snapshot_preview1`) or for the one before it, preview 0
//! (`wasi_unstable`). A component gets WASI 0.2 and runs from `run` of `wasi:cli/run`; it has no functions for
//! `--call`, and no calls for `--trace`, which is about preview 1. Bytes 4 to 8 of the file tell the two apart.

mod call;
mod trace;

use std::path::PathBuf;
use std::process::ExitCode;

use host::{Guest, Limits, wasmtime as shared};
use outcome::{Outcome, Report};
use wasmtime::component::{self, Component};
use wasmtime::error::Context as _;
use wasmtime::{Instance, Linker, Module, Store, ensure};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::p2::bindings::sync::Command;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::{I32Exit, WasiCtxBuilder, WasiCtxView, WasiView, p0, p2};

use crate::trace::Trace;

fn main() -> ExitCode {
    host::main::<Wasmtime>()
}

#[derive(clap::Args)]
struct Wasmtime {
    /// Call this export with these numbers, instead of `_start`
    #[arg(long, value_name = "NAME ARG…")]
    call: Option<String>,
    /// Where to write the calls of WASI, as JSON
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Report how many steps it took
    #[arg(long)]
    count: bool,
    #[command(flatten)]
    guest: Guest,
    /// The calls so far.
    #[arg(skip)]
    calls: Trace,
}

impl host::Engine for Wasmtime {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const ABOUT: &'static str = env!("CARGO_PKG_DESCRIPTION");

    fn run(&self, wasm: Vec<u8>, limits: &Limits) -> anyhow::Result<Report> {
        let engine = shared::engine(limits)?;
        // What a guest can touch is what a linker offers and what this context holds: nothing but what to read, two
        // streams to write to and some strings. Without a preopened directory there is no path to open; no address may
        // be connected to.
        let stdin = self.guest.stdin()?;
        let wasi = WasiCtxBuilder::new()
            .inherit_stdout()
            .inherit_stderr()
            .args(&self.guest.args().collect::<Vec<_>>())
            .envs(self.guest.env())
            .stdin(MemoryInputPipe::new(stdin)) // an empty one is at its end
            .build_p1();
        let kept = State {
            wasi,
            memory: shared::Budget::of(limits),
            called: false,
            shim: None,
        };
        let mut store = Store::new(&engine, kept);
        store.limiter(|state| &mut state.memory);
        store.set_fuel(limits.fuel)?;

        let result = if wasm.get(4..8) == Some(&COMPONENT) {
            self.run_component(&mut store, &wasm)
        } else {
            self.run_module(&mut store, &wasm)
        };
        let mut report = result.unwrap_or_else(|error| match error.downcast_ref() {
            Some(I32Exit(code)) => Outcome::Exited { code: *code }.into(),
            None => shared::outcome(&error).into(),
        });
        if self.call.is_none() {
            report.calls_wasi = Some(store.data().called);
        }
        if self.count {
            report.steps = Some(limits.fuel - store.get_fuel()?);
        }
        Ok(report)
    }

    fn around(
        &self,
        _: &Limits,
        run: impl FnOnce() -> anyhow::Result<Report>,
    ) -> anyhow::Result<Report> {
        let report = run()?;
        if let Some(file) = &self.trace {
            let calls = serde_json::to_string(&self.calls.written())?;
            std::fs::write(file, calls)
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(report)
    }
}

impl Wasmtime {
    /// Runs a module from `_start`, or the function that is to be called.
    fn run_module(&self, store: &mut Store<State>, wasm: &[u8]) -> wasmtime::Result<Report> {
        // All of preview 1, and all of what it was called before it had a number.
        let mut linker = Linker::<State>::new(store.engine());
        p1::add_to_linker_sync(&mut linker, State::asked)?;
        p0::add_to_linker_sync(&mut linker, State::asked)?;

        let module = Module::from_binary(store.engine(), wasm)?;
        if self.trace.is_some() {
            self.calls.watch(&self.guest, &mut linker, store, &module)?;
        }
        let instance = linker.instantiate(&mut *store, &module)?;
        if let Some(call) = &self.call {
            return Ok(Report {
                values: call::call(store, &module, &instance, call)?,
                ..Outcome::Returned.into()
            });
        }
        let start = instance.get_typed_func::<(), ()>(&mut *store, "_start")?;
        start.call(store, ())?;
        Ok(Outcome::Returned.into())
    }

    /// Runs a component from `run` of `wasi:cli/run`.
    fn run_component(&self, store: &mut Store<State>, wasm: &[u8]) -> wasmtime::Result<Report> {
        ensure!(
            self.call.is_none(),
            "this is a component: it runs from `wasi:cli/run`, and only functions of modules are called by name"
        );
        let mut linker = component::Linker::<State>::new(store.engine());
        p2::add_to_linker_sync(&mut linker)?;
        let component = Component::from_binary(store.engine(), wasm)?;
        let command = Command::instantiate(&mut *store, &component, &linker)?;
        let outcome = match command.wasi_cli_run().call_run(store)? {
            Ok(()) => Outcome::Returned,
            Err(()) => Outcome::Exited { code: 1 }, // all that the error says is that there is one
        };
        Ok(outcome.into())
    }
}

/// Where a module has its version, 1, a component has a version of its own, 13, and a 1 that says what it is.
const COMPONENT: [u8; 4] = [0x0d, 0, 1, 0];

/// What the store keeps for the guest.
struct State {
    wasi: WasiP1Ctx,
    memory: shared::Budget,
    /// Whether a function of WASI asked for what is kept for it.
    called: bool,
    /// What a traced run calls WASI through.
    shim: Option<Instance>,
}

impl State {
    /// What is kept for WASI's functions. Nothing else asks for it.
    fn asked(&mut self) -> &mut WasiP1Ctx {
        self.called = true;
        &mut self.wasi
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.asked().ctx()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use host::Engine as _;

    /// Runs what the text says, a module or a component.
    fn outcome(text: &str, more: &[&str]) -> Outcome {
        let wasm = wat::parse_str(text).expect("a test's text is right");
        let (host, limits) = host::parse::<Wasmtime>(more);
        host.run(wasm, &limits).expect("the host works").outcome
    }

    /// Why it was refused.
    fn refusal(text: &str, more: &[&str]) -> String {
        match outcome(text, more) {
            Outcome::Refused { reason } => reason,
            other => panic!("not refused: {other:?}"),
        }
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
        assert_eq!(outcome(&component("i32.const 0"), &[]), Outcome::Returned);
        assert_eq!(
            outcome(&component("i32.const 1"), &[]),
            Outcome::Exited { code: 1 }
        );
        let trapped = outcome(&component("unreachable"), &[]);
        assert!(
            matches!(trapped, Outcome::Trapped { at: Some(_), .. }),
            "{trapped:?}"
        );
        assert_eq!(
            outcome(&component("(loop br 0) unreachable"), &["--fuel", "1000"]),
            Outcome::OutOfFuel
        );
        let hungry = "(drop (memory.grow (i32.const 64))) i32.const 0";
        let hungry = component(hungry).replace("(core module ", "(core module (memory 1) ");
        assert_eq!(
            outcome(&hungry, &["--memory-pages", "16"]),
            Outcome::OutOfMemory
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
            assert_eq!(outcome(&text, &[]), Outcome::Exited { code: expected });
        }
    }

    #[test]
    fn a_component_that_is_none_of_ours_is_refused() {
        assert!(refusal("(component)", &[]).contains("wasi:cli/run"));
        let unknown = r#"(component (import "a:b/c" (instance (export "d" (func)))))"#;
        assert!(refusal(unknown, &[]).contains("a:b/c"));
        let called = refusal(&component("i32.const 0"), &["--call", "run"]);
        assert!(called.contains("component"), "{called}");
        // One that makes instances without end, as far as a text can.
        let many = format!(
            "(component (core module) {})",
            "(core instance (instantiate 0))".repeat(101)
        );
        let many = refusal(&many, &[]);
        assert!(many.contains("instance"), "{many}");
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

        let (host, limits) = host::parse::<Wasmtime>(&[]);
        let (mut tried, mut valid) = (0, 0);
        let mut fails = |binary: &[u8]| {
            tried += 1;
            if wasmparser::validate(binary).is_err() {
                return;
            }
            valid += 1;
            let report = host.run(binary.to_vec(), &limits).expect("the host works");
            assert!(!report.outcome.is_success(), "{binary:02x?}");
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
    fn a_call_of_wasi_is_seen() {
        let called = |start: &str, more: &[&str]| {
            let text = format!(
                r#"(module
                    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                    (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
                    (memory (export "memory") 1)
                    (func (export "_start") {start}))"#
            );
            let wasm = wat::parse_str(text).expect("a test's text is right");
            let (host, limits) = host::parse::<Wasmtime>(more);
            let report = host.run(wasm, &limits).expect("the host works");
            report.calls_wasi
        };
        let trace = ["--trace", "nothing is written before the end"];
        for more in [&[][..], &trace] {
            assert_eq!(called("", more), Some(false));
            // This is the engine's affair, though it leaves the module.
            let grow = "(drop (memory.grow (i32.const 1)))";
            assert_eq!(called(grow, more), Some(false));
            assert_eq!(called("(call $exit (i32.const 0))", more), Some(true));
            assert_eq!(called("(drop (call $yield)) unreachable", more), Some(true));
        }
        // Components are asked the same.
        let (host, limits) = host::parse::<Wasmtime>(&[]);
        let wasm = wat::parse_str(component("i32.const 0")).expect("a test's text is right");
        let report = host.run(wasm, &limits).expect("the host works");
        assert_eq!(report.calls_wasi, Some(false));
    }

    #[test]
    fn steps_are_counted_if_that_is_asked_for() {
        let text =
            r#"(module (func (export "_start") (drop (i32.add (i32.const 1) (i32.const 2)))))"#;
        let steps = |more: &[&str]| {
            let wasm = wat::parse_str(text).expect("a test's text is right");
            let (host, limits) = host::parse::<Wasmtime>(more);
            host.run(wasm, &limits).expect("the host works").steps
        };
        assert_eq!(steps(&[]), None);
        // One for each instruction but `drop`, and one for the function.
        assert_eq!(steps(&["--count"]), Some(4));
    }

    #[test]
    fn preview_0_is_served_by_its_name() {
        let text = r#"(module
            (import "wasi_unstable" "proc_exit" (func (param i32)))
            (memory (export "memory") 0)
            (func (export "_start") (call 0 (i32.const 3))))"#;
        assert_eq!(outcome(text, &[]), Outcome::Exited { code: 3 });
    }
}
