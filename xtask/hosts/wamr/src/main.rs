//! The smallest honest host for WAMR: it runs the `main` of one module, inside a small device's limits, and says what
//! happened.
//!
//! ```text
//! host-wamr MODULE.wasm [--heap-kib N] [--stack-kib N] [--pool-kib N] [--memory-pages N] [--time-ms N] [--report FILE]
//! host-wamr --version-of-engine
//! ```
//!
//! WAMR is built as for an ESP32: an interpreter with its own small libc (`printf`, `puts`, `malloc`, `exit` and some
//! forty others, under the import name `env`) and without WASI. What the module prints goes to the host's stdout, and
//! so do WAMR's own warnings, without the time and thread that each begins with: no two runs agree on those.
//!
//! Whatever becomes of the module, exactly one JSON object is written to the report file, or to stderr as one line:
//!
//! ```text
//! {"outcome":"returned","values":["0"]}   `main` came to its end, with this value if it has one
//! {"outcome":"trapped","reason":"…"}      WAMR raised an exception; `env.exit(0)` is one: its libc knows no other end
//! {"outcome":"refused","reason":"…"}      WAMR could not load the module, make an instance of it, or find its `main`
//! {"outcome":"out of memory"}             its linear memory is larger than what the pool has left for it
//! {"outcome":"out of time"}               it took too long
//! ```
//!
//! If there is an instance, `"peak_bytes"` is added: the most memory that WAMR held at any one time, for its own
//! structures, the stack and the linear memory. The bytes of the module itself are not in it. Pointers are as long as
//! this machine's: a chip of 32 bits needs somewhat less.
//!
//! WAMR as `wamrx-sys` builds it counts no instructions: `--fuel` is taken, because every host is told, and without
//! effect. The clock ends what does not end. Nor does WAMR ask its allocator for linear memory: on Linux, it maps it.
//! So a growth beyond the pool is found only after the run, and the operating system refuses those that would hurt.

mod device;
mod output;

use std::ffi::{CStr, c_char};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Parser;
use serde_json::{Value, json};
use wamrx_sys as wamr;

/// Runs the `main` of one module on WAMR, inside a small device's limits, and reports what happened as JSON.
#[derive(Parser)]
struct Args {
    /// The module to run, in the binary format
    #[arg(required_unless_present = "version_of_engine")]
    module: Option<PathBuf>,
    /// The heap that WAMR adds to the module's memory for its libc's `malloc`, in KiB
    #[arg(long, default_value_t = 16)]
    heap_kib: u32,
    /// Stack of the interpreter, in KiB
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    stack_kib: u32,
    /// All the memory that there is for WAMR and the module, in KiB
    #[arg(long, default_value_t = 64 * 1024)]
    pool_kib: u32,
    /// Memory that the module may have if the pool is larger, in pages of 64 KiB
    #[arg(long, default_value_t = 1024)]
    memory_pages: u32,
    /// Time the module may take to load and run, in milliseconds
    #[arg(long, default_value_t = 1500)]
    time_ms: u64,
    /// Without effect: this engine counts no steps
    #[arg(long, default_value_t = 0)]
    fuel: u64,
    /// Where to write the outcome instead of stderr
    #[arg(long)]
    report: Option<PathBuf>,
    /// Print the name and version of the engine, and do nothing else
    #[arg(long)]
    version_of_engine: bool,
}

fn main() -> ExitCode {
    match host(Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("host-wamr: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn host(args: Args) -> Result<ExitCode> {
    let Some(path) = &args.module else {
        println!("wamr {}", version_of_engine());
        return Ok(ExitCode::SUCCESS);
    };
    let wasm = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let report = args.report.clone();
    let time = Duration::from_millis(args.time_ms);

    // WAMR runs on a thread of its own, so that this one can watch the clock.
    let output = output::Unstamped::begin()?;
    device::fence((u64::from(args.pool_kib) << 10) + (u64::from(args.memory_pages) << 16))?;
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .stack_size(8 << 20)
        .spawn(move || sender.send(run(wasm, &args)))
        .context("cannot start a thread")?;
    let outcome = match receiver.recv_timeout(time) {
        Ok(outcome) => outcome?,
        // The thread is still at it; it ends with this process, after the report.
        Err(RecvTimeoutError::Timeout) => json!({ "outcome": "out of time" }),
        Err(RecvTimeoutError::Disconnected) => bail!("the thread that ran WAMR panicked"),
    };
    output.end()?;

    let Some(report) = report else {
        eprintln!("{outcome}");
        return Ok(match outcome["outcome"].as_str() {
            Some("returned") => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        });
    };
    std::fs::write(&report, outcome.to_string())
        .with_context(|| format!("cannot write {}", report.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Loads and runs the module. An `Err` is the host's own failure: no module can cause one.
#[expect(unsafe_code, reason = "WAMR is a library in C")]
fn run(wasm: Vec<u8>, args: &Args) -> Result<Value> {
    let pool = args.pool_kib as usize * 1024;
    let mut init = device::with_memory_of(pool);
    // SAFETY: `init` is complete, and the functions in it are there as long as the program.
    let started = unsafe { wamr::wasm_runtime_full_init(&raw mut init) };
    ensure!(
        started,
        "WAMR does not even start with {} KiB",
        args.pool_kib
    );

    // WAMR writes into the module (it ends the names with zeros) and keeps pointers into it. So it has to stay where it
    // is to the end, which here is that of the process.
    let wasm = wasm.leak();
    let mut words = [0; 256];
    let (error, room) = (words.as_mut_ptr(), words.len() as u32);
    // SAFETY: WAMR has started, and both buffers are as long as we say.
    let module =
        unsafe { wamr::wasm_runtime_load(wasm.as_mut_ptr(), wasm.len() as u32, error, room) };
    if module.is_null() {
        return Ok(refused(&words));
    }
    let loaded = device::in_use();

    let limits = wamr::InstantiationArgs {
        default_stack_size: args.stack_kib * 1024,
        host_managed_heap_size: args.heap_kib * 1024,
        max_memory_pages: 0, // as the module says; WAMR warns of a limit that is above that
    };
    // SAFETY: `module` was loaded, and the buffer is as long as we say.
    let instance =
        unsafe { wamr::wasm_runtime_instantiate_ex(module, &raw const limits, error, room) };
    if instance.is_null() {
        return Ok(refused(&words));
    }
    if device::in_use().now + linear_memory(instance) > pool {
        return Ok(json!({ "outcome": "out of memory" }));
    }

    // `main` may want arguments. It has one, its own name, and if it returns a number, WAMR puts that in its place.
    let mut name = *b"module\0";
    let mut argv = [name.as_mut_ptr().cast::<c_char>()];
    let main = entry(instance);
    // SAFETY: `instance` is one, and `argv` has as many strings as we say, each with a zero at its end.
    let ended = unsafe { wamr::wasm_application_execute_main(instance, 1, argv.as_mut_ptr()) };
    let mut outcome = match (ended, main) {
        (true, Some(Main { returns: true })) => {
            json!({ "outcome": "returned", "values": [(argv[0].addr() as i32).to_string()] })
        }
        (true, _) => json!({ "outcome": "returned" }),
        (false, Some(_)) => json!({ "outcome": "trapped", "reason": exception(instance) }),
        (false, None) => json!({ "outcome": "refused", "reason": exception(instance) }),
    };
    // The linear memory lies beside what the allocator hands out, from the instance on. It can only grow.
    let running = device::in_use().most + linear_memory(instance);
    if running > pool {
        return Ok(json!({ "outcome": "out of memory" }));
    }
    outcome["peak_bytes"] = json!(running.max(loaded.most));
    Ok(outcome)
}

fn refused(words: &[c_char]) -> Value {
    let reason: Vec<u8> = words
        .iter()
        .map(|&c| c as u8)
        .take_while(|&c| c != 0)
        .collect();
    json!({ "outcome": "refused", "reason": String::from_utf8_lossy(&reason) })
}

/// The function that WAMR runs.
struct Main {
    returns: bool,
}

/// Looks where WAMR looks for it.
#[expect(unsafe_code, reason = "WAMR is a library in C")]
fn entry(instance: wamr::wasm_module_inst_t) -> Option<Main> {
    let names = [c"main", c"__main_argc_argv", c"_main"];
    names.iter().find_map(|name| {
        // SAFETY: `instance` is one, and the name ends with a zero.
        let function = unsafe { wamr::wasm_runtime_lookup_function(instance, name.as_ptr()) };
        (!function.is_null()).then(|| Main {
            // SAFETY: the function was found in this instance.
            returns: unsafe { wamr::wasm_func_get_result_count(function, instance) } > 0,
        })
    })
}

/// Why `main` did not come to its end.
#[expect(unsafe_code, reason = "WAMR is a library in C")]
fn exception(instance: wamr::wasm_module_inst_t) -> String {
    // SAFETY: `instance` is one. WAMR answers with null, or with a text that ends with a zero and is the instance's.
    let words = unsafe {
        let words = wamr::wasm_runtime_get_exception(instance);
        (!words.is_null()).then(|| CStr::from_ptr(words).to_string_lossy().into_owned())
    };
    let words = words.unwrap_or_default();
    words
        .strip_prefix("Exception: ")
        .unwrap_or(&words)
        .to_owned()
}

/// The size of the instance's linear memory in bytes, with the heap that WAMR added to it.
#[expect(unsafe_code, reason = "WAMR is a library in C")]
fn linear_memory(instance: wamr::wasm_module_inst_t) -> usize {
    // SAFETY: `instance` is one, and asked for its memory only if it has one.
    let size = unsafe {
        let memory = wamr::wasm_runtime_get_default_memory(instance);
        if memory.is_null() {
            return 0;
        }
        wamr::wasm_memory_get_cur_page_count(memory) * wamr::wasm_memory_get_bytes_per_page(memory)
    };
    usize::try_from(size).unwrap_or(usize::MAX)
}

#[expect(unsafe_code, reason = "WAMR is a library in C")]
fn version_of_engine() -> String {
    let [mut major, mut minor, mut patch] = [0; 3];
    // SAFETY: WAMR writes a number to each, and may be asked before it has started.
    unsafe { wamr::wasm_runtime_get_version(&raw mut major, &raw mut minor, &raw mut patch) };
    format!("{major}.{minor}.{patch}")
}
