//! `cargo xtask cmdrun`

use std::{
    io::{self, Read, Write},
    process,
};

use anyhow::Result;

use book::cmdrun;
use project::{discover, paths::Project, terminal};

/// Answer mdBook as its preprocessor (book.toml calls this)
///
/// Reads mdBook's JSON (of 0.4 or 0.5) on standard input and prints the book with every
/// `<!-- cmdrun COMMAND -->` replaced by what the command prints.
#[derive(clap::Args)]
#[command(
    after_help = "Example (in book.toml):\n  [preprocessor.cmdrun]\n  command = \"cargo run --quiet --package xtask -- \
        cmdrun\""
)]
pub(crate) struct Args {
    /// `supports RENDERER`: mdBook asks whether the renderer can be served; all can
    #[arg(value_name = "supports RENDERER", num_args = 0..=2)]
    question: Vec<String>,
}

impl Args {
    /// Fails if a command in a page fails: all that do, with page and line.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        match &self.question[..] {
            [] => {}
            [word, ..] if word == "supports" => return Ok(()),
            other => {
                terminal::errln!(
                    "cargo xtask cmdrun takes nothing, or `supports RENDERER`, not `{}`",
                    other.join(" ")
                );
                process::exit(2);
            }
        }
        let mut input = String::new();
        io::stdin().read_to_string(&mut input)?;
        let book = cmdrun::preprocess(project, &discover::everything(project)?, &input)?;
        Ok(io::stdout().write_all(book.as_bytes())?)
    }
}
