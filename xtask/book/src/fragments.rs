//! The fragments that pages embed: `<!-- cmdrun cargo xtask show size STEP -->`. Every one is made from snapshots,
//! records and the steps' own files; nothing is built or run.
//!
//! A fragment is one variant of the enum in one of the files below, with the line that `cargo xtask show --help` has
//! for it, and one arm of the `match` beneath: parsing, help, errors and the table in CONTRIBUTING.md come from it.
//! What it shows is held by a file of its own in `xtask/tests/fragments/`.

use std::sync::{LazyLock, Mutex, PoisonError};

use anyhow::{Context as _, Result, anyhow, ensure};
use clap::{CommandFactory as _, FromArgMatches as _};
use pipeline::{measure::Measured, snapshot};
use project::{paths::Project, select, step::Step};

pub(crate) mod articles;
mod boxes;
mod charts;
mod forced;
mod history;
pub(crate) mod inside;
pub(crate) mod outcome;
mod owners;
pub(crate) mod place;
mod prices;
mod ram;
mod settings;
pub(crate) mod size;
pub(crate) mod source;
pub(crate) mod strip;
pub(crate) mod studies;
pub(crate) mod take;
mod timeline;

pub use take::{build_command, post_build};

/// What can be shown.
#[derive(Clone, Debug, clap::Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum Fragment {
    /// Sizes, and by how much they differ.
    #[command(flatten)]
    Size(size::Fragment),
    /// What is in a module.
    #[command(flatten)]
    Inside(inside::Fragment),
    /// What building and running a step did.
    #[command(flatten)]
    Outcome(outcome::Fragment),
    /// RAM on a small device.
    #[command(flatten)]
    Ram(ram::Fragment),
    /// Sources and settings.
    #[command(flatten)]
    Source(source::Fragment),
    /// Where a reader is.
    #[command(flatten)]
    Place(place::Fragment),
    /// How a reader takes a step along.
    #[command(flatten)]
    Take(take::Fragment),
    /// The articles, and the steps on other releases.
    #[command(flatten)]
    Articles(articles::Fragment),
    /// What was measured of more than one step.
    #[command(flatten)]
    Studies(studies::Fragment),
}

/// A line of a page, without the words `cargo xtask show`.
#[derive(Debug, clap::Parser)]
#[command(
    name = "show",
    bin_name = "cargo xtask show",
    no_binary_name = true,
    disable_help_flag = true
)]
struct Line {
    #[command(subcommand)]
    fragment: Fragment,
}

/// What fragments are made from.
pub(crate) struct Context<'a> {
    /// The book's folder.
    pub(crate) project: &'a Project,
    /// Everything that can be shown.
    pub(crate) steps: &'a [Step],
}

impl<'a> Context<'a> {
    /// The step of this name.
    fn step(&self, name: &str) -> Result<&'a Step> {
        select::find(self.steps, name)
    }

    /// The step of this name, and what was measured of it.
    fn measured(&self, name: &str) -> Result<(&'a Step, Measured)> {
        let step = self.step(name)?;
        let measured = snapshot::stored(step)?.with_context(|| {
            format!(
                "{} has no snapshot yet: cargo xtask verify --accept {}",
                step.path, step.path
            )
        })?;
        Ok((step, measured))
    }
}

/// The fragment that these words ask for: those behind `cargo xtask show`.
///
/// # Errors
/// If there is none; the error says what there is, or what is missing.
pub fn parse(words: &[&str]) -> Result<Fragment> {
    // A build of the book asks for more than a thousand; clap's list of them all takes as long to make as a hundred
    // answers.
    static LINE: LazyLock<Mutex<clap::Command>> = LazyLock::new(|| Mutex::new(Line::command()));
    ensure!(
        !words.is_empty(),
        "`show` needs a fragment, and for most of them a step; cargo xtask show --help lists all"
    );
    let mut line = LINE.lock().unwrap_or_else(PoisonError::into_inner);
    let line = line
        .try_get_matches_from_mut(words)
        .and_then(|matches| Line::from_arg_matches(&matches));
    match line {
        Ok(line) => Ok(line.fragment),
        Err(error) => {
            let words = words.join(" ");
            let error = error.to_string();
            let error = error.trim().trim_start_matches("error: ");
            Err(anyhow!(
                "`show {words}` is not a fragment: {error}\ncargo xtask show --help lists all"
            ))
        }
    }
}

/// One fragment, as Markdown, with a line break at its end: a command that ends a line must not take the line's end
/// with it. (In the middle of a line, cmdrun cuts it off.)
///
/// # Errors
/// If there is no such step or snapshot, or the snapshot does not hold what is asked for.
pub fn show(project: &Project, steps: &[Step], fragment: &Fragment) -> Result<String> {
    let context = Context { project, steps };
    let text = match fragment {
        Fragment::Size(fragment) => fragment.show(&context),
        Fragment::Inside(fragment) => fragment.show(&context),
        Fragment::Outcome(fragment) => fragment.show(&context),
        Fragment::Ram(fragment) => fragment.show(&context),
        Fragment::Source(fragment) => fragment.show(&context),
        Fragment::Place(fragment) => fragment.show(&context),
        Fragment::Take(fragment) => fragment.show(&context),
        Fragment::Articles(fragment) => fragment.show(&context),
        Fragment::Studies(fragment) => fragment.show(&context),
    };
    Ok(ended(&text?))
}

/// The names of all fragments, with what each shows, in the order of the help.
#[must_use]
pub fn all() -> Vec<(String, String)> {
    let line = Line::command();
    let fragments = line.get_subcommands();
    fragments
        .map(|fragment| {
            let about = fragment.get_about().map(ToString::to_string);
            (fragment.get_name().to_owned(), about.unwrap_or_default())
        })
        .collect()
}

/// A link from one step's page to another's.
pub(crate) fn link(from: &Step, to: &Step) -> String {
    let place = to.place();
    let folder = |page: &str| page.split_once('/').map(|(folder, _)| folder.to_owned());
    match place.split_once('/') {
        Some((part, name)) if folder(&from.page()).as_deref() == Some(part) => name.to_owned(),
        _ => format!("../{place}"),
    }
}

/// The language of a block of WAT. highlight.js knows no `wat` and would complain in the console, so the block is
/// plain text until theme/wat.js finds it by its second name.
const WAT: &str = "text,wat";

/// The text with one line break at its end.
fn ended(text: &str) -> String {
    format!("{}\n", text.trim_end_matches('\n'))
}
