//! `cargo xtask see`

use std::env;

use anyhow::Result;
use project::{paths::Project, terminal};
use studies::see::Looks;

/// Ask the usual tools of the book's modules what the pages show of them, and compare with
/// chapters-code/studies/see.json
///
/// What is asked is in chapters-code/see.toml. WABT is fetched with npm; a program that is not here is left out with a
/// warning (in CI that is an error).
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask see")]
pub(crate) struct Args {
    #[command(flatten)]
    how: super::How,
}

impl Args {
    /// Fails if a program says something else than what is kept, or (in CI) is missing.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let study = Looks {
            all: env::var_os("CI").is_some(),
        };
        super::conducted(&study, project, &self.how, ("Asking", "seen"), |all| {
            for seen in all {
                terminal::outln!("{} {}", seen.run, seen.step);
            }
            format!("{} commands print what the pages show", all.len())
        })
    }
}
