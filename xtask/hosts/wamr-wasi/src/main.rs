//! The smallest honest host for WAMR with its WASI: it runs one command, inside limits, and says what happened.
//!
//! ```text
//! host-wamr-wasi MODULE.wasm [--arg A]… [--env NAME=VALUE]… [--stdin FILE]
//!                [--memory-pages N] [--time-ms N] [--stack-kib N] [--report FILE]
//! host-wamr-wasi --version-of-engine
//! ```
//!
//! It is the same engine as `host-wamr`, built in the other of its two usual ways: as on a computer, not as on a
//! microcontroller. The outcomes are those of `host-wasmtime`, but for one thing: WAMR does not tell a `proc_exit(0)`
//! from a `_start` that came to its end, and both are reported as `returned`. Nor does it count steps; the clock ends
//! what does not end.

#[path = "../../wamr/src/output.rs"]
mod output;

use std::ffi::{CStr, CString, c_char};
use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Parser;
use rustix::fd::IntoRawFd as _;
use rustix::process::{Resource, Rlimit, setrlimit};
use serde_json::{Value, json};
use wamrx_sys as wamr;

/// Runs one WASI preview 1 module on WAMR with its WASI, inside limits, and reports what happened as JSON.
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
    /// Without effect: this engine counts no steps
    #[arg(long, default_value_t = 0)]
    fuel: u64,
    /// Memory the module may have, in pages of 64 KiB
    #[arg(long, default_value_t = 1024)]
    memory_pages: u32,
    /// Time the module may take to load and run, in milliseconds
    #[arg(long, default_value_t = 1500)]
    time_ms: u64,
    /// Stack of the interpreter, in KiB
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    stack_kib: u32,
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
            eprintln!("host-wamr-wasi: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn host(args: Args) -> Result<ExitCode> {
    let Some(path) = &args.module else {
        println!("wamr-wasi {}", version_of_engine());
        return Ok(ExitCode::SUCCESS);
    };
    let wasm = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let report = args.report.clone();
    let time = Duration::from_millis(args.time_ms);

    // WAMR runs on a thread of its own, so that this one can watch the clock.
    let output = output::Unstamped::begin()?;
    // The operating system refuses what goes far beyond: WAMR maps linear memory, and some addresses for itself beside
    // it.
    let limit = Some((u64::from(args.memory_pages) << 16) + (1 << 30));
    setrlimit(
        Resource::As,
        Rlimit {
            current: limit,
            maximum: limit,
        },
    )?;
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
        let code = outcome["code"]
            .as_u64()
            .and_then(|code| u8::try_from(code).ok());
        return Ok(match (outcome["outcome"].as_str(), code) {
            (Some("returned"), _) => ExitCode::SUCCESS,
            (_, Some(code)) => ExitCode::from(code),
            _ => ExitCode::FAILURE,
        });
    };
    std::fs::write(&report, outcome.to_string())
        .with_context(|| format!("cannot write {}", report.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Texts as C wants them, which live as long as the process.
fn c_strings(texts: &[String]) -> Result<Vec<*mut c_char>> {
    let texts = texts.iter().map(|text| {
        let text = CString::new(text.as_str()).with_context(|| format!("`{text}` holds a zero"))?;
        Ok(text.into_raw())
    });
    texts.collect()
}

/// Loads and runs the module. An `Err` is the host's own failure: no module can cause one.
#[expect(unsafe_code, reason = "WAMR is a library in C")]
fn run(wasm: Vec<u8>, args: &Args) -> Result<Value> {
    let mut init = wamr::RuntimeInitArgs {
        mem_alloc_type: wamr::Alloc_With_System_Allocator,
        ..Default::default()
    };
    // SAFETY: `init` is complete.
    let started = unsafe { wamr::wasm_runtime_full_init(&raw mut init) };
    ensure!(started, "WAMR does not start");

    // WAMR keeps pointers into the module and the texts. So they have to stay where they are to the end, which here is
    // that of the process.
    let wasm = wasm.leak();
    let mut words = [0; 256];
    let (error, room) = (words.as_mut_ptr(), words.len() as u32);
    // SAFETY: WAMR has started, and both buffers are as long as we say.
    let module =
        unsafe { wamr::wasm_runtime_load(wasm.as_mut_ptr(), wasm.len() as u32, error, room) };
    if module.is_null() {
        return Ok(refused(&words));
    }

    let mut argv = vec!["module".to_owned()];
    argv.extend(args.arg.iter().cloned());
    let argv = c_strings(&argv)?.leak();
    let env = c_strings(&args.env)?.leak();
    let stdin = match &args.stdin {
        Some(file) => {
            File::open(file).with_context(|| format!("cannot read {}", file.display()))?
        }
        None => File::open("/dev/null").context("cannot read /dev/null")?,
    };
    // SAFETY: `module` was loaded; the lists are as long as we say and hold texts that end with a zero; no directory is
    // opened; the first file is open, and -1 stands for the process's own output.
    unsafe {
        wamr::wasm_runtime_set_wasi_args_ex(
            module,
            std::ptr::null_mut(),
            0,
            std::ptr::null_mut(),
            0,
            env.as_mut_ptr().cast(),
            u32::try_from(env.len())?,
            argv.as_mut_ptr(),
            i32::try_from(argv.len())?,
            i64::from(stdin.into_raw_fd()),
            -1,
            -1,
        );
    }

    let limits = wamr::InstantiationArgs {
        default_stack_size: args.stack_kib * 1024,
        host_managed_heap_size: 0,
        max_memory_pages: 0, // as the module says; WAMR warns of a limit that is above that
    };
    // SAFETY: `module` was loaded, and the buffer is as long as we say.
    let instance =
        unsafe { wamr::wasm_runtime_instantiate_ex(module, &raw const limits, error, room) };
    if instance.is_null() {
        return Ok(refused(&words));
    }
    // SAFETY: `instance` is one.
    let start = unsafe { wamr::wasm_runtime_lookup_wasi_start_function(instance) };
    // SAFETY: `instance` is one, and the arguments are those that WASI was told of.
    let ended = unsafe { wamr::wasm_application_execute_main(instance, 0, std::ptr::null_mut()) };
    // SAFETY: `instance` is one, with a WASI if it asked for one.
    let code = unsafe {
        if wamr::wasm_runtime_is_wasi_mode(instance) {
            wamr::wasm_runtime_get_wasi_exit_code(instance)
        } else {
            0
        }
    };
    let exception = exception(instance);
    Ok(match (ended, code) {
        (_, code) if code != 0 && (ended || exception == "wasi proc exit") => {
            json!({ "outcome": "exited", "code": code })
        }
        (true, _) => json!({ "outcome": "returned" }),
        (false, _) if start.is_null() => json!({ "outcome": "refused", "reason": exception }),
        (false, _) => json!({ "outcome": "trapped", "reason": exception }),
    })
}

fn refused(words: &[c_char]) -> Value {
    let reason: Vec<u8> = words
        .iter()
        .map(|&c| c as u8)
        .take_while(|&c| c != 0)
        .collect();
    json!({ "outcome": "refused", "reason": String::from_utf8_lossy(&reason) })
}

/// Why the module did not come to its end.
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

#[expect(unsafe_code, reason = "WAMR is a library in C")]
fn version_of_engine() -> String {
    let [mut major, mut minor, mut patch] = [0; 3];
    // SAFETY: WAMR writes a number to each, and may be asked before it has started.
    unsafe { wamr::wasm_runtime_get_version(&raw mut major, &raw mut minor, &raw mut patch) };
    format!("{major}.{minor}.{patch}")
}
