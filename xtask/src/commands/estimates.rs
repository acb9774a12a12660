//! `cargo xtask estimates`

use anyhow::Result;
use serde_json::json;

use project::{
    paths::Project,
    terminal::{self, AlreadyReported, BAD, GOOD, number, paint},
};
use studies::{
    estimates::{Estimate, Estimates},
    trials::{Trial, Trials},
};

/// Compare what `inspect` promises with what following its advice took off, between steps, and with
/// chapters-code/studies/estimates.json
///
/// With --targets, it builds four small programs for the targets that Rust has for WebAssembly, each without and with what
/// the findings advise, and compares with chapters-code/studies/trials.json. That takes some minutes.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask estimates\n  cargo xtask estimates --targets")]
pub(crate) struct Args {
    /// Try each kind of finding on each target instead
    #[arg(long)]
    targets: bool,
    /// Keep what is found
    #[arg(long)]
    accept: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Fails if an estimate is further off than it may be, or is not the one that is kept.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        if self.targets {
            return self.on_targets(project);
        }
        let answer = super::conduct(&Estimates, project, self.accept, ("Comparing", 0))?;
        let far = answer.found.iter().filter(|one| !one.holds()).count();
        if self.json {
            let ok = answer.differences.is_empty() && far == 0;
            terminal::json(&json!({ "ok": ok, "estimates": answer.found }))?;
        } else {
            tell(&answer.found);
        }
        if far > 0 {
            if !self.json {
                terminal::styledln!("{} {far} estimates are too far off", paint(BAD, "found:"));
            }
            return Err(AlreadyReported.into());
        }
        super::hold(&answer.differences, self.json)?;
        if !self.json {
            terminal::styledln!(
                "{} {} estimates are as near as they have to be",
                paint(GOOD, "checked:"),
                answer.found.len()
            );
        }
        Ok(())
    }

    fn on_targets(&self, project: &Project) -> Result<()> {
        let answer = super::conduct(&Trials, project, self.accept, ("Trying", 4))?;
        let far = answer.found.iter().filter(|one| !one.holds()).count();
        if self.json {
            let ok = answer.differences.is_empty() && far == 0;
            terminal::json(&json!({ "ok": ok, "trials": answer.found }))?;
        } else {
            tell_trials(&answer.found);
        }
        if far > 0 {
            if !self.json {
                terminal::styledln!("{} {far} promises are too far off", paint(BAD, "found:"));
            }
            return Err(AlreadyReported.into());
        }
        super::hold(&answer.differences, self.json)?;
        if !self.json {
            terminal::styledln!(
                "{} {} promises are as near as they have to be",
                paint(GOOD, "checked:"),
                answer.found.len()
            );
        }
        Ok(())
    }
}

fn tell_trials(trials: &[Trial]) {
    let row = |one: &Trial| {
        let verdict = if one.holds() { "ok" } else { "TOO FAR" };
        vec![
            one.program.clone(),
            one.target.clone(),
            one.change.clone(),
            one.findings.join(", "),
            one.promise(),
            one.told(),
            verdict.to_owned(),
        ]
    };
    terminal::styled(&terminal::table(
        &["program", "target", "followed", "findings", "said", "happened", ""],
        &[false, false, false, false, true, true, false],
        &trials.iter().map(row).collect::<Vec<_>>(),
    ));
}

fn tell(estimates: &[Estimate]) {
    let row = |one: &Estimate| {
        let verdict = if one.holds() { "ok" } else { "TOO FAR" };
        vec![
            one.before.clone(),
            one.after.clone(),
            one.findings.join(", "),
            number(one.said),
            number(one.happened),
            verdict.to_owned(),
        ]
    };
    terminal::styled(&terminal::table(
        &["from", "to", "findings", "said", "happened", ""],
        &[false, false, false, true, true, false],
        &estimates.iter().map(row).collect::<Vec<_>>(),
    ));
}
