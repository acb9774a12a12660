//! What the hosts around WAMR share: its words, its version, and the process's stdout, with the time and thread cut
//! from WAMR's own lines.
//!
//! WAMR begins a warning with `[00:00:00:659 - 3FFB7620]: `, and prints it where the module prints. There is no
//! setting for either. So stdout becomes a pipe, whose other end passes on what it reads.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::io::{self, BufRead as _, BufReader, PipeReader, Write as _};
use std::thread::{self, JoinHandle};

use anyhow::{Context as _, Result, anyhow};
use outcome::Outcome;
use rustix::fd::OwnedFd;
use rustix::process::{Resource, Rlimit, setrlimit};
use rustix::{io::dup, stdio};
use wamrx_sys as wamr;

/// Runs something with stdout unstamped, and no more than `bytes` of addresses for this process: WAMR maps linear
/// memory, and the operating system refuses what would go far beyond.
///
/// # Errors
/// Those of `run`, and if the system does not give us a pipe or a limit.
pub fn fenced<T>(bytes: u64, run: impl FnOnce() -> Result<T>) -> Result<T> {
    let output = Unstamped::begin()?;
    let limit = Some(bytes);
    setrlimit(
        Resource::As,
        Rlimit {
            current: limit,
            maximum: limit,
        },
    )?;
    let ran = run()?;
    output.end()?;
    Ok(ran)
}

/// Why WAMR could not load a module, or make an instance of it: its words, up to their zero.
#[must_use]
pub fn refused(words: &[c_char]) -> Outcome {
    let reason: Vec<u8> = words
        .iter()
        .map(|&c| c as u8)
        .take_while(|&c| c != 0)
        .collect();
    Outcome::Refused {
        reason: String::from_utf8_lossy(&reason).into_owned(),
    }
}

/// Why the module did not come to its end.
///
/// # Safety
/// `instance` is one of WAMR's.
#[expect(unsafe_code, reason = "WAMR is a library in C")]
#[must_use]
pub unsafe fn exception(instance: wamr::wasm_module_inst_t) -> String {
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

/// WAMR's version.
#[expect(unsafe_code, reason = "WAMR is a library in C")]
#[must_use]
pub fn version() -> String {
    let [mut major, mut minor, mut patch] = [0; 3];
    // SAFETY: WAMR writes a number to each, and may be asked before it has started.
    unsafe { wamr::wasm_runtime_get_version(&raw mut major, &raw mut minor, &raw mut patch) };
    format!("{major}.{minor}.{patch}")
}

/// Stdout, as long as this is there.
struct Unstamped {
    real: OwnedFd,
    passing_on: JoinHandle<io::Result<()>>,
}

impl Unstamped {
    fn begin() -> Result<Unstamped> {
        let real = dup(stdio::stdout()).context("there is no stdout")?;
        let (reader, writer) = io::pipe().context("cannot make a pipe")?;
        stdio::dup2_stdout(&writer).context("cannot make stdout a pipe")?;
        let to = real.try_clone()?;
        let passing_on = thread::spawn(move || pass_on(reader, to.into()));
        Ok(Unstamped { real, passing_on })
    }

    /// Gives stdout back, once all that was printed has been passed on.
    #[expect(unsafe_code, reason = "C keeps what is printed to a pipe in a buffer")]
    fn end(self) -> Result<()> {
        unsafe extern "C" {
            fn fflush(stream: *mut c_void) -> c_int;
        }
        // SAFETY: null stands for all of C's streams.
        unsafe { fflush(std::ptr::null_mut()) };
        // This closes the last writing end of the pipe, so that the other end comes to its own.
        stdio::dup2_stdout(&self.real)?;
        let passed_on = self.passing_on.join();
        passed_on
            .map_err(|_| anyhow!("the thread that passes on the output panicked"))?
            .context("cannot pass on the output")
    }
}

fn pass_on(from: PipeReader, mut to: std::fs::File) -> io::Result<()> {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        to.write_all(unstamped(&line))?;
        line.clear();
    }
    Ok(())
}

/// A line without the stamp that WAMR begins its own with.
fn unstamped(line: &[u8]) -> &[u8] {
    let Some(rest) = line.strip_prefix(b"[") else {
        return line;
    };
    let time = rest.split(|&c| c == b' ').next().unwrap_or_default();
    let shape: Vec<u8> = time
        .iter()
        .map(|c| if c.is_ascii_digit() { b'0' } else { *c })
        .collect();
    if shape != b"00:00:00:000" {
        return line;
    }
    let end = rest.windows(3).position(|window| window == b"]: ");
    end.map_or(line, |end| &rest[end + 3..])
}

#[cfg(test)]
mod tests {
    use super::unstamped;

    #[test]
    fn the_stamp_goes_and_all_else_stays() {
        let warning = "[00:11:22:659 - 7F3FFB7620]: warning: failed to link\n";
        assert_eq!(unstamped(warning.as_bytes()), b"warning: failed to link\n");
        for line in [
            "Hello, world!\n",
            "[00:11] mine\n",
            "[00:11:22:659 - open",
            "[",
            "",
            "\n",
        ] {
            assert_eq!(unstamped(line.as_bytes()), line.as_bytes());
        }
    }
}
