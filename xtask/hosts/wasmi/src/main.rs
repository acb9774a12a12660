//! The smallest honest host for wasmi, an interpreter: it runs one WASI preview 1 module from `_start`, inside limits,
//! and says what happened. How it is called and what it reports is said in the crate `host`.
//!
//! Where in the module a trap was, wasmi does not tell. Fuel is counted in another way than wasmtime counts it: a limit
//! that one keeps the other may exceed.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use host::{Guest, Limits};
use outcome::{Outcome, Report};
use wasmi::errors::ErrorKind;
use wasmi::{Config, Engine, Linker, Module, Store, StoreLimits, StoreLimitsBuilder, TrapCode};
use wasmi_wasi::wasi_common::pipe::ReadPipe;
use wasmi_wasi::{WasiCtx, WasiCtxBuilder};

fn main() -> ExitCode {
    host::main::<Wasmi>()
}

#[derive(clap::Args)]
struct Wasmi {
    #[command(flatten)]
    guest: Guest,
}

/// What the store keeps for the guest.
struct State {
    wasi: WasiCtx,
    limits: StoreLimits,
}

impl host::Engine for Wasmi {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const ABOUT: &'static str = env!("CARGO_PKG_DESCRIPTION");

    fn run(&self, wasm: Vec<u8>, limits: &Limits) -> Result<Report> {
        let mut config = Config::default();
        config.consume_fuel(true);
        config.set_max_stack_height(limits.stack_bytes() / size_of::<u64>());
        let engine = Engine::new(&config);

        let store_limits = StoreLimitsBuilder::new()
            .memory_size(limits.memory_bytes())
            .table_elements(limits.memory_bytes() / size_of::<usize>())
            .trap_on_grow_failure(true)
            .build();
        let kept = State {
            wasi: wasi(&self.guest)?,
            limits: store_limits,
        };
        let mut store = Store::new(&engine, kept);
        store.limiter(|state| &mut state.limits);
        store.set_fuel(limits.fuel)?;

        let result = (|| -> Result<(), wasmi::Error> {
            let module = Module::new(&engine, &wasm)?;
            let mut linker = Linker::<State>::new(&engine);
            wasmi_wasi::add_to_linker(&mut linker, |state| &mut state.wasi)
                .map_err(|error| wasmi::Error::new(error.to_string()))?;
            let instance = linker.instantiate_and_start(&mut store, &module)?;
            let start = instance.get_typed_func::<(), ()>(&store, "_start")?;
            start.call(&mut store, ())
        })();
        let outcome = match result {
            Ok(()) => Outcome::Returned,
            Err(error) => outcome_of(&error),
        };
        Ok(outcome.into())
    }
}

/// Streams and strings are all that it holds: there is no directory to open, and no socket.
fn wasi(guest: &Guest) -> Result<WasiCtx> {
    let mut wasi = WasiCtxBuilder::new();
    wasi.inherit_stdout().inherit_stderr();
    wasi.stdin(Box::new(ReadPipe::from(guest.stdin()?)));
    for arg in guest.args() {
        wasi.arg(arg).map_err(|error| anyhow!("{error}"))?;
    }
    for (name, value) in guest.env() {
        wasi.env(name, value).map_err(|error| anyhow!("{error}"))?;
    }
    Ok(wasi.build())
}

/// What ended a module early. It reaches the host as an error, and its kind says which one it is.
fn outcome_of(error: &wasmi::Error) -> Outcome {
    if let Some(code) = error.i32_exit_status() {
        return Outcome::Exited { code };
    }
    match error.as_trap_code() {
        Some(TrapCode::OutOfFuel) => Outcome::OutOfFuel,
        Some(TrapCode::GrowthOperationLimited | TrapCode::OutOfSystemMemory) => {
            Outcome::OutOfMemory
        }
        Some(trap) => Outcome::Trapped {
            reason: trap.trap_message().to_owned(),
            at: None,
        },
        None => {
            // The limit on memory is an error of its own while an instance is made.
            let words = error.to_string();
            if matches!(
                error.kind(),
                ErrorKind::Memory(_) | ErrorKind::Instantiation(_)
            ) && words.contains("resource limiter")
            {
                return Outcome::OutOfMemory;
            }
            let reason = words.split_whitespace().collect::<Vec<_>>().join(" ");
            Outcome::Refused { reason }
        }
    }
}
