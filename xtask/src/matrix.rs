//! Every module of the book on every engine: who accepts what, in each engine's own words.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Mutex,
    thread,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    build::{self, Built},
    compare,
    discover::{self, Step},
    engines,
    house::House,
    report::number,
    run::{self, Guest, Limits, Outcome, Ran},
    verify,
};

/// What became of all modules on all engines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// The modules' sizes in bytes, by step: a look at it tells whether the rest is of these modules.
    pub sizes: BTreeMap<String, u64>,
    /// The engines.
    pub engines: Vec<Column>,
}

/// What became of all modules on one engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The engine's name for `--engine`.
    pub engine: String,
    /// Its name and version.
    pub version: String,
    /// What became of each module, by step.
    pub cells: BTreeMap<String, Cell>,
}

/// What became of a module on an engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Whether it printed something else than on the reference engine, where it came to a good end on both.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prints_otherwise: bool,
}

impl Cell {
    /// One word for a table.
    #[must_use]
    pub fn word(&self) -> String {
        match &self.outcome {
            Outcome::Returned | Outcome::Exited { code: 0 } if self.prints_otherwise => {
                "prints otherwise".into()
            }
            Outcome::Returned | Outcome::Exited { code: 0 } => "runs".into(),
            Outcome::Exited { code } => format!("exits with {code}"),
            Outcome::Trapped { .. } => "traps".into(),
            Outcome::Refused { .. } => "refuses".into(),
            Outcome::OutOfFuel | Outcome::OutOfTime => "never ends".into(),
            Outcome::OutOfMemory => "lacks memory".into(),
            Outcome::TooMuchOutput => "floods".into(),
            Outcome::Crashed { .. } => "crashes".into(),
        }
    }

    /// The engine's own words, where it has any.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Trapped { reason, .. }
            | Outcome::Refused { reason }
            | Outcome::Crashed { reason } => Some(reason),
            _ => None,
        }
    }
}

/// The file in which it is kept.
#[must_use]
pub fn file(house: &House) -> PathBuf {
    house.steps().join("matrix.json")
}

/// What is kept; nothing if there is no file.
///
/// # Errors
/// If the file cannot be read.
pub fn kept(house: &House) -> Result<Option<Matrix>> {
    let file = file(house);
    if !file.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(&file).context("chapters-code/matrix.json")?;
    serde_json::from_str(&text)
        .context("chapters-code/matrix.json")
        .map(Some)
}

/// What the book's host in a browser makes of a step's module, where that is kept.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn page(house: &House, step: &str) -> Result<Option<Cell>> {
    // The pages of a book ask for it hundreds of times.
    static READ: Mutex<BTreeMap<PathBuf, (SystemTime, Option<Column>)>> =
        Mutex::new(BTreeMap::new());
    let file = file(house);
    let Ok(metadata) = fs::metadata(&file) else {
        return Ok(None);
    };
    let changed = metadata.modified()?;
    let mut read = READ
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let there = read.get(&file).is_some_and(|(at, _)| *at == changed);
    if !there {
        let engines = kept(house)?.unwrap_or_default().engines;
        let page = engines.into_iter().find(|column| column.engine == "page");
        read.insert(file.clone(), (changed, page));
    }
    let column = read.get(&file).and_then(|(_, column)| column.as_ref());
    Ok(column.and_then(|column| column.cells.get(step).cloned()))
}

/// Keeps it.
///
/// # Errors
/// If the file cannot be written.
pub fn keep(house: &House, matrix: &Matrix) -> Result<()> {
    let text = serde_json::to_string_pretty(matrix)? + "\n";
    build::put(&file(house), text.as_bytes())
}

/// One module to be run.
struct Item<'a> {
    step: &'a Step,
    file: PathBuf,
    size: u64,
}

/// Whether the table has a step. Those of the [book's own module](Step::is_heavy) are left out: they are for JavaScript alone,
/// an engine takes seconds to compile them, and nothing in them can be started.
#[must_use]
pub fn has(step: &Step) -> bool {
    !step.is_heavy()
}

/// Runs the modules of all steps that have one on engines, side by side. `done` hears of each engine as it comes to its end.
///
/// # Errors
/// If a step cannot be built, or a host not be started.
pub fn measure(
    house: &House,
    steps: &[&Step],
    on: &[&str],
    done: &(dyn Fn(&str) + Sync),
) -> Result<Matrix> {
    let steps: Vec<&Step> = steps.iter().copied().filter(|step| has(step)).collect();
    let built = verify::side_by_side(house, &steps, &|step| build::build(house, step, false));
    let mut items = Vec::new();
    for (step, built) in built {
        match built.with_context(|| step.path.clone())? {
            Built::Module { file, bytes, .. } => items.push(Item {
                step,
                file,
                size: bytes.len() as u64,
            }),
            Built::Skipped(why) => bail!("{} cannot be built here: {why}", step.path),
            Built::Fails(_) | Built::Program { .. } => {}
        }
    }
    let columns: Mutex<Vec<(usize, Result<Column>)>> = Mutex::default();
    thread::scope(|scope| {
        for (at, engine) in on.iter().enumerate() {
            let (items, columns) = (&items, &columns);
            scope.spawn(move || {
                let column = column(house, items, engine);
                done(engine);
                let mut columns = columns
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                columns.push((at, column));
            });
        }
    });
    let mut columns = columns
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    columns.sort_by_key(|(at, _)| *at);
    Ok(Matrix {
        sizes: items
            .iter()
            .map(|item| (item.step.path.clone(), item.size))
            .collect(),
        engines: columns
            .into_iter()
            .map(|(_, column)| column)
            .collect::<Result<_>>()?,
    })
}

fn column(house: &House, items: &[Item], engine: &str) -> Result<Column> {
    let host = engines::host(house, engine)?;
    let runs = if engine == "page" {
        in_one_browser(&host, items)?
    } else {
        let run = |item: &Item| one(&host, item, engine);
        items.iter().map(run).collect::<Result<Vec<_>>>()?
    };
    let mut cells = BTreeMap::new();
    for (item, ran) in items.iter().zip(runs) {
        if let Outcome::Crashed { reason } = &ran.outcome {
            bail!(
                "the {engine} host crashed over {}: {reason}",
                item.step.path
            );
        }
        let expected = compare::stored(item.step)?.and_then(|stored| stored.run);
        let other = expected.is_some_and(|expected| {
            expected.outcome.is_success()
                && (expected.stdout != ran.stdout || expected.stderr != ran.stderr)
        });
        let cell = Cell {
            prints_otherwise: other && ran.outcome.is_success(),
            outcome: ran.outcome,
        };
        cells.insert(item.step.path.clone(), cell);
    }
    Ok(Column {
        engine: engine.to_owned(),
        version: engines::version(house, engine)?,
        cells,
    })
}

/// How long each module may take: far more than in verify, because all engines are at it at once. None of those that can be
/// started runs for ever.
const TIME: Duration = Duration::from_secs(30);

fn one(host: &Path, item: &Item, engine: &str) -> Result<Ran> {
    let limits = Limits {
        time: TIME,
        ..Limits::default()
    };
    let mut guest = Guest {
        trace: false,
        ..Guest::of(&item.step.settings, engine)
    };
    if engine == "wamr" {
        // The device's host calls `main`, which gets its own name and nothing else.
        guest.args.clear();
        guest.vars.clear();
        guest.stdin.clear();
    }
    run::run_guest(host, &item.file, &limits, &guest)
}

/// All modules in one browser: it takes seconds to start.
fn in_one_browser(host: &Path, items: &[Item]) -> Result<Vec<Ran>> {
    #[derive(Deserialize)]
    struct Reported {
        #[serde(flatten)]
        outcome: Outcome,
        stdout: String,
        stderr: String,
    }
    let folder = tempfile::tempdir()?;
    let (list, report) = (
        folder.path().join("list.json"),
        folder.path().join("report.json"),
    );
    let modules = items.iter().map(|item| {
        let settings = &item.step.settings;
        json!({ "module": item.file, "args": settings.args, "env": settings.vars, "stdin": settings.stdin })
    });
    fs::write(&list, serde_json::Value::from_iter(modules).to_string())?;
    let output = engines::command(host)?
        .arg("--many")
        .arg(&list)
        .arg("--report")
        .arg(&report)
        .args(["--time-ms", &TIME.as_millis().to_string()])
        .stdin(Stdio::null())
        .output()
        .context("node does not start")?;
    ensure!(
        output.status.success(),
        "the browser could not be driven: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    let reported: Vec<Reported> =
        serde_json::from_slice(&fs::read(&report)?).context("the browser's report is none")?;
    ensure!(
        reported.len() == items.len(),
        "the browser did not run all modules"
    );
    let runs = reported.into_iter().map(|reported| Ran {
        stdout: reported.stdout,
        stderr: reported.stderr,
        ..Ran::silent(reported.outcome)
    });
    Ok(runs.collect())
}

/// How a measurement differs from what is kept, a line each. An engine of another version may word it otherwise; what it makes
/// of the modules has to be the same.
#[must_use]
pub fn differences(kept: &Matrix, measured: &Matrix) -> Vec<String> {
    let mut lines = Vec::new();
    for column in &measured.engines {
        let Some(before) = kept
            .engines
            .iter()
            .find(|before| before.engine == column.engine)
        else {
            lines.push(format!("{} is not in it", column.version));
            continue;
        };
        for (step, cell) in &column.cells {
            let Some(old) = before.cells.get(step) else {
                lines.push(format!("{step} is not in it"));
                continue;
            };
            let same = if before.version == column.version {
                old == cell
            } else {
                old.word() == cell.word()
            };
            if !same {
                lines.push(format!(
                    "{step} on {}: {}, and it is kept as {}",
                    column.version,
                    cell.outcome.summary(),
                    old.outcome.summary()
                ));
            }
        }
        for gone in before
            .cells
            .keys()
            .filter(|step| !column.cells.contains_key(*step))
        {
            lines.push(format!("{gone} has no module any more"));
        }
    }
    lines.sort();
    lines.dedup();
    lines
}

/// What pages show of it: a step's row with each engine's own words, or `all`, `reasons`, `engines` (how many), `modules` (how
/// many), `nowhere` (how many run nowhere).
///
/// # Errors
/// If nothing is kept, or there is no such step in it.
pub(crate) fn show(house: &House, all: &[Step], what: &str) -> Result<String> {
    let matrix = kept(house)?.context("nothing is kept yet: cargo xtask matrix --accept")?;
    let anywhere = |step: &str| {
        matrix.engines.iter().any(|column| {
            column
                .cells
                .get(step)
                .is_some_and(|cell| cell.word() != "refuses")
        })
    };
    match what {
        "engines" => return Ok(number(matrix.engines.len() as u64)),
        "modules" => return Ok(number(matrix.sizes.len() as u64)),
        "nowhere" => {
            let nowhere = matrix.sizes.keys().filter(|step| !anywhere(step));
            return Ok(number(nowhere.count() as u64));
        }
        "all" => {
            let mut text = String::from("<div class=\"dense\">\n\n| module | bytes |");
            for column in &matrix.engines {
                _ = write!(text, " {} |", column.engine);
            }
            text.push_str("\n|---|--:|");
            text.push_str(&"---|".repeat(matrix.engines.len()));
            text.push('\n');
            let steps = all
                .iter()
                .filter(|step| step.article().is_none() && step.on.is_none());
            for step in steps.filter(|step| anywhere(&step.path)) {
                let Some(size) = matrix.sizes.get(&step.path) else {
                    continue;
                };
                _ = write!(
                    text,
                    "| [{}](../{}.md) | {} |",
                    step.title,
                    step.path,
                    number(*size)
                );
                for column in &matrix.engines {
                    let word = column.cells.get(&step.path).map(Cell::word);
                    _ = write!(text, " {} |", word.unwrap_or_default());
                }
                text.push('\n');
            }
            text.push_str("\n</div>\n");
            return Ok(text);
        }
        "reasons" => {
            let mut text = String::from("| engine | says | of modules |\n|---|---|--:|\n");
            for column in &matrix.engines {
                for (reason, count) in column.reasons() {
                    _ = writeln!(text, "| {} | {} | {count} |", column.version, code(reason));
                }
            }
            return Ok(text);
        }
        _ => {}
    }
    let step = discover::find(all, what)?;
    let mut text = String::from("| engine | makes of it | in its own words |\n|---|---|---|\n");
    for column in &matrix.engines {
        let cell = column.cells.get(&step.path).with_context(|| {
            format!(
                "{} is not in chapters-code/matrix.json: cargo xtask matrix --accept",
                step.path
            )
        })?;
        _ = writeln!(
            text,
            "| {} | {} | {} |",
            column.version,
            cell.word(),
            cell.reason().map(code).unwrap_or_default()
        );
    }
    Ok(text)
}

/// A text as code in a cell of a table.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

impl Column {
    /// The engine's own words, and how often it said them, the most frequent first.
    #[must_use]
    pub fn reasons(&self) -> Vec<(&str, usize)> {
        let mut reasons: Vec<(&str, usize)> = Vec::new();
        for reason in self.cells.values().filter_map(Cell::reason) {
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += 1,
                None => reasons.push((reason, 1)),
            }
        }
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        reasons
    }
}
