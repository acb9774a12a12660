//! `cargo xtask matrix`

use std::env;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::{
    discover, engines, escape,
    house::House,
    matrix::{self, Matrix},
    report::{self, BAD, Cell, GOOD, NOTE, Told, number, paint},
};

/// Run every module of the book on every engine that is there, and compare with chapters-code/matrix.json
///
/// Who accepts what, with each engine's own words. An engine that this machine lacks is left out, aloud.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask matrix\n  cargo xtask matrix --engine node --engine wasmi 17-ninety-seven"
)]
pub struct Args {
    /// Steps; all without one
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
    /// Only this engine; may be given more than once
    #[arg(long, value_name = "ENGINE")]
    engine: Vec<String>,
    /// Keep what is measured. Wants all engines and all steps
    #[arg(long, conflicts_with_all = ["steps", "engine"])]
    accept: bool,
    /// Print one JSON object: ok, matrix, problems
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Runs, and compares.
    ///
    /// # Errors
    /// If anything differs from what is kept, or (in CI) an engine is missing.
    pub fn matrix(&self, house: &House) -> Result<()> {
        let all = discover::steps(house)?;
        let chosen = discover::select(&all, &self.steps)?;
        let mut here = Vec::new();
        for engine in engines::ENGINES {
            if !self.engine.is_empty() && !self.engine.iter().any(|wanted| wanted == engine) {
                continue;
            }
            match engines::lacks(house, engine)? {
                None => here.push(*engine),
                Some(why) => {
                    report::warn(&format!("skipped: {engine}, because {why}"));
                    ensure!(env::var_os("CI").is_none(), "in CI nothing may be skipped");
                    ensure!(
                        !self.accept,
                        "{engine} is missing: what is kept has all of them"
                    );
                }
            }
        }
        for wanted in &self.engine {
            ensure!(
                engines::ENGINES.contains(&wanted.as_str()),
                "there is no engine `{wanted}`; there are: {}",
                engines::ENGINES.join(", ")
            );
        }
        // Compiled one after the other, before all of them are at it.
        for engine in &here {
            engines::host(house, engine)?;
        }
        let bar = report::bar(here.len());
        bar.set_prefix("Running");
        let measured = matrix::measure(house, &chosen, &here, &|engine| {
            bar.set_message(engine.to_owned());
            bar.inc(1);
        });
        bar.finish_and_clear();
        let measured = measured?;
        if self.accept {
            matrix::keep(house, &measured)?;
            report::say("Kept", &house.shown(&matrix::file(house)).to_string());
        }
        let mut problems = match matrix::kept(house)? {
            Some(kept) => matrix::differences(&kept, &measured),
            None => vec!["nothing is kept yet: cargo xtask matrix --accept".into()],
        };
        if !self.steps.is_empty() {
            problems.retain(|problem| !problem.ends_with("has no module any more"));
        }
        if self.json {
            let told =
                json!({ "ok": problems.is_empty(), "matrix": measured, "problems": problems });
            report::json(&told)?;
        } else {
            tell(&measured, &chosen);
            for problem in &problems {
                let problem = escape::text(problem);
                report::styledln!("{} {problem}", paint(BAD, "differs:"));
            }
            if problems.is_empty() {
                report::styledln!(
                    "{} {} modules on {} engines are as chapters-code/matrix.json says",
                    paint(GOOD, "checked:"),
                    measured.sizes.len(),
                    measured.engines.len()
                );
            } else {
                report::outln!("If what was measured is right: cargo xtask matrix --accept");
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Told.into())
        }
    }
}

fn tell(matrix: &Matrix, steps: &[&discover::Step]) {
    let mut head = vec!["step", "bytes"];
    head.extend(matrix.engines.iter().map(|column| column.engine.as_str()));
    let mut rows = Vec::new();
    for step in steps {
        let Some(size) = matrix.sizes.get(&step.path) else {
            continue;
        };
        let mut row: Vec<Cell> = vec![step.path.as_str().into(), number(*size).into()];
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
    report::styled(&report::table(&head, &right, &rows));
    for column in &matrix.engines {
        let reasons = column.reasons();
        if reasons.is_empty() {
            continue;
        }
        report::outln!("\n{}", column.version);
        for (reason, count) in reasons {
            report::outln!("{count:>6}  {}", escape::line(reason));
        }
    }
    report::outln!("");
}
