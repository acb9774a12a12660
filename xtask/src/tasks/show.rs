//! `cargo xtask show`

use std::fmt::Write as _;

use anyhow::Result;

use crate::{discover, house::House, report, show};

/// Print a fragment that pages embed, as Markdown, from the snapshots
#[derive(clap::Args)]
#[command(after_help = fragments())]
pub struct Args {
    /// What to show, of which step, and what else it takes
    #[arg(value_name = "WHAT STEP", required = true, num_args = 1..)]
    args: Vec<String>,
}

fn fragments() -> String {
    let mut text = String::from("Example:\n  cargo xtask show size 03-strip\n\nFragments:\n");
    for (usage, about) in show::FRAGMENTS {
        _ = writeln!(text, "  {usage:<28}{about}");
    }
    text
}

impl Args {
    /// Shows.
    ///
    /// # Errors
    /// If there is no such fragment, step or snapshot.
    pub fn show(&self, house: &House) -> Result<()> {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        report::pass_out(&show::show(house, &discover::everything(house)?, &args)?);
        Ok(())
    }
}
