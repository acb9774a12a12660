//! Runs a module on wasmi and says what it did: fast enough to be asked thousands of times a second.

use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use anyhow::{Result, anyhow};
use wasmi::{
    CallHook, Caller, Config, Engine, Linker, Module, Store, StoreLimits, StoreLimitsBuilder,
};
use wasmi_wasi::WasiCtx;
use wasmi_wasi::wasi_common::pipe::WritePipe;
use wasmi_wasi::wasi_common::random::Deterministic;
use wasmi_wasi::wasi_common::sync::{clocks_ctx, sched_ctx};
use wasmi_wasi::wasi_common::table::Table;

/// Memory that a module may have, in bytes.
const MEMORY: usize = 64 << 20;

/// Output that is kept of a module, in bytes, of stdout and of stderr each.
const OUTPUT: usize = 256 << 10;

/// What a module did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Did {
    /// The exit code; 0 if `_start` returned.
    pub(crate) code: i32,
    /// How often it called a function of WASI.
    pub(crate) calls: u32,
    /// What it wrote to stdout and stderr.
    pub(crate) output: [Vec<u8>; 2],
    /// The steps that it took.
    pub(crate) steps: u64,
}

/// Why a module did not come to an end of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Not {
    /// wasmi does not take it for a module.
    AModule(String),
    /// It cannot be linked or started, or it trapped.
    Well(String),
}

impl std::fmt::Display for Not {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Not::AModule(why) => write!(f, "it is no module: {why}"),
            Not::Well(why) => f.write_str(why),
        }
    }
}

struct Guest {
    wasi: WasiCtx,
    limits: StoreLimits,
    calls: u32,
}

/// The engine, with WASI linked.
pub(crate) struct Runner {
    engine: Engine,
    linker: Linker<Guest>,
}

impl Runner {
    pub(crate) fn new() -> Result<Runner> {
        let mut config = Config::default();
        config.consume_fuel(true);
        let engine = Engine::new(&config);
        let mut linker = Linker::<Guest>::new(&engine);
        wasmi_wasi::add_to_linker(&mut linker, |guest| &mut guest.wasi)
            .map_err(|error| anyhow!("{error}"))?;
        // A changed module may want to sleep for a century, and fuel does not count that.
        linker.allow_shadowing(true);
        linker.func_wrap(
            "wasi_snapshot_preview1",
            "poll_oneoff",
            |_: Caller<'_, Guest>, _: i32, _: i32, _: i32, _: i32| -> Result<i32, wasmi::Error> {
                Err(wasmi::Error::new(
                    "it waits for something (poll_oneoff), and nobody waits for it",
                ))
            },
        )?;
        Ok(Runner { engine, linker })
    }

    /// Runs a module from `_start` with an empty input, no arguments but its name, no environment and no folder, for
    /// so many steps at most.
    pub(crate) fn run(&self, wasm: &[u8], steps: u64) -> Result<Did, Not> {
        let module =
            Module::new(&self.engine, wasm).map_err(|error| Not::AModule(words(&error)))?;
        let pipes = [(); 2].map(|()| Arc::new(RwLock::new(Limited::default())));
        // The same module does the same each time: random numbers are none.
        let random = Box::new(Deterministic::new((0..=255).collect()));
        let mut wasi = WasiCtx::new(random, clocks_ctx(), sched_ctx(), Table::new());
        wasi.set_stdout(Box::new(WritePipe::from_shared(pipes[0].clone())));
        wasi.set_stderr(Box::new(WritePipe::from_shared(pipes[1].clone())));
        wasi.push_arg("module")
            .map_err(|error| Not::Well(error.to_string()))?;
        let limits = StoreLimitsBuilder::new()
            .memory_size(MEMORY)
            .table_elements(MEMORY / size_of::<usize>())
            .trap_on_grow_failure(true)
            .build();
        let mut store = Store::new(
            &self.engine,
            Guest {
                wasi,
                limits,
                calls: 0,
            },
        );
        store.limiter(|guest| &mut guest.limits);
        // Nothing but WASI is linked, so each call of the host is one of WASI.
        store.call_hook(|guest, hook| {
            if matches!(hook, CallHook::CallingHost) {
                guest.calls += 1;
            }
            Ok(())
        });
        let well = |error: wasmi::Error| Not::Well(words(&error));
        store.set_fuel(steps).map_err(well)?;
        let ran = self
            .linker
            .instantiate_and_start(&mut store, &module)
            .and_then(|instance| {
                if instance.get_memory(&store, "memory").is_none() {
                    return Err(wasmi::Error::new("it exports no memory called `memory`"));
                }
                instance
                    .get_typed_func::<(), ()>(&store, "_start")?
                    .call(&mut store, ())
            });
        let code = match ran {
            Ok(()) => 0,
            Err(error) => error.i32_exit_status().ok_or_else(|| well(error))?,
        };
        let left = store.get_fuel().map_err(well)?;
        Ok(Did {
            code,
            calls: store.data().calls,
            output: pipes.map(|pipe| {
                let pipe = pipe.read().unwrap_or_else(PoisonError::into_inner);
                pipe.0.get_ref().clone()
            }),
            steps: steps - left,
        })
    }
}

fn words(error: &wasmi::Error) -> String {
    error
        .to_string()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// What a module writes, as long as it is not too much.
#[derive(Default)]
struct Limited(Cursor<Vec<u8>>);

impl std::io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.get_ref().len() + bytes.len() > OUTPUT {
            return Err(std::io::Error::other("too much output"));
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A value that a thread leaves for another.
pub(crate) type Shared<T> = Arc<Mutex<T>>;
