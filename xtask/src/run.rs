//! Runs a module inside limits: the parent's side.
//!
//! The module runs in a host program (`xtask/engines/*`), and the host in a process of its own, so that nothing the
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
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::discover::{Device, Settings};
use crate::{engines, inputs};

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
}

impl Guest {
    /// The guest that a step's metadata describe, run from its beginning by this engine.
    #[must_use]
    pub fn of(settings: &Settings, engine: &str) -> Guest {
        Guest {
            call: None,
            args: settings.args.clone(),
            stdin: settings.stdin.clone(),
            vars: settings.vars.clone(),
            // Only one engine is made for a device that small; the others have their usual limits.
            device: settings.device.clone().filter(|_| engine == "wamr"),
            trace: settings.trace,
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

/// What became of a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum Outcome {
    /// It called `proc_exit`.
    Exited {
        /// The code it gave, 0 to 125.
        code: i32,
    },
    /// `_start` came to its end.
    Returned,
    /// The engine stopped it for what it did.
    Trapped {
        /// The engine's words.
        reason: String,
        /// Where the instruction is: its offset in the module, in bytes. The engine does not always tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<u64>,
    },
    /// It is not a module, or not one that the engine could link, start, or serve in what it asked of WASI.
    Refused {
        /// The engine's words.
        reason: String,
    },
    /// It took more steps than [`Limits::fuel`].
    #[serde(rename = "out of fuel")]
    OutOfFuel,
    /// It took longer than [`Limits::time`].
    #[serde(rename = "out of time")]
    OutOfTime,
    /// It asked for more memory than [`Limits::memory_pages`].
    #[serde(rename = "out of memory")]
    OutOfMemory,
    /// It wrote more than [`Limits::output_bytes`].
    #[serde(rename = "too much output")]
    TooMuchOutput,
    /// The host came to its end without a report: a defect of the host or of the engine, never of the module.
    Crashed {
        /// The exit code or the signal it ended with.
        reason: String,
    },
}

impl Outcome {
    /// Whether the module came to a good end: it returned, or exited with 0.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Returned | Self::Exited { code: 0 })
    }

    /// The outcome in one line, for people.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::Exited { code } => format!("exited with code {code}"),
            Self::Returned => "returned from `_start`".to_owned(),
            Self::Trapped { reason, at: None } => format!("trapped: {reason}"),
            Self::Trapped {
                reason,
                at: Some(at),
            } => format!("trapped at offset {at:#x}: {reason}"),
            Self::Refused { reason } => format!("refused by the engine: {reason}"),
            Self::OutOfFuel => "stopped: it took too many steps".to_owned(),
            Self::OutOfTime => "stopped: it took too long".to_owned(),
            Self::OutOfMemory => "stopped: it asked for too much memory".to_owned(),
            Self::TooMuchOutput => "stopped: it wrote too much output".to_owned(),
            Self::Crashed { reason } => format!("crashed: {reason}"),
        }
    }

    /// Whether another run would end in the same way, so that this one is worth remembering: an outcome that the
    /// machine's load or a defect of the host had a part in is not.
    pub(crate) fn is_lasting(&self) -> bool {
        !matches!(self, Self::OutOfTime | Self::Crashed { .. })
    }
}

/// A finished run: what became of the module, and what it wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What the called function returned, each value in decimal digits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// The most memory that the engine held for it, in bytes, where an engine counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_bytes: Option<u64>,
    /// What it wrote to stdout; bytes that are not UTF-8 are replaced.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stdout: String,
    /// What it wrote to stderr; bytes that are not UTF-8 are replaced.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// Every call of WASI, if they were noted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<Traced>,
}

impl Ran {
    /// What became of it on an engine, in one line. WAMR as it is built here knows no WASI and calls `main`.
    #[must_use]
    pub fn summary(&self, engine: &str) -> String {
        if self.outcome == Outcome::Returned && engine.starts_with("wamr ") {
            return "returned from `main`".into();
        }
        self.outcome.summary()
    }

    /// A run that came to this, and neither wrote nor returned anything.
    #[must_use]
    pub fn silent(outcome: Outcome) -> Ran {
        Ran {
            outcome,
            values: Vec::new(),
            peak_bytes: None,
            stdout: String::new(),
            stderr: String::new(),
            trace: Vec::new(),
        }
    }
}

/// One call of a WASI function, as the host program noted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traced {
    /// The function's name.
    pub function: String,
    /// Its arguments.
    #[serde(default)]
    pub args: Vec<TracedArg>,
    /// What the arguments point at, before the call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memory: Vec<Piece>,
    /// What it came to: `success`, an errno, or that it does not return.
    pub result: String,
    /// What the call has written, after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Piece>,
}

/// An argument of a noted call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracedArg {
    /// The parameter's name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// A piece of linear memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// What lies there.
    pub what: String,
    /// Its address.
    pub at: u64,
    /// The bytes, in hexadecimal.
    pub bytes: String,
    /// What they mean.
    pub means: String,
}

/// What a host program reports.
#[derive(Deserialize)]
struct Report {
    #[serde(flatten)]
    outcome: Outcome,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    peak_bytes: Option<u64>,
}

/// Runs the module in the host program, inside the limits.
///
/// # Errors
///
/// If there is no such module, or the host program cannot be started. Whatever goes wrong after that is an
/// [`Outcome`].
pub fn run(host: &Path, module: &Path, limits: &Limits) -> Result<Ran> {
    run_guest(host, module, limits, &Guest::default())
}

/// The same as [`run`], for a guest that finds more than nothing.
///
/// # Errors
///
/// Those of [`run`].
pub fn run_guest(host: &Path, module: &Path, limits: &Limits, guest: &Guest) -> Result<Ran> {
    // The host starts in another folder, where relative paths would be lost.
    let host = absolute(host)?;
    let module = absolute(module)?;
    ensure!(module.is_file(), "there is no module {}", module.display());
    let folder = tempfile::Builder::new()
        .prefix("xtask-run-")
        .tempdir()
        .context("cannot make a folder to run in")?;
    let report = folder.path().join("report.json");

    let mut command = engines::command(&host)?;
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

    let deadline = Instant::now() + limits.time + MARGIN + engines::starting(&host);
    let child = command
        .spawn()
        .with_context(|| format!("cannot start the host program {}", host.display()))?;
    let mut child = KillOnDrop(child);
    let (ended, [stdout, stderr]) = watch(&mut child.0, limits.output_bytes, deadline)?;
    let only = |outcome| Report {
        outcome,
        values: Vec::new(),
        peak_bytes: None,
    };
    let report = match ended {
        Ended::Stopped(outcome) => only(outcome),
        Ended::ByItself(status) => match fs::read(&report) {
            Ok(report) => serde_json::from_slice(&report).unwrap_or_else(|_| {
                only(Outcome::Crashed {
                    reason: format!("{}, and its report is not one", how(status)),
                })
            }),
            Err(_) => only(Outcome::Crashed {
                reason: how(status),
            }),
        },
    };
    let trace = match fs::read(folder.path().join("trace.json")) {
        Ok(trace) => serde_json::from_slice(&trace).context("the host's trace is none")?,
        Err(_) => Vec::new(),
    };
    Ok(Ran {
        outcome: report.outcome,
        values: report.values,
        peak_bytes: report.peak_bytes,
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
    host: &Path,
    module: &Path,
    limits: &Limits,
    fresh: bool,
) -> Result<Ran> {
    run_guest_cached(cache, host, module, limits, &Guest::default(), fresh)
}

/// The same as [`run_guest`], remembered as [`run_cached`] does.
///
/// # Errors
///
/// Those of [`run_cached`].
pub fn run_guest_cached(
    cache: &Path,
    host: &Path,
    module: &Path,
    limits: &Limits,
    guest: &Guest,
    fresh: bool,
) -> Result<Ran> {
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

/// Runs a program for this machine, one of a step of ours, with an empty input and inside the limits of time and output. It
/// is not sandboxed: nobody else's program is ever run so.
///
/// # Errors
///
/// If it cannot be started.
pub fn native(program: &mut Command, limits: &Limits) -> Result<Ran> {
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
    Ok(Ran {
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
        ..Ran::silent(outcome)
    })
}

/// The name that a run is remembered by.
///
/// The module counts with its bytes. The host program is too large to be read each time: it counts with what changes
/// when it is built anew, its path, size and time of modification.
fn key(host: &Path, module: &Path, limits: &Limits, guest: &Guest) -> Result<String> {
    let host = absolute(host)?;
    let built = fs::metadata(&host)
        .with_context(|| format!("there is no host program {}", host.display()))?;
    let modified = built.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
    let wasm =
        fs::read(module).with_context(|| format!("there is no module {}", module.display()))?;
    let parts = (
        "the run of a module, 2", // to be counted up when a change here makes the remembered runs wrong
        host.as_os_str().as_encoded_bytes(),
        built.len(),
        modified.to_string(),
        limits,
        guest,
        wasm.len(),
    );
    let mut hash = Sha256::new_with_prefix(serde_json::to_vec(&parts)?);
    hash.update(&wasm);
    Ok(inputs::hex(&hash.finalize()))
}

/// Writes the entry so that no one can ever read half of it: under another name first.
fn remember(cache: &Path, entry: &Path, ran: &Ran) -> Result<()> {
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
