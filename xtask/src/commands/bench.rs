//! `cargo xtask bench`

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};

use pipeline::{build, built::Built, programs};
use project::{
    discover,
    paths::{Dir, Project},
    select, terminal,
};

/// Time wasm-diet on modules of up to 40 MB, against twiggy, wasm-tools and wasm-objdump in the same run
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask bench")]
pub(crate) struct Args {}

impl Args {
    /// Fails if something measured fails, for times of failures say nothing, or if ours is slower or takes more memory
    /// than it may.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let mut modules = Vec::new();
        for megabytes in MEGABYTES {
            let module = folder.path().join(format!("{megabytes}.wasm"));
            grown(project, megabytes * 1_000_000, &module)?;
            modules.push(module);
        }
        let ours = programs::WASM_DIET.compiled(project)?;
        let mut wrong = growth(&ours, &modules)?;
        let [.., older, large, _] = &modules[..] else {
            bail!("there are four sizes");
        };
        let peers = peers(project);
        for race in &RACES {
            wrong.extend(race.run(&ours, &peers, older, large)?);
        }
        ensure!(wrong.is_empty(), "{}", wrong.join("; "));
        Ok(())
    }
}

/// The sizes of the modules, in megabytes: of about so many, for each is made of whole modules.
const MEGABYTES: [u64; 4] = [5, 10, 20, 40];

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
const RUNS: usize = 5;

/// Makes a module of about so many bytes, the same each time.
///
/// # Errors
/// If the step does not build, or what is made of it is no valid module of the size.
fn grown(project: &Project, bytes: u64, out: &Path) -> Result<()> {
    let steps = discover::steps(project)?;
    let step = select::find(&steps, LIKE)?;
    let Built::Module { file, .. } = build::build(project, step, false)? else {
        bail!("{LIKE} should build a module");
    };
    let made = Command::new(programs::BENCH.compiled(project)?)
        .arg("grow")
        .arg(file)
        .arg(bytes.to_string())
        .arg(out)
        .output()?;
    ensure!(
        made.status.success(),
        "the large module cannot be made: {}",
        String::from_utf8_lossy(&made.stderr).trim()
    );
    let size = fs::metadata(out)?.len();
    ensure!(
        size.abs_diff(bytes) <= bytes / 20,
        "the large module should have {} within a twentieth, but it has {}",
        terminal::bytes(bytes),
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

/// How long a program may take, and how much memory.
const FASTEST: [(u64, f64); 2] = [(20, 1.0), (40, 2.5)];

/// So many times the file's size `inspect` may have in memory at its peak.
const MEMORY: u64 = 8;

/// So many times as long a megabyte of the largest module may take as one of the smallest: growth is linear.
const LINEAR: f64 = 1.5;

/// A run of a program: how long it took, and, on Linux, how many bytes of memory it had at its peak.
fn timed(program: &Path, args: &[&OsStr]) -> Result<(Duration, Option<u64>)> {
    let started = Instant::now();
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let about = format!("/proc/{}/status", child.id());
    let mut peak = None;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let read = fs::read_to_string(&about).ok();
        let line = read.as_deref().and_then(|about| {
            let mut lines = about.lines();
            lines.find_map(|line| line.strip_prefix("VmHWM:"))
        });
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = kib.map(|kib| kib * 1024).or(peak);
        thread::sleep(Duration::from_millis(2));
    };
    let took = started.elapsed();
    ensure!(
        status.success(),
        "{} {} fails: {status}",
        program.display(),
        args.join(OsStr::new(" ")).display()
    );
    Ok((took, peak))
}

/// The median of an odd number of runs, and the largest peak; a run before them warms up and does not count.
fn median(program: &Path, args: &[&OsStr]) -> Result<(Duration, Option<u64>)> {
    timed(program, args)?;
    let runs = (0..RUNS)
        .map(|_| timed(program, args))
        .collect::<Result<Vec<_>>>()?;
    let mut times: Vec<Duration> = runs.iter().map(|(time, _)| *time).collect();
    times.sort();
    let peak = runs.iter().filter_map(|(_, peak)| *peak).max();
    Ok((times[times.len() / 2], peak))
}

/// `inspect` of modules that grow: what is slower, or takes more memory, than it may.
fn growth(ours: &Path, modules: &[PathBuf]) -> Result<Vec<String>> {
    terminal::outln!("wasm-diet inspect, median of {RUNS} runs:");
    let mut wrong = Vec::new();
    let mut paces = Vec::new();
    for (module, megabytes) in modules.iter().zip(MEGABYTES) {
        let size = fs::metadata(module)?.len();
        let (time, peak) = median(ours, &[OsStr::new("inspect"), module.as_os_str()])?;
        let seconds = time.as_secs_f64();
        let memory = peak.map_or_else(
            || "memory is only known on Linux".to_owned(),
            |peak| {
                let tenths = peak * 10 / size;
                format!("{}.{} times the file in memory", tenths / 10, tenths % 10)
            },
        );
        terminal::outln!("{:>10.1} ms  {}, {memory}", seconds * 1000.0, terminal::bytes(size));
        let limit = FASTEST.iter().find(|(of, _)| *of == megabytes);
        if let Some((_, limit)) = limit.filter(|(_, limit)| seconds > *limit) {
            wrong.push(format!(
                "inspect of {megabytes} MB should take at most {limit} s, and takes {seconds:.2} s"
            ));
        }
        if peak.is_some_and(|peak| peak > size * MEMORY) {
            wrong.push(format!(
                "inspect of {megabytes} MB should have at most {MEMORY} times the file in memory"
            ));
        }
        paces.push(seconds * 1_000_000.0 / precise(size));
    }
    if let [first, .., last] = paces[..]
        && last > first * LINEAR
    {
        wrong.push(format!(
            "a megabyte of the largest module takes {:.2} times as long as one of the smallest, and should at most \
             {LINEAR} times",
            last / first
        ));
    }
    Ok(wrong)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sizes of modules are far below 2^52"
)]
fn precise(size: u64) -> f64 {
    size as f64
}

/// The programs that ours is compared with, as far as they are there.
fn peers(project: &Project) -> Vec<(&'static str, PathBuf)> {
    let mut peers = Vec::new();
    match which::which("wasm-objdump") {
        Ok(program) => peers.push(("wasm-objdump", program)),
        Err(_) => terminal::warn(
            "wasm-objdump is not on the PATH (Debian: apt-get install wabt), so it is left out",
        ),
    }
    for (name, release, cargo) in TOOLS {
        match tool(project, name, release, cargo) {
            Ok(program) => peers.push((name, program)),
            Err(why) => terminal::warn(&format!("{name} is left out: {why}")),
        }
    }
    peers
}

/// One of our commands and those of others that do about the same.
struct Race {
    /// What is asked.
    what: &'static str,
    /// The arguments of ours; the older module stands for `OLD`, and the module for `NEW`.
    ours: &'static [&'static str],
    /// The others, with their arguments.
    theirs: &'static [(&'static str, &'static [&'static str])],
    /// Whether ours has to be as fast as all of them: not where they read only the heads of sections.
    fastest: bool,
    /// The most that ours may take, in seconds.
    seconds: f64,
}

const RACES: [Race; 4] = [
    Race {
        what: "sections",
        ours: &["top", "--by", "section", "NEW"],
        theirs: &[
            ("wasm-objdump", &["-h", "NEW"]),
            ("wasm-tools", &["objdump", "NEW"]),
        ],
        fastest: false,
        seconds: 1.0,
    },
    Race {
        what: "inspect, against the largest items",
        ours: &["inspect", "NEW"],
        theirs: &[("twiggy", &["top", "-n", "10", "NEW"])],
        fastest: true,
        seconds: 1.0,
    },
    Race {
        what: "what would go with what",
        ours: &["top", "--retained", "NEW"],
        theirs: &[("twiggy", &["dominators", "-r", "10", "NEW"])],
        fastest: true,
        seconds: 3.0,
    },
    Race {
        what: "the difference of two",
        ours: &["diff", "OLD", "NEW"],
        theirs: &[("twiggy", &["diff", "OLD", "NEW"])],
        fastest: true,
        seconds: 3.0,
    },
];

impl Race {
    /// In turns, so that whatever else the machine does is shared by all. What is slower than it may be.
    fn run(
        &self,
        ours: &Path,
        peers: &[(&str, PathBuf)],
        old: &Path,
        new: &Path,
    ) -> Result<Vec<String>> {
        let mut racers = vec![("wasm-diet", ours, self.ours, Vec::new())];
        for (name, args) in self.theirs {
            let there = peers.iter().find(|(peer, _)| peer == name);
            if let Some((name, program)) = there {
                racers.push((name, program, args, Vec::new()));
            }
        }
        for turn in 0..=RUNS {
            for (_, program, args, times) in &mut racers {
                let args = args.iter().map(|arg| match *arg {
                    "OLD" => old.as_os_str(),
                    "NEW" => new.as_os_str(),
                    arg => OsStr::new(arg),
                });
                let (time, _) = timed(program, &args.collect::<Vec<_>>())?;
                if turn > 0 {
                    times.push(time);
                }
            }
        }
        terminal::outln!("\n{}, median of {RUNS} turns:", self.what);
        let mut medians = Vec::new();
        for (name, _, args, times) in &mut racers {
            times.sort();
            let median = times[times.len() / 2].as_secs_f64();
            terminal::outln!("{:>10.1} ms  {name} {}", median * 1000.0, args.join(" "));
            medians.push((*name, median));
        }
        let mut wrong = Vec::new();
        let [(_, our), others @ ..] = &medians[..] else {
            bail!("ours has run");
        };
        if *our > self.seconds {
            wrong.push(format!(
                "{}: at most {} s, and ours takes {our:.2} s",
                self.what, self.seconds
            ));
        }
        for (name, their) in others {
            if self.fastest && our > their {
                wrong.push(format!(
                    "{}: ours takes {:.2} times as long as {name}",
                    self.what,
                    our / their
                ));
            }
        }
        Ok(wrong)
    }
}
