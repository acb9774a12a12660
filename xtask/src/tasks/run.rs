//! `cargo xtask run`

use anyhow::Result;

use crate::{
    build::{self, Built},
    discover, engines,
    house::House,
    report,
    run::{self, Limits},
};

/// Build one step, run it inside limits, and show what happened
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask run 08-no-main")]
pub struct Args {
    /// The step
    #[arg(value_name = "STEP")]
    step: String,
    /// The engine
    #[arg(long, default_value = engines::ENGINES[0])]
    engine: String,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Runs. The guest's output goes where ours goes; what happened is told on standard error.
    ///
    /// # Errors
    /// If there is no such step or engine. What the guest does is a result, whatever it is.
    pub fn run(&self, house: &House) -> Result<()> {
        let steps = discover::steps(house)?;
        let step = discover::find(&steps, &self.step)?;
        let host = engines::host(house, &self.engine)?;
        let (file, bytes) = match build::build(house, step, false)? {
            Built::Module { file, bytes, .. } => (file, bytes),
            Built::Skipped(why) => anyhow::bail!("{} is skipped: {why}", step.path),
            Built::Fails(errors) => {
                report::say(
                    "Result",
                    &format!("{} does not build, so there is nothing to run", step.path),
                );
                for error in errors {
                    eprintln!("             {error}");
                }
                return Ok(());
            }
        };
        if !self.json {
            report::say(
                "Running",
                &format!(
                    "{} ({})",
                    house.shown(&file),
                    report::bytes(bytes.len() as u64)
                ),
            );
        }
        let ran = run::run(&host, &file, &Limits::default())?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&ran)?);
        } else {
            print!("{}", ran.stdout);
            eprint!("{}", ran.stderr);
            report::say(
                "Result",
                &format!(
                    "{}: {}",
                    engines::version(&self.engine)?,
                    ran.outcome.summary()
                ),
            );
        }
        Ok(())
    }
}
