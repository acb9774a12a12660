//! `cargo xtask header`

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};

use pipeline::c_header;
use pipeline::source;
use project::{paths::Project, terminal};

/// Write a module as a C header, to be compiled into the program of a microcontroller
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask header 23-in-flash --out main/module.h")]
pub(crate) struct Args {
    /// A step, or a file that ends in .wasm
    #[arg(value_name = "STEP|FILE.wasm")]
    what: String,
    /// The file to write instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Args {
    /// A step is built first. Fails if there is no such step or file, or the header cannot be written.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let module = source::read(project, &self.what)?;
        let text = c_header::text(&module.bytes);
        let Some(out) = &self.out else {
            terminal::out(&text);
            return Ok(());
        };
        fs::write(out, text).with_context(|| format!("{} cannot be written", out.display()))?;
        terminal::status(
            "Wrote",
            &format!(
                "{}: {} ({})",
                out.display(),
                module.name,
                terminal::bytes(module.bytes.len() as u64)
            ),
        );
        Ok(())
    }
}
