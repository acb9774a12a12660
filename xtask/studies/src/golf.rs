//! A machine's golf: a module made smaller by a program that knows nothing of it, and what pages show of that.
//!
//! The search is done by a program of its own (`xtask/lab/shrink`), with wasmi to try what it finds; wasmtime has the
//! last word.

use outcome::{Outcome, Run};
use std::{
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::{
    record::Record,
    study::{Progress, Study},
};
use pipeline::source;
use pipeline::{
    engines::{self, Host},
    measure::to_hex,
    programs,
    run::{self, Limits},
};
use project::{
    paths::Project,
    select,
    step::Step,
    terminal::{bytes, number},
};

/// The searches that the book shows: a name, the step, and what is kept.
const BOOK: [(&str, &str, Keep); 3] = [
    ("empty", "1-two-megabytes-to-97/03-strip", Keep::Exit),
    ("hello", "3-wasi-by-hand/08-hello-std", Keep::Output),
    ("97", "1-two-megabytes-to-97/17-ninety-seven", Keep::Exit),
];

/// What the choices are made by, and when to stop, if nothing else is asked for.
pub const SEED: u64 = 42;
/// Changes in a row that lead to nothing.
pub const ATTEMPTS: u32 = 2000;

/// Modules up to this size are kept whole.
const WHOLE: usize = 512;

/// What has to stay the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// The exit code, and that WASI is called if it was
    Exit,
    /// The same, and what is written to stdout and stderr
    Output,
}

impl Keep {
    fn name(self) -> &'static str {
        match self {
            Keep::Exit => "exit",
            Keep::Output => "output",
        }
    }
}

/// How to search.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// What has to stay the same.
    pub keep: Keep,
    /// What the choices are made by: the same number, the same choices.
    pub seed: u64,
    /// Stop after so many changes in a row that led to nothing.
    pub attempts: u32,
    /// Stop after so many seconds, if that comes first.
    pub seconds: Option<u64>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The size of the module that the search began with.
    pub from: u64,
    /// The size of the smallest that was found.
    pub bytes: u64,
    /// How many modules were tried.
    pub tried: u64,
    /// How many of them did the same.
    pub same: u64,
    /// How often the first module calls WASI.
    pub calls: u64,
    /// Why it ended: `attempts`, `seconds`, or that the mutator panicked.
    pub ended: String,
    /// Each new smallest module: how many were tried until then, and its size.
    pub curve: Vec<(u64, u64)>,
}

/// A search of the book's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// Its name in fragments.
    pub name: String,
    /// The step whose module it begins with.
    pub step: String,
    /// What has to stay the same.
    pub keep: Keep,
    /// What the choices are made by.
    pub seed: u64,
    /// Changes in a row that lead to nothing, after which it ends.
    pub attempts: u32,
    /// What was found.
    #[serde(flatten)]
    pub found: Found,
    /// What wasmtime says of it.
    pub run: Run,
    /// The module, up to half a kilobyte.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub module: Vec<String>,
}

/// The record of the book's searches.
pub const RECORD: Record = Record::new("golf", "cargo xtask golf --accept");

/// All searches of the book's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golf {
    /// The engine that had the last word.
    pub engine: String,
    /// The searches.
    pub searches: Vec<Search>,
}

/// A line that the program prints.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    End {
        ended: String,
        tried: u64,
        same: u64,
        bytes: u64,
        calls: u64,
    },
    Smaller {
        tried: u64,
        bytes: u64,
    },
}

/// Makes a module smaller and writes the result, telling each new size.
///
/// # Errors
/// If the module does not run, does something else each time, or the result cannot be written.
pub fn shrink(
    project: &Project,
    module: &Path,
    out: &Path,
    rules: &Rules,
    tell: &dyn Fn(u64, u64),
) -> Result<Found> {
    let from = fs::metadata(module)
        .with_context(|| format!("{} cannot be read", module.display()))?
        .len();
    let mut command = Host::program(&programs::GOLF.compiled(project)?).command()?;
    command
        .arg("shrink")
        .arg(module)
        .arg("--out")
        .arg(out)
        .args(["--keep", rules.keep.name()])
        .args(["--seed", &rules.seed.to_string()])
        .args(["--attempts", &rules.attempts.to_string()]);
    if let Some(seconds) = rules.seconds {
        command.args(["--seconds", &seconds.to_string()]);
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("the golf program does not start")?;
    let mut curve = Vec::new();
    let mut end = None;
    let lines = child.stdout.take().context("it has a stdout")?;
    for line in BufReader::new(lines).lines() {
        match serde_json::from_str(&line?).context("the golf program says something else")? {
            Line::Smaller { tried, bytes } => {
                tell(tried, bytes);
                curve.push((tried, bytes));
            }
            Line::End {
                ended,
                tried,
                same,
                bytes,
                calls,
            } => {
                end = Some(Found {
                    from,
                    bytes,
                    tried,
                    same,
                    calls,
                    ended,
                    curve: Vec::new(),
                });
            }
        }
    }
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}", said.trim());
    let mut found = end.context("the golf program came to no end")?;
    found.curve = thin(curve);
    Ok(found)
}

/// Leaves out what cannot be seen in a plot: points that differ by less than a hundredth from the one before.
fn thin(curve: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    let last = curve.last().copied();
    let mut thinned: Vec<(u64, u64)> = Vec::new();
    for point in curve {
        let visible = thinned
            .last()
            .is_none_or(|before| point.1 * 100 <= before.1 * 99);
        if visible || Some(point) == last {
            thinned.push(point);
        }
    }
    thinned
}

/// Whether wasmtime finds that two modules do the same. Says what the smaller one does.
///
/// # Errors
/// If it does not, in words.
pub fn confirm(project: &Project, before: &Path, after: &Path, keep: Keep) -> Result<Run> {
    let host = engines::REFERENCE.host(project)?;
    let limits = Limits::default();
    let first = run::run(&host, before, &limits)?;
    let second = run::run(&host, after, &limits)?;
    let code = |ran: &Run| match &ran.outcome {
        Outcome::Returned => Some(0),
        Outcome::Exited { code } => Some(*code),
        _ => None,
    };
    let output = |ran: &Run| (ran.stdout.clone(), ran.stderr.clone());
    if code(&second).is_none()
        || code(&first) != code(&second)
        || (keep == Keep::Output && output(&first) != output(&second))
    {
        bail!(
            "wasmi found that {} does the same, and wasmtime finds that it does not: {}, before: {}",
            after.display(),
            second.outcome.summary(),
            first.outcome.summary()
        );
    }
    Ok(second)
}

/// The study: the book's searches.
#[derive(Clone, Copy, Debug)]
pub struct Searches;

impl Study for Searches {
    type Kept = Golf;
    type Found = Golf;

    fn record(&self) -> Record {
        RECORD
    }

    fn measure(&self, project: &Project, progress: Progress) -> Result<Golf> {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        let out = folder.path().join("smaller.wasm");
        let searches: Result<Vec<Search>> = BOOK
            .iter()
            .map(|(name, step, keep)| {
                let given = source::read(project, step)?;
                let rules = Rules {
                    keep: *keep,
                    seed: SEED,
                    attempts: ATTEMPTS,
                    seconds: None,
                };
                let found = shrink(project, &given.file, &out, &rules, &|_, bytes| {
                    progress(&format!("{step}: {}", self::bytes(bytes)));
                })?;
                let run = confirm(project, &given.file, &out, *keep)?;
                let module = fs::read(&out)?;
                Ok(Search {
                    name: (*name).to_owned(),
                    step: (*step).to_owned(),
                    keep: *keep,
                    seed: SEED,
                    attempts: ATTEMPTS,
                    found,
                    run,
                    module: if module.len() <= WHOLE {
                        module
                            .chunks(16)
                            .map(|line| to_hex(line).join(" "))
                            .collect()
                    } else {
                        Vec::new()
                    },
                })
            })
            .collect();
        Ok(Golf {
            engine: engines::REFERENCE.version(project)?,
            searches: searches?,
        })
    }

    fn merge(&self, _: Option<Golf>, found: &Golf) -> Golf {
        found.clone()
    }

    fn compare(&self, kept: &Golf, found: &Golf) -> Result<Vec<String>> {
        RECORD.differences(kept, found)
    }
}

/// What a page shows of the searches.
///
/// # Errors
/// If nothing is kept, or there is no such fragment.
pub fn show(project: &Project, steps: &[Step], args: &[&str]) -> Result<String> {
    let golf: Golf = RECORD.stored(project)?;
    let find = |name: &str| {
        golf.searches
            .iter()
            .find(|search| search.name == name)
            .with_context(|| {
                format!(
                    "there is no search `{name}`; there are: {}",
                    BOOK.map(|(name, ..)| name).join(", ")
                )
            })
    };
    Ok(match args {
        ["plot"] => plot(&golf, steps)?,
        ["table"] => table(&golf, steps)?,
        [name, "bytes"] => bytes(find(name)?.found.bytes),
        [name, "from"] => bytes(find(name)?.found.from),
        [name, "tried"] => number(find(name)?.found.tried),
        [name, "same"] => number(find(name)?.found.same),
        [name, "attempts"] => number(u64::from(find(name)?.attempts)),
        [name, "seed"] => find(name)?.seed.to_string(),
        [name, "calls"] => number(find(name)?.found.calls),
        [name, "result"] => format!("`{}`", find(name)?.run.outcome.summary()),
        [name, "below", size] => {
            let size: u64 = size.parse().context("the size is a number of bytes")?;
            let mut curve = find(name)?.found.curve.iter();
            let point = curve.find(|(_, bytes)| *bytes < size);
            let (tried, _) = point.with_context(|| format!("{name} never got below {size}"))?;
            number(*tried)
        }
        [name, "wat"] => {
            let search = find(name)?;
            let module = whole(search)?;
            let text = wasmprinter::print_bytes(&module)?;
            format!("```text,wat\n{}\n```\n", text.trim_end())
        }
        _ => bail!(
            "show golf wants `plot`, `table`, or a search and one of bytes, from, tried, same, attempts, seed, calls, \
             result, below SIZE, wat"
        ),
    })
}

fn whole(search: &Search) -> Result<Vec<u8>> {
    ensure!(
        !search.module.is_empty(),
        "the module of `{}` is too large to be kept",
        search.name
    );
    search
        .module
        .iter()
        .flat_map(|line| line.split(' '))
        .map(|byte| u8::from_str_radix(byte, 16).context("a byte in golf.json is none"))
        .collect()
}

fn table(golf: &Golf, steps: &[Step]) -> Result<String> {
    let mut text = String::from(
        "| begins with | kept | bytes | smallest | tried | did the same | on wasmtime \
         |\n|---|---|--:|--:|--:|--:|---|\n",
    );
    for search in &golf.searches {
        let found = &search.found;
        let step = select::find(steps, &search.step)?;
        _ = writeln!(
            text,
            "| [{}](../{}) | {} | {} | {} | {} | {} | {} |",
            step.title,
            step.place(),
            search.keep.name(),
            number(found.from),
            number(found.bytes),
            number(found.tried),
            number(found.same),
            search.run.outcome.summary()
        );
    }
    Ok(text)
}

/// Heights of the plot, in pixels.
const TOP: f64 = 20.0;
const BOTTOM: f64 = 320.0;

/// The sizes at the upper and the lower edge.
const MOST: f64 = 60_000.0;
const LEAST: f64 = 30.0;

#[expect(
    clippy::cast_precision_loss,
    reason = "sizes and numbers of attempts are far below 2^52"
)]
fn plot(golf: &Golf, steps: &[Step]) -> Result<String> {
    let height =
        |bytes: u64| TOP + (MOST / bytes as f64).log10() / (MOST / LEAST).log10() * (BOTTOM - TOP);
    let shown: Vec<&Search> = golf
        .searches
        .iter()
        .filter(|search| search.found.from > 1000)
        .collect();
    let most = shown.iter().map(|search| search.found.tried).max();
    let most = most.unwrap_or(1).max(1);
    let across = |tried: u64| 6.0 + tried as f64 / most as f64 * 92.0;
    let lines = ["empty", "hello"];
    let mut svg = String::from("<ul class=\"timeline-names\">\n");
    for (search, line) in shown.iter().zip(lines) {
        _ = writeln!(
            svg,
            "<li><svg width=\"26\" height=\"10\" aria-hidden=\"true\"><line class=\"{line}\" x1=\"0\" x2=\"26\" \
             y1=\"5\" y2=\"5\"/></svg> {}</li>",
            select::find(steps, &search.step)?.title
        );
    }
    let label: Vec<String> = shown
        .iter()
        .map(|search| {
            format!(
                "{}: from {} to {} after {} modules",
                search.step,
                number(search.found.from),
                number(search.found.bytes),
                number(search.found.tried)
            )
        })
        .collect();
    _ = writeln!(
        svg,
        "</ul>\n<svg class=\"timeline\" role=\"img\" aria-label=\"Bytes of the smallest module so far, over the number \
         of modules tried, on a logarithmic scale. {}. The table below holds the same figures.\" width=\"100%\" \
         height=\"{}\" xmlns=\"http://www.w3.org/2000/svg\">",
        label.join(". "),
        BOTTOM + 40.0
    );
    for decade in [100_u64, 1_000, 10_000] {
        let y = height(decade);
        _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text class=\"axis\" x=\"0\" \
             y=\"{:.1}\">{}</text>",
            y - 4.0,
            number(decade)
        );
    }
    for at in 0..=most / 1000 {
        let tried = at * 1000;
        _ = writeln!(
            svg,
            "<text class=\"axis\" x=\"{:.2}%\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            across(tried),
            BOTTOM + 16.0,
            number(tried)
        );
    }
    for (search, line) in shown.iter().zip(lines) {
        // Between two finds the smallest stays what it is: stairs, not slopes.
        let (mut x, mut y) = (across(0), height(search.found.from));
        let ended = (search.found.tried, search.found.bytes);
        for (tried, bytes) in search.found.curve.iter().chain([&ended]) {
            let (to, down) = (across(*tried), height(*bytes));
            _ = writeln!(
                svg,
                "<line class=\"{line}\" x1=\"{x:.2}%\" x2=\"{to:.2}%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><line \
                 class=\"{line}\" x1=\"{to:.2}%\" x2=\"{to:.2}%\" y1=\"{y:.1}\" y2=\"{down:.1}\"/>"
            );
            (x, y) = (to, down);
        }
        // Beside the end, where there is room; else above it.
        let (x, y, anchor) = if x < 85.0 {
            (x + 1.0, y + 4.0, "start")
        } else {
            (x, y - 6.0, "end")
        };
        _ = writeln!(
            svg,
            "<text x=\"{x:.2}%\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
            bytes(search.found.bytes)
        );
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::thin;

    #[test]
    fn a_thin_curve_has_its_ends() {
        let curve = vec![(1, 1000), (2, 999), (3, 990), (4, 500), (5, 499)];
        assert_eq!(thin(curve), [(1, 1000), (3, 990), (4, 500), (5, 499)]);
    }
}
