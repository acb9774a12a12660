//! How good the savings are that `anatomy` promises: pairs of steps between which just what it advises was done, and
//! what that really took off.
//!
//! What was found is kept as `chapters-code/studies/estimates.json`, for the page that shows it; a test measures it
//! again.

use std::fmt::Write as _;

use anatomy::Inspection;
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::{
    record::Record,
    study::{Progress, Study},
    trials,
};
use pipeline::{
    build,
    built::Built,
    measure::{Measured, Module},
    modules, snapshot,
};
use project::{discover, paths::Project, select, step::Step, terminal::number};

/// How near an estimate has to come.
#[derive(Clone, Copy, Debug)]
enum Near {
    /// To the byte.
    Exact,
    /// Within so many per cent of what happened, and at least within two bytes.
    Within(u64),
    /// No more than what happened.
    AtMost,
}
use Near::{AtMost, Exact, Within};

/// The step before, the step after, the findings that are followed between them, how near they come, and a word on it.
const PAIRS: &[(&str, &str, &[&str], Near, &str)] = &[
    (
        "2-the-library-way/11-where-the-bytes-are",
        "2-the-library-way/12-strip-debuginfo",
        &["debug-info"],
        Within(1),
        "the names of the two crates are not equally long",
    ),
    (
        "2-the-library-way/12-strip-debuginfo",
        "2-the-library-way/13-strip-symbols",
        &["names", "producers", "target-features"],
        Exact,
        "",
    ),
    (
        "1-two-megabytes-to-97/02-default-release",
        "1-two-megabytes-to-97/03-strip",
        &["names", "producers", "target-features"],
        Exact,
        "",
    ),
    (
        "2-the-library-way/13-strip-symbols",
        "2-the-library-way/14-unused-table",
        &["unused-table"],
        Exact,
        "",
    ),
    (
        "1-two-megabytes-to-97/18-without-crt1",
        "1-two-megabytes-to-97/19-compressed",
        &["padding"],
        Exact,
        "",
    ),
    (
        "1-two-megabytes-to-97/21-older-toolchain",
        "1-two-megabytes-to-97/22-walrus",
        &["unused"],
        Exact,
        "an estimate, but here it holds to the byte",
    ),
    (
        "3-wasi-by-hand/05-low-addresses",
        "3-wasi-by-hand/06-trimmed",
        &["zeros"],
        Within(25),
        "a byte goes with the size of the text, too",
    ),
    (
        "2-the-library-way/21-panic-stripped",
        "2-the-library-way/22-check",
        &["panics", "padding"],
        Within(5),
        "nothing can panic any more; std's allocator goes with it",
    ),
    (
        "2-the-library-way/20-nth-prime",
        "2-the-library-way/22-check",
        &["panics", "padding", "names", "producers", "target-features"],
        Within(5),
        "the same with names",
    ),
    (
        "2-the-library-way/46-bump-std",
        "2-the-library-way/47-bump-build-std",
        &["panics"],
        Within(25),
        "",
    ),
    (
        "1-two-megabytes-to-97/05-fat-lto",
        "1-two-megabytes-to-97/07-build-std",
        &["panics"],
        Within(25),
        "std is compiled anew as well",
    ),
    (
        "2-the-library-way/42-sieve-linker-lto",
        "2-the-library-way/44-bump",
        &["panics", "allocator", "zeros"],
        Within(25),
        "std and its allocator go; what the zeros were for, too",
    ),
    (
        "5-below-across-beyond/60-as-it-comes",
        "5-below-across-beyond/61-stripped",
        &["debug-info", "names", "producers", "target-features"],
        Within(1),
        "the instrument; the names of the two crates are not equally long",
    ),
    (
        "5-below-across-beyond/64-asked-for",
        "5-below-across-beyond/65-own-std",
        &["panics"],
        AtMost,
        "the instrument; std is compiled anew, and the optimiser does a lot more with code that cannot panic than \
         leave out calls, which cannot be known without doing it",
    ),
    (
        "5-below-across-beyond/65-own-std",
        "5-below-across-beyond/66-allocator",
        &["allocator"],
        AtMost,
        "the instrument; what is counted is the allocator, and not the code around it that another one does without",
    ),
    (
        "5-below-across-beyond/65-own-std",
        "5-below-across-beyond/69-instrument",
        &["padding", "duplicates", "zeros"],
        AtMost,
        "the instrument; wasm-opt does all of this, and much that cannot be known without doing it",
    ),
];

/// The record of the estimates.
pub const RECORD: Record = Record::new("estimates", "cargo xtask estimates --accept");

/// What was promised between two steps, and what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The step whose module was looked at.
    pub before: String,
    /// The step that does what was advised.
    pub after: String,
    /// The findings that it does away with, by their ids.
    pub findings: Vec<String>,
    /// What they promise together, in bytes.
    pub said: u64,
    /// By how much the module became smaller, in bytes.
    pub happened: u64,
    /// Why the two differ, or may.
    pub why: String,
}

/// A step's module: as it is kept, which verify holds against what is built, or else built.
///
/// # Errors
/// If there is none.
pub fn module(project: &Project, name: &str) -> Result<Vec<u8>> {
    let steps = discover::everything(project)?;
    let step = select::find(&steps, name)?;
    if let Some(stored) = snapshot::stored(step)?
        && let Some(module) = modules::module(project, step, &stored)?
    {
        return Ok(module);
    }
    match build::build(project, step, false)? {
        Built::Module { bytes, .. } => Ok(bytes),
        Built::Skipped(why) => bail!("{name} is skipped: {why}"),
        _ => bail!("{name} has no module"),
    }
}

/// What some of the findings promise together, in bytes.
#[must_use]
pub fn savings(inspection: &Inspection, ids: &[&str]) -> u64 {
    let findings = inspection.findings.iter();
    let followed = findings.filter(|finding| ids.contains(&finding.id.as_str()));
    followed.map(|finding| finding.saving).sum()
}

/// The study.
#[derive(Clone, Copy, Debug)]
pub struct Estimates;

impl Study for Estimates {
    type Kept = Vec<Estimate>;
    type Found = Vec<Estimate>;

    fn record(&self) -> Record {
        RECORD
    }

    fn measure(&self, project: &Project, progress: Progress) -> Result<Vec<Estimate>> {
        let look = |(before, after, ids, _, why): &(&str, &str, &[&str], Near, &str)| {
            progress(before);
            let (from, to) = (module(project, before)?, module(project, after)?);
            Ok(Estimate {
                before: (*before).to_owned(),
                after: (*after).to_owned(),
                findings: ids.iter().map(|id| (*id).to_owned()).collect(),
                said: savings(&anatomy::inspect(&from)?, ids),
                happened: from.len().saturating_sub(to.len()) as u64,
                why: (*why).to_owned(),
            })
        };
        PAIRS.iter().map(look).collect()
    }

    fn merge(&self, _: Option<Vec<Estimate>>, found: &Vec<Estimate>) -> Vec<Estimate> {
        found.clone()
    }

    fn compare(&self, kept: &Vec<Estimate>, found: &Vec<Estimate>) -> Result<Vec<String>> {
        RECORD.differences(kept, found)
    }
}

impl Estimate {
    /// Whether it is as near as it has to come.
    #[must_use]
    pub fn holds(&self) -> bool {
        PAIRS
            .iter()
            .find(|pair| pair.0 == self.before && pair.1 == self.after)
            .is_some_and(|pair| pair.3.holds(self))
    }

    /// What was said, in terms of what happened.
    #[expect(
        clippy::cast_precision_loss,
        reason = "modules have fewer than 2^52 bytes"
    )]
    fn ratio(&self) -> f64 {
        self.said as f64 / self.happened.max(1) as f64
    }

    /// How far it is off, the same for twice as much and for half.
    fn off(&self) -> f64 {
        self.ratio().max(f64::MIN_POSITIVE).ln().abs()
    }
}

/// What a step is compiled for.
fn target(step: &Step) -> Result<&'static str> {
    let stored = snapshot::stored(step)?;
    let inside = stored.as_ref().map(Measured::inside);
    let is = |what: fn(&Module) -> bool| inside.is_some_and(what);
    Ok(match () {
        () if is(Module::is_component) => "WASI 0.2",
        () if step.settings.bindgen.is_some() => "wasm-bindgen",
        () if is(Module::imports_wasi) => "WASI preview 1",
        () => "no WASI",
    })
}

impl Near {
    /// Whether an estimate is as near as that.
    fn holds(self, estimate: &Estimate) -> bool {
        let Estimate { said, happened, .. } = *estimate;
        let off = said.abs_diff(happened);
        match self {
            Exact => off == 0,
            Within(percent) => off <= 2.max(happened * percent / 100),
            AtMost => said > 0 && said <= happened,
        }
    }
}

/// What a page shows of them: a table, for a page in a part's folder.
///
/// # Errors
/// If nothing is kept, a step in it is gone, or there is no such fragment.
pub fn show(project: &Project, steps: &[Step], words: &[&str]) -> Result<String> {
    match words {
        ["table"] => {}
        ["targets"] => return trials::table(project),
        _ => bail!("show estimates wants `table` or `targets`"),
    }
    let mut text = String::from(
        "| followed | target | what was found | said | happened | said of happened |\n|---|---|---|--:|--:|--:|\n",
    );
    let mut all = RECORD.stored::<Vec<Estimate>>(project)?;
    // The worst first, whether too much was said or too little.
    all.sort_by(|one, other| other.off().total_cmp(&one.off()));
    for one in all {
        let link = |name: &str| -> Result<String> {
            let step = select::find(steps, name)?;
            Ok(format!("[{}](../{})", step.title, step.place()))
        };
        _ = writeln!(
            text,
            "| from {} to {} | {} | {} | {} | {} | {:.0} % |",
            link(&one.before)?,
            link(&one.after)?,
            target(select::find(steps, &one.before)?)?,
            one.findings.join(", "),
            number(one.said),
            number(one.happened),
            100.0 * one.ratio(),
        );
    }
    Ok(text)
}
