//! Every module of the book on every engine: who accepts what, in each engine's own words.

use outcome::{Outcome, Run};
use std::{
    collections::{BTreeMap, BTreeSet},
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

use crate::record::Record;
use pipeline::{
    build,
    built::Built,
    engines::{self, Engine, Host},
    measure::Measured,
    modules,
    run::{self, Guest, Limits},
    schedule, snapshot,
};
use project::{
    files,
    paths::Project,
    select,
    step::{Step, Target},
    terminal::{self, number},
};

/// What became of all modules on all engines. A module that was not tried on an engine has no cell there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// The modules that the cells are about, by step.
    pub modules: BTreeMap<String, Module>,
    /// The engines, in the order of [`engines::ENGINES`].
    pub engines: Vec<Column>,
}

/// Identifies a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in hexadecimal: modules of one size may differ.
    pub sha256: String,
}

impl Module {
    /// Identifies a module by its bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Module {
        Module {
            size: bytes.len() as u64,
            sha256: files::sha256(bytes),
        }
    }
}

/// What became of all modules on one engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The engine's name for `--engine`.
    pub engine: String,
    /// Its name and version: the one that most of the cells were measured with.
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
    /// The engine's name and version, where it is not the column's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
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

/// How the table says that a module has no cell.
const UNTRIED: &str = "not tried";

impl Matrix {
    /// The engines on which a step's module was not tried.
    #[must_use]
    pub fn untried(&self, step: &str) -> Vec<&'static str> {
        let tried = |engine: &str| {
            self.engines
                .iter()
                .any(|column| column.engine == engine && column.cells.contains_key(step))
        };
        let engines = engines::names().into_iter();
        engines.filter(|engine| !tried(engine)).collect()
    }

    /// The rows that belong to no step, such as one left behind by a step that was renamed.
    #[must_use]
    pub fn strays(&self, steps: &[Step]) -> Vec<&str> {
        let belongs = |path: &str| steps.iter().any(|step| step.path == path && has(step));
        let rows = self.modules.keys().map(String::as_str);
        rows.filter(|path| !belongs(path)).collect()
    }

    /// Drops the [rows that belong to no step](Matrix::strays).
    #[must_use]
    pub fn without_strays(mut self, steps: &[Step]) -> Matrix {
        let strays: Vec<String> = self.strays(steps).into_iter().map(str::to_owned).collect();
        self.retain(|step, _| !strays.iter().any(|stray| stray == step));
        self
    }

    /// Adds a measurement. Cells that were not measured stay, except those of a module that has changed since, or of a
    /// step that has no module any more.
    #[must_use]
    pub fn merge(mut self, measured: &Measurement) -> Matrix {
        let new = &measured.matrix;
        self.retain(|step, module| {
            !measured.without_module.contains(step)
                && new.modules.get(step).is_none_or(|new| new == module)
        });
        self.modules.extend(new.modules.clone());
        for column in &new.engines {
            match self
                .engines
                .iter_mut()
                .find(|old| old.engine == column.engine)
            {
                Some(old) => old.merge(column),
                None => self.engines.push(column.clone()),
            }
        }
        let place = |column: &Column| {
            engines::ENGINES
                .iter()
                .position(|engine| engine.name == column.engine)
        };
        self.engines.retain(|column| place(column).is_some());
        self.engines.sort_by_key(place);
        self
    }

    /// Drops the other rows, and their cells.
    fn retain(&mut self, keep: impl Fn(&str, &Module) -> bool) {
        self.modules.retain(|step, module| keep(step, module));
        for column in &mut self.engines {
            column
                .cells
                .retain(|step, _| self.modules.contains_key(step));
        }
    }
}

/// How verify and `matrix --accept` say that a step's module was not tried on some engines.
#[must_use]
pub fn untried_message(step: &str, engines: &[&str]) -> String {
    format!(
        "{UNTRIED}: {step} on {}: cargo xtask matrix --accept {step}",
        engines.join(", ")
    )
}

/// The record of all modules on all engines.
pub const RECORD: Record = Record::new("matrix", "cargo xtask matrix --accept");

/// What is kept, if anything is.
///
/// # Errors
/// If the file cannot be read.
pub fn kept(project: &Project) -> Result<Option<Matrix>> {
    RECORD.load(project)
}

/// What the book's host in a browser makes of a step's module, where that is kept.
///
/// # Errors
/// If the file cannot be read.
pub fn page(project: &Project, step: &str) -> Result<Option<Cell>> {
    // The pages of a book ask for it hundreds of times.
    static READ: Mutex<BTreeMap<PathBuf, (SystemTime, Option<Column>)>> =
        Mutex::new(BTreeMap::new());
    let file = RECORD.file(project);
    let Ok(metadata) = fs::metadata(&file) else {
        return Ok(None);
    };
    let changed = metadata.modified()?;
    let mut read = READ
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let there = read.get(&file).is_some_and(|(at, _)| *at == changed);
    if !there {
        let engines = kept(project)?.unwrap_or_default().engines;
        let page = engines.into_iter().find(|column| column.engine == "page");
        read.insert(file.clone(), (changed, page));
    }
    let column = read.get(&file).and_then(|(_, column)| column.as_ref());
    Ok(column.and_then(|column| column.cells.get(step).cloned()))
}

/// Where the modules come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The steps are built.
    Built,
    /// They are read from the snapshots and from `chapters-code/kept/`. Nothing is compiled but the engines' hosts.
    Kept,
}

/// What a measurement found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measurement {
    /// What became of the modules.
    pub matrix: Matrix,
    /// The steps that have no module: they do not build, or are programs for this machine.
    pub without_module: BTreeSet<String>,
    /// The steps whose module could not be had, and why.
    pub left_out: BTreeMap<String, String>,
}

/// One module to be run.
struct Item<'a> {
    step: &'a Step,
    file: PathBuf,
    module: Module,
}

/// Whether the table has a step. Those of the [book's own module](Step::is_heavy) are left out: they are for
/// JavaScript alone, an engine takes seconds to compile them, and nothing in them can be started.
#[must_use]
pub fn has(step: &Step) -> bool {
    step.is_today() && !step.is_heavy()
}

/// Runs the modules of all steps that have one on engines, side by side. `done` hears of each engine as it comes to
/// its end.
///
/// # Errors
/// If a step cannot be built for a reason of ours, a snapshot or kept module cannot be read, or a host cannot be
/// started.
pub fn measure(
    project: &Project,
    steps: &[&Step],
    source: Source,
    on: &[&Engine],
    done: &(dyn Fn(&str) + Sync),
) -> Result<Measurement> {
    let steps: Vec<&Step> = steps.iter().copied().filter(|step| has(step)).collect();
    let mut measurement = Measurement::default();
    let folder = tempfile::tempdir()?;
    let items = match source {
        Source::Built => built(project, &steps, &mut measurement)?,
        Source::Kept => read(project, &steps, folder.path(), &mut measurement)?,
    };
    let columns: Mutex<Vec<(usize, Result<Column>)>> = Mutex::default();
    thread::scope(|scope| {
        for (at, engine) in on.iter().enumerate() {
            let (items, columns) = (&items, &columns);
            scope.spawn(move || {
                let column = column(project, items, engine);
                done(engine.name);
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
    measurement.matrix.engines = columns
        .into_iter()
        .map(|(_, column)| column)
        .collect::<Result<_>>()?;
    let modules = items
        .into_iter()
        .map(|item| (item.step.path.clone(), item.module));
    measurement.matrix.modules = modules.collect();
    Ok(measurement)
}

/// The modules, from building the steps.
fn built<'a>(
    project: &Project,
    steps: &[&'a Step],
    measurement: &mut Measurement,
) -> Result<Vec<Item<'a>>> {
    let mut items = Vec::new();
    // A native program has no module, and only one kind of machine can build it.
    let (native, steps): (Vec<&Step>, Vec<&Step>) = steps
        .iter()
        .partition(|step| matches!(step.target, Target::Native(_)));
    let native = native.into_iter().map(|step| step.path.clone());
    measurement.without_module.extend(native);
    for (step, built) in
        schedule::side_by_side(project, &steps, &|step| build::build(project, step, false))
    {
        match built.with_context(|| step.path.clone())? {
            Built::Module { file, bytes, .. } => items.push(Item {
                step,
                file,
                module: Module::of(&bytes),
            }),
            Built::Skipped(why) => {
                measurement.left_out.insert(step.path.clone(), why);
            }
            Built::Fails(_) | Built::Program { .. } => {
                measurement.without_module.insert(step.path.clone());
            }
        }
    }
    Ok(items)
}

/// The modules as the snapshots and `chapters-code/kept/` have them, laid out in a folder for the engines.
fn read<'a>(
    project: &Project,
    steps: &[&'a Step],
    folder: &Path,
    measurement: &mut Measurement,
) -> Result<Vec<Item<'a>>> {
    let mut items = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let Some(stored) = snapshot::stored(step)? else {
            let why = "it has no snapshot yet".to_owned();
            measurement.left_out.insert(step.path.clone(), why);
            continue;
        };
        let Some(size) = stored.size() else {
            measurement.without_module.insert(step.path.clone());
            continue;
        };
        let Some(bytes) = modules::module(project, step, &stored)? else {
            let why = format!(
                "its module of {} is neither in its snapshot nor in chapters-code/kept/",
                terminal::bytes(size)
            );
            measurement.left_out.insert(step.path.clone(), why);
            continue;
        };
        let file = folder.join(format!("{at}.wasm"));
        fs::write(&file, &bytes)?;
        items.push(Item {
            step,
            file,
            module: Module::of(&bytes),
        });
    }
    Ok(items)
}

fn column(project: &Project, items: &[Item], engine: &Engine) -> Result<Column> {
    let host = engine.host(project)?;
    let runs = if engine.is_a_browser() {
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
        let stored = snapshot::stored(item.step)?;
        let expected = stored.as_ref().and_then(Measured::run);
        let other = expected.is_some_and(|expected| {
            expected.outcome.is_success()
                && (expected.stdout != ran.stdout || expected.stderr != ran.stderr)
        });
        let cell = Cell {
            prints_otherwise: other && ran.outcome.is_success(),
            outcome: ran.outcome,
            version: None,
        };
        cells.insert(item.step.path.clone(), cell);
    }
    Ok(Column {
        engine: engine.name.to_owned(),
        version: engine.version(project)?,
        cells,
    })
}

/// How long each module may take: far more than in verify, because all engines are at it at once. None of those that
/// can be started runs for ever.
const TIME: Duration = Duration::from_secs(30);

fn one(host: &Host, item: &Item, engine: &Engine) -> Result<Run> {
    let limits = Limits {
        time: TIME,
        ..Limits::default()
    };
    let mut guest = Guest {
        trace: false,
        ..Guest::of(&item.step.settings, engine)
    };
    if engine.is_for_devices() {
        // The device's host calls `main`, which gets its own name and nothing else.
        guest.args.clear();
        guest.vars.clear();
        guest.stdin.clear();
    }
    run::run_guest(host, &item.file, &limits, &guest)
}

/// All modules in one browser: it takes seconds to start.
fn in_one_browser(host: &Host, items: &[Item]) -> Result<Vec<Run>> {
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
    let output = host
        .command()?
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
    let runs = reported.into_iter().map(|reported| Run {
        stdout: reported.stdout,
        stderr: reported.stderr,
        ..Run::silent(reported.outcome)
    });
    Ok(runs.collect())
}

/// How a measurement differs from what is kept, a line each. An engine of another version may word it otherwise; what
/// it makes of the modules has to be the same.
#[must_use]
pub fn differences(kept: &Matrix, measured: &Measurement) -> Vec<String> {
    let mut lines = Vec::new();
    let gone = measured.without_module.iter();
    for step in gone.filter(|step| kept.modules.contains_key(*step)) {
        lines.push(format!("{step} has no module any more"));
    }
    for (step, module) in &measured.matrix.modules {
        match kept.modules.get(step) {
            None => lines.push(format!("{step} is not in it")),
            Some(old) if old != module => lines.push(format!(
                "{step} has another module ({}) than the table is about ({})",
                terminal::bytes(module.size),
                terminal::bytes(old.size)
            )),
            Some(_) => {}
        }
    }
    for column in &measured.matrix.engines {
        let Some(before) = kept
            .engines
            .iter()
            .find(|before| before.engine == column.engine)
        else {
            lines.push(format!("{} is not in it", column.version));
            continue;
        };
        // Cells of different modules are not comparable; those modules were named above.
        let cells = column
            .cells
            .iter()
            .filter(|(step, _)| kept.modules.get(*step) == measured.matrix.modules.get(*step));
        for (step, cell) in cells {
            let Some(old) = before.cells.get(step) else {
                lines.push(format!("{step} on {} is not in it", column.version));
                continue;
            };
            let same = if before.version_of(old) == column.version_of(cell) {
                old.outcome == cell.outcome && old.prints_otherwise == cell.prints_otherwise
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
    }
    lines.sort();
    lines
}

/// What pages show of it: a step's row with each engine's own words, or `all`, `reasons`, `engines` (how many),
/// `modules` (how many), `nowhere` (how many run nowhere).
///
/// # Errors
/// If nothing is kept, or there is no such step, or it has no module.
pub fn show(project: &Project, all: &[Step], what: &str) -> Result<String> {
    let matrix = kept(project)?.context("nothing is kept yet: cargo xtask matrix --accept")?;
    match what {
        "engines" => return Ok(number(matrix.engines.len() as u64)),
        "modules" => return Ok(number(modules(all)?.len() as u64)),
        "nowhere" => {
            let modules = modules(all)?;
            let nowhere = modules
                .iter()
                .filter(|(step, _)| matrix.refused(&step.path));
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
            for (step, size) in modules(all)? {
                if matrix.refused(&step.path) {
                    continue;
                }
                _ = write!(
                    text,
                    "| [{}](../{}.md) | {} |",
                    step.title,
                    step.path,
                    number(size)
                );
                for column in &matrix.engines {
                    let word = column.cells.get(&step.path).map(Cell::word);
                    _ = write!(text, " {} |", word.as_deref().unwrap_or(UNTRIED));
                }
                text.push('\n');
            }
            text.push_str("\n</div>\n");
            return Ok(text);
        }
        "reasons" => {
            let mut text = String::from("| engine | says | of modules |\n|---|---|--:|\n");
            for column in &matrix.engines {
                for (version, reason, count) in column.reasons() {
                    _ = writeln!(text, "| {version} | {} | {count} |", code(reason));
                }
            }
            return Ok(text);
        }
        _ => {}
    }
    let step = select::find(all, what)?;
    ensure!(
        modules(all)?
            .iter()
            .any(|(other, _)| other.path == step.path),
        "{} has no module in the table of engines",
        step.path
    );
    let mut text = String::from("| engine | makes of it | in its own words |\n|---|---|---|\n");
    for column in &matrix.engines {
        match column.cells.get(&step.path) {
            Some(cell) => {
                _ = writeln!(
                    text,
                    "| {} | {} | {} |",
                    column.version_of(cell),
                    cell.word(),
                    cell.reason().map(code).unwrap_or_default()
                )
            }
            None => _ = writeln!(text, "| {} | {UNTRIED} |  |", column.version),
        }
    }
    Ok(text)
}

/// The steps that the table is about, with the sizes of their modules in bytes.
fn modules(all: &[Step]) -> Result<Vec<(&Step, u64)>> {
    let mut modules = Vec::new();
    for step in all.iter().filter(|step| has(step)) {
        if let Some(size) = snapshot::stored(step)?.and_then(|stored| stored.size()) {
            modules.push((step, size));
        }
    }
    Ok(modules)
}

impl Matrix {
    /// Whether every engine that tried a step's module refused it, and one did.
    fn refused(&self, step: &str) -> bool {
        let mut cells = self
            .engines
            .iter()
            .filter_map(|column| column.cells.get(step))
            .peekable();
        cells.peek().is_some() && cells.all(|cell| matches!(cell.outcome, Outcome::Refused { .. }))
    }
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
    /// The name and version of the engine that a cell of this column was measured with.
    #[must_use]
    pub fn version_of<'a>(&'a self, cell: &'a Cell) -> &'a str {
        cell.version.as_deref().unwrap_or(&self.version)
    }

    /// The engine's own words, with its version, and how often it said them, the most frequent first.
    #[must_use]
    pub fn reasons(&self) -> Vec<(&str, &str, usize)> {
        let mut reasons: Vec<(&str, &str, usize)> = Vec::new();
        for cell in self.cells.values() {
            let Some(reason) = cell.reason() else {
                continue;
            };
            let version = self.version_of(cell);
            match reasons
                .iter_mut()
                .find(|known| (known.0, known.1) == (version, reason))
            {
                Some((.., count)) => *count += 1,
                None => reasons.push((version, reason, 1)),
            }
        }
        reasons.sort_by_key(|(.., count)| std::cmp::Reverse(*count));
        reasons
    }

    /// Adds another measurement on the same engine, perhaps of another version.
    fn merge(&mut self, new: &Column) {
        for cell in self.cells.values_mut() {
            cell.version.get_or_insert_with(|| self.version.clone());
        }
        for (step, cell) in &new.cells {
            let cell = Cell {
                version: Some(new.version.clone()),
                ..cell.clone()
            };
            self.cells.insert(step.clone(), cell);
        }
        let mut versions: BTreeMap<&String, usize> = BTreeMap::new();
        for version in self.cells.values().filter_map(|cell| cell.version.as_ref()) {
            *versions.entry(version).or_default() += 1;
        }
        let most = versions.into_iter().max_by_key(|(_, cells)| *cells);
        self.version = most.map_or(&new.version, |(version, _)| version).clone();
        for cell in self.cells.values_mut() {
            cell.version.take_if(|version| *version == self.version);
        }
    }
}

#[cfg(test)]
mod tests {
    use outcome::Outcome;

    use super::{Cell, Column, Matrix, Measurement, Module, differences};

    fn cell(code: i32) -> Cell {
        Cell {
            outcome: Outcome::Exited { code },
            prints_otherwise: false,
            version: None,
        }
    }

    fn column(engine: &str, version: &str, cells: &[(&str, i32)]) -> Column {
        Column {
            engine: engine.into(),
            version: version.into(),
            cells: cells
                .iter()
                .map(|(step, code)| ((*step).to_owned(), cell(*code)))
                .collect(),
        }
    }

    fn matrix(modules: &[(&str, &[u8])], engines: Vec<Column>) -> Matrix {
        Matrix {
            modules: modules
                .iter()
                .map(|(step, bytes)| ((*step).to_owned(), Module::of(bytes)))
                .collect(),
            engines,
        }
    }

    fn measurement(modules: &[(&str, &[u8])], engines: Vec<Column>) -> Measurement {
        Measurement {
            matrix: matrix(modules, engines),
            ..Measurement::default()
        }
    }

    #[test]
    fn results_that_were_not_measured_again_stay() {
        let kept = matrix(
            &[("a", b"aa"), ("b", b"bb")],
            vec![
                column("wasmtime", "wasmtime 1", &[("a", 0), ("b", 0)]),
                column("page", "page 1", &[("a", 1), ("b", 1)]),
            ],
        );
        let measured = measurement(
            &[("a", b"aa")],
            vec![column("wasmtime", "wasmtime 1", &[("a", 2)])],
        );
        let merged = kept.merge(&measured);
        let expected = matrix(
            &[("a", b"aa"), ("b", b"bb")],
            vec![
                column("wasmtime", "wasmtime 1", &[("a", 2), ("b", 0)]),
                column("page", "page 1", &[("a", 1), ("b", 1)]),
            ],
        );
        assert_eq!(merged, expected);
        assert_eq!(differences(&merged, &measured), [""; 0]);
    }

    #[test]
    fn results_of_a_module_that_changed_go() {
        let kept = matrix(
            &[("a", b"aa"), ("b", b"bb"), ("c", b"cc")],
            vec![
                column("wasmtime", "wasmtime 1", &[("a", 0), ("b", 0), ("c", 0)]),
                column("page", "page 1", &[("a", 1), ("b", 1), ("c", 1)]),
            ],
        );
        // Of the same size; and `c` does not build any more.
        let mut measured = measurement(
            &[("a", b"ab")],
            vec![column("wasmtime", "wasmtime 1", &[("a", 2)])],
        );
        measured.without_module.insert("c".into());
        assert_eq!(
            differences(&kept, &measured),
            [
                "a has another module (2 bytes) than the table is about (2 bytes)",
                "c has no module any more"
            ]
        );
        let merged = kept.merge(&measured);
        let expected = matrix(
            &[("a", b"ab"), ("b", b"bb")],
            vec![
                column("wasmtime", "wasmtime 1", &[("a", 2), ("b", 0)]),
                column("page", "page 1", &[("b", 1)]),
            ],
        );
        assert_eq!(merged, expected);
        let missing = ["wasmi", "wamr-wasi", "node", "page", "by-hand", "wamr"];
        assert_eq!(merged.untried("a"), missing);
    }

    #[test]
    fn a_result_with_another_version_says_so_until_most_have_it() {
        let modules: &[(&str, &[u8])] = &[("a", b"aa"), ("b", b"bb"), ("c", b"cc")];
        let all = [("a", 0), ("b", 0), ("c", 0)];
        let kept = matrix(modules, vec![column("node", "node 20", &all)]);
        let one = measurement(&modules[..1], vec![column("node", "node 22", &[("a", 0)])]);
        let merged = kept.merge(&one);
        let node = &merged.engines[0];
        assert_eq!(node.version, "node 20");
        let version = |node: &Column, step: &str| node.version_of(&node.cells[step]).to_owned();
        assert_eq!(version(node, "a"), "node 22");
        assert_eq!(version(node, "b"), "node 20");
        assert_eq!(differences(&merged, &one), [""; 0]);

        let two = measurement(&modules[1..2], vec![column("node", "node 22", &[("b", 0)])]);
        let merged = merged.merge(&two);
        let node = &merged.engines[0];
        assert_eq!(node.version, "node 22");
        assert_eq!(node.cells["a"].version, None);
        assert_eq!(version(node, "c"), "node 20");
    }

    #[test]
    fn an_engine_that_is_new_takes_its_place_among_the_others() {
        let modules: &[(&str, &[u8])] = &[("a", b"aa")];
        let kept = matrix(modules, vec![column("wamr", "wamr 2", &[("a", 0)])]);
        let measured = measurement(modules, vec![column("wasmi", "wasmi 2", &[("a", 0)])]);
        assert_eq!(differences(&kept, &measured), ["wasmi 2 is not in it"]);
        let merged = kept.merge(&measured);
        let names: Vec<_> = merged.engines.iter().map(|column| &column.engine).collect();
        assert_eq!(names, ["wasmi", "wamr"]);
    }
}
