//! The process that starts the workers, notices how they end, and makes what went wrong small.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow};
use serde::Serialize;
use serde_json::json;

use crate::{
    input::Input,
    limit::TOO_SLOW,
    seeds::{Kind, Seeds},
    worker::{BLOCK, Guests, Told},
};

/// How many failures are made small and written down: of each sort one, and of all so many.
const WRITTEN: usize = 8;

/// How long one is made smaller, and with how many attempts.
const SHRINKING: Duration = Duration::from_secs(20);
const ATTEMPTS: usize = 400;

/// Tries inputs, and tells the result as a line of JSON.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder with the modules (*.wasm) and texts (*.wat) to begin with
    #[arg(long)]
    seeds: PathBuf,
    /// What the choices are made by: the same number, the same inputs
    #[arg(long)]
    seed: u64,
    /// How many inputs
    #[arg(long)]
    count: u64,
    /// The first input's number
    #[arg(long, default_value_t = 0)]
    from: u64,
    #[command(flatten)]
    guests: Guests,
    /// Processes at a time; as many as there are processors if not given
    #[arg(long)]
    jobs: Option<u64>,
    /// Where to write inputs that something does not put up with
    #[arg(long)]
    out: PathBuf,
}

/// Something that was not put up with.
#[derive(Clone, Serialize)]
struct Failure {
    index: u64,
    /// How the input was made.
    how: String,
    /// What was asked.
    asked: String,
    /// What came of it.
    what: String,
    /// The smallest input found that does the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    /// Its size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<usize>,
    /// How many inputs more fail in the same way.
    more: usize,
}

/// The most that any input cost, and which.
#[derive(Default, Clone, Copy, Serialize)]
struct Most {
    amount: u64,
    index: u64,
}

impl Most {
    fn of(&mut self, amount: u64, index: u64) {
        // The first one of several, whatever their order.
        if amount > self.amount || (amount == self.amount && index < self.index) {
            *self = Most { amount, index };
        }
    }
}

#[derive(Default)]
struct Sum {
    modules: u64,
    texts: u64,
    ms: Most,
    memory: Most,
    steps: Most,
    wasm_memory: Most,
    failures: Vec<Failure>,
    dead: u64,
}

pub(crate) fn run(args: &Args) -> Result<bool> {
    let started = Instant::now();
    let jobs = args.jobs.unwrap_or_else(|| {
        thread::available_parallelism().map_or(1, |n| u64::try_from(n.get()).unwrap_or(1))
    });
    let sum = Mutex::new(Sum::default());
    thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|worker| {
                let sum = &sum;
                scope.spawn(move || supervise(args, worker, jobs, sum))
            })
            .collect();
        for worker in workers {
            worker
                .join()
                .unwrap_or_else(|_| Err(anyhow!("a supervisor panicked")))?;
        }
        Ok::<_, anyhow::Error>(())
    })?;
    let mut sum = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    let took = started.elapsed();
    sum.failures.sort_by_key(|failure| failure.index);
    let failures = sorts(std::mem::take(&mut sum.failures));
    let failures: Vec<Failure> = failures
        .into_iter()
        .enumerate()
        .map(|(at, mut failure)| {
            if at < WRITTEN {
                write_down(args, &mut failure)?;
            }
            Ok(failure)
        })
        .collect::<Result<_>>()?;
    let told = json!({
        "modules": sum.modules,
        "texts": sum.texts,
        "in_wasm": { "instrument": args.guests.instrument.is_some(), "assembler": args.guests.assembler.is_some() },
        "seconds": took.as_secs_f64(),
        "most": { "ms": sum.ms, "memory": sum.memory, "steps": sum.steps, "wasm_memory": sum.wasm_memory },
        "failures": failures,
    });
    println!("{told}");
    Ok(failures.is_empty())
}

/// One failure of each sort, with the number of the others.
fn sorts(failures: Vec<Failure>) -> Vec<Failure> {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut sorts: Vec<Failure> = Vec::new();
    for failure in failures {
        // Numbers differ from one to the next.
        let sort: String = format!("{}: {}", failure.asked, failure.what)
            .chars()
            .filter(|c| !c.is_ascii_digit())
            .take(60)
            .collect();
        match known.get(&sort) {
            Some(at) => sorts[*at].more += 1,
            None => {
                known.insert(sort, sorts.len());
                sorts.push(failure);
            }
        }
    }
    sorts
}

/// Keeps a worker going from the first input to the last.
fn supervise(args: &Args, worker: u64, workers: u64, sum: &Mutex<Sum>) -> Result<()> {
    let end = args.from + args.count;
    let mut next = args.from;
    // More than these, and there is no point in going on.
    let mut deaths = 0;
    while next < end && deaths < 50 {
        let mut child = this(&args.guests, "work")?
            .arg("--seeds")
            .arg(&args.seeds)
            .args(["--seed", &args.seed.to_string()])
            .args(["--from", &next.to_string(), "--to", &end.to_string()])
            .args(["--worker", &worker.to_string()])
            .args(["--workers", &workers.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("the worker does not start")?;
        let lines = child.stdout.take().context("it has a stdout")?;
        let mut current = None;
        for line in BufReader::new(lines).lines() {
            let told = serde_json::from_str(&line?).context("the worker says something else")?;
            if let Told::At(index) = told {
                current = Some(index);
            } else {
                note(
                    told,
                    &mut sum.lock().unwrap_or_else(PoisonError::into_inner),
                );
            }
        }
        let output = child.wait_with_output()?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let Some(index) = current else {
            return Err(anyhow!("the worker ends with {}: {said}", output.status));
        };
        deaths += 1;
        next = index + 1;
        // On a busy machine it may only have had no turn: alone, it has another.
        if output.status.code() == Some(TOO_SLOW) && !slow_again(args, index)? {
            continue;
        }
        let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
        let seeds = Seeds::read(&args.seeds)?;
        let input = Input::make(&seeds, args.seed, index);
        sum.dead += 1;
        sum.failures.push(Failure {
            index,
            how: input.how,
            asked: "the process".to_owned(),
            what: how_it_ended(&output.status, &said),
            file: None,
            size: None,
            more: 0,
        });
    }
    Ok(())
}

fn slow_again(args: &Args, index: u64) -> Result<bool> {
    let seeds = Seeds::read(&args.seeds)?;
    let input = Input::make(&seeds, args.seed, index);
    fs::create_dir_all(&args.out)?;
    let file = args
        .out
        .join(format!("again-{index}.{}", input.kind.extension()));
    fs::write(&file, &input.bytes)?;
    let said = check(args, &file)?;
    fs::remove_file(&file)?;
    Ok(said.is_some_and(|said| said.starts_with("the process")))
}

fn how_it_ended(status: &std::process::ExitStatus, said: &str) -> String {
    let last = said.lines().last().unwrap_or_default();
    let last = if said.contains("has overflowed its stack") {
        "a stack overflow"
    } else {
        last
    };
    format!("it ended with {status}: {last}")
}

fn note(told: Told, sum: &mut Sum) {
    match told {
        Told::At(_) => {}
        Told::Wrong {
            index,
            how,
            asked,
            what,
        } => sum.failures.push(Failure {
            index,
            how,
            asked,
            what,
            file: None,
            size: None,
            more: 0,
        }),
        Told::Cost {
            index,
            text,
            ms,
            memory,
            steps,
            wasm_memory,
        } => {
            if text {
                sum.texts += 1;
            } else {
                sum.modules += 1;
            }
            sum.ms.of(ms, index);
            sum.memory.of(memory as u64, index);
            sum.steps.of(steps, index);
            sum.wasm_memory.of(wasm_memory as u64, index);
        }
    }
}

/// This program with another command.
fn this(guests: &Guests, command: &str) -> Result<Command> {
    let mut this = Command::new(env::current_exe()?);
    this.arg(command).stdin(Stdio::null());
    for (name, file) in [
        ("--instrument", &guests.instrument),
        ("--assembler", &guests.assembler),
    ] {
        if let Some(file) = file {
            this.arg(name).arg(file);
        }
    }
    Ok(this)
}

/// What is wrong with the input in a file, tried by a process of its own; nothing if nothing is.
fn check(args: &Args, file: &Path) -> Result<Option<String>> {
    let mut child = this(&args.guests, "check")?
        .arg(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut said = String::new();
    if let Some(mut out) = child.stdout.take() {
        out.read_to_string(&mut said)?;
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(None);
    }
    Ok(Some(match said.lines().next() {
        Some(line) => line.to_owned(),
        None => format!(
            "the process: {}",
            how_it_ended(&output.status, &String::from_utf8_lossy(&output.stderr))
        ),
    }))
}

/// What a failure is known by: what was asked, and the words before the first number.
fn sort(said: &str) -> String {
    said.chars()
        .take_while(|c| !c.is_ascii_digit())
        .take(60)
        .collect()
}

/// Makes an input smaller by taking pieces away as long as it fails in the same way, and writes it.
fn write_down(args: &Args, failure: &mut Failure) -> Result<()> {
    let seeds = Seeds::read(&args.seeds)?;
    let input = Input::make(&seeds, args.seed, failure.index);
    fs::create_dir_all(&args.out)?;
    let name = format!("{}-{}", args.seed, failure.index);
    let kind: Kind = input.kind;
    let whole = args.out.join(format!("{name}-whole.{}", kind.extension()));
    fs::write(&whole, &input.bytes)?;
    let file = args.out.join(format!("{name}.{}", kind.extension()));
    let mut best = input.bytes;
    match check(args, &whole)? {
        // Only with what came before it in its block, which begins at a multiple.
        None => {
            failure.what = format!(
                "{} (not alone: only behind the inputs from {})",
                failure.what,
                failure.index / BLOCK * BLOCK
            );
        }
        Some(said) => {
            let wanted = sort(&said);
            let mut tried = 0;
            let until = Instant::now() + SHRINKING;
            let mut piece = best.len() / 2;
            while piece > 0 {
                let mut at = 0;
                while at < best.len() && tried < ATTEMPTS && Instant::now() < until {
                    let mut smaller = best.clone();
                    smaller.drain(at..(at + piece).min(best.len()));
                    fs::write(&file, &smaller)?;
                    tried += 1;
                    if check(args, &file)?.is_some_and(|said| sort(&said) == wanted) {
                        best = smaller;
                    } else {
                        at += piece;
                    }
                }
                piece /= 2;
            }
        }
    }
    fs::write(&file, &best)?;
    failure.size = Some(best.len());
    failure.file = Some(file);
    Ok(())
}
