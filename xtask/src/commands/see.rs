//! `cargo xtask see`

use std::env;

use anyhow::Result;
use serde_json::json;

use project::{
    paths::Project,
    terminal::{self, GOOD, paint},
};
use studies::see::Looks;

/// Ask the usual tools of the book's modules what the pages show of them, and compare with
/// chapters-code/studies/see.json
///
/// What is asked is in chapters-code/see.toml. WABT is fetched with npm; a program that is not here is left out with a
/// warning (in CI that is an error).
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask see")]
pub(crate) struct Args {
    /// Keep what is found
    #[arg(long)]
    accept: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Fails if a program says something else than what is kept, or (in CI) is missing.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let study = Looks {
            all: env::var_os("CI").is_some(),
        };
        let answer = super::conduct(&study, project, self.accept, ("Asking", 0))?;
        if self.json {
            let ok = answer.differences.is_empty();
            terminal::json(&json!({ "ok": ok, "seen": answer.found }))?;
        } else {
            for seen in &answer.found {
                terminal::outln!("{} {}", seen.run, seen.step);
            }
        }
        super::hold(&answer.differences, self.json)?;
        if !self.json {
            terminal::styledln!(
                "{} {} commands print what the pages show",
                paint(GOOD, "checked:"),
                answer.found.len()
            );
        }
        Ok(())
    }
}
