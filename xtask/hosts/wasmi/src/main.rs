//! The smallest honest host for wasmi, an interpreter: it runs one WASI preview 1 module, inside limits, and says what
//! happened.
//!
//! ```text
//! host-wasmi MODULE.wasm [--arg A]… [--env NAME=VALUE]… [--stdin FILE]
//!            [--fuel N] [--memory-pages N] [--time-ms N] [--stack-kib N] [--report FILE]
//! host-wasmi --version-of-engine
//! ```
//!
//! What the module prints goes to the host's own stdout and stderr. Unless told otherwise it reads an empty stdin, has
//! one argument, its own name `module`, and no environment; files and a network it never has. It runs from `_start`.
//!
//! Whatever becomes of it, exactly one JSON object is written to the report file, or to stderr as one line; the
//! outcomes are those of `host-wasmtime`. Where in the module a trap was, wasmi does not tell.
//!
//! Fuel is counted in another way than wasmtime counts it: a limit that one keeps the other may exceed.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Parser;
use serde_json::{Value, json};
use wasmi::errors::ErrorKind;
use wasmi::{Config, Engine, Linker, Module, Store, StoreLimits, StoreLimitsBuilder, TrapCode};
use wasmi_wasi::wasi_common::pipe::ReadPipe;
use wasmi_wasi::{WasiCtx, WasiCtxBuilder};

/// Runs one WASI preview 1 module on wasmi, inside limits, and reports what happened as JSON.
#[derive(Parser)]
struct Args {
    /// The module to run, in the binary format
    #[arg(required_unless_present = "version_of_engine")]
    module: Option<PathBuf>,
    /// An argument for the module, after its name
    #[arg(long, value_name = "A", allow_hyphen_values = true)]
    arg: Vec<String>,
    /// A variable of the module's environment
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// What the module reads from its stdin
    #[arg(long, value_name = "FILE")]
    stdin: Option<PathBuf>,
    /// Steps the module may take
    #[arg(long, default_value_t = 200_000_000)]
    fuel: u64,
    /// Memory the module may have, in pages of 64 KiB
    #[arg(long, default_value_t = 1024)]
    memory_pages: u32,
    /// Time the module may take to compile and run, in milliseconds
    #[arg(long, default_value_t = 1500)]
    time_ms: u64,
    /// Stack that the module's calls may fill, in KiB
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    stack_kib: u32,
    /// Where to write the outcome instead of stderr
    #[arg(long)]
    report: Option<PathBuf>,
    /// Print the name and version of the engine, and do nothing else
    #[arg(long)]
    version_of_engine: bool,
}

fn variable(text: &str) -> Result<(String, String)> {
    let (name, value) = text
        .split_once('=')
        .with_context(|| format!("`{text}` is not NAME=VALUE"))?;
    Ok((name.to_owned(), value.to_owned()))
}

fn main() -> ExitCode {
    match host(Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("host-wasmi: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn host(args: Args) -> Result<ExitCode> {
    let Some(path) = &args.module else {
        println!("wasmi {}", version_of_engine());
        return Ok(ExitCode::SUCCESS);
    };
    let read =
        |path: &PathBuf| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let wasm = read(path)?;
    let stdin = args.stdin.as_ref().map(read).transpose()?;
    let report = args.report.clone();
    let time = Duration::from_millis(args.time_ms);

    // The module runs on a thread of its own, so that this one can watch the clock.
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .stack_size(8 << 20)
        .spawn(move || sender.send(run(&wasm, stdin, &args)))
        .context("cannot start a thread")?;
    let outcome = match receiver.recv_timeout(time) {
        Ok(outcome) => outcome?,
        // The thread is still at it; it ends with this process, after the report.
        Err(RecvTimeoutError::Timeout) => json!({ "outcome": "out of time" }),
        Err(RecvTimeoutError::Disconnected) => bail!("the engine panicked"),
    };
    let Some(report) = report else {
        eprintln!("{outcome}");
        let code = outcome["code"]
            .as_u64()
            .and_then(|code| u8::try_from(code).ok());
        return Ok(match (outcome["outcome"].as_str(), code) {
            (Some("returned"), _) => ExitCode::SUCCESS,
            (_, Some(code)) => ExitCode::from(code),
            _ => ExitCode::FAILURE,
        });
    };
    fs::write(&report, outcome.to_string())
        .with_context(|| format!("cannot write {}", report.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// What the store keeps for the guest.
struct Guest {
    wasi: WasiCtx,
    limits: StoreLimits,
}

/// Compiles, links and runs the module. An `Err` is the host's own failure: no module can cause one.
fn run(wasm: &[u8], stdin: Option<Vec<u8>>, args: &Args) -> Result<Value> {
    let mut config = Config::default();
    config.consume_fuel(true);
    config.set_max_stack_height(args.stack_kib as usize * 1024 / size_of::<u64>());
    let engine = Engine::new(&config);

    // Streams and strings are all that this context holds: there is no directory to open, and no socket.
    let mut wasi = WasiCtxBuilder::new();
    wasi.inherit_stdout().inherit_stderr();
    wasi.stdin(Box::new(ReadPipe::from(stdin.unwrap_or_default())));
    wasi.arg("module").map_err(|error| anyhow!("{error}"))?;
    for arg in &args.arg {
        wasi.arg(arg).map_err(|error| anyhow!("{error}"))?;
    }
    for (name, value) in &args.env {
        wasi.env(name, value).map_err(|error| anyhow!("{error}"))?;
    }
    let limits = StoreLimitsBuilder::new()
        .memory_size(args.memory_pages as usize * 64 * 1024)
        .table_elements(args.memory_pages as usize * 64 * 1024 / size_of::<usize>())
        .trap_on_grow_failure(true)
        .build();
    let guest = Guest {
        wasi: wasi.build(),
        limits,
    };
    let mut store = Store::new(&engine, guest);
    store.limiter(|guest| &mut guest.limits);
    store.set_fuel(args.fuel)?;

    let result = (|| -> Result<(), wasmi::Error> {
        let module = Module::new(&engine, wasm)?;
        let mut linker = Linker::<Guest>::new(&engine);
        wasmi_wasi::add_to_linker(&mut linker, |guest| &mut guest.wasi)
            .map_err(|error| wasmi::Error::new(error.to_string()))?;
        let instance = linker.instantiate_and_start(&mut store, &module)?;
        let start = instance.get_typed_func::<(), ()>(&store, "_start")?;
        start.call(&mut store, ())
    })();
    Ok(match result {
        Ok(()) => json!({ "outcome": "returned" }),
        Err(error) => outcome_of(&error),
    })
}

/// Everything that ends a module early reaches the host as an error; which one it was shows by its kind.
fn outcome_of(error: &wasmi::Error) -> Value {
    if let Some(code) = error.i32_exit_status() {
        return json!({ "outcome": "exited", "code": code });
    }
    match error.as_trap_code() {
        Some(TrapCode::OutOfFuel) => json!({ "outcome": "out of fuel" }),
        Some(TrapCode::GrowthOperationLimited | TrapCode::OutOfSystemMemory) => {
            json!({ "outcome": "out of memory" })
        }
        Some(trap) => json!({ "outcome": "trapped", "reason": trap.trap_message() }),
        None => {
            // The limit on memory is an error of its own while an instance is made.
            let words = error.to_string();
            if matches!(
                error.kind(),
                ErrorKind::Memory(_) | ErrorKind::Instantiation(_)
            ) && words.contains("resource limiter")
            {
                return json!({ "outcome": "out of memory" });
            }
            let reason = words.split_whitespace().collect::<Vec<_>>().join(" ");
            json!({ "outcome": "refused", "reason": reason })
        }
    }
}

/// The engine does not tell its version to those who embed it; the lock file that it was built by does.
fn version_of_engine() -> &'static str {
    include_str!("../../../../Cargo.lock")
        .lines()
        .skip_while(|line| *line != "name = \"wasmi\"")
        .find_map(|line| line.strip_prefix("version = "))
        .map_or("of unknown version", |version| version.trim_matches('"'))
}
