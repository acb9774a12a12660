//! `--trace`: every call of WASI, with its arguments, what it found in memory, its result and what it left in memory.
//!
//! ```text
//! {"function": "fd_write",
//!  "args":   [{"name": "fd", "value": "1"}, {"name": "iovs", "value": "0xffff0"}, …],
//!  "memory": [{"what": "iovs[0]", "at": 1048560, "bytes": "10 00 10 00 0b 00 00 00", "means": "buf 0x100010, buf_len 11"},
//!             {"what": "buf of iovs[0]", "at": 1048592, "bytes": "48 65 …", "means": "\"Hello WASI!\""}],
//!  "result": "success",                    or "errno 8 (badf)", or "does not return"
//!  "after":  [{"what": "nwritten", "at": 1048556, "bytes": "0b 00 00 00", "means": "11"}]}
//! ```
//!
//! A host function that stands between the guest and WASI is simple to write, but for one thing: wasmtime-wasi serves
//! the memory that its *caller* exports, and a host function exports none. So WASI is called through a shim, a module
//! made up on the spot, that imports the guest's memory, exports it again, and has one function for each that it calls:
//!
//! ```text
//! guest --> recorder (host) --> shim (wasm, with the guest's memory) --> WASI (host)
//! ```
//!
//! What is watched behaves as if it were not: the shim's steps cost the guest no fuel, and whatever ends a call, such
//! as `proc_exit`, goes through all of them. Only stack is not free: a guest that calls WASI with all but a few KiB of
//! its stack full overflows it when traced.

use std::sync::{Arc, Mutex, PoisonError};

use host::Guest;
use outcome::TraceCall;
use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
    MemoryType, TypeSection,
};
use wasmtime::error::Context as _;
use wasmtime::{Caller, Extern, Func, Instance, Linker, Memory, Module, Store, Val, ValType};

use self::{
    functions::{parameters, result_of},
    memory::{Given, Pieces, note},
};
use crate::State;

mod functions;
mod memory;
#[cfg(test)]
mod tests;

/// The module that a guest imports WASI preview 1 from.
const WASI: &str = "wasi_snapshot_preview1";
/// How many calls are kept; of the others only the number is.
const CALLS: usize = 1000;

/// The calls so far. The clones share them, so that a run that is given up still leaves what it did.
#[derive(Clone, Default)]
pub(crate) struct Trace {
    calls: Arc<Mutex<Calls>>,
}

#[derive(Default)]
struct Calls {
    kept: Vec<TraceCall>,
    more: u64,
}

impl Trace {
    /// What is to be written: the calls.
    pub(crate) fn written(&self) -> Vec<TraceCall> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let mut written = calls.kept.clone();
        if calls.more > 0 {
            written.push(TraceCall {
                function: "…".into(),
                args: Vec::new(),
                memory: Vec::new(),
                result: format!("{} more calls", calls.more),
                after: Vec::new(),
            });
        }
        written
    }

    /// Puts a recorder before each function of WASI that the module imports. What the linker does not have, it still
    /// has not: it is the engine that refuses such a module.
    pub(crate) fn watch(
        &self,
        guest: &Guest,
        linker: &mut Linker<State>,
        store: &mut Store<State>,
        module: &Module,
    ) -> wasmtime::Result<()> {
        let mut names = module
            .imports()
            .filter(|import| import.module() == WASI)
            .map(|import| import.name().to_owned())
            .collect::<Vec<_>>();
        names.sort();
        names.dedup();
        let functions = names
            .into_iter()
            .filter_map(|name| match linker.get(&mut *store, WASI, &name) {
                Ok(Extern::Func(function)) => Some((name, function)),
                _ => None,
            })
            .collect::<Arc<[_]>>();
        linker.allow_shadowing(true);
        for (name, function) in functions.iter() {
            let recorder = Recorder {
                trace: self.clone(),
                given: Given::to(guest),
                all: functions.clone(),
                name: name.clone(),
                function: *function,
            };
            let ty = function.ty(&*store);
            linker.func_new(WASI, name, ty, move |mut caller, params, results| {
                recorder.call(&mut caller, params, results)
            })?;
        }
        Ok(())
    }
}

/// What stands before a function of WASI.
struct Recorder {
    trace: Trace,
    given: Given,
    /// All functions that are recorded.
    all: Arc<[(String, Func)]>,
    name: String,
    function: Func,
}

impl Recorder {
    /// One call of the guest's: noted, passed on, and noted again.
    fn call(
        &self,
        caller: &mut Caller<'_, State>,
        params: &[Val],
        results: &mut [Val],
    ) -> wasmtime::Result<()> {
        let calls = || {
            let calls = self.trace.calls.lock();
            calls.unwrap_or_else(PoisonError::into_inner)
        };
        let fuel = caller.get_fuel()?;
        let memory = match caller.get_export("memory") {
            Some(Extern::Memory(memory)) => Some(memory),
            _ => None, // then WASI is called as it is, and says what it says
        };
        let function = match memory {
            Some(memory) => {
                caller.set_fuel(u64::MAX)?;
                let shim = shim(caller, memory, &self.all)?;
                shim.get_func(&mut *caller, &self.name)
                    .context("the shim lacks a function")?
            }
            None => self.function,
        };

        // The note is kept before the call, for some do not come back.
        let table = parameters(&self.name);
        let place = {
            let mut calls = calls();
            if calls.kept.len() < CALLS {
                let before = memory.map(|memory| memory.data(&*caller));
                calls.kept.push(note(&self.name, table, params, before));
                Some(calls.kept.len() - 1)
            } else {
                calls.more += 1;
                None
            }
        };
        let result = function.call(&mut *caller, params, results);
        if memory.is_some() {
            caller.set_fuel(fuel)?;
        }
        result?;

        if let Some(place) = place {
            let mut calls = calls();
            let errno = match results {
                [Val::I32(errno)] => *errno,
                _ => 0,
            };
            calls.kept[place].result = result_of(errno);
            if let (0, Some(memory)) = (errno, memory) {
                let pieces = Pieces::after(table, params, memory.data(&*caller), self.given);
                calls.kept[place].after = pieces.kept;
            }
        }
        Ok(())
    }
}

/// The instance through which WASI is called: it exports the guest's memory as its own.
fn shim(
    caller: &mut Caller<'_, State>,
    memory: Memory,
    functions: &[(String, Func)],
) -> wasmtime::Result<Instance> {
    if let Some(shim) = caller.data().shim {
        return Ok(shim);
    }
    let mut types = TypeSection::new();
    let mut imports = ImportSection::new();
    let mut wrappers = FunctionSection::new();
    let mut exports = ExportSection::new();
    let mut code = CodeSection::new();
    let guests = MemoryType {
        minimum: 0,
        maximum: None,
        memory64: memory.ty(&*caller).is_64(),
        shared: false,
        page_size_log2: None,
    };
    imports.import("guest", "memory", guests);
    exports.export("memory", ExportKind::Memory, 0);
    let count = u32::try_from(functions.len())?;
    for (index, (name, function)) in (0..).zip(functions) {
        let ty = function.ty(&*caller);
        let params: Vec<_> = ty.params().map(encoded).collect::<wasmtime::Result<_>>()?;
        let results: Vec<_> = ty.results().map(encoded).collect::<wasmtime::Result<_>>()?;
        let mut body = Function::new([]);
        for param in (0..).zip(&params).map(|(param, _)| param) {
            body.instructions().local_get(param);
        }
        body.instructions().call(index).end();
        types.ty().function(params, results);
        imports.import("wasi", name, EntityType::Function(index));
        wrappers.function(index);
        exports.export(name, ExportKind::Func, count + index);
        code.function(&body);
    }
    let mut module = wasm_encoder::Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&wrappers)
        .section(&exports)
        .section(&code);
    let module = Module::from_binary(caller.engine(), &module.finish())?;
    let mut externs = vec![Extern::Memory(memory)];
    externs.extend(
        functions
            .iter()
            .map(|(_, function)| Extern::Func(*function)),
    );
    let shim = Instance::new(&mut *caller, &module, &externs)?;
    caller.data_mut().shim = Some(shim);
    Ok(shim)
}

/// The type of a parameter or result of WASI's, for the shim.
fn encoded(ty: ValType) -> wasmtime::Result<wasm_encoder::ValType> {
    Ok(match ty {
        ValType::I32 => wasm_encoder::ValType::I32,
        ValType::I64 => wasm_encoder::ValType::I64,
        other => wasmtime::bail!("a function of WASI's passes {other}"),
    })
}
