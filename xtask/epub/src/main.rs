//! Writes the book as an EPUB: `cargo xtask book --epub FILE` compiles and starts it.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result};
use book::site::Address;
use clap::Parser as _;
use epub::Settings;
use project::{paths::Project, terminal};

/// Write the book as an EPUB
#[derive(clap::Parser)]
#[command(name = "epub")]
struct Args {
    /// The file
    file: PathBuf,
    /// Where the book with its buttons and editors is published
    #[arg(long, value_name = "URL")]
    address: Option<Address>,
    /// When the book was last changed, such as 2026-01-31T12:00:00Z (default: the time of the last commit)
    #[arg(long, value_name = "TIME")]
    modified: Option<String>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let project = Project::here();
    let modified = match &args.modified {
        Some(modified) => modified.clone(),
        None => epub::last_commit(&project)?,
    };
    let settings = Settings {
        address: args.address.clone(),
        modified,
    };
    let book = epub::make(&project, &settings)?;
    fs::write(&args.file, &book)
        .with_context(|| format!("cannot write {}", args.file.display()))?;
    let size = terminal::bytes(book.len() as u64);
    terminal::status("Wrote", &format!("{}, {size}", args.file.display()));
    Ok(())
}
