//! The period crates are shown, measured, and say of today what is so.

use std::fs;

use anyhow::Result;
use project::{paths::Project, step::Step};

use super::{Finding, Rule, files};

/// That each period crate is shown by its article's page, has a snapshot, and says of today what is so.
pub(super) fn period(
    project: &Project,
    everything: &[Step],
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let mut pages = String::new();
    for page in files(&project.src(), "md") {
        pages.push_str(&fs::read_to_string(project.src().join(page))?);
    }
    for step in everything {
        let place = format!("chapters-code/{}/Cargo.toml", step.path);
        let Some(article) = step.article() else {
            if step.settings.figure.is_some()
                || step.settings.now.is_some()
                || step.settings.changed.is_some()
            {
                let keys =
                    "`figure`, `now` and `changed` are for period crates, in chapters-code/then/";
                findings.push(Finding::new(Rule::PeriodKeys, place, None, keys));
            }
            continue;
        };
        if step.is_on_another() {
            continue;
        }
        if !step.pinned_itself() {
            findings.push(Finding::new(
                Rule::PeriodToolchain,
                &place,
                None,
                "a period crate has a rust-toolchain.toml of its own, and here is none",
            ));
        }
        if !fs::read_to_string(step.dir.join("Cargo.toml"))?.contains("[workspace]") {
            findings.push(Finding::new(
                Rule::PeriodWorkspace,
                &place,
                None,
                "a period crate is a workspace of its own: it wants an empty [workspace] table",
            ));
        }
        if !step.snapshot().is_file() {
            let problem = format!(
                "the crate has no snapshot yet: cargo xtask verify --then --accept {}",
                step.path
            );
            findings.push(Finding::new(Rule::NoSnapshot, &place, None, problem));
        }
        match &step.settings.now {
            Some(now) if !everything.iter().any(|other| other.path == *now) => {
                findings.push(Finding::new(
                    Rule::PeriodNow,
                    &place,
                    None,
                    format!("now = \"{now}\" is no step"),
                ))
            }
            None => findings.push(Finding::new(
                Rule::PeriodNow,
                &place,
                None,
                "now = \"PART/STEP\" is missing: which step continues it today?",
            )),
            Some(_) => {}
        }
        if step.settings.changed.is_none() {
            findings.push(Finding::new(
                Rule::PeriodChanged,
                &place,
                None,
                "changed = \"…\" is missing: what has changed since, and in which release?",
            ));
        }
        if !pages.contains(&format!("cargo xtask show history {article}")) {
            let problem = format!(
                "no page shows the article: one wants <!-- cmdrun cargo xtask show history {article} -->"
            );
            findings.push(Finding::new(
                Rule::ArticleNotShown,
                format!("chapters-code/then/{article}"),
                None,
                problem,
            ));
        }
    }
    Ok(())
}
