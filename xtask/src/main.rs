//! `cargo xtask`: parses the command line, dispatches, and maps errors to exit codes.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod commands;

use std::{path::PathBuf, process::ExitCode};

use clap::{CommandFactory as _, FromArgMatches as _, Parser};
use project::{paths::Project, terminal};

use crate::commands::Command;

/// Builds, measures, runs and verifies the steps of "From 2 MB to 97 Bytes", and makes the book.
///
/// STEP is a path below chapters-code/, or any part of one that matches a single step, such as `strip`.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    after_help = "Begin with:\n  cargo xtask serve     read the book at http://localhost:3000\n  cargo xtask verify    \
        prove every number in it"
)]
struct Cli {
    /// Another folder with a book, for tests that break things in it
    #[arg(long, hide = true, global = true, value_name = "DIR")]
    root: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    // `cargo xtask list | head` is over when head is.
    sigpipe::reset();
    let cli = Cli::command();
    let listing = commands::listing(&cli);
    let cli = cli.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{listing}Options:\n{{options}}{{after-help}}"
    ));
    let cli = Cli::from_arg_matches(&cli.get_matches()).unwrap_or_else(|error| error.exit());
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if let Some(commands::Exit(code)) = error.downcast_ref() {
                return ExitCode::from(*code);
            }
            terminal::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    let project = match &cli.root {
        Some(root) => Project::at(root)?,
        None => Project::here(),
    };
    cli.command.run(&project)
}
