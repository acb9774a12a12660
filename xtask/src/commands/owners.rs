//! `cargo xtask owners`

use std::collections::BTreeMap;

use anyhow::Result;

use project::{
    paths::Project,
    terminal::{self, number},
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
    #[command(flatten)]
    how: super::How,
}

impl Args {
    /// Fails if a step's code is not made of what is kept.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let study = Twins { only: &self.only };
        super::conducted(&study, project, &self.how, ("Building", "owners"), |found| {
            tell(&found.steps);
            for (step, why) in &found.unknown {
                terminal::outln!("unknown: {step}: {why}");
            }
            let steps = found.steps.len();
            format!("the code of {steps} steps is made of what the pages say")
        })
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
