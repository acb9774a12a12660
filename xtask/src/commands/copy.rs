//! `cargo xtask copy`

use std::path::PathBuf;

use anyhow::Result;

use book::fragments;
use pipeline::export;
use project::{discover, paths::Project, select, terminal};

/// Copy a step as the start of a project: its crate, the compiler's pin and a lock file
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask copy 19-compressed ../tiny")]
pub(crate) struct Args {
    /// The step
    #[arg(value_name = "STEP")]
    step: String,
    /// The folder, which must be empty or not exist yet
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

impl Args {
    /// Copies, and says how to build the copy. Fails if the folder is not empty, or cannot be written.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let steps = discover::everything(project)?;
        let step = select::find(&steps, &self.step)?;
        let files = export::copy(project, step, &self.dir)?;
        terminal::status(
            "Copied",
            &format!("{} to {}", step.path, self.dir.display()),
        );
        for file in files {
            terminal::errln!("             {}", file.display());
        }
        terminal::outln!("cd {}", export::crate_dir(step, &self.dir)?.display());
        terminal::outln!("{}", fragments::build_command(step));
        if !step.settings.post_build.is_empty() {
            terminal::outln!("{}", fragments::post_build(step)?);
        }
        Ok(())
    }
}
