//! The smallest honest host for WAMR with its WASI: it runs one command, inside limits, and says what happened. How it
//! is called and what it reports is said in the crate `host`.
//!
//! It is the same engine as `host-wamr`, built in the other of its two usual ways: as on a computer, not as on a
//! microcontroller. WAMR does not tell a `proc_exit(0)` from a `_start` that came to its end: both are reported as
//! `returned`. Nor does it count steps; the clock ends what does not end.

use std::ffi::{CString, c_char};
use std::fs::File;
use std::os::fd::IntoRawFd as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use host::{Guest, Limits, wamr::refused};
use outcome::{Outcome, Report};
use wamrx_sys as wamr;

fn main() -> ExitCode {
    host::main::<WamrWasi>()
}

#[derive(clap::Args)]
struct WamrWasi {
    #[command(flatten)]
    guest: Guest,
}

impl host::Engine for WamrWasi {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const ABOUT: &'static str = env!("CARGO_PKG_DESCRIPTION");

    fn version() -> Option<String> {
        Some(format!("wamr-wasi {}", host::wamr::version()))
    }

    fn run(&self, module: Vec<u8>, limits: &Limits) -> Result<Report> {
        run(module, &self.guest, limits)
    }

    fn around(&self, limits: &Limits, run: impl FnOnce() -> Result<Report>) -> Result<Report> {
        host::wamr::fenced((u64::from(limits.memory_pages) << 16) + (1 << 30), run)
    }
}

/// Texts as C wants them, which live as long as the process.
fn c_strings(texts: impl Iterator<Item = String>) -> Result<Vec<*mut c_char>> {
    let texts = texts.map(|text| {
        let text = CString::new(text.as_str()).with_context(|| format!("`{text}` holds a zero"))?;
        Ok(text.into_raw())
    });
    texts.collect()
}

/// Loads and runs the module. An `Err` is the host's own failure: no module can cause one.
#[expect(unsafe_code, reason = "WAMR is a library in C")]
fn run(wasm: Vec<u8>, guest: &Guest, limits: &Limits) -> Result<Report> {
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
        return Ok(refused(&words).into());
    }

    let argv = c_strings(guest.args().map(str::to_owned))?.leak();
    let variables = guest.env().iter();
    let env = c_strings(variables.map(|(name, value)| format!("{name}={value}")))?.leak();
    let stdin = guest.stdin_file().unwrap_or(Path::new("/dev/null"));
    let stdin = File::open(stdin).with_context(|| format!("cannot read {}", stdin.display()))?;
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
        default_stack_size: limits.stack_kib * 1024,
        host_managed_heap_size: 0,
        max_memory_pages: 0, // as the module says; WAMR warns of a limit that is above that
    };
    // SAFETY: `module` was loaded, and the buffer is as long as we say.
    let instance =
        unsafe { wamr::wasm_runtime_instantiate_ex(module, &raw const limits, error, room) };
    if instance.is_null() {
        return Ok(refused(&words).into());
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
    // SAFETY: `instance` is one.
    let reason = unsafe { host::wamr::exception(instance) };
    let outcome = match (ended, code.cast_signed()) {
        (_, code) if code != 0 && (ended || reason == "wasi proc exit") => Outcome::Exited { code },
        (true, _) => Outcome::Returned,
        (false, _) if start.is_null() => Outcome::Refused { reason },
        (false, _) => Outcome::Trapped { reason, at: None },
    };
    Ok(outcome.into())
}
