//! A page has its form, its includes lead somewhere, and what is copied from it works.

use std::{fs, path::Path, sync::LazyLock};

use pipeline::snapshot;
use project::{paths::Project, select, step::Step};
use regex::Regex;

use super::{Finding, Rule};
use crate::{cmdrun, widget};

/// That the buttons that run a module stand on its step's page, and there once.
pub(super) fn buttons(
    project: &Project,
    steps: &[Step],
    file: &str,
    text: &str,
    findings: &mut Vec<Finding>,
) {
    let mut own = 0;
    for (line, command) in cmdrun::commands(text) {
        let Some(name) = command.strip_prefix("cargo xtask show outcome ") else {
            continue;
        };
        // What cannot be shown at all is told of elsewhere.
        let Ok(step) = select::find(steps, name) else {
            continue;
        };
        let Ok(Some(stored)) = snapshot::stored(step) else {
            continue;
        };
        if widget::block(project, step, &stored).is_ok_and(|block| block.is_empty()) {
            continue;
        }
        own += usize::from(step.page() == file);
        if step.page() != file || own > 1 {
            let problem = format!(
                "the buttons that run {} belong on its own page, and there once; here <!-- cmdrun cargo xtask show \
                 outcome {} plain --> shows it without them",
                step.path, step.path
            );
            findings.push(Finding::new(
                Rule::Buttons,
                format!("src/{file}"),
                line,
                problem,
            ));
        }
    }
}

/// Shell lines are copied: a prompt in front of them would be copied too.
pub(super) fn prompts(page: &str, text: &str, findings: &mut Vec<Finding>) {
    for (at, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with("$ "))
    {
        findings.push(Finding::new(
            Rule::Prompt,
            format!("src/{page}"),
            at + 1,
            format!("`{line}`: a shell line without its prompt can be copied"),
        ));
    }
}

/// `{{#include file:anchor}}`: mdBook logs a missing file and shows nothing for a missing anchor.
pub(super) fn includes(project: &Project, page: &str, text: &str, findings: &mut Vec<Finding>) {
    static INCLUDE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"\{\{\s*#(?:rustdoc_)?(?:include|playground)\s+([^\s}:]+)(?::([^\s}]+))?[^}]*\}\}",
        )
        .expect("the expression is constant")
    });
    let folder = project.src().join(page);
    let folder = folder
        .parent()
        .map_or_else(|| project.src(), Path::to_path_buf);
    for (at, line) in text.lines().enumerate() {
        for found in INCLUDE.captures_iter(line) {
            // `\{{#include` is shown as it stands.
            if found
                .get(0)
                .is_some_and(|whole| line[..whole.start()].ends_with('\\'))
            {
                continue;
            }
            let place = format!("src/{page}");
            let Ok(included) = fs::read_to_string(folder.join(&found[1])) else {
                findings.push(Finding::new(
                    Rule::BrokenInclude,
                    place,
                    at + 1,
                    format!("a broken include: {} is missing", &found[1]),
                ));
                continue;
            };
            let anchor = found
                .get(2)
                .map(|anchor| anchor.as_str())
                .filter(|anchor| !anchor.starts_with(|c: char| c.is_ascii_digit() || c == ':'));
            if let Some(anchor) = anchor
                && !included.contains(&format!("ANCHOR: {anchor}"))
            {
                let problem = format!("a broken include: {} has no `ANCHOR: {anchor}`", &found[1]);
                findings.push(Finding::new(Rule::BrokenInclude, place, at + 1, problem));
            }
        }
    }
}

/// The headings of a step's page, in their order.
const HEADINGS: [&str; 6] = [
    "What changes",
    "What happens",
    "Why",
    "Look inside",
    "Try it",
    "Take it",
];

/// The heading below which a question stands, with its answer folded.
const QUESTION: &str = "Try it";

/// That a step's page has the form of all of them.
pub(super) fn form(steps: &[Step], file: &str, text: &str, findings: &mut Vec<Finding>) {
    let is_of_a_step = |step: &&Step| step.page() == file && !step.is_on_another();
    if !steps.iter().any(|step| is_of_a_step(&step)) {
        return;
    }
    let mut wrong = |line: Option<usize>, problem: String| {
        findings.push(Finding::new(
            Rule::PageForm,
            format!("src/{file}"),
            line,
            problem,
        ));
    };
    let mut fenced = false;
    let headings: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .filter_map(|(at, line)| {
            fenced ^= line.starts_with("```");
            Some((at + 1, line.strip_prefix("## ")?.trim())).filter(|_| !fenced)
        })
        .collect();
    let names: Vec<&str> = headings.iter().map(|(_, name)| *name).collect();
    if names != HEADINGS {
        let mut pairs = headings.iter().zip(HEADINGS);
        let first = pairs.find(|((_, name), wanted)| name != wanted);
        wrong(
            first.map(|((line, _), _)| *line),
            format!(
                "the page of a step has these headings in this order: {}; here are: {}",
                HEADINGS.join(", "),
                names.join(", ")
            ),
        );
        return;
    }
    let question = text.split("\n## ").find_map(|part| {
        let (heading, below) = part.split_once('\n')?;
        (heading.trim() == QUESTION).then_some(below)
    });
    let question = question.unwrap_or_default();
    if !question.contains("<details>") || !question.contains("<summary>Answer</summary>") {
        wrong(
            headings.get(4).map(|(line, _)| *line),
            format!(
                "below `{QUESTION}` stand a question and its answer, folded: <details>, <summary>Answer</summary>"
            ),
        );
    }
}
