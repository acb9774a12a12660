//! `cargo xtask owners`

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::json;

use project::{
    paths::Project,
    terminal::{self, GOOD, number, paint},
};
use studies::owners::{Owners, Twins};

/// Find out whose code the steps' modules are made of, from twins that keep their names, and compare with
/// chapters-code/studies/owners.json
///
/// It builds each step with a kilobyte of code once more, without stripping the names. That takes some minutes.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask owners")]
pub(crate) struct Args {
    /// Only these steps
    #[arg(value_name = "STEP")]
    only: Vec<String>,
    /// Keep what is found
    #[arg(long)]
    accept: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Fails if a step's code is not made of what is kept.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let answer = super::conduct(&Twins { only: &self.only }, project, self.accept, ("Building", 0))?;
        if self.json {
            let ok = answer.differences.is_empty();
            terminal::json(&json!({ "ok": ok, "owners": answer.found }))?;
        } else {
            tell(&answer.found.steps);
            for (step, why) in &answer.found.unknown {
                terminal::outln!("unknown: {step}: {why}");
            }
        }
        super::hold(&answer.differences, self.json)?;
        if !self.json {
            terminal::styledln!(
                "{} the code of {} steps is made of what the pages say",
                paint(GOOD, "checked:"),
                answer.found.steps.len()
            );
        }
        Ok(())
    }
}

fn tell(steps: &BTreeMap<String, Owners>) {
    let row = |(name, step): (&String, &Owners)| {
        let owners = step.owners.iter();
        let owners = owners.map(|(owner, size)| format!("{owner} {}", number(*size)));
        vec![
            name.clone(),
            number(step.code),
            owners.collect::<Vec<_>>().join(", "),
        ]
    };
    terminal::styled(&terminal::table(
        &["step", "code", "made of"],
        &[false, true, false],
        &steps.iter().map(row).collect::<Vec<_>>(),
    ));
}
