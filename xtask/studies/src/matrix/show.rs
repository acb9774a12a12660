//! What pages show of the table.

use std::fmt::Write as _;

use anyhow::{Context, Result, bail, ensure};
use outcome::Outcome;
use pipeline::snapshot;
use project::{
    markup::{cell, code},
    paths::Project,
    select,
    step::Step,
    terminal::number,
};

use super::{Cell, Matrix, UNTRIED, has, kept};

/// What pages show of it: a step's row with each engine's own words, or `all`, `reasons`, `engines` (how many),
/// `modules` (how many), `nowhere` (how many run nowhere).
///
/// # Errors
/// If nothing is kept, or there is no such step, or it has no module.
pub fn show(project: &Project, all: &[Step], words: &[&str]) -> Result<String> {
    let [what] = words else {
        bail!("show matrix takes one word: a step, or all, reasons, engines, modules, nowhere");
    };
    let matrix = kept(project)?.context("nothing is kept yet: cargo xtask matrix --accept")?;
    match *what {
        "engines" => return Ok(number(matrix.engines.len() as u64)),
        "modules" => return Ok(number(modules(all)?.len() as u64)),
        "nowhere" => {
            let modules = modules(all)?;
            let nowhere = modules
                .iter()
                .filter(|(step, _)| matrix.refused(&step.path));
            return Ok(number(nowhere.count() as u64));
        }
        "all" => {
            let mut text = String::from("<div class=\"dense\">\n\n| module | bytes |");
            for column in &matrix.engines {
                _ = write!(text, " {} |", column.engine);
            }
            text.push_str("\n|---|--:|");
            text.push_str(&"---|".repeat(matrix.engines.len()));
            text.push('\n');
            for (step, size) in modules(all)? {
                if matrix.refused(&step.path) {
                    continue;
                }
                _ = write!(
                    text,
                    "| [{}](../{}.md) | {} |",
                    step.title,
                    step.path,
                    number(size)
                );
                for column in &matrix.engines {
                    let word = column.cells.get(&step.path).map(Cell::word);
                    _ = write!(text, " {} |", word.as_deref().unwrap_or(UNTRIED));
                }
                text.push('\n');
            }
            text.push_str("\n</div>\n");
            return Ok(text);
        }
        "reasons" => {
            let mut text = String::from("| engine | says | of modules |\n|---|---|--:|\n");
            for column in &matrix.engines {
                for (version, reason, count) in column.reasons() {
                    _ = writeln!(text, "| {version} | {} | {count} |", cell(&code(reason)));
                }
            }
            return Ok(text);
        }
        _ => {}
    }
    let step = select::find(all, what)?;
    ensure!(
        modules(all)?
            .iter()
            .any(|(other, _)| other.path == step.path),
        "{} has no module in the table of engines",
        step.path
    );
    let mut text = String::from("| engine | makes of it | in its own words |\n|---|---|---|\n");
    for column in &matrix.engines {
        match column.cells.get(&step.path) {
            Some(found) => {
                _ = writeln!(
                    text,
                    "| {} | {} | {} |",
                    column.version_of(found),
                    found.word(),
                    found
                        .reason()
                        .map(|words| cell(&code(words)))
                        .unwrap_or_default()
                )
            }
            None => _ = writeln!(text, "| {} | {UNTRIED} |  |", column.version),
        }
    }
    Ok(text)
}

/// The steps that the table is about, with the sizes of their modules in bytes.
fn modules(all: &[Step]) -> Result<Vec<(&Step, u64)>> {
    let mut modules = Vec::new();
    for step in all.iter().filter(|step| has(step)) {
        if let Some(size) = snapshot::stored(step)?.and_then(|stored| stored.size()) {
            modules.push((step, size));
        }
    }
    Ok(modules)
}

impl Matrix {
    /// Whether every engine that tried a step's module refused it, and one did.
    fn refused(&self, step: &str) -> bool {
        let mut cells = self
            .engines
            .iter()
            .filter_map(|column| column.cells.get(step))
            .peekable();
        cells.peek().is_some() && cells.all(|cell| matches!(cell.outcome, Outcome::Refused { .. }))
    }
}
