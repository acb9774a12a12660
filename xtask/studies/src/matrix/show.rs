//! What pages show of the table.

use std::fmt::Write as _;

use anyhow::{Context, Result, bail, ensure};
use outcome::Outcome;
use pipeline::{engines, snapshot};
use project::{
    markup::{cell, code},
    paths::Project,
    select,
    step::Step,
    terminal::{bytes, number},
};

use super::{Cell, Matrix, UNTRIED, has, kept, refusal::Refusal};

/// What pages show of it: a step's row with each engine's own words, or `all`, `hosts` (what tells the hosts apart),
/// `reasons`, `engines` (how many), `modules` (how many), `nowhere` (how many run nowhere).
///
/// # Errors
/// If nothing is kept, or there is no such step, or it has no module.
pub fn show(project: &Project, all: &[Step], words: &[&str]) -> Result<String> {
    let [what] = words else {
        bail!(
            "show matrix takes one word: a step, or all, hosts, reasons, engines, modules, nowhere"
        );
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
        "all" => return all_rows(&matrix, &modules(all)?),
        "hosts" => return hosts(&matrix, &modules(all)?),
        "reasons" => {
            let mut text = String::from("| engine | message | modules |\n|---|---|--:|\n");
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
    let mut text = String::from("| engine | result | in its own words |\n|---|---|---|\n");
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

/// So many modules of which all engines make the same are folded.
const FOLDED: usize = 3;

/// Every module that runs somewhere, those of which all engines make the same in one row: the most common verdicts first.
fn all_rows(matrix: &Matrix, modules: &[(&Step, u64)]) -> Result<String> {
    struct Group<'a> {
        verdicts: Vec<String>,
        steps: Vec<&'a (&'a Step, u64)>,
    }
    let mut groups: Vec<Group<'_>> = Vec::new();
    for module in modules {
        if matrix.refused(&module.0.path) {
            continue;
        }
        let row: Vec<String> = matrix
            .engines
            .iter()
            .map(|column| {
                let cell = column.cells.get(&module.0.path);
                cell.map_or(UNTRIED.to_owned(), Cell::word)
            })
            .collect();
        match groups.iter_mut().find(|group| group.verdicts == row) {
            Some(group) => group.steps.push(module),
            None => groups.push(Group {
                verdicts: row,
                steps: vec![module],
            }),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.steps.len()));
    let mut text = String::from("<div class=\"dense verdicts\">\n\n| modules |");
    for column in &matrix.engines {
        _ = write!(text, " {} |", column.engine);
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(matrix.engines.len()));
    text.push('\n');
    for Group { verdicts, steps } in groups {
        let links: Vec<String> = steps
            .iter()
            .map(|(step, size)| {
                format!("[{}](../{}) ({})", step.title, step.place(), number(*size))
            })
            .collect();
        let links = links.join(", ");
        let modules = match steps.len() {
            1..=FOLDED => links,
            count => format!("<details><summary>{count} modules</summary>{links}</details>"),
        };
        _ = writeln!(text, "| {modules} | {} |", verdicts.join(" | "));
    }
    text.push_str("\n</div>\n");
    Ok(text)
}

/// The module that imports a function of WASI with a type that WASI does not give it.
const OWN_TYPE: &str = "5-below-across-beyond/13-own-type";
/// The module that calls WASI and has no memory; and the one that has neither.
const NO_MEMORY: &str = "1-two-megabytes-to-97/16-no-memory";
const NO_WASI: &str = "5-below-across-beyond/11-only-start";

/// What the few modules do not tell of a host.
const UNKNOWN: &str = "—";

/// What tells the hosts apart, read off what they made of a few modules; and the smallest module that asks for WASI and
/// comes to a good end on each.
fn hosts(matrix: &Matrix, modules: &[(&Step, u64)]) -> Result<String> {
    let mut text = String::from(
        "| host | engine | version | WASI | compares the types of imports | requires a memory | smallest module with WASI that ends well |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for column in &matrix.engines {
        let engine = engines::named(&column.engine)?;
        let refusal = |step: &str| {
            let cell = column.cells.get(step)?;
            Some(cell.reason().and_then(Refusal::of))
        };
        let types = match refusal(OWN_TYPE) {
            Some(Some(Refusal::WrongType)) => "yes",
            Some(None) => "no",
            Some(Some(_)) => UNKNOWN,
            None => UNTRIED,
        };
        let memory = match (refusal(NO_WASI), refusal(NO_MEMORY)) {
            (None, _) | (_, None) => UNTRIED,
            (Some(Some(Refusal::WantsMemory)), _) => "of each command",
            (_, Some(Some(Refusal::WantsMemory))) => "when WASI is called",
            (_, Some(None)) => "no",
            _ => UNKNOWN,
        };
        let mut smallest: Option<&(&Step, u64)> = None;
        for module in modules {
            let cell = column.cells.get(&module.0.path);
            if cell.is_some_and(|cell| cell.outcome.is_success())
                && smallest.is_none_or(|smallest| module.1 < smallest.1)
                && snapshot::stored(module.0)?.is_some_and(|stored| stored.inside().imports_wasi())
            {
                smallest = Some(module);
            }
        }
        // One that knows no WASI at all only runs what never calls it.
        let smallest = smallest.filter(|_| [types, memory] != [UNKNOWN; 2]);
        let smallest = smallest.map_or_else(
            || UNKNOWN.to_owned(),
            |(step, size)| format!("{}: [{}](../{})", bytes(*size), step.title, step.place()),
        );
        _ = writeln!(
            text,
            "| {} | {} | {} | {} | {types} | {memory} | {smallest} |",
            engine.name, engine.core, column.version, engine.wasi
        );
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
    #[must_use]
    pub fn refused(&self, step: &str) -> bool {
        let mut cells = self
            .engines
            .iter()
            .filter_map(|column| column.cells.get(step))
            .peekable();
        cells.peek().is_some() && cells.all(|cell| matches!(cell.outcome, Outcome::Refused { .. }))
    }
}
