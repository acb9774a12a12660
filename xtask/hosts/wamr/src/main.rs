//! The smallest honest host for WAMR: it runs the `main` of one module, inside a small device's limits, and says what
//! happened. How it is called and what it reports is said in the crate `host`; `--heap-kib` and `--pool-kib` are its
//! own.
//!
//! WAMR is built as for an ESP32: an interpreter with its own small libc (`printf`, `puts`, `malloc`, `exit` and some
//! forty others, under the import name `env`) and without WASI. What the module prints goes to the host's stdout, and
//! so do WAMR's own warnings, without the time and thread that each begins with: no two runs agree on those.
//!
//! Its outcomes are these:
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

use std::ffi::c_char;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use host::{Limits, wamr::refused};
use outcome::{Outcome, Report};
use wamrx_sys as wamr;

fn main() -> ExitCode {
    host::main::<Wamr>()
}

#[derive(clap::Args)]
struct Wamr {
    /// The heap that WAMR adds to the module's memory for its libc's `malloc`, in KiB
    #[arg(long, value_name = "N", default_value_t = 16)]
    heap_kib: u32,
    /// All the memory that there is for WAMR and the module, in KiB
    #[arg(long, value_name = "N", default_value_t = 64 * 1024)]
    pool_kib: u32,
}

impl host::Engine for Wamr {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const ABOUT: &'static str = env!("CARGO_PKG_DESCRIPTION");
    const STACK_KIB: u32 = 16;

    fn version() -> Option<String> {
        Some(format!("wamr {}", host::wamr::version()))
    }

    fn run(&self, module: Vec<u8>, limits: &Limits) -> Result<Report> {
        run(module, self, limits)
    }

    /// The system refuses what goes far beyond the device: WAMR may map some addresses for itself.
    fn around(&self, limits: &Limits, run: impl FnOnce() -> Result<Report>) -> Result<Report> {
        let device = (u64::from(self.pool_kib) << 10) + (u64::from(limits.memory_pages) << 16);
        host::wamr::fenced(device + (512 << 20), run)
    }
}

/// Loads and runs the module. An `Err` is the host's own failure: no module can cause one.
#[expect(unsafe_code, reason = "WAMR is a library in C")]
fn run(wasm: Vec<u8>, device: &Wamr, limits: &Limits) -> Result<Report> {
    let pool = device.pool_kib as usize * 1024;
    let mut init = device::with_memory_of(pool);
    // SAFETY: `init` is complete, and the functions in it are there as long as the program.
    let started = unsafe { wamr::wasm_runtime_full_init(&raw mut init) };
    ensure!(
        started,
        "WAMR does not even start with {} KiB",
        device.pool_kib
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
        return Ok(refused(&words).into());
    }
    let loaded = device::in_use();

    let limits = wamr::InstantiationArgs {
        default_stack_size: limits.stack_kib * 1024,
        host_managed_heap_size: device.heap_kib * 1024,
        max_memory_pages: 0, // as the module says; WAMR warns of a limit that is above that
    };
    // SAFETY: `module` was loaded, and the buffer is as long as we say.
    let instance =
        unsafe { wamr::wasm_runtime_instantiate_ex(module, &raw const limits, error, room) };
    if instance.is_null() {
        return Ok(refused(&words).into());
    }
    if device::in_use().now + linear_memory(instance) > pool {
        return Ok(Outcome::OutOfMemory.into());
    }

    // `main` may want arguments. It has one, its own name, and if it returns a number, WAMR puts that in its place.
    let mut name = *b"module\0";
    let mut argv = [name.as_mut_ptr().cast::<c_char>()];
    let main = entry(instance);
    // SAFETY: `instance` is one, and `argv` has as many strings as we say, each with a zero at its end.
    let ended = unsafe { wamr::wasm_application_execute_main(instance, 1, argv.as_mut_ptr()) };
    // SAFETY: `instance` is one.
    let reason = || unsafe { host::wamr::exception(instance) };
    let mut report = Report::from(match (ended, &main) {
        (true, _) => Outcome::Returned,
        (false, Some(_)) => Outcome::Trapped {
            reason: reason(),
            at: None,
        },
        (false, None) => Outcome::Refused { reason: reason() },
    });
    if let (true, Some(Main { returns: true })) = (ended, main) {
        report.values = vec![(argv[0].addr() as i32).to_string()];
    }
    // The linear memory lies beside what the allocator hands out, from the instance on. It can only grow.
    let running = device::in_use().most + linear_memory(instance);
    if running > pool {
        return Ok(Outcome::OutOfMemory.into());
    }
    report.peak_bytes = Some(running.max(loaded.most) as u64);
    Ok(report)
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
