//! `cargo xtask estimates`

use anyhow::Result;
use serde_json::json;

use project::{
    paths::Project,
    terminal::{self, AlreadyReported, BAD, GOOD, number, paint},
};
use studies::estimates::{self, Estimate};

/// Compare what `inspect` promises with what following its advice took off, between steps, and with
/// chapters-code/studies/estimates.json
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask estimates")]
pub(crate) struct Args {
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
        let measured = estimates::measure(project)?;
        let far = measured
            .iter()
            .filter(|(one, near)| !near.holds(one))
            .count();
        let all: Vec<_> = measured.iter().map(|(one, _)| one.clone()).collect();
        if self.accept {
            estimates::RECORD.store(project, &all)?;
            terminal::status("Kept", &estimates::RECORD.shown());
        }
        let kept: Vec<Estimate> = estimates::RECORD.stored(project)?;
        if self.json {
            let told = json!({ "ok": kept == all && far == 0, "estimates": all });
            terminal::json(&told)?;
            return if far > 0 {
                Err(AlreadyReported.into())
            } else {
                super::hold(&estimates::RECORD, &kept, &all, true)
            };
        }
        let rows: Vec<Vec<String>> = measured
            .iter()
            .map(|(one, near)| {
                let verdict = if near.holds(one) { "ok" } else { "TOO FAR" };
                vec![
                    one.before.clone(),
                    one.after.clone(),
                    one.findings.join(", "),
                    number(one.said),
                    number(one.happened),
                    verdict.to_owned(),
                ]
            })
            .collect();
        terminal::styled(&terminal::table(
            &["from", "to", "findings", "said", "happened", ""],
            &[false, false, false, true, true, false],
            &rows,
        ));
        if far > 0 {
            terminal::styledln!("{} {far} estimates are too far off", paint(BAD, "found:"));
            return Err(AlreadyReported.into());
        }
        super::hold(&estimates::RECORD, &kept, &all, false)?;
        terminal::styledln!(
            "{} {} estimates are as near as they have to be",
            paint(GOOD, "checked:"),
            all.len()
        );
        Ok(())
    }
}
