//! `cargo xtask bench`

use std::{
    env, fs,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;

use book::mdbook;
use pipeline::{build, built::Built, engines, programs};
use project::{
    discover,
    paths::{Dir, Project},
    select,
    step::{Step, Target},
    summary, terminal,
    toolchain::clean,
};

/// Measure how fast the tools are, against doing the same by hand in the same run
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask bench verify")]
pub(crate) struct Args {
    /// What to measure; all without one
    #[arg(value_enum)]
    what: Vec<What>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// A warm verify against a plain loop: cd, cargo build --release, run
    Verify,
    /// A warm build of the book
    Book,
    /// The first `cargo xtask serve` in a fresh clone, until the page is up
    Serve,
    /// Taking 20 MB apart, against wasm-objdump, wasm-tools and twiggy
    Inspect,
}

impl Args {
    /// Fails if something measured fails: times of failures say nothing.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let all = self.what.is_empty();
        if all || self.what.contains(&What::Verify) {
            verify(project)?;
        }
        if all || self.what.contains(&What::Book) {
            build_book(project)?;
        }
        if all || self.what.contains(&What::Serve) {
            first_serve(project)?;
        }
        if all || self.what.contains(&What::Inspect) {
            inspect(project)?;
        }
        Ok(())
    }
}

/// The median of some runs, after one that warms up and does not count.
fn median(mut run: impl FnMut() -> Result<()>) -> Result<Duration> {
    run()?;
    let mut times = Vec::new();
    for _ in 0..5 {
        let started = Instant::now();
        run()?;
        times.push(started.elapsed());
    }
    times.sort();
    Ok(times[times.len() / 2])
}

fn verify(project: &Project) -> Result<()> {
    let steps = discover::steps(project)?;
    let host = engines::REFERENCE.host(project)?;
    let mut modules = Vec::new();
    for step in &steps {
        modules.push(match build::build(project, step, false)? {
            Built::Module { file, .. } => (true, Some(file)),
            Built::Program { .. } => (true, None),
            // One that its optimiser refuses compiles all the same.
            _ => (!step.settings.post_build.is_empty(), None),
        });
    }
    let by_hand = median(|| {
        for (step, (compiles, module)) in steps.iter().zip(&modules) {
            // What a reader types: cargo from the PATH, which rustup's proxy turns into the pinned one.
            let mut cargo = plain_cargo(step);
            let built = cargo
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()?
                .success();
            ensure!(
                built == *compiles,
                "{} builds otherwise in the plain loop",
                step.path
            );
            if let Some(module) = module {
                // What the module does is not the question here.
                Command::new(host.file())
                    .arg(module)
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status()?;
            }
        }
        Ok(())
    })?;
    let xtask = env::current_exe()?;
    let verified = median(|| {
        let output = Command::new(&xtask).arg("verify").output()?;
        ensure!(
            output.status.success(),
            "verify is red: {}",
            String::from_utf8_lossy(&output.stdout)
        );
        Ok(())
    })?;
    terminal::outln!(
        "verify, warm, {} steps and the book: {:.2} s; the plain loop over the same steps: {:.2} s; {:.1} times faster",
        steps.len(),
        verified.as_secs_f32(),
        by_hand.as_secs_f32(),
        by_hand.as_secs_f32() / verified.as_secs_f32()
    );
    Ok(())
}

fn plain_cargo(step: &Step) -> Command {
    let mut cargo = clean("cargo");
    cargo
        .current_dir(&step.dir)
        .envs(&step.settings.env)
        .stdin(Stdio::null());
    match step.target {
        Target::Wasm(_) | Target::Native(_) => cargo.args(["build", "--release"]),
        // The same work as verify's: the program is built, and run with the same arguments.
        Target::Host => cargo
            .args(["run", "--"])
            .args(step.settings.module.iter().map(|arg| {
                arg.replace(
                    "{module}",
                    &env::temp_dir().join("bench.wasm").display().to_string(),
                )
            })),
    };
    cargo
}

fn build_book(project: &Project) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pages = summary::read(project)?.pages.len();
    let built = median(|| mdbook::build(project, Some(folder.path())).map(drop))?;
    terminal::outln!(
        "book, warm, {pages} pages: {:.2} s, {:.0} ms a page",
        built.as_secs_f32(),
        built.as_secs_f32() * 1000.0 / f32::from(u16::try_from(pages)?)
    );
    Ok(())
}

fn first_serve(project: &Project) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let clone = folder.path().join("clone");
    let cloned = Command::new("git")
        .args(["clone", "--quiet"])
        .arg(project.root())
        .arg(&clone)
        .status()
        .context("git does not start")?;
    ensure!(cloned.success(), "git cannot clone the book: {cloned}");
    // A port that is free now; nobody else is expected to take it in between.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port();
    let started = Instant::now();
    let mut serving = Kill(
        programs::cargo()
            .args(["xtask", "serve", "--port", &port.to_string()])
            .current_dir(&clone)
            .stdin(Stdio::null())
            .spawn()
            .context("cargo does not start")?,
    );
    let up = loop {
        if let Some(status) = serving.0.try_wait()? {
            bail!("serve ends by itself: {status}");
        }
        if started.elapsed() > Duration::from_secs(900) {
            bail!("no page after a quarter of an hour");
        }
        if page_is_up(port) {
            break started.elapsed();
        }
        thread::sleep(Duration::from_millis(200));
    };
    let engine = clone.join("target/engines").exists();
    terminal::outln!(
        "first serve in a fresh clone, registry cached: page up after {:.0} s{}",
        up.as_secs_f32(),
        if engine {
            ", and an engine was compiled before"
        } else {
            ", no engine compiled"
        }
    );
    Ok(())
}

/// Ends the child with us, whatever happens.
struct Kill(Child);

impl Drop for Kill {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

fn page_is_up(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else {
        return false;
    };
    let asked = stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let mut answer = Vec::new();
    asked.is_ok() && stream.read_to_end(&mut answer).is_ok() && answer.starts_with(b"HTTP/1.1 200")
}

/// The size of the module that is taken apart, in bytes: of about so many, for it is made of whole modules.
const LARGE: u64 = 20_000_000;

/// The step whose functions, data and names it is made of, again and again.
const LIKE: &str = "5-below-across-beyond/60-as-it-comes";

/// The tools it is compared with, as cargo installs them: name, release, and arguments for cargo.
const TOOLS: [(&str, &str, &[&str]); 2] = [
    (
        "wasm-tools",
        "1.263.0",
        &["--no-default-features", "--features", "objdump"],
    ),
    ("twiggy", "0.8.0", &[]),
];

/// Runs of each program; the median counts.
const RUNS: usize = 9;

/// Makes the large module, the same each time.
///
/// # Errors
/// If the step does not build, or what is made of it is no valid module of the size.
pub(crate) fn large_module(project: &Project, out: &Path) -> Result<()> {
    let steps = discover::steps(project)?;
    let step = select::find(&steps, LIKE)?;
    let Built::Module { file, .. } = build::build(project, step, false)? else {
        bail!("{LIKE} should build a module");
    };
    let made = Command::new(programs::INSPECT.compiled(project)?)
        .arg("grow")
        .arg(file)
        .arg(LARGE.to_string())
        .arg(out)
        .output()?;
    ensure!(
        made.status.success(),
        "the large module cannot be made: {}",
        String::from_utf8_lossy(&made.stderr).trim()
    );
    let size = fs::metadata(out)?.len();
    ensure!(
        size.abs_diff(LARGE) <= LARGE / 20,
        "the large module should have {} within a twentieth, but it has {}",
        terminal::bytes(LARGE),
        terminal::bytes(size)
    );
    Ok(())
}

/// A program of cargo's registry, installed into `target/tools` if it is not there; why it is not, if it cannot be.
fn tool(project: &Project, name: &str, release: &str, args: &[&str]) -> Result<PathBuf, String> {
    let folder = project.target(Dir::Tools).join(format!("{name}-{release}"));
    let program = folder
        .join("bin")
        .join(format!("{name}{}", env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(program);
    }
    terminal::status(
        "Installing",
        &format!(
            "{name} {release} into {} (with cargo; once; a minute or two)",
            project.shown(&folder)
        ),
    );
    let output = programs::cargo()
        .args(["install", name, "--locked", "--quiet", "--version", release])
        .args(args)
        .arg("--root")
        .arg(&folder)
        // Compiled apart, so that nothing of it stays.
        .current_dir(env::temp_dir())
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) if output.status.success() => Ok(program),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Err(format!("cargo does not start: {error}")),
    }
}

/// A program that is timed.
struct Racer {
    name: &'static str,
    program: PathBuf,
    args: &'static [&'static str],
    times: Vec<Duration>,
}

impl Racer {
    fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort();
        times[times.len() / 2]
    }
}

fn inspect(project: &Project) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let module = folder.path().join("large.wasm");
    large_module(project, &module)?;
    let ours = programs::INSPECT.compiled(project)?;
    let mut racers = Vec::new();
    let mut race = |name, program, args| {
        racers.push(Racer {
            name,
            program,
            args,
            times: Vec::new(),
        });
    };
    race("outline", ours.clone(), &["outline"][..]);
    race("inspection", ours, &["inspect"]);
    match which::which("wasm-objdump") {
        Ok(program) => race("wasm-objdump -h", program, &["-h"]),
        Err(_) => terminal::warn(
            "wasm-objdump is not on the PATH (Debian: apt-get install wabt), so it is left out",
        ),
    }
    for ((tool_name, release, cargo), (name, args)) in TOOLS.into_iter().zip([
        ("wasm-tools objdump", &["objdump"][..]),
        ("twiggy top", &["top", "-n", "10"]),
    ]) {
        match tool(project, tool_name, release, cargo) {
            Ok(program) => race(name, program, args),
            Err(why) => terminal::warn(&format!("{name} is left out: {why}")),
        }
    }
    // In turns, so that whatever else the machine does is shared by all. The first turn warms up and does not count.
    for turn in 0..=RUNS {
        for racer in &mut racers {
            let started = Instant::now();
            let ran = Command::new(&racer.program)
                .args(racer.args)
                .arg(&module)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .output()?;
            ensure!(
                ran.status.success(),
                "{} fails: {}",
                racer.name,
                String::from_utf8_lossy(&ran.stderr).trim()
            );
            if turn > 0 {
                racer.times.push(started.elapsed());
            }
        }
    }
    terminal::outln!(
        "inspect, {}, median of {RUNS} turns:",
        terminal::bytes(fs::metadata(&module)?.len())
    );
    for racer in &racers {
        terminal::outln!(
            "{:>10.1} ms  {}",
            racer.median().as_secs_f64() * 1000.0,
            racer.name
        );
    }
    slower(&racers)
}

/// What is asked of ours: who, how many times as long as another it may take at most, and which.
const AT_MOST: [(&str, f64, &str); 4] = [
    ("outline", 1.0, "wasm-objdump -h"),
    ("outline", 1.2, "wasm-tools objdump"),
    ("outline", 1.0, "twiggy top"),
    ("inspection", 1.0, "twiggy top"),
];

fn slower(racers: &[Racer]) -> Result<()> {
    let median = |name| {
        let racer = racers.iter().find(|racer| racer.name == name)?;
        Some(racer.median().as_secs_f64())
    };
    let slow: Vec<String> = AT_MOST
        .iter()
        .filter_map(|(ours, times, theirs)| {
            let (our, their) = (median(*ours)?, median(*theirs)?);
            (our > their * times).then(|| {
                format!(
                    "our {ours} should take at most {times} times as long as {theirs}, and takes {:.2} times",
                    our / their
                )
            })
        })
        .collect();
    ensure!(slow.is_empty(), "{}", slow.join("; "));
    Ok(())
}
