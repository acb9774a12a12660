//! `cargo xtask bench`

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};

use pipeline::{build, built::Built, programs};
use project::{
    discover,
    paths::{Dir, Project},
    select, terminal,
};

/// Time how long 20 MB take to be taken apart, against wasm-objdump, wasm-tools and twiggy in the same run
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask bench")]
pub(crate) struct Args {}

impl Args {
    /// Fails if something measured fails, for times of failures say nothing, or if ours is slower than it may be.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        inspect(project)
    }
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
fn large_module(project: &Project, out: &Path) -> Result<()> {
    let steps = discover::steps(project)?;
    let step = select::find(&steps, LIKE)?;
    let Built::Module { file, .. } = build::build(project, step, false)? else {
        bail!("{LIKE} should build a module");
    };
    let made = Command::new(programs::BENCH.compiled(project)?)
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
    let outline = programs::BENCH.compiled(project)?;
    let ours = programs::WASM_DIET.compiled(project)?;
    let mut racers = Vec::new();
    let mut race = |name, program, args| {
        racers.push(Racer {
            name,
            program,
            args,
            times: Vec::new(),
        });
    };
    race("outline", outline, &["outline"][..]);
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
