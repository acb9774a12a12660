//! What the hosts around wasmtime share: how the engine is set up, what a store may grow to, and what its errors mean.

use std::fmt;

use outcome::Outcome;
use wasmtime::{Config, Engine, ResourceLimiter, Result, Trap, WasmBacktrace};

use crate::Limits;

/// An engine that counts steps, with this stack for the module.
///
/// # Errors
/// If wasmtime refuses the stack.
pub fn engine(limits: &Limits) -> Result<Engine> {
    let stack = limits.stack_bytes();
    let mut config = Config::new();
    config.consume_fuel(true); // compiled code counts its steps only if asked to
    config.max_wasm_stack(stack);
    config.async_stack_size(stack + (1 << 20)); // unused here, yet the engine wants it larger than the one above
    Engine::new(&config)
}

/// The bytes that the guest's memories and tables may fill, all of them together.
#[derive(Debug)]
pub struct Budget {
    limit: usize,
    used: usize,
}

impl Budget {
    /// Nothing is used yet.
    #[must_use]
    pub fn of(limits: &Limits) -> Budget {
        Budget {
            limit: limits.memory_bytes(),
            used: 0,
        }
    }

    /// Decides over a growth. From a refusal by `Ok(false)` a guest gets a -1 that it may ignore, and loop on; an
    /// error ends it there and then, and tells the reader why.
    fn grow(&mut self, from: usize, to: usize, max: Option<usize>, unit: usize) -> Result<bool> {
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
    fn memory_growing(&mut self, from: usize, to: usize, max: Option<usize>) -> Result<bool> {
        self.grow(from, to, max, 1)
    }

    fn table_growing(&mut self, from: usize, to: usize, max: Option<usize>) -> Result<bool> {
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

/// What ended a module early. It reaches the host as an error, and its type says which one it is. A host that lets its
/// guest exit has a type of its own for that, and looks for it first.
#[must_use]
pub fn outcome(error: &wasmtime::Error) -> Outcome {
    if error.is::<OverBudget>() {
        return Outcome::OutOfMemory;
    }
    // While the module ran, the engine noted where it was: the innermost frame comes first.
    let frame = error
        .downcast_ref::<WasmBacktrace>()
        .and_then(|backtrace| backtrace.frames().first());
    let at = frame.and_then(|frame| frame.module_offset());
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Outcome::OutOfFuel,
        Some(trap) => {
            let reason = trap.to_string();
            let reason = reason.strip_prefix("wasm trap: ").unwrap_or(&reason);
            Outcome::Trapped {
                reason: reason.to_owned(),
                // Which of several calls overflows the stack depends on the size of their frames, and so on the
                // processor. A report that differs between machines is no use in a snapshot.
                at: at
                    .filter(|_| *trap != Trap::StackOverflow)
                    .map(|at| at as u64),
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
            Outcome::Refused { reason }
        }
    }
}
