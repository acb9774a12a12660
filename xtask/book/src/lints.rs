//! Lints: pages and crates belong together, links and includes lead somewhere, no number is typed.
//!
//! A lint is a function in one of the files below, which is called from [`book`], and a [`Rule`]. Its test breaks a
//! small book in that one way, in the file of the same name in `xtask/tests/tools/lints/`.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use anyhow::{Context, Result};
use project::{discover, paths::Project, step::Step, summary};
use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use self::{
    belonging::{belonging, remedies, stale_modules, stale_snapshots},
    english::english,
    links::{Read, links, redirects, reserved},
    pages::{buttons, form, includes, listings, prompts},
    period::period,
    records::{drifted, engines, picture, stale},
    standalone::alone,
    trials::trials,
    typed::Lint,
};
use crate::cmdrun;

mod belonging;
mod english;
mod links;
mod pages;
mod period;
mod records;
mod standalone;
mod trials;
mod typed;

pub use records::draw;

/// What a finding is against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// A step has a page.
    NoPage,
    /// SUMMARY.md lists every page.
    NotListed,
    /// The page of a step shows its size and its outcome.
    NotShown,
    /// A numbered page has a step.
    NoStep,
    /// What SUMMARY.md lists is there.
    ListedAndMissing,
    /// A snapshot belongs to a step.
    StaleSnapshot,
    /// A kept module belongs to a step whose page runs it.
    StaleModule,
    /// Each finding of `inspect` has a step that removes it.
    Remedy,
    /// A step of today says nothing that is for period crates.
    PeriodKeys,
    /// A period crate has a toolchain of its own.
    PeriodToolchain,
    /// A period crate is a workspace of its own.
    PeriodWorkspace,
    /// A period crate has a snapshot.
    NoSnapshot,
    /// A period crate names the step that continues it.
    PeriodNow,
    /// A period crate says what has changed since.
    PeriodChanged,
    /// A page shows each article.
    ArticleNotShown,
    /// A row of the table of engines belongs to a step.
    StaleRow,
    /// A row of the table of engines is of the step's module.
    OtherModule,
    /// The record of a study is of the steps and texts that are there.
    StaleRecord,
    /// A module was tried on every engine: verify prints it, and fails only in CI.
    Untried,
    /// A line of a report on another release belongs to a step.
    StaleLine,
    /// A page tells what its step does with another release.
    ReleaseNotTold,
    /// The README's picture is of the snapshots.
    StalePicture,
    /// A step builds alone.
    NotAlone,
    /// A measurement is shown, not typed.
    TypedMeasurement,
    /// An error text is shown, not typed.
    TypedError,
    /// What is said to have been tried shows or links its evidence.
    Trial,
    /// A page is written as the others are, as far as patterns tell.
    English,
    /// Shell lines have no prompt.
    Prompt,
    /// An include finds its file and its anchor.
    BrokenInclude,
    /// The buttons that run a module stand on its step's page, once.
    Buttons,
    /// The page of a step has the form of all of them.
    PageForm,
    /// A command in a page succeeds.
    BrokenCommand,
    /// A link leads somewhere.
    BrokenLink,
    /// The address of a page that is no more leads to where its text is now.
    Redirect,
    /// A long listing is folded.
    LongListing,
    /// No id breaks the pages' scripts.
    ReservedId,
}

/// Something wrong with the book.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// The file, below the book's folder.
    pub file: String,
    /// The line, from 1, where there is one.
    pub line: Option<usize>,
    /// What it is against.
    pub rule: Rule,
    /// The step that it is about, where the file is not one of the step's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What is wrong, what is expected, and what helps.
    pub problem: String,
}

impl Finding {
    pub(crate) fn new(
        rule: Rule,
        file: impl Into<String>,
        line: impl Into<Option<usize>>,
        problem: impl Into<String>,
    ) -> Finding {
        Finding {
            rule,
            step: None,
            file: file.into(),
            line: line.into(),
            problem: problem.into(),
        }
    }

    /// Whether verify fails on it; in CI, nothing may be untried.
    #[must_use]
    pub fn fails(&self, in_ci: bool) -> bool {
        self.rule != Rule::Untried || in_ci
    }

    /// The same, about a line on a step in a file that is about many.
    pub(crate) fn about(self, step: &Step) -> Finding {
        Finding {
            step: Some(step.path.clone()),
            ..self
        }
    }

    /// Whether it is about a step: its page, one of its files, or a line on it elsewhere.
    #[must_use]
    pub fn is_about(&self, step: &Step) -> bool {
        let own = format!("chapters-code/{}", step.path);
        let in_own = |rest: &str| rest.is_empty() || rest.starts_with(['/', '.']);
        self.step.as_ref() == Some(&step.path)
            || self.file == format!("src/{}", step.page())
            || self.file.strip_prefix(&own).is_some_and(in_own)
            || self
                .file
                .strip_prefix("chapters-code/modules/")
                .is_some_and(|kept| kept.strip_prefix(&step.path).is_some_and(in_own))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.problem),
            None => write!(f, "{}: {}", self.file, self.problem),
        }
    }
}

/// All that is wrong with the book.
///
/// # Errors
/// If files cannot be read at all.
pub fn book(project: &Project, steps: &[Step]) -> Result<Vec<Finding>> {
    let summary = summary::read(project)?;
    let mut findings = Vec::new();
    belonging(project, steps, &summary, &mut findings)?;
    let everything = discover::everything(project)?;
    stale_snapshots(project, &everything, &mut findings);
    stale_modules(project, &everything, &mut findings);
    remedies(project, steps, &mut findings)?;
    for step in everything.iter().filter(|step| !step.is_on_another()) {
        alone(step, &mut findings)?;
    }
    period(project, &everything, &mut findings)?;
    drifted(project, &everything, &mut findings)?;
    engines(project, &everything, &mut findings)?;
    stale(project, &everything, &mut findings)?;
    let steps = &everything;

    picture(project, steps, &mut findings)?;
    let lint = Lint::new(project, steps)?;
    let mut pages = BTreeMap::new();
    for file in files(&project.src(), "md") {
        let text =
            fs::read_to_string(project.src().join(&file)).with_context(|| format!("src/{file}"))?;
        lint.typed(&file, &text, &mut findings);
        trials(&file, &text, &mut findings);
        prompts(&file, &text, &mut findings);
        english(&file, &text, &mut findings);
        includes(project, &file, &text, &mut findings);
        buttons(project, steps, &file, &text, &mut findings);
        form(steps, &file, &text, &mut findings);
        match cmdrun::expand(project, steps, &file, &text) {
            Ok(expanded) => {
                listings(&file, &expanded, &mut findings);
                pages.insert(file.clone(), Read::new(&expanded));
            }
            Err(failures) => {
                let place = format!("src/{file}");
                let failures = failures.into_iter();
                findings.extend(
                    failures.map(|one| {
                        Finding::new(Rule::BrokenCommand, &place, one.line, one.problem)
                    }),
                );
            }
        }
    }
    for (file, page) in &pages {
        reserved(file, page, &mut findings);
        links(project, file, page, &pages, &mut findings);
    }
    redirects(project, &pages, &mut findings)?;
    findings.sort();
    findings.dedup();
    Ok(findings)
}

/// All files below a folder with an ending, by their path in it. What builds write is left out.
fn files(folder: &Path, ending: &str) -> Vec<String> {
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    let walk = walk.filter_entry(|entry| entry.file_name() != "target");
    walk.filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|extension| extension == ending)
        })
        .filter_map(|entry| {
            Some(
                entry
                    .path()
                    .strip_prefix(folder)
                    .ok()?
                    .display()
                    .to_string()
                    .replace('\\', "/"),
            )
        })
        .collect()
}
