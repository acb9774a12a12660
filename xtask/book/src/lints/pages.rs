//! A page has its form, its includes lead somewhere, and what is copied from it works.

use std::{collections::BTreeSet, fs, path::Path, sync::LazyLock};

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
    let mut shown = BTreeSet::new();
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
        if step.page() != file || !shown.insert(&step.path) {
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

/// So many lines of a listing are shown unfolded, not counting blank ones.
const LONGEST: usize = 30;

/// That a long listing is folded. This asks of the page as it is built, in which lines have other numbers.
pub(super) fn listings(file: &str, expanded: &str, findings: &mut Vec<Finding>) {
    let (mut folds, mut begun, mut above) = (0_usize, None, "");
    for line in expanded.lines() {
        if line.trim_start().starts_with("```") {
            match begun.take() {
                None => begun = Some(0),
                Some(count) if folds == 0 && count > LONGEST => {
                    findings.push(Finding::new(
                        Rule::LongListing,
                        format!("src/{file}"),
                        None,
                        format!(
                            "a listing of {count} lines stands unfolded; up to {LONGEST} do. Show less of it, or put it between <details>, \
                             <summary>…</summary> and </details>. Above it stands: {above}"
                        ),
                    ));
                }
                Some(_) => {}
            }
        } else if let Some(count) = &mut begun {
            // An unchanged blank line in a difference is a space.
            *count += usize::from(!line.trim().is_empty());
        } else {
            folds += line.matches("<details").count();
            folds = folds.saturating_sub(line.matches("</details").count());
            if !line.trim().is_empty() {
                above = line;
            }
        }
    }
}

/// The headings of a step's page, in their order, and whether a page has to have them.
const HEADINGS: [(&str, bool); 7] = [
    ("What changes", true),
    ("What happens", true),
    ("Why", true),
    ("Look inside", false),
    ("See it yourself", false),
    (QUESTION, true),
    ("What we have now", false),
];

/// The heading below which a question stands, with its answer folded.
const QUESTION: &str = "Try it";

/// That a step's page has the form of all of them.
pub(super) fn form(steps: &[Step], file: &str, text: &str, findings: &mut Vec<Finding>) {
    let here = |step: &&Step| step.page() == file && !step.is_on_another();
    let (guests, own): (Vec<&Step>, Vec<&Step>) =
        steps.iter().filter(here).partition(|step| step.is_guest());
    if own.is_empty() {
        return;
    }
    // The place of a step that has no page of its own.
    let is_a_guests = |heading: &str| {
        let id = |step: &&Step| heading.ends_with(&format!("{{#{}}}", step.anchor()));
        guests.iter().any(id)
    };
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
        .filter(|(_, heading)| !is_a_guests(heading))
        .collect();
    let names: Vec<&str> = headings.iter().map(|(_, name)| *name).collect();
    let mut rest = names.iter().peekable();
    let in_order = HEADINGS
        .iter()
        .all(|(name, needed)| rest.next_if(|next| *next == name).is_some() || !needed);
    if !in_order || rest.peek().is_some() {
        let wanted = HEADINGS.map(|(name, needed)| {
            if needed {
                name.to_owned()
            } else {
                format!("[{name}]")
            }
        });
        let at = rest.next().and_then(|next| {
            let mut headings = headings.iter();
            headings
                .find(|(_, name)| name == next)
                .map(|(line, _)| *line)
        });
        wrong(
            at,
            format!(
                "the page of a step has these headings in this order, those in brackets if there is something to say: {}; \
                 here are: {}",
                wanted.join(", "),
                names.join(", ")
            ),
        );
        return;
    }
    let path = file.trim_end_matches(".md");
    let foot = format!("<!-- cmdrun cargo xtask show foot {path} -->");
    let mut ending = text.lines().rev().filter(|line| !line.trim().is_empty());
    let (last, before) = (ending.next(), ending.next());
    if last.map(str::trim) != Some(&*foot) {
        wrong(None, format!("the last line of a step's page is {foot}"));
    } else if before.is_some_and(|line| line.starts_with('<')) {
        wrong(
            None,
            "before its foot a step's page says why the next page follows: a sentence, not the end of an answer".into(),
        );
    }
    let question = text.split("\n## ").find_map(|part| {
        let (heading, below) = part.split_once('\n')?;
        (heading.trim() == QUESTION).then_some(below)
    });
    let question = question.unwrap_or_default();
    if !question.contains("<details>") || !question.contains("<summary>Answer</summary>") {
        wrong(
            headings
                .iter()
                .find(|(_, name)| *name == QUESTION)
                .map(|(line, _)| *line),
            format!(
                "below `{QUESTION}` stand a question and its answer, folded: <details>, <summary>Answer</summary>"
            ),
        );
    }
}
