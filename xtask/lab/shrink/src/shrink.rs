//! A machine's golf: wasm-shrink takes things away at random, and a module counts if it still does the same.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use clap::ValueEnum;
use serde_json::json;
use wasm_shrink::WasmShrink;

use crate::guest::{Did, Runner, Shared};

/// What has to stay the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Keep {
    /// The exit code
    Exit,
    /// The exit code, and what is written to stdout and stderr
    Output,
}

/// Makes a module smaller that goes on doing the same, and writes it. Progress goes to stdout, as a line of JSON for
/// each new smallest module, and one at the end.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module to begin with
    module: PathBuf,
    /// Where to write the smallest
    #[arg(long)]
    out: PathBuf,
    /// What has to stay the same
    #[arg(long)]
    keep: Keep,
    /// Stop after so many changes in a row that led to nothing
    #[arg(long)]
    attempts: u32,
    /// What to choose at random by: the same number, the same choices
    #[arg(long)]
    seed: u64,
    /// Stop after so many seconds, whatever comes first
    #[arg(long)]
    seconds: Option<u64>,
}

/// Where the search is.
#[derive(Default)]
struct State {
    /// Modules that were tried.
    tried: u64,
    /// Those of them that did the same.
    same: u64,
    /// The smallest of those.
    best: Option<Vec<u8>>,
    /// Whether the time was up.
    late: bool,
}

/// Steps that any module may take to find out what it does.
const STEPS: u64 = 2_000_000_000;

pub(crate) fn shrink(args: &Args) -> Result<()> {
    let wasm =
        fs::read(&args.module).with_context(|| format!("cannot read {}", args.module.display()))?;
    let runner = Runner::new()?;
    let first = runner
        .run(&wasm, STEPS)
        .map_err(|not| anyhow!("the module does not run to begin with: {not}"))?;
    // The same again: a module that differs from one run to the next keeps nothing.
    let again = runner.run(&wasm, STEPS);
    ensure!(
        again
            .as_ref()
            .is_ok_and(|again| same(&first, again, args.keep)),
        "the module does something else each time it runs, so there is nothing to keep"
    );
    let calls = first.calls;
    let end = args
        .seconds
        .map(|seconds| Instant::now() + Duration::from_secs(seconds));
    // A smaller module has no reason to take longer, but for a loop that it had no time for before.
    let steps = first.steps * 2 + 10_000;
    let state: Shared<State> = Arc::default();

    let (keep, attempts, seed) = (args.keep, args.attempts, args.seed);
    let theirs = state.clone();
    let input = wasm.clone();
    // The mutator recurses over what it mutates, and may panic over it; what was found so far is found all the same.
    let search = thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(move || {
            search(
                input, &runner, &first, steps, keep, attempts, seed, end, &theirs,
            )
        })
        .context("cannot start a thread")?;
    let ended = search.join();

    let state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let why = match ended {
        Ok(Ok(())) => "attempts".to_owned(),
        Ok(Err(_)) if state.late => "seconds".to_owned(),
        Ok(Err(error)) => return Err(error),
        Err(_) => "the mutator panicked".to_owned(),
    };
    let best = state.best.as_ref().unwrap_or(&wasm);
    fs::write(&args.out, best).with_context(|| format!("cannot write {}", args.out.display()))?;
    println!(
        "{}",
        json!({
            "ended": why,
            "tried": state.tried,
            "same": state.same,
            "bytes": best.len(),
            "calls": calls,
        })
    );
    Ok(())
}

fn same(first: &Did, other: &Did, keep: Keep) -> bool {
    // Without this, a module that asks WASI for nothing any more would do as well.
    (other.calls > 0 || first.calls == 0)
        && other.code == first.code
        && (keep == Keep::Exit || other.output == first.output)
}

#[expect(
    clippy::too_many_arguments,
    reason = "it is the other half of a function"
)]
fn search(
    input: Vec<u8>,
    runner: &Runner,
    first: &Did,
    steps: u64,
    keep: Keep,
    attempts: u32,
    seed: u64,
    end: Option<Instant>,
    state: &Shared<State>,
) -> Result<()> {
    let told = state.clone();
    WasmShrink::default()
        .attempts(attempts)
        .seed(seed)
        .on_new_smallest(Some(Box::new(move |best| {
            let mut state = told.lock().unwrap_or_else(PoisonError::into_inner);
            println!("{}", json!({ "tried": state.tried, "bytes": best.len() }));
            state.best = Some(best.to_vec());
            Ok(())
        })))
        .run(input, |wasm: &[u8]| {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            if end.is_some_and(|end| Instant::now() >= end) {
                state.late = true;
                bail!("the time is up");
            }
            state.tried += 1;
            let interesting = runner
                .run(wasm, steps)
                .is_ok_and(|did| same(first, &did, keep));
            state.same += u64::from(interesting);
            Ok(interesting)
        })?;
    Ok(())
}
