//! `cargo xtask verify --toolchain`, and the report that `cargo xtask bump` begins with.

use anyhow::{Result, ensure};
use serde_json::json;

use pipeline::{measure::Measured, snapshot};
use project::{
    discover,
    paths::Project,
    select,
    step::Step,
    terminal::{self, AlreadyReported, BAD, Cell, GOOD, NOTE, change, number, paint},
};
use studies::releases::{self, OnRelease, Report, Way};

use crate::commands;

/// A look at the steps on another release of Rust.
pub(crate) struct Drift<'a> {
    /// The release.
    pub release: &'a str,
    /// The steps; all without any.
    pub steps: &'a [String],
    /// Whether what is measured is kept: of named steps as their snapshots on that release, else as the report.
    pub accept: bool,
    /// Whether every module is run again.
    pub fresh: bool,
    /// Whether it is told as JSON.
    pub json: bool,
}

impl Drift<'_> {
    /// Measures and tells.
    ///
    /// # Errors
    /// If what is kept of that release differs.
    pub(crate) fn report(&self, project: &Project) -> Result<()> {
        let all = discover::steps(project)?;
        let chosen = select::select(&all, self.steps)?;
        let whole = self.steps.is_empty();
        let study = OnRelease {
            release: self.release,
            steps: &chosen,
            whole,
            fresh: self.fresh,
        };
        let parts = ("Verifying", chosen.len());
        let answer = commands::conduct(&study, project, self.accept && whole, parts)?;
        let report = answer.found.report;
        let mut wrong = answer.differences;
        wrong.extend(self.snapshots(project, &answer.found.measured)?);
        if self.json {
            let told = json!({ "ok": wrong.is_empty(), "report": report, "problems": wrong });
            terminal::json(&told)?;
        } else {
            let alone: Vec<&str> = chosen
                .iter()
                .filter(|step| step.pinned_itself())
                .map(|step| step.path.as_str())
                .collect();
            tell(&all, &report, &alone)?;
            for problem in &wrong {
                terminal::styledln!("{} {problem}", paint(BAD, "differs:"));
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(AlreadyReported.into())
        }
    }

    /// Compares steps with their snapshots on that release, where they have some, or accepts those that were named.
    fn snapshots(&self, project: &Project, there: &[(Step, Measured)]) -> Result<Vec<String>> {
        let mut wrong = Vec::new();
        for (step, measured) in there {
            if self.accept && !self.steps.is_empty() {
                snapshot::accept(step, measured)?;
                terminal::status("Accepted", &project.shown(&step.snapshot()).to_string());
            } else if step.snapshot().is_file()
                && let Some(difference) = snapshot::compare(step, measured)?.difference(!self.json)
            {
                wrong.push(format!(
                    "{}\n- is the snapshot, + is what was measured\n{difference}",
                    step.path
                ));
            }
        }
        Ok(wrong)
    }
}

/// Tells people of a report: the steps that differ, and how many do in which way.
pub(crate) fn tell(all: &[Step], report: &Report, alone: &[&str]) -> Result<()> {
    let mut rows = Vec::new();
    for line in report.steps.iter().filter(|line| !line.differs.is_empty()) {
        let own = snapshot::stored(select::find(all, &line.path)?)?;
        let size = own.as_ref().and_then(|own| own.size());
        let told = own
            .as_ref()
            .is_some_and(|own| releases::to_be_told(own, line));
        let (style, word) = if told {
            (BAD, "differs")
        } else if line.differs.contains(&Way::Behaviour) {
            (NOTE, "fails otherwise")
        } else {
            (GOOD, "does the same")
        };
        rows.push(vec![
            Cell::painted(style, word),
            line.path.as_str().into(),
            size.map_or("-".into(), number).into(),
            line.size.map_or("-".into(), number).into(),
            size.zip(line.size)
                .map_or(String::new(), |(own, there)| change(own, there))
                .into(),
            line.outcome.as_str().into(),
        ]);
    }
    let head = [
        "",
        "step",
        &report.pinned,
        &report.toolchain,
        "change",
        "what happens there",
    ];
    terminal::styled(&terminal::table(
        &head,
        &[false, false, true, true, true, false],
        &rows,
    ));
    let count = |way: Way| {
        report
            .steps
            .iter()
            .filter(|line| line.differs.contains(&way))
            .count()
    };
    let same = report
        .steps
        .iter()
        .filter(|line| line.differs.is_empty())
        .count();
    terminal::outln!(
        "\n{} steps on Rust {} instead of {}: {same} the same to the byte, {} of another size, {} that behave \
         otherwise",
        report.steps.len(),
        report.toolchain,
        report.pinned,
        count(Way::Size),
        count(Way::Behaviour),
    );
    if !alone.is_empty() {
        terminal::outln!(
            "Left out, for they have toolchains of their own: {}",
            alone.join(", ")
        );
    }
    Ok(())
}

/// Moving the pin.
///
/// # Errors
/// If the pin cannot be read or written.
pub(crate) fn pin(project: &Project, release: &str) -> Result<()> {
    let file = project.steps().join("rust-toolchain.toml");
    let text = std::fs::read_to_string(&file)?;
    let mut document: toml_edit::DocumentMut = text.parse()?;
    ensure!(
        document["toolchain"]["channel"].is_str(),
        "chapters-code/rust-toolchain.toml has no toolchain.channel"
    );
    document["toolchain"]["channel"] = toml_edit::value(release);
    std::fs::write(&file, document.to_string())?;
    Ok(())
}
