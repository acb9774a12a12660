//! Sizes, and by how much they differ.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};
use pipeline::{measure::Measured, snapshot};
use project::{
    markup::cell,
    select,
    step::Step,
    terminal::{self, number},
};

use super::{
    Context, charts, link, owners,
    strip::{self, Drawn},
};

/// What is shown.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Fragment {
    /// Size, and the change against the step before and against the start, with both modules drawn to scale
    Size { step: String },
    /// Inline: the size, as a number
    Number { step: String },
    /// Inline: the size with its unit
    Weight { step: String },
    /// Inline: the size with its unit, or that nothing is built
    Heading { step: String },
    /// Inline: the size after gzip, where the step asks for it
    Gzip { step: String },
    /// Inline: by how much the size differs, from the step before or from another
    Change { step: String, from: Option<String> },
    /// Inline: how many times smaller than FROM
    Times { step: String, from: String },
    /// Some steps as a table: size and outcome
    Sizes {
        #[arg(required = true, value_name = "STEP")]
        steps: Vec<String>,
    },
    /// Some steps as bars on one scale: size, what went since the one before, and size after gzip
    Waterfall {
        #[arg(required = true, value_name = "STEP")]
        steps: Vec<String>,
    },
    /// Some steps as a table: size, size after gzip, what each is less than the one before, and what the same gave on
    /// a toy
    Diet {
        #[arg(required = true, value_name = "STEP[=TOY,BEFORE]")]
        steps: Vec<String>,
    },
    /// The files that wasm-bindgen wrote as a table
    Glue { step: String },
    /// Inline: module and glue together
    Total { step: String },
}

impl Fragment {
    pub(super) fn show(&self, context: &Context) -> Result<String> {
        Ok(match self {
            Fragment::Size { step } => {
                let (step, measured) = context.measured(step)?;
                size(context.steps, step, &measured)? + &owners::draw(context.project, step)?
            }
            Fragment::Number { step } => {
                let (step, measured) = context.measured(step)?;
                number(size_of(step, &measured)?)
            }
            Fragment::Weight { step } => {
                let (step, measured) = context.measured(step)?;
                match measured.range() {
                    Some(range) => between(range),
                    None => terminal::bytes(size_of(step, &measured)?),
                }
            }
            Fragment::Waterfall { steps } => {
                let rows = steps.iter().map(|step| context.measured(step));
                charts::waterfall(&rows.collect::<Result<Vec<_>>>()?)?
            }
            Fragment::Heading { step } => {
                let (_, measured) = context.measured(step)?;
                match (measured.size(), measured.range()) {
                    (Some(size), _) => terminal::bytes(size),
                    (None, Some(range)) => between(range),
                    (None, None) => "nothing is built".into(),
                }
            }
            Fragment::Gzip { step } => {
                let (step, measured) = context.measured(step)?;
                terminal::bytes(gzipped(step, &measured)?)
            }
            Fragment::Change { step, from } => {
                let now = context.measured(step)?;
                let from = match from {
                    Some(from) => from,
                    None => {
                        let previous = now.0.previous.as_deref();
                        previous.context("the first step has none before it")?
                    }
                };
                distance(&now, &context.measured(from)?)?
            }
            Fragment::Times { step, from } => {
                let (step, now) = context.measured(step)?;
                let (from, before) = context.measured(from)?;
                let (before, now) = (size_of(from, &before)?, size_of(step, &now)?);
                ensure!(
                    before >= now,
                    "{} is not smaller than {}: the smaller one comes first",
                    step.path,
                    from.path
                );
                times(before, now)
            }
            Fragment::Sizes { steps } => sizes(context, steps)?,
            Fragment::Diet { steps } => diet(context, steps)?,
            Fragment::Glue { step } => {
                let (step, measured) = context.measured(step)?;
                glue(step, &measured)?
            }
            Fragment::Total { step } => {
                let (step, measured) = context.measured(step)?;
                terminal::bytes(shipped(step, &measured)?)
            }
        })
    }
}

pub(super) fn size_of(step: &Step, measured: &Measured) -> Result<u64> {
    measured
        .size()
        .with_context(|| format!("{} builds nothing, so it has no size", step.path))
}

/// A native program's size.
pub(crate) fn between([from, to]: [u64; 2]) -> String {
    format!("{} to {}", number(from), terminal::bytes(to))
}

/// The step's size with both comparisons.
fn size(steps: &[Step], step: &Step, measured: &Measured) -> Result<String> {
    if let Some(native) = measured.native() {
        let wants = match &native.libraries[..] {
            [] => "no dynamic library".to_owned(),
            [name] => format!("the dynamic library {name}"),
            [names @ .., last] => format!("the dynamic libraries {} and {last}", names.join(", ")),
        };
        return Ok(format!(
            "**{}**: one measurement, with ten per cent to either side, because linkers differ. The program asks for {wants}.\n",
            between(native.range)
        ));
    }
    let Some(size) = measured.size() else {
        return Ok("**Nothing is built.**\n".into());
    };
    let mut text = format!("**{}**", terminal::bytes(size));
    if let Some(previous) = &step.previous {
        let before = select::find(steps, previous)?;
        if let Some(before_size) = snapshot::stored(before)?.and_then(|measured| measured.size()) {
            let words = match before_size.cmp(&size) {
                std::cmp::Ordering::Greater => {
                    format!("{} less than", terminal::bytes(before_size - size))
                }
                std::cmp::Ordering::Equal => "not a byte more or less than".into(),
                std::cmp::Ordering::Less => {
                    format!("{} more than", terminal::bytes(size - before_size))
                }
            };
            _ = write!(text, ", {words} [{}]({})", before.title, link(step, before));
        }
    }
    let first = steps.iter().find(|other| other.part() == step.part());
    if let Some(first) = first.filter(|first| comes_from(steps, step, first))
        && let Some(start) = snapshot::stored(first)?.and_then(|measured| measured.size())
        && start >= 2 * size
    {
        _ = write!(
            text,
            "; 1/{} of [the start]({})",
            number((start + size / 2) / size.max(1)),
            link(step, first)
        );
    }
    text.push_str(".\n");
    let mut drawn = Vec::new();
    let then = before(steps, step)?;
    if let Some((title, measured, size)) = &then {
        drawn.push(Drawn {
            name: title.clone(),
            measured,
            size: *size,
        });
    }
    drawn.push(Drawn {
        name: "this step".into(),
        measured,
        size,
    });
    let picture = strip::draw(&drawn);
    if !picture.is_empty() {
        _ = write!(text, "\n{picture}");
    }
    Ok(text)
}

/// The module that a step's is drawn below: its title, what was measured of it, and its size in bytes.
pub(crate) fn before(steps: &[Step], step: &Step) -> Result<Option<(String, Measured, u64)>> {
    let name = step.previous.as_deref();
    let Some(before) = name.and_then(|name| steps.iter().find(|other| other.path == name)) else {
        return Ok(None);
    };
    let Some(then) = snapshot::stored(before)? else {
        return Ok(None);
    };
    let size = then.size();
    Ok(size.map(|size| (before.title.replace('`', ""), then, size)))
}

/// Whether one step is what has become of another, each compared with the one before it.
fn comes_from(steps: &[Step], step: &Step, first: &Step) -> bool {
    let mut previous = step.previous.as_deref();
    for _ in steps {
        let Some(name) = previous else { return false };
        if name == first.path {
            return true;
        }
        let before = steps.iter().find(|other| other.path == name);
        previous = before.and_then(|before| before.previous.as_deref());
    }
    false
}

/// How many times smaller, with one decimal below a hundred.
pub(crate) fn times(from: u64, to: u64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "sizes of modules are far below 2^52"
    )]
    let times = from as f64 / to.max(1) as f64;
    if times < 100.0 {
        format!("{times:.1}")
    } else {
        number(from / to.max(1))
    }
}

fn distance(
    (step, measured): &(&Step, Measured),
    (other, before): &(&Step, Measured),
) -> Result<String> {
    Ok(terminal::bytes(
        size_of(step, measured)?.abs_diff(size_of(other, before)?),
    ))
}

fn gzipped(step: &Step, measured: &Measured) -> Result<u64> {
    measured.inside().gzip.with_context(|| {
        format!(
            "the snapshot of {} has no size after gzip: gzip = true in [package.metadata.chapter] has it measured",
            step.path
        )
    })
}

/// Steps of a real program, with what each one's technique gave there and on a toy: `STEP`, or `STEP=TOY,BEFORE` with
/// the toy's step and the one that it is to be compared with. Each is compared with the one that the step comes after.
fn diet(context: &Context, names: &[String]) -> Result<String> {
    let mut text =
        String::from("| step | bytes | | after gzip | | on a toy |\n|---|--:|--:|--:|--:|---|\n");
    for (nth, name) in names.iter().enumerate() {
        let (name, toy) = name.split_once('=').unwrap_or((name, ""));
        let (step, now) = context.measured(name)?;
        let (size, packed) = (size_of(step, &now)?, gzipped(step, &now)?);
        // The first has nothing before it that it could be compared with.
        let before = match &step.previous {
            Some(before) if nth > 0 => {
                let (before, then) = context.measured(before)?;
                Some((size_of(before, &then)?, gzipped(before, &then)?))
            }
            _ => None,
        };
        let (less, less_packed) = before.map_or_else(Default::default, |(then, then_packed)| {
            (percent(then, size), percent(then_packed, packed))
        });
        let toy = match toy.split_once(',') {
            None => String::new(),
            Some((toy, before)) => {
                let ((toy, now), (before, then)) =
                    (context.measured(toy)?, context.measured(before)?);
                let change = percent(size_of(before, &then)?, size_of(toy, &now)?);
                format!("{change}: [{}](../{})", toy.title, toy.place())
            }
        };
        _ = writeln!(
            text,
            "| [{}](../{}) | {} | {less} | {} | {less_packed} | {toy} |",
            step.title,
            step.place(),
            number(size),
            number(packed),
        );
    }
    Ok(text)
}

/// By how much something became smaller or larger, in percent.
fn percent(from: u64, to: u64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "sizes of modules are far below 2^52"
    )]
    let percent = (to as f64 - from as f64) * 100.0 / from as f64;
    if to == from {
        "nothing".into()
    } else if percent.abs() < 0.05 {
        "hardly anything".into()
    } else {
        format!("{percent:+.1}\u{a0}%").replace('-', "−")
    }
}

/// Some steps side by side. Links lead from a page in a part's folder, as all step pages are.
fn sizes(context: &Context, names: &[String]) -> Result<String> {
    let mut text = String::from("| step | bytes | what happens |\n|---|--:|---|\n");
    for name in names {
        let (step, measured) = context.measured(name)?;
        let size = match (measured.size(), measured.range()) {
            (Some(size), _) => number(size),
            (None, Some([from, to])) => format!("{} to {}", number(from), number(to)),
            (None, None) => "—".into(),
        };
        // A period crate has no page of its own.
        let named = match step.article() {
            Some(_) => step.title.clone(),
            None => format!("[{}](../{})", step.title, step.place()),
        };
        _ = writeln!(text, "| {named} | {size} | {} |", cell(&measured.outcome()));
    }
    Ok(text)
}

/// What a page would have to fetch, in bytes: the module, and the JavaScript that goes with it.
fn shipped(step: &Step, measured: &Measured) -> Result<u64> {
    if measured.inside().glue.is_empty() {
        return size_of(step, measured);
    }
    let shipped = measured
        .inside()
        .glue
        .iter()
        .filter(|glue| is_shipped(&glue.file));
    Ok(shipped.map(|glue| glue.size).sum())
}

/// Type declarations are for the people who write the page, and are not sent to those who open it.
fn is_shipped(file: &str) -> bool {
    !file.ends_with(".d.ts")
}

fn glue(step: &Step, measured: &Measured) -> Result<String> {
    ensure!(
        !measured.inside().glue.is_empty(),
        "wasm-bindgen had no hand in {}",
        step.path
    );
    let mut text = String::from("| file | bytes | sent to the reader |\n|---|--:|---|\n");
    for glue in &measured.inside().glue {
        let sent = if is_shipped(&glue.file) { "yes" } else { "no" };
        _ = writeln!(text, "| `{}` | {} | {sent} |", glue.file, number(glue.size));
    }
    _ = writeln!(
        text,
        "| together | {} | |",
        number(shipped(step, measured)?)
    );
    Ok(text)
}
