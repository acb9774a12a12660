//! The staircase of a crate: it is built with one setting after the other, and what helps is kept.

pub(crate) mod cargo;
mod check;
mod html;
mod memory;
mod module;
mod paste;
mod project;
mod show;
mod steps;
mod tools;

use std::{
    fs::{self, TryLockError},
    path::Path,
    time::Instant,
};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use wasm_diet_terminal::{self as terminal, AlreadyReported};

pub use self::{
    check::Check,
    html::page,
    module::Measured,
    project::{Choice, Project, TRIPLES},
    show::{json, markdown, print},
    steps::{Compiler, STEPS, Setting},
};
use self::{
    memory::Memory,
    module::{Attempt, Workshop},
};
use crate::{binaryen, budget::Growth, commands::Refused};

/// The size that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// The file as it is.
    Raw,
    /// After gzip, level 9.
    Gzip,
    /// After brotli, quality 11.
    Brotli,
}

impl By {
    /// What a result weighs, with its JavaScript.
    #[must_use]
    pub fn of(self, measured: &Measured) -> u64 {
        let all = [Some(&measured.sizes), measured.glue.as_ref()];
        let size = |sizes: &crate::sizes::Sizes| match self {
            By::Raw => sizes.raw,
            By::Gzip => sizes.gzip.unwrap_or(sizes.raw),
            By::Brotli => sizes.brotli.unwrap_or(sizes.raw),
        };
        all.into_iter().flatten().map(size).sum()
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            By::Raw => "raw",
            By::Gzip => "gzip",
            By::Brotli => "brotli",
        }
    }
}

/// What is wanted.
#[derive(Debug)]
pub struct Wanted {
    /// The size that decides.
    pub by: By,
    /// What a setting has to save to be kept.
    pub worth: Growth,
    /// Whether a result still works.
    pub check: Option<Check>,
    /// These steps alone; all if there is none.
    pub only: Vec<String>,
    /// Not these.
    pub skip: Vec<String>,
    /// Also what only nightly compilers take.
    pub unstable: bool,
    /// Whether to forget what was measured before.
    pub fresh: bool,
    /// Binaryen's program, if it is not the one on the PATH.
    pub wasm_opt: Option<String>,
    /// wasm-bindgen's program, if it is not the one on the PATH.
    pub wasm_bindgen: Option<String>,
}

/// What came of a way to take a step.
#[derive(Debug)]
pub enum Outcome {
    /// It was built, and its check passed or did not.
    Measured(Box<Measured>),
    /// It could not be built: the first lines of the error.
    Failed(String),
    /// It was not tried, and why.
    Skipped(String),
}

/// A way to take a step, and what came of it.
#[derive(Debug)]
pub struct Row {
    /// The step's name on the command line.
    pub step: &'static str,
    /// What was added.
    pub added: Vec<Setting>,
    /// What came of it.
    pub outcome: Outcome,
    /// Whether it is kept.
    pub kept: bool,
    /// What the crate weighed before, in the size that decides.
    pub before: u64,
}

/// A staircase.
#[derive(Debug)]
pub struct Staircase {
    /// The crate.
    pub project: Project,
    /// Its compiler.
    pub compiler: Compiler,
    /// The size that decides.
    pub by: By,
    /// The crate as it is.
    pub start: Measured,
    /// All that was tried.
    pub rows: Vec<Row>,
    /// All settings that are kept.
    pub settings: Vec<Setting>,
    /// The result with them.
    pub end: Measured,
    /// What wasm-opt is told of features.
    pub features: Vec<String>,
    /// What has to be said besides.
    pub notes: Vec<String>,
}

/// Builds the crate with one setting after the other.
///
/// # Errors
/// If it does not build as it is (cargo's own error has been printed), or its check fails ([`Refused`]).
pub fn climb(project: Project, wanted: &Wanted) -> Result<Staircase> {
    fs::create_dir_all(&project.work)
        .with_context(|| format!("{} cannot be made", project.work.display()))?;
    let _lock = lock(&project.work)?;
    if wanted.fresh {
        memory::forget(&project.work)?;
    }
    let compiler = tools::compiler(&project)?;
    let mut notes = Vec::new();
    let bindgen = match &project.bindgen {
        Some(release) => match tools::wasm_bindgen(wanted.wasm_bindgen.as_deref(), release)? {
            Ok(tool) => Some(tool),
            Err(why) => {
                let note = format!(
                    "without wasm-bindgen, the module is measured as the linker makes it: {why}"
                );
                terminal::warn(&note);
                notes.push(note);
                None
            }
        },
        None => None,
    };
    if project.no_cdylib {
        notes.push(
            "the library has no crate-type \"cdylib\"; cargo rustc --crate-type cdylib builds it"
                .to_owned(),
        );
    }
    let workshop = Workshop {
        project: &project,
        compiler: &compiler,
        bindgen,
        opt: binaryen::wasm_opt(wanted.wasm_opt.as_deref())?,
        check: wanted.check.as_ref(),
        features: std::cell::OnceCell::new(),
    };
    let mut climber = begin(&workshop, wanted)?;
    let all = STEPS.into_iter().filter(|id| wanted.takes(id));
    let all: Vec<&'static str> = all.collect();
    let ways = |id: &&str| climber.ways(id).len();
    climber.of = all.iter().map(ways).sum();
    for id in all {
        climber.step(id)?;
    }
    let Climber {
        start,
        best,
        settings,
        rows,
        ..
    } = climber;
    let features = workshop.features.into_inner().unwrap_or_default();
    if !wanted.unstable && wanted.only.is_empty() {
        notes.push("--unstable tries three more steps, which nightly's compiler takes".to_owned());
    }
    Ok(Staircase {
        by: wanted.by,
        start,
        rows,
        settings,
        end: best,
        features,
        notes,
        project,
        compiler,
    })
}

/// Builds the crate as it is.
fn begin<'a>(workshop: &'a Workshop<'a>, wanted: &'a Wanted) -> Result<Climber<'a>> {
    let project = workshop.project;
    let what = format!(
        "{} {} for {}",
        project.package, project.version, project.triple
    );
    terminal::status(
        "Building",
        &format!("{what} as it is, in {}", project.work.display()),
    );
    let spinner = terminal::spinner("Building");
    let progress = |line: &str| spinner.set_message(format!("as it is: {line}"));
    let made = workshop.make(&[], 0, None, &progress)?;
    spinner.finish_and_clear();
    let mut start = match made {
        Attempt::Measured(start) => *start,
        Attempt::Failed(said) => {
            module::pass_on(&said);
            if let Some(hint) = tools::no_target(workshop.compiler, &project.triple) {
                terminal::warn(&hint);
            }
            bail!(AlreadyReported);
        }
    };
    let mut memory = Memory::of(
        &project.results(),
        memory::session(workshop, &start),
        &start.file,
    );
    let key = memory.key(&[], workshop);
    if let Some(known) = memory.get(key) {
        // This time, cargo had little to do.
        start.seconds = known.seconds;
    }
    if let Some(why) = &start.refused {
        bail!(Refused(format!(
            "{} does not pass as it is: {why}",
            project.package
        )));
    }
    memory.keep(key, &start)?;
    Ok(Climber {
        workshop,
        wanted,
        memory,
        best: start.clone(),
        start,
        settings: Vec::new(),
        rows: Vec::new(),
        began: Instant::now(),
        at: 0,
        of: 0,
    })
}

impl Wanted {
    /// Whether a step is wanted.
    fn takes(&self, id: &str) -> bool {
        let named = self.only.iter().any(|only| only == id);
        let unstable = steps::UNSTABLE.contains(&id);
        (named || (self.only.is_empty() && (self.unstable || !unstable)))
            && !self.skip.iter().any(|skip| skip == id)
    }
}

/// No two of us in one folder.
fn lock(work: &Path) -> Result<fs::File> {
    let file = work.join("lock");
    let lock = fs::File::create(&file).with_context(|| file.display().to_string())?;
    if let Err(TryLockError::WouldBlock) = lock.try_lock() {
        terminal::status("Waiting", "for another wasm-diet try in the same folder");
        lock.lock().with_context(|| file.display().to_string())?;
    }
    Ok(lock)
}

/// Where one is on the staircase.
struct Climber<'a> {
    workshop: &'a Workshop<'a>,
    wanted: &'a Wanted,
    memory: Memory,
    start: Measured,
    best: Measured,
    settings: Vec<Setting>,
    rows: Vec<Row>,
    began: Instant,
    /// How many ways were tried.
    at: usize,
    /// Of how many.
    of: usize,
}

impl Climber<'_> {
    /// The ways to take a step from here.
    fn ways(&self, id: &str) -> Vec<Vec<Setting>> {
        let mut ways = steps::ways(id, self.workshop.project, &self.best.opt_level);
        if id == "immediate-abort" {
            // std has to know it, too; whichever features it has been compiled with are kept.
            let std = |setting: &&Setting| matches!(setting, Setting::BuildStd(_));
            let std = self.settings.iter().find(std).cloned();
            for way in &mut ways {
                way.insert(0, std.clone().unwrap_or(Setting::BuildStd(Vec::new())));
            }
        }
        ways
    }

    /// Tries all ways to take a step, and keeps the best if it helps.
    fn step(&mut self, step: &'static str) -> Result<()> {
        let by = self.wanted.by;
        let before = by.of(&self.best);
        let ways = self.ways(step);
        if let Some(why) = self.cannot(step) {
            self.at += ways.len();
            terminal::status("Skipping", &format!("{step}: {why}"));
            self.rows.push(Row {
                step,
                added: ways.into_iter().next().unwrap_or_default(),
                outcome: Outcome::Skipped(why),
                kept: false,
                before,
            });
            return Ok(());
        }
        let from = self.rows.len();
        for added in ways {
            let outcome = self.way(&added)?;
            self.rows.push(Row {
                step,
                added,
                outcome,
                kept: false,
                before,
            });
        }
        let worth = self.wanted.worth;
        let rows = self.rows[from..].iter().enumerate();
        let better = rows.filter_map(|(at, row)| match &row.outcome {
            Outcome::Measured(new) if new.refused.is_none() => Some((by.of(new), from + at)),
            _ => None,
        });
        let better = better.filter(|(size, _)| *size < before && worth.over(*size) <= before);
        // The first of those that weigh the same.
        if let Some((_, at)) = better.min() {
            let row = &mut self.rows[at];
            row.kept = true;
            self.settings = steps::with(&self.settings, &row.added);
            if let Outcome::Measured(new) = &row.outcome {
                self.best = (**new).clone();
            }
        }
        Ok(())
    }

    /// Tries one way.
    fn way(&mut self, added: &[Setting]) -> Result<Outcome> {
        self.at += 1;
        let settings = steps::with(&self.settings, added);
        let key = self.memory.key(&settings, self.workshop);
        let shown = steps::shown(added);
        let place = format!("[{}/{}] {shown}", self.at, self.of);
        if let Some(known) = self.memory.get(key) {
            let known = known.clone();
            terminal::status("Known", &format!("{place}: {}", self.said(&known)));
            return Ok(Outcome::Measured(Box::new(known)));
        }
        let spinner = terminal::spinner("Trying");
        let so_far = self.began.elapsed().as_secs();
        let progress =
            |line: &str| spinner.set_message(format!("{place}: {line} ({so_far} s before)"));
        progress("cargo");
        let made = self
            .workshop
            .make(&settings, key, Some(&self.best), &progress);
        spinner.finish_and_clear();
        match made? {
            Attempt::Measured(new) => {
                self.memory.keep(key, &new)?;
                terminal::status("Tried", &format!("{place}: {}", self.said(&new)));
                Ok(Outcome::Measured(new))
            }
            Attempt::Failed(said) => {
                let why = module::first_error(&said);
                terminal::status(
                    "Failed",
                    &format!("{place}: {}", why.lines().next().unwrap_or_default()),
                );
                Ok(Outcome::Failed(why))
            }
        }
    }

    /// A result in a line.
    fn said(&self, new: &Measured) -> String {
        let by = self.wanted.by;
        let (old, size) = (by.of(&self.best), by.of(new));
        let passes = if new.refused.is_some() {
            "; the check fails"
        } else {
            ""
        };
        format!(
            "{} {} ({}), {:.1} s{passes}",
            terminal::number(size),
            by.name(),
            terminal::change(old, size),
            new.seconds
        )
    }

    /// Why a step cannot be tried, if it cannot.
    fn cannot(&self, id: &str) -> Option<String> {
        let Workshop {
            project,
            compiler,
            opt,
            ..
        } = self.workshop;
        match id {
            "panic" if compiler.cfg.iter().any(|line| line == "panic=\"abort\"") => {
                Some(format!("that is what {} does anyway", project.triple))
            }
            "opt-level-again"
                if !self
                    .rows
                    .iter()
                    .any(|row| row.kept && ["lto", "codegen-units"].contains(&row.step)) =>
            {
                Some("nothing has changed since it was tried".to_owned())
            }
            "wasm-opt" if project.triple == TRIPLES[2] => {
                Some("it is a component, and wasm-opt reads modules alone".to_owned())
            }
            "wasm-opt" if opt.is_none() => Some(
                "wasm-opt is not on the PATH: npm install -g binaryen, or name the program with --wasm-opt".to_owned(),
            ),
            _ if steps::UNSTABLE.contains(&id) => tools::no_sources(compiler).or_else(|| {
                let failed = self.rows.iter().find(|row| {
                    row.step == "build-std" && matches!(row.outcome, Outcome::Failed(_))
                });
                failed.map(|_| "the standard library does not build, see build-std".to_owned())
            }),
            _ => None,
        }
    }
}
