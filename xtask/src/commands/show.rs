//! `cargo xtask show`

use anyhow::Result;

use book::fragments::{self, Fragment};
use project::{discover, paths::Project, terminal};

/// Print a fragment that pages embed, as Markdown, from the snapshots
#[derive(clap::Args)]
#[command(
    subcommand_value_name = "WHAT",
    subcommand_help_heading = "Fragments",
    after_help = "Example:\n  cargo xtask show size 03-strip"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    fragment: Fragment,
}

impl Args {
    /// Fails if there is no such step or snapshot.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let steps = discover::everything(project)?;
        terminal::pass_out(&fragments::show(project, &steps, &self.fragment)?);
        Ok(())
    }
}
