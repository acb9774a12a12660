//! Steps and pages belong together, and what lies beside them belongs to one.

use std::{collections::BTreeSet, fs};

use anyhow::Result;
use pipeline::{modules, snapshot};
use project::{paths::Project, step::Step, summary::Summary};
use studies::remedies::{self, Remedies};

use super::{Finding, Rule, files};
use crate::cmdrun;

/// A page for each step and a step for each page of a part; no page that SUMMARY.md does not list.
pub(super) fn belonging(
    project: &Project,
    steps: &[Step],
    summary: &Summary,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let listed: BTreeSet<&str> = summary
        .pages
        .iter()
        .map(|page| page.file.as_str())
        .collect();
    for step in steps {
        let page = step.page();
        let file = project.src().join(&page);
        if !file.is_file() {
            findings.push(Finding::new(
                Rule::NoPage,
                format!("chapters-code/{}", step.path),
                None,
                format!("the step has no page: src/{page} is missing"),
            ));
            continue;
        }
        if !listed.contains(page.as_str()) {
            findings.push(
                Finding::new(
                    Rule::NotListed,
                    "src/SUMMARY.md",
                    None,
                    format!("the step's page {page} is not listed, so it is not in the book"),
                )
                .about(step),
            );
        }
        let text = fs::read_to_string(&file)?;
        let commands: Vec<String> = cmdrun::commands(&text)
            .into_iter()
            .map(|(_, command)| command)
            .collect();
        if step.is_guest() {
            let anchor = format!("{{#{}}}", step.anchor());
            if !text.contains(&anchor) {
                findings.push(Finding::new(
                    Rule::NotShown,
                    format!("src/{page}"),
                    None,
                    format!(
                        "the page tells of the step {} as well, so a heading has its id: `## Heading {anchor}`",
                        step.path
                    ),
                ));
            }
        }
        for what in ["size", "outcome"] {
            let wanted = format!("cargo xtask show {what} {}", step.path);
            if !commands.contains(&wanted) {
                findings.push(Finding::new(
                    Rule::NotShown, format!("src/{page}"),
                    None,
                    format!("the page does not show the step's {what}; it wants <!-- cmdrun {wanted} -->"),
                ));
            }
        }
    }
    for page in files(&project.src(), "md") {
        let in_a_part = page
            .split_once('/')
            .is_some_and(|(part, _)| part.starts_with(|c: char| c.is_ascii_digit()));
        // The pages of steps have their number; those of a part that go beyond steps, such as its first, have a name
        // only.
        let name = page.rsplit('/').next().unwrap_or_default();
        let free =
            !name.starts_with(|c: char| c.is_ascii_digit()) && listed.contains(page.as_str());
        if in_a_part && !free && !steps.iter().any(|step| step.page() == page) {
            let path = page.trim_end_matches(".md");
            findings.push(Finding::new(
                Rule::NoStep, format!("src/{page}"),
                None,
                format!("the page has no step: chapters-code/{path} is missing or has no [package.metadata.chapter]"),
            ));
        } else if page != "SUMMARY.md" && !listed.contains(page.as_str()) {
            findings.push(Finding::new(
                Rule::NotListed,
                format!("src/{page}"),
                None,
                "SUMMARY.md does not list the page",
            ));
        }
    }
    for page in &summary.pages {
        if !project.src().join(&page.file).is_file() {
            findings.push(Finding::new(
                Rule::ListedAndMissing,
                "src/SUMMARY.md",
                None,
                format!("lists {}, which is missing", page.file),
            ));
        }
    }
    Ok(())
}

/// Snapshots that no step owns, such as one left behind by a step that was renamed.
pub(super) fn stale_snapshots(project: &Project, steps: &[Step], findings: &mut Vec<Finding>) {
    for snapshot in files(&project.steps(), "snap") {
        // measured.1.95.0.snap is the same step on another toolchain, which is among them.
        let file = project.steps().join(&snapshot);
        if !steps.iter().any(|step| step.snapshot() == file) {
            findings.push(Finding::new(
                Rule::StaleSnapshot,
                format!("chapters-code/{snapshot}"),
                None,
                "a stale snapshot: no step owns it; delete it, or put its step back",
            ));
        }
    }
}

/// Kept modules that no page needs, such as one left behind by a step that was renamed.
pub(super) fn stale_modules(project: &Project, steps: &[Step], findings: &mut Vec<Finding>) {
    let mut stale = modules::names(project);
    for step in steps {
        if let Ok(Some(stored)) = snapshot::stored(step)
            && modules::has_file(step, &stored)
        {
            stale.remove(&modules::file_name(step));
        }
    }
    for name in stale {
        findings.push(Finding::new(
            Rule::StaleModule,
            format!("chapters-code/modules/{name}"),
            None,
            "a stale module: no step's page runs it; delete it, or put its step back",
        ));
    }
}

/// Each finding of `inspect` has a step of the book that removes it, and the table of them names nothing else.
pub(super) fn remedies(
    project: &Project,
    steps: &[Step],
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let table = Remedies::read(project)?;
    let mut wrong = |problem: String| {
        findings.push(Finding::new(Rule::Remedy, remedies::FILE, None, problem));
    };
    for id in anatomy::FINDINGS {
        if !table.0.contains_key(id) {
            wrong(format!(
                "has no step for anatomy's finding {id}; name one that removes it"
            ));
        }
    }
    for (id, remedy) in &table.0 {
        if !anatomy::FINDINGS.contains(&id.as_str()) {
            wrong(format!("anatomy has no finding {id}; delete the line"));
        }
        let told = steps.iter().find(|step| step.path == remedy.step);
        let page = told.and_then(|step| step.settings.page.clone());
        if page != remedy.page {
            wrong(format!(
                "the finding {id} names {}, which is told of on {}; `page` has to say so if that is another step's, and only then",
                remedy.step,
                told.map_or_else(|| "no page".to_owned(), Step::page)
            ));
        }
        for named in remedy.steps() {
            if !steps.iter().any(|step| step.path == named) {
                wrong(format!(
                    "the finding {id} names {named}, and there is no such step"
                ));
            }
        }
    }
    Ok(())
}
