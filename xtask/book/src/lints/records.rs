//! The records are of these steps: the table of engines, the reports on other releases, the README's picture.

use std::fs;

use anyhow::Result;
use pipeline::{modules, snapshot};
use project::{paths::Project, step::Step, terminal};
use studies::{
    corpus, course, kinds,
    matrix::{self, Module},
    owners, prices, releases, see, settings,
};

use super::{Finding, Rule};
use crate::staircase;

/// That the table of engines is about these modules, and has each of them on each engine.
pub(super) fn engines(
    project: &Project,
    everything: &[Step],
    findings: &mut Vec<Finding>,
) -> Result<()> {
    const FILE: &str = "chapters-code/studies/matrix.json";
    let Some(table) = matrix::kept(project)? else {
        return Ok(());
    };
    for stray in table.strays(everything) {
        let problem = format!(
            "has a row for {stray}, and there is no such step; cargo xtask matrix --accept STEP, of any step, removes \
             it"
        );
        findings.push(Finding::new(Rule::StaleRow, FILE, None, problem));
    }
    for step in everything.iter().filter(|step| matrix::has(step)) {
        let Some(stored) = snapshot::stored(step).ok().flatten() else {
            continue;
        };
        let row = table.modules.get(&step.path);
        let stale = match (row, stored.size()) {
            (None, None) => continue,
            (None, Some(_)) => None,
            (Some(row), None) => Some(format!(
                "has a module of {} for {}, and the snapshot has none",
                terminal::bytes(row.size),
                step.path
            )),
            (Some(row), Some(size)) if row.size != size => Some(format!(
                "is of another module of {}: {}, and the snapshot has {}",
                step.path,
                terminal::bytes(row.size),
                terminal::bytes(size)
            )),
            // A file that cannot be read is reported elsewhere.
            (Some(row), Some(size)) => modules::module(project, step, &stored)
                .ok()
                .flatten()
                .filter(|module| Module::of(module) != *row)
                .map(|_| {
                    format!(
                        "is of another module of {}: it has {} as well, but different ones",
                        step.path,
                        terminal::bytes(size)
                    )
                }),
        };
        if let Some(stale) = stale {
            let problem = format!("{stale}; cargo xtask matrix --accept {}", step.path);
            findings.push(Finding::new(Rule::OtherModule, FILE, None, problem).about(step));
            continue;
        }
        let untried = table.untried(&step.path);
        if !untried.is_empty() {
            let problem = matrix::untried_message(&step.path, &untried);
            findings.push(Finding::new(Rule::Untried, FILE, None, problem).about(step));
        }
    }
    Ok(())
}

/// That the records of studies are of the steps and texts that are there.
pub(super) fn stale(
    project: &Project,
    everything: &[Step],
    findings: &mut Vec<Finding>,
) -> Result<()> {
    for (record, stale) in [
        (course::RECORD, course::stale(project)?),
        (see::RECORD, see::stale(project, everything)?),
        (corpus::RECORD, corpus::stale(project)?),
        (owners::RECORD, owners::stale(project, everything)?),
        (prices::RECORD, prices::stale(project)?),
        (settings::RECORD, settings::stale(project)?),
        (kinds::RECORD, kinds::stale(project)?),
    ] {
        for problem in stale {
            findings.push(Finding::new(
                Rule::StaleRecord,
                record.shown(),
                None,
                problem,
            ));
        }
    }
    Ok(())
}

/// That the page of a step says so where the step comes to a good end on its own toolchain and does something else on
/// another one of which a report is kept: it has to show the step's snapshot there.
pub(super) fn drifted(
    project: &Project,
    everything: &[Step],
    findings: &mut Vec<Finding>,
) -> Result<()> {
    for report in releases::all(project)? {
        let release = &report.toolchain;
        for line in &report.steps {
            let Some(step) = everything.iter().find(|step| step.path == line.path) else {
                let problem = format!(
                    "tells of {}, and there is no such step: cargo xtask verify --toolchain {release} --accept",
                    line.path
                );
                findings.push(Finding::new(
                    Rule::StaleLine,
                    releases::record(release).shown(),
                    None,
                    problem,
                ));
                continue;
            };
            let Ok(Some(own)) = snapshot::stored(step) else {
                continue;
            };
            let page = fs::read_to_string(project.src().join(step.page())).unwrap_or_default();
            if releases::to_be_told(&own, line)
                && !page.contains(&format!("{}@{release}", step.path))
            {
                findings.push(Finding::new(
                    Rule::ReleaseNotTold, format!("src/{}", step.page()),
                    None,
                    format!(
                        "with Rust {release} the step does something else, and the page does not say so: cargo xtask \
                         verify --toolchain {release} --accept {} keeps a snapshot there, which <!-- cmdrun cargo \
                         xtask show outcome {}@{release} --> shows",
                        step.path, step.path
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// The README's picture: its file, and the part that it shows.
const PICTURE: (&str, &str) = ("staircase.svg", "1-two-megabytes-to-97");

/// That the README's picture is of the snapshots, if there is one.
pub(super) fn picture(
    project: &Project,
    steps: &[Step],
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let (file, part) = PICTURE;
    let path = project.root().join(file);
    // A snapshot that cannot be read is told of elsewhere.
    if let (true, Ok(text)) = (path.is_file(), staircase::picture(steps, part))
        && fs::read_to_string(path)?.replace("\r\n", "\n") != text
    {
        findings.push(Finding::new(
            Rule::StalePicture, file,
            None,
            "the picture is not of these snapshots; `cargo xtask verify --accept STEP` draws it anew",
        ));
    }
    Ok(())
}

/// Draws the README's picture anew, if there is one. Says whether it changed.
///
/// # Errors
/// If a snapshot cannot be read or the picture cannot be written.
pub fn draw(project: &Project, steps: &[Step]) -> Result<bool> {
    let (file, part) = PICTURE;
    let path = project.root().join(file);
    let text = staircase::picture(steps, part)?;
    let changed = path.is_file() && fs::read_to_string(&path)? != text;
    if changed {
        fs::write(path, text)?;
    }
    Ok(changed)
}
