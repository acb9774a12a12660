//! `cargo xtask bench`

use std::{
    env,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;

use crate::{
    book,
    build::{self, Built},
    discover::{self, Step, Target},
    engines,
    house::House,
    summary,
    toolchain::clean,
};

/// Measure how fast the tools are, against doing the same by hand in the same run
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask bench verify")]
pub struct Args {
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
}

impl Args {
    /// Measures.
    ///
    /// # Errors
    /// If something measured fails: times of failures say nothing.
    pub fn bench(&self, house: &House) -> Result<()> {
        let all = self.what.is_empty();
        if all || self.what.contains(&What::Verify) {
            verify(house)?;
        }
        if all || self.what.contains(&What::Book) {
            build_book(house)?;
        }
        if all || self.what.contains(&What::Serve) {
            first_serve(house)?;
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

fn verify(house: &House) -> Result<()> {
    let steps = discover::steps(house)?;
    let host = engines::host(house, engines::ENGINES[0])?;
    let mut modules = Vec::new();
    for step in &steps {
        modules.push(match build::build(house, step, false)? {
            Built::Module { file, .. } => (true, Some(file)),
            Built::Program { .. } => (true, None),
            // One that its optimiser refuses compiles all the same.
            _ => (!step.settings.then.is_empty(), None),
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
                Command::new(&host)
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
    println!(
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

fn build_book(house: &House) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pages = summary::read(house)?.pages.len();
    let built = median(|| book::build(house, Some(folder.path())).map(drop))?;
    println!(
        "book, warm, {pages} pages: {:.2} s, {:.0} ms a page",
        built.as_secs_f32(),
        built.as_secs_f32() * 1000.0 / f32::from(u16::try_from(pages)?)
    );
    Ok(())
}

fn first_serve(house: &House) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let clone = folder.path().join("clone");
    let cloned = Command::new("git")
        .args(["clone", "--quiet"])
        .arg(house.root())
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
        engines::cargo()
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
    println!(
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
