//! Commands in pages: `<!-- cmdrun cargo xtask show size STEP -->` is replaced by what the command prints.
//!
//! The syntax is mdbook-cmdrun's (0.7.3), so the pages also work with it. Three things are better here: it reads the
//! preprocessor protocols of mdBook 0.4 and 0.5 alike, `cargo xtask show` is answered in process, and a failing command
//! fails the build and names page and line.

use std::{path::Path, process::Command, sync::LazyLock};

use anyhow::{Context, Result, anyhow, bail};
use regex::{Captures, Regex};
use serde_json::Value;

use crate::fragments;
use pipeline::modules;
use project::{paths::Project, step::Step};

static ON_ITS_LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<!--[ ]*cmdrun (.*?)-->\r?\n").expect("the expression is constant")
});
static IN_A_LINE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"<!--[ ]*cmdrun (.*?)-->").expect("the expression is constant"));

/// A failing command in a page.
#[derive(Debug)]
pub struct Failure {
    /// The line in the page, from 1.
    pub line: usize,
    /// What went wrong.
    pub problem: String,
}

/// A page's text without its commands, for checks of what is typed. Line breaks stay, so lines keep their numbers.
#[must_use]
pub fn without_commands(text: &str) -> String {
    IN_A_LINE.replace_all(text, "").into_owned()
}

/// The commands of a page, with their lines.
#[must_use]
pub fn commands(text: &str) -> Vec<(usize, String)> {
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    let command = |found: Captures<'_>| {
        let at = found.get(0).map_or(0, |whole| whole.start());
        (line(at), found[1].trim().to_owned())
    };
    IN_A_LINE.captures_iter(text).map(command).collect()
}

/// A page's text with its commands replaced by what they print.
///
/// # Errors
/// The failures of all commands that fail.
pub fn expand(
    project: &Project,
    steps: &[Step],
    page: &str,
    text: &str,
) -> Result<String, Vec<Failure>> {
    let mut failures = Vec::new();
    let mut replace = |expression: &Regex, input: &str, inline: bool| {
        let replaced = expression.replace_all(input, |found: &Captures<'_>| {
            let command = found[1].trim();
            let printed = answer(project, steps, page, command).unwrap_or_else(|error| {
                let line = text
                    .find(&found[0])
                    .map_or(1, |at| text[..at].matches('\n').count() + 1);
                failures.push(Failure {
                    line,
                    problem: format!("`{command}` fails: {error:#}"),
                });
                String::new()
            });
            if inline {
                printed.trim_end().to_owned()
            } else {
                printed
            }
        });
        replaced.into_owned()
    };
    // In this order, as mdbook-cmdrun has it.
    let once = replace(&ON_ITS_LINE, text, false);
    let twice = replace(&IN_A_LINE, &once, true);
    if failures.is_empty() {
        Ok(twice)
    } else {
        Err(failures)
    }
}

/// Signs that do not reach a command as they are, in a shell of Unix or of Windows.
const SHELLS_OWN: &str = "\"'`\\$%^~#;&|<>(){}[]*?";

/// What a command prints. Our own is answered in process, any other goes to the shell in the page's folder.
fn answer(project: &Project, steps: &[Step], page: &str, command: &str) -> Result<String> {
    // mdbook-cmdrun's flags about the exit code: a failing command always fails here, so they change nothing.
    let command = command
        .trim_start_matches("--strict ")
        .trim_start_matches("-0 ");
    if let Some(rest) = command.strip_prefix("cargo xtask show ") {
        // A shell takes it apart, for the stock preprocessor and for a reader who pastes it into a terminal.
        if let Some(sign) = rest.chars().find(|sign| SHELLS_OWN.contains(*sign)) {
            bail!(
                "a shell takes `{sign}` for itself, and would ask for something else: say it without"
            );
        }
        let args: Vec<&str> = rest.split_whitespace().collect();
        return fragments::show(project, steps, &fragments::parse(&args)?);
    }
    let folder = project.src().join(page);
    let folder = folder
        .parent()
        .map_or_else(|| project.src(), Path::to_path_buf);
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let output = Command::new(shell)
        .args([flag, command])
        .current_dir(folder)
        .output();
    let output = output.with_context(|| format!("{shell} does not start"))?;
    if !output.status.success() {
        bail!(
            "{} {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Answers mdBook: reads `[context, book]` from its JSON, gives back the book with all commands replaced.
///
/// # Errors
/// If the JSON is not what mdBook sends, or commands fail: then all of them, by page and line.
pub fn preprocess(project: &Project, steps: &[Step], input: &str) -> Result<String> {
    modules::lay_out(project)?;
    let (_context, mut book): (Value, Value) =
        serde_json::from_str(input).context("this is not what mdBook sends to a preprocessor")?;
    let mut failures = Vec::new();
    // 0.5 says `items`, 0.4 says `sections`.
    let key = if book.get("items").is_some() {
        "items"
    } else {
        "sections"
    };
    let items = book.get_mut(key).and_then(Value::as_array_mut);
    let items = items.context("mdBook's book has neither `items` (0.5) nor `sections` (0.4)")?;
    walk(project, steps, items, &mut failures);
    if failures.is_empty() {
        Ok(serde_json::to_string(&book)?)
    } else {
        Err(told(&failures))
    }
}

fn walk(project: &Project, steps: &[Step], items: &mut [Value], failures: &mut Vec<String>) {
    for item in items {
        let Some(chapter) = item.get_mut("Chapter") else {
            continue;
        };
        let page = chapter
            .get("source_path")
            .or(chapter.get("path"))
            .and_then(Value::as_str);
        let page = page.unwrap_or_default().replace('\\', "/");
        if let Some(content) = chapter.get_mut("content")
            && let Some(text) = content.as_str()
        {
            match expand(project, steps, &page, text) {
                Ok(text) => *content = Value::String(text),
                Err(all) => failures.extend(all.iter().map(|one| in_page(&page, one))),
            }
        }
        if let Some(Value::String(name)) = chapter.get_mut("name") {
            *name = numbered(&page, name);
        }
        if let Some(inner) = chapter.get_mut("sub_items").and_then(Value::as_array_mut) {
            walk(project, steps, inner, failures);
        }
    }
}

/// A chapter's name with the number of its step, which is that of the step's folder: `1.8` for `1-part/08-step`.
#[must_use]
pub fn numbered(page: &str, name: &str) -> String {
    let number = |text: &str| -> Option<u32> { text.split_once('-')?.0.parse().ok() };
    let folders = page.split_once('/');
    match folders.and_then(|(part, step)| Some((number(part)?, number(step)?))) {
        Some((part, step)) => format!("{part}.{step} {name}"),
        None => name.to_owned(),
    }
}

/// A failure with its place: `src/reading.md:12: …`.
#[must_use]
pub fn in_page(page: &str, failure: &Failure) -> String {
    format!("src/{page}:{}: {}", failure.line, failure.problem)
}

/// Failures as one error.
#[must_use]
pub fn told(failures: &[String]) -> anyhow::Error {
    anyhow!("{}", failures.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::{commands, numbered, without_commands};

    const PAGE: &str =
        "# A\n<!-- cmdrun cargo xtask show size a -->\n\nIt is <!-- cmdrun x y --> long.\n";

    #[test]
    fn commands_are_found_with_their_lines() {
        let want = [
            (2, "cargo xtask show size a".to_owned()),
            (4, "x y".to_owned()),
        ];
        assert_eq!(commands(PAGE), want);
    }

    #[test]
    fn a_step_has_the_number_of_its_folder() {
        assert_eq!(numbered("1-a/08-no-main.md", "A main"), "1.8 A main");
        assert_eq!(numbered("1-a/leg-std.md", "With std"), "With std");
        assert_eq!(numbered("glossary.md", "Glossary"), "Glossary");
    }

    #[test]
    fn what_is_typed_keeps_its_line() {
        assert_eq!(without_commands(PAGE), "# A\n\n\nIt is  long.\n");
    }
}
