//! Every module of the book on every engine: who accepts what, in each engine's own words.

use outcome::Outcome;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::Mutex,
    time::SystemTime,
};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use pipeline::engines::{self, Engine};
use project::{files, paths::Project, step::Step, terminal};

use crate::{
    record::Record,
    study::{Progress, Study},
};

mod refusal;
mod run;
mod show;
#[cfg(test)]
mod tests;

use refusal::Refusal;
pub use show::show;

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
            Outcome::Refused { reason } => {
                let refusal = Refusal::of(reason);
                refusal.map_or("refuses", Refusal::word).into()
            }
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
    /// They are read from the snapshots and from `chapters-code/modules/`. Nothing is compiled but the engines' hosts.
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

/// Whether the table has a step. Those of the [book's own module](Step::is_heavy) are left out: they are for
/// JavaScript alone, an engine takes seconds to compile them, and nothing in them can be started.
#[must_use]
pub fn has(step: &Step) -> bool {
    step.is_today() && !step.is_heavy()
}

/// The study: the modules of steps on engines, side by side.
#[derive(Clone, Copy, Debug)]
pub struct Runs<'a> {
    /// All steps of today.
    pub all: &'a [Step],
    /// Those whose modules are run, if they have one.
    pub steps: &'a [&'a Step],
    /// Where the modules come from.
    pub source: Source,
    /// The engines. What each of them made of the modules is told as it comes to its end.
    pub engines: &'a [&'a Engine],
}

impl Study for Runs<'_> {
    type Kept = Matrix;
    type Found = Measurement;

    fn record(&self) -> Record {
        RECORD
    }

    fn measure(&self, project: &Project, progress: Progress) -> Result<Measurement> {
        run::measure(project, self, progress)
    }

    fn merge(&self, kept: Option<Matrix>, found: &Measurement) -> Matrix {
        let kept = kept.unwrap_or_default();
        kept.without_strays(self.all).merge(found)
    }

    fn compare(&self, kept: &Matrix, found: &Measurement) -> Result<Vec<String>> {
        let strays = kept.strays(self.all).into_iter();
        let strays = strays.map(|stray| format!("{stray} is no step any more"));
        Ok(strays.chain(differences(kept, found)).collect())
    }
}

/// How a measurement differs from what is kept, a line each. An engine of another version may word it otherwise; what
/// it makes of the modules has to be the same.
fn differences(kept: &Matrix, measured: &Measurement) -> Vec<String> {
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
