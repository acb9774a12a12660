//! What building and running a step did.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};
use outcome::{Run, TraceCall};
use pipeline::{
    measure::{Measured, Rules},
    node::Script,
};
use project::{
    markup::{cell, code},
    step::Step,
    terminal,
};

use super::Context;
use crate::widget;

/// What is shown.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Fragment {
    /// What building and running it did, in the engine's words, with the buttons that run it in the page; `plain`
    /// without them, for other pages than the step's own; an engine's name for what that one did
    Outcome {
        step: String,
        #[arg(value_name = "plain|ENGINE")]
        how: Option<String>,
    },
    /// An editor that begins with a step's module, on another page than the step's own, and keeps a list of cuts
    Cut { step: String },
    /// Inline: the outcome in a few words
    Result { step: String },
    /// Inline: the Nth line of the error, from 1
    Error {
        step: String,
        #[arg(value_name = "N", default_value_t = 1)]
        nth: usize,
    },
    /// Calls of exported functions as a table
    Calls { step: String },
    /// Inline: the result of the Nth call, from 1
    Call {
        step: String,
        #[arg(value_name = "N")]
        nth: usize,
    },
    /// The script's command and what it printed
    Script { step: String },
    /// Inline: the line with these words that the script printed
    Said {
        step: String,
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// Every call of WASI
    Trace { step: String },
    /// What the Nth call of WASI points at in linear memory, as a table
    Memory {
        step: String,
        #[arg(value_name = "N")]
        nth: usize,
    },
    /// Inline: the most memory that the Nth engine held
    Peak {
        step: String,
        #[arg(value_name = "N", default_value_t = 1)]
        nth: usize,
    },
    /// The Nth other run of a program, from 1
    Also {
        step: String,
        #[arg(value_name = "N")]
        nth: usize,
    },
    /// Inline: the engine that ran it, and its version
    Engine { step: String },
    /// Inline: the release of Rust that built it
    Toolchain { step: String },
    /// Inline: the release of Binaryen that optimised it
    Binaryen { step: String },
}

impl Fragment {
    pub(super) fn show(&self, context: &Context) -> Result<String> {
        Ok(match self {
            Fragment::Outcome { step, how } => {
                let (step, measured) = context.measured(step)?;
                match how.as_deref() {
                    None => {
                        outcome(step, &measured)
                            + &widget::block(context.project, step, &measured)?
                            + &rules(&measured)
                    }
                    Some("plain") => outcome(step, &measured),
                    Some(engine) => elsewhere(step, &measured, engine)?,
                }
            }
            Fragment::Cut { step } => {
                let (step, measured) = context.measured(step)?;
                widget::cut(step, &measured)?
            }
            Fragment::Result { step } => code(&context.measured(step)?.1.outcome()),
            Fragment::Error { step, nth } => {
                let (step, measured) = context.measured(step)?;
                error(step, &measured, *nth)?
            }
            Fragment::Calls { step } => {
                let (step, measured) = context.measured(step)?;
                calls(step, &measured)?
            }
            Fragment::Call { step, nth } => {
                let (step, measured) = context.measured(step)?;
                code(&nth_of(measured.calls(), *nth, "calls", step)?.summary())
            }
            Fragment::Script { step } => {
                let (step, measured) = context.measured(step)?;
                script(step, &measured)?
            }
            Fragment::Said { step, words } => {
                let (step, measured) = context.measured(step)?;
                let script = ran_script(step, &measured)?;
                code(line_with(&script.stdout, &words.join(" "), step)?)
            }
            Fragment::Trace { step } => {
                let (step, measured) = context.measured(step)?;
                trace(step, &measured)?
            }
            Fragment::Memory { step, nth } => {
                let (step, measured) = context.measured(step)?;
                memory(step, &measured, *nth)?
            }
            Fragment::Peak { step, nth } => {
                let (step, measured) = context.measured(step)?;
                peak(step, &measured, *nth)?
            }
            Fragment::Also { step, nth } => {
                let (step, measured) = context.measured(step)?;
                also(step, &measured, *nth)?
            }
            Fragment::Engine { step } => {
                let (_, measured) = context.measured(step)?;
                measured.engine().context("nothing was run")?.to_owned()
            }
            Fragment::Toolchain { step } => context.measured(step)?.1.toolchain,
            Fragment::Binaryen { step } => {
                let release = context.measured(step)?.1.binaryen;
                release.context("Binaryen had no hand in this step")?
            }
        })
    }
}

/// The one line of what a script wrote that has these words in it, without the dash of a list.
fn line_with<'a>(text: &'a str, words: &str, step: &Step) -> Result<&'a str> {
    let found: Vec<&str> = text.lines().filter(|line| line.contains(words)).collect();
    ensure!(
        found.len() == 1,
        "{} of the lines that the script of {} writes have “{words}” in them, and it has to be one of these:\n{text}",
        found.len(),
        step.path,
    );
    Ok(found[0].trim_start_matches("- "))
}

/// The Nth of a list, from 1.
fn nth_of<'a, T>(list: &'a [T], nth: usize, what: &str, step: &Step) -> Result<&'a T> {
    list.get(nth.wrapping_sub(1))
        .with_context(|| format!("{} has {} {what}", step.path, list.len()))
}

/// How the step does by the rules of the game, on its own page.
fn rules(measured: &Measured) -> String {
    let Some(rules) = Rules::of(measured) else {
        return String::new();
    };
    format!(
        "\nBy the [rules](../index.md#the-rules): {}.\n",
        rules.told().join(", ")
    )
}

pub(super) fn outcome(step: &Step, measured: &Measured) -> String {
    let mut text = String::from("```text\n");
    for line in measured.errors() {
        if text.lines().count() == 1 {
            // What went over a module that the compiler had built, or else the compiler.
            _ = match &measured.binaryen {
                Some(release) => writeln!(text, "Binaryen {release}:"),
                None => writeln!(text, "Rust {}:", step.pin.channel),
            };
        }
        _ = writeln!(text, "{line}");
    }
    if let Some(ran) = measured.run() {
        let here = "this machine";
        let engine = measured.engine().unwrap_or(here);
        text.push_str(&ran_lines(measured, engine, ran));
    }
    for call in measured.calls() {
        let engine = measured.engine().unwrap_or_default();
        _ = writeln!(text, "{engine}: {} → {}", call.call, call.summary());
    }
    if let (Some(script), Some(file)) = (&measured.script, &step.settings.script) {
        text.push_str(&script_lines(file, script));
    }
    text.push_str("```\n");
    text
}

/// What a run printed, and what became of it.
fn ran_lines(measured: &Measured, engine: &str, ran: &Run) -> String {
    let mut text = String::new();
    for (name, stream) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        for line in stream.lines() {
            _ = writeln!(text, "{name}: {line}");
        }
    }
    _ = writeln!(text, "{engine}: {}", measured.ended(ran, engine));
    text
}

fn script_lines(file: &str, script: &Script) -> String {
    let mut text = format!("node {file} module.wasm\n{}", script.stdout);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    match script.code {
        Some(0) => {}
        Some(code) => _ = writeln!(text, "(exit code {code})"),
        None => text.push_str("(stopped: it took too long)\n"),
    }
    text
}

fn ran_script<'a>(step: &Step, measured: &'a Measured) -> Result<&'a Script> {
    let script = measured.script.as_ref();
    script.with_context(|| format!("{} has no script", step.path))
}

fn script(step: &Step, measured: &Measured) -> Result<String> {
    let file = step.settings.script.as_deref().unwrap_or_default();
    Ok(format!(
        "```text\n{}```\n",
        script_lines(file, ran_script(step, measured)?)
    ))
}

/// What another engine did, by its name without the version.
fn elsewhere(step: &Step, measured: &Measured, engine: &str) -> Result<String> {
    let named = |full: &str| {
        full.rsplit_once(' ')
            .is_some_and(|(name, _)| name.replace(' ', "-") == engine)
    };
    if let (Some(main), Some(ran)) = (measured.engine(), measured.run())
        && named(main)
    {
        return Ok(format!("```text\n{}```\n", ran_lines(measured, main, ran)));
    }
    let other = measured
        .elsewhere()
        .iter()
        .find(|other| named(&other.engine));
    let other = other.with_context(|| format!("{} was not run by {engine}", step.path))?;
    Ok(format!(
        "```text\n{}```\n",
        ran_lines(measured, &other.engine, &other.ran)
    ))
}

fn calls(step: &Step, measured: &Measured) -> Result<String> {
    ensure!(!measured.calls().is_empty(), "{} makes no calls", step.path);
    let mut text = String::from("| call | result |\n|---|---|\n");
    for call in measured.calls() {
        _ = writeln!(
            text,
            "| {} | {} |",
            code(&call.call),
            cell(&code(&call.summary()))
        );
    }
    Ok(text)
}

fn traced<'a>(step: &Step, measured: &'a Measured) -> Result<&'a [TraceCall]> {
    let trace = measured
        .run()
        .as_ref()
        .map(|ran| &ran.trace[..])
        .unwrap_or_default();
    ensure!(
        !trace.is_empty(),
        "the snapshot of {} has no trace: trace = true in [package.metadata.chapter] has it keep one",
        step.path
    );
    Ok(trace)
}

fn trace(step: &Step, measured: &Measured) -> Result<String> {
    let lines: String = traced(step, measured)?
        .iter()
        .map(terminal::traced)
        .collect();
    Ok(format!("```text\n{lines}```\n"))
}

/// The pieces of linear memory that a call is about, in the order of their addresses, as a table.
fn memory(step: &Step, measured: &Measured, nth: usize) -> Result<String> {
    let call = nth_of(traced(step, measured)?, nth, "calls in its trace", step)?;
    let mut pieces: Vec<_> = call
        .memory
        .iter()
        .map(|piece| (piece, "before"))
        .chain(call.after.iter().map(|piece| (piece, "after")))
        .collect();
    pieces.sort_by_key(|(piece, _)| piece.at);
    let mut text =
        String::from("| address | bytes | what | means | when |\n|--:|---|---|---|---|\n");
    for (piece, when) in pieces {
        _ = writeln!(
            text,
            "| `0x{:x}` | `{}` | {} | {} | {when} the call |",
            piece.at,
            piece.bytes,
            piece.what,
            cell(&piece.means)
        );
    }
    Ok(text)
}

fn peak(step: &Step, measured: &Measured, nth: usize) -> Result<String> {
    let runs: Vec<&Run> = measured
        .run()
        .into_iter()
        .chain(measured.elsewhere().iter().map(|other| &other.ran))
        .collect();
    let ran = nth_of(&runs, nth, "runs", step)?;
    let peak = ran
        .peak_bytes
        .with_context(|| format!("no engine counted the memory of {}", step.path))?;
    Ok(terminal::bytes(peak))
}

fn error(step: &Step, measured: &Measured, nth: usize) -> Result<String> {
    let line = match (measured.errors(), measured.run()) {
        ([], Some(ran)) if !ran.outcome.is_success() && nth == 1 => ran.outcome.summary(),
        (lines, _) => lines
            .get(nth.wrapping_sub(1))
            .cloned()
            .with_context(|| format!("the errors of {} have {} lines", step.path, lines.len()))?,
    };
    Ok(code(&line))
}

fn also(step: &Step, measured: &Measured, nth: usize) -> Result<String> {
    let run = measured.also().get(nth.wrapping_sub(1));
    let run =
        run.with_context(|| format!("{} has {} other runs", step.path, measured.also().len()))?;
    let args: String = run
        .args
        .iter()
        .map(|arg| format!(" {}", arg.replace("{host}", "host-wasmtime")))
        .collect();
    let dashes = if args.is_empty() { "" } else { " --" };
    let code = run
        .code
        .map_or("no exit code".into(), |code| format!("exit code {code}"));
    Ok(format!(
        "```text\ncargo run{dashes}{args}\n{}({code})\n```\n",
        run.stdout
    ))
}
