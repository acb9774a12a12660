//! `cargo xtask matrix`

use std::env;

use anyhow::{Result, ensure};
use serde_json::json;

use pipeline::engines;
use project::{
    discover, escape,
    paths::Project,
    select,
    terminal::{self, AlreadyReported, BAD, Cell, GOOD, NOTE, number, paint},
};
use studies::matrix::{self, Matrix, Runs, Source};

/// Run every module of the book on every engine that is there, and compare with chapters-code/studies/matrix.json
///
/// Who accepts what, with each engine's own words. An engine that this machine lacks is left out, with a warning.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask matrix\n  cargo xtask matrix --engine node --engine wasmi 17-ninety-seven\n \
         cargo xtask matrix --accept 17-ninety-seven\n  cargo xtask matrix --kept --engine wasmi"
)]
pub(crate) struct Args {
    /// Steps; all without one
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
    /// Only this engine; may be given more than once
    #[arg(long, value_name = "ENGINE")]
    engine: Vec<String>,
    /// Keep what is measured. The results of other steps and engines stay, except those of a module that has changed
    #[arg(long)]
    accept: bool,
    /// Take the modules from the snapshots and from chapters-code/modules/ instead of building the steps: no compiler
    /// for them is needed. A step whose module is in neither is left out, with a warning
    #[arg(long)]
    kept: bool,
    /// Print one JSON object: ok, matrix, left_out, problems
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Runs, and compares. Fails if anything differs from what is kept, or no engine is there, or (in CI) one is
    /// missing or a step cannot be built.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let in_ci = env::var_os("CI").is_some();
        let all = discover::steps(project)?;
        let chosen = select::select(&all, &self.steps)?;
        let wanted = self.engine.iter().map(|name| engines::named(name));
        let wanted = wanted.collect::<Result<Vec<_>>>()?;
        let mut here = Vec::new();
        for engine in &engines::ENGINES {
            if !wanted.is_empty() && !wanted.contains(&engine) {
                continue;
            }
            match engine.lacks(project)? {
                None => here.push(engine),
                Some(why) => {
                    terminal::warn(&format!("skipped: {engine}, because {why}"));
                    ensure!(!in_ci, "in CI nothing may be skipped");
                }
            }
        }
        ensure!(!here.is_empty(), "this machine has none of the engines");
        // Compiled one after the other, before all of them are at it.
        for engine in &here {
            engine.host(project)?;
        }
        let source = if self.kept {
            Source::Kept
        } else {
            Source::Built
        };
        let runs = Runs {
            all: &all,
            steps: &chosen,
            source,
            engines: &here,
        };
        let answer = super::conduct(&runs, project, self.accept, ("Running", here.len()))?;
        let (measured, problems) = (answer.found, answer.differences);
        for (step, why) in &measured.left_out {
            terminal::warn(&format!("left out: {step}, because {why}"));
        }
        ensure!(
            measured.left_out.is_empty() || !in_ci,
            "in CI nothing may be skipped"
        );
        if self.accept
            && let Some(merged) = matrix::kept(project)?
        {
            for step in measured.matrix.modules.keys() {
                let untried = merged.untried(step);
                if !untried.is_empty() {
                    terminal::warn(&matrix::untried_message(step, &untried));
                }
            }
        }
        if self.json {
            let told = json!({
                "ok": problems.is_empty(),
                "matrix": measured.matrix,
                "left_out": measured.left_out,
                "problems": problems,
            });
            terminal::json(&told)?;
        } else {
            tell(&measured.matrix, &chosen);
            for problem in &problems {
                let problem = escape::text(problem);
                terminal::styledln!("{} {problem}", paint(BAD, "differs:"));
            }
            if problems.is_empty() {
                terminal::styledln!(
                    "{} {} modules on {} engines are as chapters-code/studies/matrix.json says",
                    paint(GOOD, "checked:"),
                    measured.matrix.modules.len(),
                    measured.matrix.engines.len()
                );
            } else {
                terminal::outln!(
                    "If what was measured is right: cargo xtask matrix --accept{}",
                    self.steps
                        .iter()
                        .map(|step| format!(" {step}"))
                        .collect::<String>()
                );
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(AlreadyReported.into())
        }
    }
}

fn tell(matrix: &Matrix, steps: &[&project::step::Step]) {
    let mut head = vec!["step", "bytes"];
    head.extend(matrix.engines.iter().map(|column| column.engine.as_str()));
    let mut rows = Vec::new();
    for step in steps {
        let Some(module) = matrix.modules.get(&step.path) else {
            continue;
        };
        let mut row: Vec<Cell> = vec![step.path.as_str().into(), number(module.size).into()];
        for column in &matrix.engines {
            let cell = column.cells.get(&step.path);
            row.push(cell.map_or("".into(), |cell| {
                let style = if cell.outcome.is_success() {
                    GOOD
                } else {
                    NOTE
                };
                Cell::painted(style, &cell.word())
            }));
        }
        rows.push(row);
    }
    let right: Vec<bool> = head.iter().map(|name| *name == "bytes").collect();
    terminal::styled(&terminal::table(&head, &right, &rows));
    for column in &matrix.engines {
        let reasons = column.reasons();
        if reasons.is_empty() {
            continue;
        }
        terminal::outln!("\n{}", column.version);
        for (_, reason, count) in reasons {
            terminal::outln!("{count:>6}  {}", escape::line(reason));
        }
    }
    terminal::outln!("");
}
