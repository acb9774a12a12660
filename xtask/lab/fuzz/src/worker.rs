//! The process that gives inputs to everything, one after the other. Whatever ends it is noticed by the one that
//! started it.

use std::{
    cell::RefCell,
    fs,
    io::Write as _,
    panic::{self, AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result};
use oracles::Wrong;
use serde::{Deserialize, Serialize};

use crate::{
    guest::{self, Cost, Guest},
    input::Input,
    limit::{self, Clock, memory_for},
    seeds::{Kind, Seeds},
};

/// Inputs that have an instance of the instrument for themselves, one after the other.
pub(crate) const BLOCK: u64 = 100;

/// How long the processor may work on an input natively, and how long in wasm: that this comes to an end is said by
/// its steps.
const NATIVE: Duration = Duration::from_secs(2);
const WASM: Duration = Duration::from_secs(60);

/// The stack that a question has on this machine, in bytes: what Rust gives a thread.
const STACK: usize = 2 << 20;

/// What can be tried besides this machine's own code.
#[derive(clap::Args, Clone)]
pub(crate) struct Guests {
    /// The instrument, as a module or gzipped
    #[arg(long)]
    pub(crate) instrument: Option<PathBuf>,
    /// The assembler, as a module or gzipped
    #[arg(long)]
    pub(crate) assembler: Option<PathBuf>,
}

/// What a worker tells: a line of JSON each.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Told {
    /// It begins with this input.
    At(u64),
    Wrong {
        index: u64,
        how: String,
        asked: String,
        what: String,
    },
    /// What an input cost.
    Cost {
        index: u64,
        text: bool,
        /// Milliseconds, natively.
        ms: u64,
        /// The most memory, natively, in bytes.
        memory: usize,
        steps: u64,
        wasm_memory: usize,
    },
}

fn tell(told: &Told) -> Result<()> {
    let mut line = serde_json::to_vec(told)?;
    line.push(b'\n');
    std::io::stdout().write_all(&line)?;
    Ok(())
}

/// Tries inputs from one number up to another, those whose block is this worker's.
pub(crate) fn work(
    seeds: &Path,
    guests: &Guests,
    seed: u64,
    (from, to): (u64, u64),
    (worker, workers): (u64, u64),
) -> Result<()> {
    let seeds = Seeds::read(seeds)?;
    with_stack(|| {
        let mut trial = Trial::new(guests)?;
        let mut block = None;
        for index in from..to {
            let of = index / BLOCK;
            if of % workers != worker {
                continue;
            }
            if block != Some(of) {
                block = Some(of);
                trial.restart();
            }
            let input = Input::make(&seeds, seed, index);
            tell(&Told::At(index))?;
            let (wrong, cost) = trial.of(&input);
            for Wrong { asked, what } in wrong {
                tell(&Told::Wrong {
                    index,
                    how: input.how.clone(),
                    asked: asked.to_owned(),
                    what,
                })?;
            }
            tell(&Told::Cost {
                index,
                text: input.kind == Kind::Text,
                ms: cost.ms,
                memory: cost.memory,
                steps: cost.wasm.steps,
                wasm_memory: cost.wasm.memory,
            })?;
        }
        Ok(())
    })
}

/// Tries the inputs in files; says what is wrong, a line each. True if nothing is.
pub(crate) fn check(files: &[PathBuf], guests: &Guests) -> Result<bool> {
    with_stack(|| {
        let mut trial = Trial::new(guests)?;
        let mut good = true;
        for file in files {
            let input = Input {
                kind: Kind::of(file).context("an input is a *.wasm or a *.wat")?,
                how: String::new(),
                bytes: fs::read(file)
                    .with_context(|| format!("{} cannot be read", file.display()))?,
            };
            trial.restart();
            for Wrong { asked, what } in trial.of(&input).0 {
                println!("{asked}: {what}");
                good = false;
            }
        }
        Ok(good)
    })
}

/// Runs something in a thread with a stack of a size that is known.
fn with_stack<T: Send>(run: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            // What makes the inputs wants more: wasm-mutate recurses.
            .stack_size(64 << 20)
            .spawn_scoped(scope, run)
            .context("cannot start a thread")?;
        thread
            .join()
            .unwrap_or_else(|panic| panic::resume_unwind(panic))
    })
}

struct Trial {
    clock: Clock,
    instrument: Option<Guest>,
    assembler: Option<Guest>,
}

struct Costs {
    ms: u64,
    memory: usize,
    wasm: Cost,
}

thread_local! {
    /// What the last panic of this thread said, and where it was.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

impl Trial {
    fn new(guests: &Guests) -> Result<Trial> {
        // Nothing is printed: wasm-mutate's own panics are none of ours.
        panic::set_hook(Box::new(|info| {
            let said = info
                .payload()
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| info.payload().downcast_ref::<String>().cloned())
                .unwrap_or_default();
            let place = info.location().map_or_else(String::new, |location| {
                // Not the path of this machine's registry: the crate and the file in it.
                let file = location.file().replace('\\', "/");
                let parts: Vec<_> = file.split('/').collect();
                let tail = parts[parts.len().saturating_sub(3)..].join("/");
                format!(" at {tail}:{}", location.line())
            });
            PANIC.with(|panic| *panic.borrow_mut() = format!("panics{place}: {said}"));
        }));
        let read = |file: &Option<PathBuf>| file.as_deref().map(Guest::read).transpose();
        Ok(Trial {
            clock: Clock::watch(),
            instrument: read(&guests.instrument)?,
            assembler: read(&guests.assembler)?,
        })
    }

    fn restart(&mut self) {
        for guest in [&mut self.instrument, &mut self.assembler]
            .into_iter()
            .flatten()
        {
            guest.restart();
        }
    }

    /// Everything about one input, within the limits.
    fn of(&mut self, input: &Input) -> (Vec<Wrong>, Costs) {
        let bytes = &input.bytes;
        let clock = self.clock;
        let ((mut wrong, memory), ms) = clock.time(NATIVE, || {
            limit::memory(memory_for(bytes.len()), || {
                small_stack(|| match input.kind {
                    Kind::Module => oracles::module(bytes),
                    Kind::Text => oracles::text(bytes),
                })
            })
        });
        let mut cost = Cost::default();
        // What went wrong here goes wrong there.
        if wrong.is_empty() {
            let ((), _) = clock.time(WASM, || {
                let asked = match (input.kind, &mut self.instrument, &mut self.assembler) {
                    (Kind::Module, Some(guest), _) => guest::module(guest, bytes, &mut cost),
                    (Kind::Text, _, Some(guest)) => guest::text(guest, bytes, &mut cost),
                    _ => Vec::new(),
                };
                wrong.extend(asked);
            });
        }
        let costs = Costs {
            ms,
            memory,
            wasm: cost,
        };
        (wrong, costs)
    }
}

/// Asks in a thread with little stack, and takes a panic for an answer.
fn small_stack(ask: impl FnOnce() -> Vec<Wrong> + Send) -> Vec<Wrong> {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                catch_unwind(AssertUnwindSafe(ask)).map_err(|_| PANIC.take())
            });
        let what = match thread.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(Ok(wrong))) => return wrong,
            Ok(Ok(Err(panic))) => panic,
            _ => "the thread does not start".to_owned(),
        };
        vec![Wrong {
            asked: "natively",
            what,
        }]
    })
}
