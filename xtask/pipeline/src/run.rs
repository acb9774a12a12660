//! Runs a module inside limits: the parent's side.
//!
//! The module runs in a host program (`xtask/hosts/*`), and the host in a process of its own, so that nothing the
//! module or the engine does can hurt this one. The host enforces the limits that only an engine can: steps, memory,
//! stack. This side trusts neither of the two: it gives the host an empty environment and an empty folder, reads no
//! more output than agreed, and kills it when the time is up.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use outcome::{Outcome, Report, Run};
use project::files;
use project::step::{Device, Settings};

use crate::engines::{Engine, Host};

/// What the host may take to start and to report, on top of the module's own time.
const MARGIN: Duration = Duration::from_millis(350);

/// What a killed host may take to be gone.
const GRACE: Duration = Duration::from_millis(100);

/// The limits of one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Steps the module may take, in the engine's unit: about one instruction each.
    pub fuel: u64,
    /// Memory that the module's memories and tables may fill together, in pages of 64 KiB.
    pub memory_pages: u32,
    /// Stack that the module's calls may fill, in KiB.
    pub stack_kib: u32,
    /// Output that is kept, in bytes, on stdout and on stderr each; a run that writes more is stopped.
    pub output_bytes: usize,
    /// Time to compile and run the module. The whole of [`run`] takes at most half a second more.
    #[serde(rename = "time_ms", serialize_with = "milliseconds")]
    pub time: Duration,
}

impl Default for Limits {
    /// Generous to an example, and over within two seconds whatever the module does: 200 million steps, 64 MiB of
    /// memory, 512 KiB of stack, 256 KiB of output, one and a half seconds.
    fn default() -> Self {
        Self {
            fuel: 200_000_000,
            memory_pages: 1024,
            stack_kib: 512,
            output_bytes: 256 * 1024,
            time: Duration::from_millis(1500),
        }
    }
}

fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// What a guest finds, and from where it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Guest {
    /// The exported function to call instead of `_start`, with its arguments: `add 40 2`.
    pub call: Option<String>,
    /// Its arguments after its own name, which is `module`.
    pub args: Vec<String>,
    /// What it reads.
    pub stdin: String,
    /// Its environment.
    pub vars: BTreeMap<String, String>,
    /// The limits of a small device, for an engine that is made for one.
    pub device: Option<Device>,
    /// Whether every call of WASI is noted.
    pub trace: bool,
    /// Whether its steps are counted, by an engine that can.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub count: bool,
}

impl Guest {
    /// The guest that a step's metadata describe, run from its beginning by this engine.
    #[must_use]
    pub fn of(settings: &Settings, engine: &Engine) -> Guest {
        Guest {
            call: None,
            args: settings.args.clone(),
            stdin: settings.stdin.clone(),
            vars: settings.vars.clone(),
            // Only one engine is made for a device that small; the others have their usual limits.
            device: settings.device.clone().filter(|_| engine.is_for_devices()),
            trace: settings.trace,
            count: false,
        }
    }

    /// Adds what a host program is told of it. Only what differs from the default is said: not every engine knows all.
    fn tell(&self, command: &mut Command, folder: &Path) -> Result<()> {
        if let Some(call) = &self.call {
            command.arg(format!("--call={call}"));
        }
        for arg in &self.args {
            command.arg(format!("--arg={arg}"));
        }
        for (name, value) in &self.vars {
            command.arg(format!("--env={name}={value}"));
        }
        if !self.stdin.is_empty() {
            let file = folder.join("stdin");
            fs::write(&file, &self.stdin)?;
            command.arg("--stdin").arg(file);
        }
        if self.count {
            command.arg("--count");
        }
        if self.trace {
            command.arg("--trace").arg(folder.join("trace.json"));
        }
        if let Some(device) = &self.device {
            for (name, kib) in [
                ("--heap-kib", device.heap_kib),
                ("--stack-kib", device.stack_kib),
                ("--pool-kib", device.pool_kib),
            ] {
                if let Some(kib) = kib {
                    command.args([name, &kib.to_string()]);
                }
            }
        }
        Ok(())
    }
}

/// Runs the module in the host program, inside the limits.
///
/// # Errors
///
/// If there is no such module, or the host program cannot be started. Whatever goes wrong after that is an
/// [`Outcome`].
pub fn run(host: &Host, module: &Path, limits: &Limits) -> Result<Run> {
    run_guest(host, module, limits, &Guest::default())
}

/// The same as [`run`], for a guest that finds more than nothing.
///
/// # Errors
///
/// Those of [`run`].
pub fn run_guest(host: &Host, module: &Path, limits: &Limits, guest: &Guest) -> Result<Run> {
    // The host starts in another folder, where relative paths would be lost.
    let module = absolute(module)?;
    ensure!(module.is_file(), "there is no module {}", module.display());
    let folder = tempfile::Builder::new()
        .prefix("xtask-run-")
        .tempdir()
        .context("cannot make a folder to run in")?;
    let report = folder.path().join("report.json");

    let mut command = host.command()?;
    command
        .arg(&module)
        .args(["--fuel", &limits.fuel.to_string()])
        .args(["--memory-pages", &limits.memory_pages.to_string()])
        .args(["--time-ms", &limits.time.as_millis().to_string()])
        .arg("--report")
        .arg(&report)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if guest.device.is_none() {
        command.args(["--stack-kib", &limits.stack_kib.to_string()]);
    }
    guest.tell(&mut command, folder.path())?;
    // Without it, Windows programs cannot find what they need for random numbers.
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }

    let deadline = Instant::now() + limits.time + MARGIN + host.starting();
    let child = command
        .spawn()
        .with_context(|| format!("cannot start the host program {}", host.file().display()))?;
    let mut child = KillOnDrop(child);
    let (ended, [stdout, stderr]) = watch(&mut child.0, limits.output_bytes, deadline)?;
    let report = match ended {
        Ended::Stopped(outcome) => Report::from(outcome),
        Ended::ByItself(status) => match fs::read(&report) {
            Ok(report) => serde_json::from_slice(&report).unwrap_or_else(|_| {
                Report::from(Outcome::Crashed {
                    reason: format!("{}, and its report is not one", how(status)),
                })
            }),
            Err(_) => Report::from(Outcome::Crashed {
                reason: how(status),
            }),
        },
    };
    let trace = match fs::read(folder.path().join("trace.json")) {
        Ok(trace) => serde_json::from_slice(&trace).context("the host's trace is none")?,
        Err(_) => Vec::new(),
    };
    Ok(Run {
        outcome: report.outcome,
        values: report.values,
        peak_bytes: report.peak_bytes,
        calls_wasi: report.calls_wasi,
        steps: report.steps,
        trace,
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    })
}

/// The same as [`run`], remembered in the folder `cache` by the module's bytes, the host program and the limits;
/// `fresh` runs anyway, and remembers that.
///
/// Two kinds of outcome are never remembered, because a second try may end otherwise: out of time, and crashed.
///
/// # Errors
///
/// Those of [`run`], and if the cache cannot be written. An entry that cannot be read counts as none.
pub fn run_cached(
    cache: &Path,
    host: &Host,
    module: &Path,
    limits: &Limits,
    fresh: bool,
) -> Result<Run> {
    run_guest_cached(cache, host, module, limits, &Guest::default(), fresh)
}

/// The same as [`run_guest`], remembered as [`run_cached`] does.
///
/// # Errors
///
/// Those of [`run_cached`].
pub fn run_guest_cached(
    cache: &Path,
    host: &Host,
    module: &Path,
    limits: &Limits,
    guest: &Guest,
    fresh: bool,
) -> Result<Run> {
    let entry = cache.join(format!("{}.json", key(host, module, limits, guest)?));
    if !fresh
        && let Ok(json) = fs::read(&entry)
        && let Ok(ran) = serde_json::from_slice(&json)
    {
        return Ok(ran);
    }
    let ran = run_guest(host, module, limits, guest)?;
    if ran.outcome.is_lasting() {
        remember(cache, &entry, &ran)
            .with_context(|| format!("cannot write the cache {}", cache.display()))?;
    }
    Ok(ran)
}

/// Runs a program for this machine, one of a step of ours, with an empty input and inside the limits of time and
/// output. It is not sandboxed: only our own programs are ever run so.
///
/// # Errors
///
/// If it cannot be started.
pub fn native(program: &mut Command, limits: &Limits) -> Result<Run> {
    let child = program
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", program.get_program().display()))?;
    let mut child = KillOnDrop(child);
    let deadline = Instant::now() + limits.time;
    let (ended, [stdout, stderr]) = watch(&mut child.0, limits.output_bytes, deadline)?;
    let outcome = match ended {
        Ended::Stopped(outcome) => outcome,
        Ended::ByItself(status) => match status.code() {
            Some(code) => Outcome::Exited { code },
            None => Outcome::Crashed {
                reason: how(status),
            },
        },
    };
    Ok(Run {
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
        ..Run::silent(outcome)
    })
}

/// The name that a run is remembered by.
///
/// The module counts with its bytes. The host program is too large to be read each time: it counts with what changes
/// when it is built anew, its path, size and time of modification.
fn key(host: &Host, module: &Path, limits: &Limits, guest: &Guest) -> Result<String> {
    let host = absolute(host.file())?;
    let built = fs::metadata(&host)
        .with_context(|| format!("there is no host program {}", host.display()))?;
    let modified = built.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
    let wasm =
        fs::read(module).with_context(|| format!("there is no module {}", module.display()))?;
    let parts = (
        "the run of a module, 4", // to be counted up when a change here makes the remembered runs wrong
        host.as_os_str().as_encoded_bytes(),
        built.len(),
        modified.to_string(),
        limits,
        guest,
        wasm.len(),
    );
    let mut hash = Sha256::new_with_prefix(serde_json::to_vec(&parts)?);
    hash.update(&wasm);
    Ok(files::hex(&hash.finalize()))
}

/// Writes the entry so that no one can ever read half of it: under another name first.
fn remember(cache: &Path, entry: &Path, ran: &Run) -> Result<()> {
    fs::create_dir_all(cache)?;
    let mut file = tempfile::NamedTempFile::new_in(cache)?;
    serde_json::to_writer(&mut file, ran)?;
    file.persist(entry)?;
    Ok(())
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("not a path: {}", path.display()))
}

/// Stops the host on every way out of [`run`].
struct KillOnDrop(Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        // Both fail if the host is gone already, and that is as well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How the host came to its end.
enum Ended {
    ByItself(ExitStatus),
    Stopped(Outcome),
}

/// Waits for the host to end, takes what it writes, and stops it when it writes more than `limit` bytes to one stream
/// or is not done at the deadline.
fn watch(child: &mut Child, limit: usize, deadline: Instant) -> Result<(Ended, [Vec<u8>; 2])> {
    let (sender, receiver) = mpsc::channel();
    read_to_limit(child.stdout.take(), limit, 0, sender.clone());
    read_to_limit(child.stderr.take(), limit, 1, sender);

    let mut deadline = deadline;
    let mut stopped = None;
    let mut output = [Vec::new(), Vec::new()];
    let mut open = output.len();
    while open > 0 {
        let left = deadline.saturating_duration_since(Instant::now());
        let reason = match receiver.recv_timeout(left) {
            Ok((stream, bytes, whole)) => {
                output[stream] = bytes;
                open -= 1;
                if whole {
                    continue;
                }
                Outcome::TooMuchOutput
            }
            Err(_) if stopped.is_some() => break, // killed, yet its streams are open: enough
            Err(_) => Outcome::OutOfTime,
        };
        child.kill()?;
        deadline = Instant::now() + GRACE;
        stopped.get_or_insert(reason);
    }
    if let Some(reason) = stopped {
        return Ok((Ended::Stopped(reason), output));
    }

    // Both streams are closed: the host is about to end, or has ended.
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((Ended::ByItself(status), output));
        }
        if Instant::now() >= deadline {
            return Ok((Ended::Stopped(Outcome::OutOfTime), output));
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Reads a stream to its end on a thread of its own, but no more than `limit` bytes. Sends `index`, what it has read,
/// and whether that was all.
fn read_to_limit(
    stream: Option<impl Read + Send + 'static>,
    limit: usize,
    index: usize,
    sender: mpsc::Sender<(usize, Vec<u8>, bool)>,
) {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut source: Box<dyn Read> = match stream {
            Some(stream) => Box::new(stream.take((limit as u64).saturating_add(1))),
            None => Box::new(io::empty()),
        };
        // A stream that cannot be read any further has ended; what came before is kept.
        let _ = source.read_to_end(&mut bytes);
        let whole = bytes.len() <= limit;
        bytes.truncate(limit);
        // No one listens any more if the run was stopped, and took too long to stop.
        let _ = sender.send((index, bytes, whole));
    });
}

/// How a process ended, in words that are the same in every run.
fn how(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("signal {signal}");
    }
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => "for no known reason".to_owned(),
    }
}
