//! The command line.

mod diff;
mod inspect;
mod shrink;
mod top;
mod r#try;
mod why;

use std::fmt;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Says where the bytes of a WebAssembly module or component are, what keeps them, and what makes it smaller.
///
/// Nothing is sent anywhere, and no file is changed but those that -o names.
#[derive(Parser)]
#[command(
    version,
    after_help = "Begin with:\n  wasm-diet inspect my.wasm    what is in it, and what it could do without\n\n\
                  Exit codes: 0 as asked, 1 over a budget or a check failed, 2 an error."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Inspect(inspect::Args),
    Top(top::Args),
    Why(why::Args),
    Diff(diff::Args),
    Shrink(shrink::Args),
    Try(r#try::Args),
}

/// Something was asked and the answer is no; it has been said in full.
#[derive(Debug)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl Cli {
    /// Does what the command line says.
    ///
    /// # Errors
    /// [`Refused`] or [`crate::budget::OverBudget`] for exit code 1, others for 2.
    pub fn run(&self) -> Result<()> {
        match &self.command {
            Command::Inspect(args) => args.run(),
            Command::Top(args) => args.run(),
            Command::Why(args) => args.run(),
            Command::Diff(args) => args.run(),
            Command::Shrink(args) => args.run(),
            Command::Try(args) => args.run(),
        }
    }
}

/// How something is printed.
#[derive(Debug, Default, clap::Args)]
pub struct Format {
    /// Print one JSON object; its key `schema` is the version that README.md documents
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,
    /// Print Markdown, for a comment or a job's summary
    #[arg(long)]
    pub markdown: bool,
}
