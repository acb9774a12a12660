//! What all hosts share. A host is a program that runs one module on an engine, inside limits, and reports what
//! happened.
//!
//! In comes an [`Engine`]; out goes the program around it, whose `main` is `host::main::<MyEngine>()`:
//!
//! ```text
//! host-NAME MODULE.wasm [--fuel N] [--memory-pages N] [--stack-kib N] [--time-ms N] [--report FILE] [the engine's own]
//! host-NAME --version-of-engine
//! ```
//!
//! What the module prints goes to the host's own stdout and stderr. Whatever becomes of it, exactly one JSON object,
//! an [`outcome::Report`], is written to the report file, or to stderr as one line:
//!
//! ```text
//! {"outcome":"returned"}                               `_start` came to its end; a component's `run` returned ok
//! {"outcome":"returned","values":["42"]}               so did the function that was called, with these results
//! {"outcome":"exited","code":0}                        it called `proc_exit`, or `wasi:cli/exit`
//! {"outcome":"exited","code":1}                        the same; or a component's `run` returned an error
//! {"outcome":"trapped","reason":"…","at":35}           the engine stopped it, at this byte of the module
//! {"outcome":"refused","reason":"…"}                   not a module, or one that cannot be linked, started or served
//! {"outcome":"out of fuel"}                            it took more steps than it was given
//! {"outcome":"out of memory"}                          it asked for more memory than it was given
//! {"outcome":"out of time"}                            it ran, or compiled, for too long
//! ```
//!
//! With a report file, the host exits with 0 once that is written, whatever the outcome was. Without one it ends as the
//! module did: with its exit code, with 0 if `_start` came to its end, and with 1 after everything else. Either way it
//! exits with 1 if it could not report (2 if it was called wrongly), for a reason that stderr tells.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::{CommandFactory as _, FromArgMatches as _, Parser};
use outcome::{Outcome, Report};

#[cfg(all(unix, feature = "wamr"))]
pub mod wamr;
#[cfg(feature = "wasmtime")]
pub mod wasmtime;

/// An engine, with what its host is called with beside the limits.
pub trait Engine: clap::Args + Send + Sync + 'static {
    /// The program's name: `env!("CARGO_PKG_NAME")`.
    const NAME: &'static str;
    /// What the program does, for `--help`: `env!("CARGO_PKG_DESCRIPTION")`.
    const ABOUT: &'static str;
    /// The stack that a module has unless `--stack-kib` says something else, in KiB.
    const STACK_KIB: u32 = 512;

    /// The engine's name and version, if the engine tells it. Of one that is a crate, the lock file does.
    fn version() -> Option<String> {
        None
    }

    /// Runs the module, on a thread of its own.
    ///
    /// # Errors
    /// If the host itself fails: no module can cause that.
    fn run(&self, module: Vec<u8>, limits: &Limits) -> Result<Report>;

    /// Calls `run`, which starts that thread and waits for it, with what has to be done on this one before and after.
    /// It may end while the module is still at it: the time was up.
    ///
    /// # Errors
    /// Those of `run`, and if what is to be done fails.
    fn around(&self, limits: &Limits, run: impl FnOnce() -> Result<Report>) -> Result<Report> {
        let _ = limits;
        run()
    }
}

/// What a module may use up.
#[derive(Clone, Debug, clap::Args)]
pub struct Limits {
    /// Steps the module may take, where the engine counts them; one is about one instruction
    #[arg(long, value_name = "N", default_value_t = 200_000_000)]
    pub fuel: u64,
    /// Memory the module may have, in pages of 64 KiB
    #[arg(long, value_name = "N", default_value_t = 1024)]
    pub memory_pages: u32,
    /// Stack the module's calls may fill, in KiB
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    pub stack_kib: u32,
    /// Time the module may take to compile and run, in milliseconds
    #[arg(long, value_name = "N", default_value_t = 1500)]
    pub time_ms: u64,
}

impl Limits {
    /// The memory in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.memory_pages as usize * 64 * 1024
    }

    /// The stack in bytes.
    #[must_use]
    pub fn stack_bytes(&self) -> usize {
        self.stack_kib as usize * 1024
    }
}

/// What a module finds in the WASI of its host. Unless told otherwise it reads an empty stdin, has one argument, its
/// own name `module`, and no environment; files and a network it never has.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Guest {
    /// An argument for the module, after its name
    #[arg(long, value_name = "A", allow_hyphen_values = true)]
    arg: Vec<String>,
    /// A variable of the module's environment
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// What the module reads from its stdin
    #[arg(long, value_name = "FILE")]
    stdin: Option<PathBuf>,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("a variable is NAME=VALUE, not `{text}`")),
    }
}

impl Guest {
    /// Its arguments. The first is its name.
    pub fn args(&self) -> impl Iterator<Item = &str> {
        std::iter::once("module").chain(self.arg.iter().map(String::as_str))
    }

    /// Its environment.
    #[must_use]
    pub fn env(&self) -> &[(String, String)] {
        &self.env
    }

    /// The file that it reads; without one it reads nothing.
    #[must_use]
    pub fn stdin_file(&self) -> Option<&Path> {
        self.stdin.as_deref()
    }

    /// What it reads.
    ///
    /// # Errors
    /// If there is no such file.
    pub fn stdin(&self) -> Result<Vec<u8>> {
        self.stdin.as_deref().map_or(Ok(Vec::new()), read)
    }
}

#[derive(Parser)]
struct Cli<E: Engine> {
    /// The module to run, in the binary format
    #[arg(required_unless_present = "version_of_engine")]
    module: Option<PathBuf>,
    #[command(flatten)]
    limits: Limits,
    /// Where to write the report instead of stderr
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print the name and version of the engine, and do nothing else
    #[arg(long)]
    version_of_engine: bool,
    #[command(flatten)]
    engine: E,
}

impl<E: Engine> Cli<E> {
    fn parse_from(words: impl IntoIterator<Item = String>) -> Cli<E> {
        let command = Cli::<E>::command()
            .name(E::NAME)
            .about(E::ABOUT)
            .mut_arg("stack_kib", |arg| {
                arg.required(false).default_value(E::STACK_KIB.to_string())
            });
        Cli::from_arg_matches(&command.get_matches_from(words)).unwrap_or_else(|error| error.exit())
    }
}

/// The whole program.
#[must_use]
pub fn main<E: Engine>() -> ExitCode {
    host(Cli::<E>::parse_from(std::env::args())).unwrap_or_else(|error| {
        eprintln!("{}: {error:#}", E::NAME);
        ExitCode::FAILURE
    })
}

/// The engine and the limits that these words after the program's name and the module's make, for tests.
#[must_use]
pub fn parse<E: Engine>(words: &[&str]) -> (E, Limits) {
    let words = [E::NAME, "module.wasm"].iter().chain(words);
    let cli = Cli::parse_from(words.map(|word| (*word).to_owned()));
    (cli.engine, cli.limits)
}

fn host<E: Engine>(cli: Cli<E>) -> Result<ExitCode> {
    let Some(module) = &cli.module else {
        let version = E::version().context(
            "this engine does not tell its version to programs around it: Cargo.lock has it",
        )?;
        println!("{version}");
        return Ok(ExitCode::SUCCESS);
    };
    let module = read(module)?;
    let engine = Arc::new(cli.engine);
    let report = engine.around(&cli.limits, || in_time(&engine, module, &cli.limits))?;
    let json = serde_json::to_string(&report)?;
    let Some(file) = &cli.report else {
        eprintln!("{json}");
        return Ok(ExitCode::from(exit_code(&report.outcome)));
    };
    fs::write(file, json).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Runs the module on a thread of its own, so that this one can watch the clock. The clock covers what fuel cannot: a
/// module that takes long to compile, sleeps, or fills 64 MiB with a single instruction.
fn in_time<E: Engine>(engine: &Arc<E>, module: Vec<u8>, limits: &Limits) -> Result<Report> {
    let (sender, receiver) = mpsc::channel();
    let (runner, allowed) = (Arc::clone(engine), limits.clone());
    thread::Builder::new()
        // It has room for the guest and, beyond it, for the engine: a compiler recurses over what it compiles.
        .stack_size(limits.stack_bytes() + (8 << 20))
        .spawn(move || sender.send(runner.run(module, &allowed)))
        .context("cannot start a thread")?;
    match receiver.recv_timeout(Duration::from_millis(limits.time_ms)) {
        Ok(report) => report,
        // The thread is still at it; it ends with this process, after the report.
        Err(RecvTimeoutError::Timeout) => Ok(Outcome::OutOfTime.into()),
        Err(RecvTimeoutError::Disconnected) => bail!("the engine panicked"),
    }
}

/// The exit code of a host that stands in for the module.
fn exit_code(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Returned => 0,
        Outcome::Exited { code } => u8::try_from(*code).unwrap_or(1),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes as long as it is told, in milliseconds.
    #[derive(clap::Args)]
    struct Sleeper {
        #[arg(long, default_value_t = 0)]
        sleep_ms: u64,
        #[command(flatten)]
        guest: Guest,
    }

    impl Engine for Sleeper {
        const NAME: &'static str = "host-sleeper";
        const ABOUT: &'static str = "Sleeps";
        const STACK_KIB: u32 = 16;

        fn run(&self, module: Vec<u8>, limits: &Limits) -> Result<Report> {
            thread::sleep(Duration::from_millis(self.sleep_ms));
            Ok(Report {
                values: vec![module.len().to_string(), limits.stack_kib.to_string()],
                ..Outcome::Returned.into()
            })
        }
    }

    #[test]
    fn the_clock_is_watched() {
        let (quick, limits) = parse::<Sleeper>(&[]);
        let report = in_time(&Arc::new(quick), vec![0; 8], &limits).expect("the host works");
        assert_eq!(report.values, ["8", "16"]);
        let (slow, limits) = parse::<Sleeper>(&["--sleep-ms=60000", "--time-ms=10"]);
        let report = in_time(&Arc::new(slow), Vec::new(), &limits).expect("the host works");
        assert_eq!(report.outcome, Outcome::OutOfTime);
    }

    #[test]
    fn a_guest_has_its_name_and_what_it_is_given() {
        let (engine, limits) = parse::<Sleeper>(&["--arg=-x", "--env=A=b=c", "--stack-kib=32"]);
        assert_eq!(engine.guest.args().collect::<Vec<_>>(), ["module", "-x"]);
        assert_eq!(engine.guest.env(), [("A".to_owned(), "b=c".to_owned())]);
        assert_eq!(engine.guest.stdin().expect("nothing"), b"");
        assert_eq!(limits.stack_bytes(), 32 * 1024);
        let problem = variable("=b").expect_err("it has no name");
        assert_eq!(problem, "a variable is NAME=VALUE, not `=b`");
    }

    #[test]
    fn a_host_ends_as_its_module_does() {
        assert_eq!(exit_code(&Outcome::Returned), 0);
        assert_eq!(exit_code(&Outcome::Exited { code: 7 }), 7);
        assert_eq!(exit_code(&Outcome::Exited { code: -1 }), 1);
        assert_eq!(exit_code(&Outcome::OutOfFuel), 1);
    }

    #[test]
    fn the_command_line_holds_together() {
        Cli::<Sleeper>::command().debug_assert();
    }
}
