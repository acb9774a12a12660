//! How the steps do on another release of Rust than the one that they are pinned to.
//!
//! A report is kept as `chapters-code/studies/releases/1.95.0.json`; the pinned snapshots are only read. What a page
//! says of a step on the other release, it shows from that step's own snapshot there, `measured.1.95.0.snap`.

use std::fs;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    record::Record,
    study::{Progress, Study},
};
use outcome::Run;
use pipeline::{measure::Measured, schedule, snapshot, verify};
use project::{escape, paths::Project, step::Step, terminal::number};

/// What a release of Rust makes of the steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The release.
    pub toolchain: String,
    /// The release that the steps are pinned to.
    pub pinned: String,
    /// Each step, in reading order.
    pub steps: Vec<Line>,
}

/// What it makes of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The step.
    pub path: String,
    /// The module's size in bytes there; none where none is built. (A native program's is left out: it is a range.)
    pub size: Option<u64>,
    /// What became of the step there, in a few words.
    pub outcome: String,
    /// In what it differs from the pinned release.
    pub differs: Vec<Way>,
}

/// A way to differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// It builds here and not there, or the other way round; or running it gives something else.
    Behaviour,
    /// Other imports or exports.
    Shape,
    /// Another size.
    Size,
    /// Other bytes, and as many.
    Bytes,
    /// Other words for the same failure.
    Words,
}

/// The record of a report on a release.
#[must_use]
pub fn record(release: &str) -> Record {
    Record::of(
        format!("releases/{release}"),
        format!("cargo xtask verify --toolchain {release} --accept"),
    )
}

/// All kept reports, by release.
///
/// # Errors
/// If one cannot be read.
pub fn all(project: &Project) -> Result<Vec<Report>> {
    let folder = project.steps().join("studies/releases");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut releases: Vec<String> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_suffix(".json")?.to_owned())
        })
        .collect();
    releases.sort();
    releases
        .iter()
        .map(|release| record(release).stored(project))
        .collect()
}

/// The study: steps on another release than their own.
#[derive(Clone, Copy, Debug)]
pub struct OnRelease<'a> {
    /// The release.
    pub release: &'a str,
    /// The steps. Those with a toolchain of their own are left out, and so are [heavy](Step::is_heavy) ones.
    pub steps: &'a [&'a Step],
    /// Whether these are all steps, so that the whole report is compared and kept.
    pub whole: bool,
    /// Whether every module is run again.
    pub fresh: bool,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The report.
    pub report: Report,
    /// Each step at that release, and what was measured of it.
    pub measured: Vec<(Step, Measured)>,
}

impl Study for OnRelease<'_> {
    type Kept = Report;
    type Found = Found;

    fn record(&self) -> Record {
        record(self.release)
    }

    /// It fails if the release is the pinned one or none, too.
    fn measure(&self, project: &Project, progress: Progress) -> Result<Found> {
        let numbers: Vec<&str> = self.release.split('.').collect();
        ensure!(
            numbers.len() == 3 && numbers.iter().all(|number| number.parse::<u32>().is_ok()),
            "`{}` is no release of Rust: name all three numbers, such as 1.95.0",
            self.release
        );
        let there = self.steps.iter().filter(|step| !step.is_heavy());
        let there: Vec<Step> = there
            .filter_map(|step| step.at_release(self.release))
            .collect();
        let measured = |step: &&&Step| !step.pinned_itself() && !step.is_heavy();
        let Some(pinned) = self.steps.iter().find(measured) else {
            bail!(
                "every step that is named has a toolchain of its own, or is too large a program for this"
            );
        };
        let pinned = pinned.pin.channel.clone();
        ensure!(
            pinned != self.release,
            "the steps are pinned to {}: cargo xtask verify compares them with their snapshots",
            self.release
        );
        // One download, before the lanes want it all at once.
        if let Some(step) = there.first() {
            project::toolchain::Toolchain::ensure(&step.pin)?;
        }
        let there: Vec<&Step> = there.iter().collect();
        let answers = schedule::side_by_side(project, &there, &|step| {
            let answer = verify::measure(project, step, self.fresh);
            progress(&step.path);
            answer
        });
        let (mut lines, mut measured_there) = (Vec::new(), Vec::new());
        for (step, answer) in answers {
            let mut measured = match answer.with_context(|| step.path.clone())? {
                Ok(measured) => measured,
                Err(why) => bail!("{} cannot be measured here: {why}", step.path),
            };
            let own = snapshot::stored(&step.among_todays())?
                .with_context(|| format!("{} has no snapshot to compare with", step.own_path()))?;
            measured.settle(&own);
            lines.push(Line {
                path: step.own_path().to_owned(),
                size: measured.size(),
                outcome: measured.outcome(),
                differs: ways(&own, &measured),
            });
            measured_there.push((step.clone(), measured));
        }
        let report = Report {
            toolchain: self.release.to_owned(),
            pinned,
            steps: lines,
        };
        Ok(Found {
            report,
            measured: measured_there,
        })
    }

    /// Only a report on all steps is to be kept.
    fn merge(&self, _: Option<Report>, found: &Found) -> Report {
        found.report.clone()
    }

    fn compare(&self, kept: &Report, found: &Found) -> Result<Vec<String>> {
        let report = &found.report;
        let accept = format!("cargo xtask verify --toolchain {} --accept", self.release);
        let mut wrong = Vec::new();
        for line in &report.steps {
            let before = kept.steps.iter().find(|before| before.path == line.path);
            if before != Some(line) {
                wrong.push(format!(
                    "{}: {}, and the report that is kept says {}; if it is right: {accept}",
                    line.path,
                    line.words(),
                    before.map_or("nothing".into(), Line::words)
                ));
            }
        }
        if !self.whole {
            return Ok(wrong);
        }
        let gone = |before: &&Line| !report.steps.iter().any(|line| line.path == before.path);
        for gone in kept.steps.iter().filter(gone) {
            wrong.push(format!(
                "{} is in the report that is kept, and there is no such step; {accept}",
                gone.path
            ));
        }
        if kept.pinned != report.pinned {
            wrong.push(format!(
                "the report that is kept compares with {}, the steps are pinned to {}; {accept}",
                kept.pinned, report.pinned
            ));
        }
        Ok(wrong)
    }

    /// Any release can be looked at.
    fn has_to_be_kept(&self) -> bool {
        false
    }
}

impl Line {
    /// The line in words: the size, what became of the step, and in what it differs.
    fn words(&self) -> String {
        let size = self
            .size
            .map_or(String::new(), |size| format!("{} bytes, ", number(size)));
        let ways: Vec<String> = self
            .differs
            .iter()
            .map(|way| format!("{way:?}").to_lowercase())
            .collect();
        let differs = if ways.is_empty() {
            "no difference".to_owned()
        } else {
            format!("differs in {}", ways.join(" and "))
        };
        format!("{size}{}, {differs}", escape::line(&self.outcome))
    }
}

/// In what two measurements of a step differ.
fn ways(own: &Measured, there: &Measured) -> Vec<Way> {
    let mut ways = Vec::new();
    if behaviour(own) != behaviour(there) {
        ways.push(Way::Behaviour);
    } else if own.errors() != there.errors() {
        ways.push(Way::Words);
    }
    let (own_module, there_module) = (own.inside(), there.inside());
    if own_module.imports != there_module.imports || own_module.exports != there_module.exports {
        ways.push(Way::Shape);
    }
    if own.size() != there.size() || own.range() != there.range() {
        ways.push(Way::Size);
    } else if own_module.bytes != there_module.bytes || own_module.sections != there_module.sections
    {
        ways.push(Way::Bytes);
    }
    ways
}

/// What a step does: whether it builds, and what comes of running it. Neither sizes nor addresses nor how much memory
/// an engine needs.
fn behaviour(measured: &Measured) -> Value {
    let ran = |ran: &Run| {
        let mut outcome = json!(ran.outcome);
        // Where in the file it trapped is a matter of the bytes before it.
        if let Some(outcome) = outcome.as_object_mut() {
            outcome.remove("at");
        }
        json!([outcome, ran.values, ran.stdout, ran.stderr])
    };
    json!({
        "builds": measured.errors().is_empty(),
        "runs": measured.runs().map(ran).collect::<Vec<_>>(),
        "also": measured.command().map(|command| &command.also),
        "script": measured.script,
    })
}

/// Whether a step that comes to a good end on its own toolchain does something else on the other: its page has to say
/// so.
#[must_use]
pub fn to_be_told(own: &Measured, line: &Line) -> bool {
    own.succeeds() && line.differs.contains(&Way::Behaviour)
}
