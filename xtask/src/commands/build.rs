//! `cargo xtask build`

use anyhow::{Result, bail};

use pipeline::{build, built::Built};
use project::{discover, paths::Project, select, terminal};

/// Build steps: cargo in each step's folder, then the optimiser that it names, if any
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask build 03-strip")]
pub(crate) struct Args {
    /// The steps; all without one
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
}

impl Args {
    /// Builds, and prints each module's path and size. Fails if a step cannot be built. A step that is there to fail
    /// (its snapshot says so) is no error.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let steps = discover::everything(project)?;
        let mut surprises = Vec::new();
        for step in select::select(&steps, &self.steps)? {
            terminal::status("Building", &step.path);
            match build::build(project, step, false)? {
                Built::Module { file, bytes, .. } | Built::Program { file, bytes } => {
                    terminal::outln!(
                        "{}: {}",
                        project.shown(&file),
                        terminal::bytes(bytes.len() as u64)
                    );
                }
                Built::Skipped(why) => terminal::warn(&format!("{} is skipped: {why}", step.path)),
                Built::Fails(errors) => {
                    terminal::outln!("{} does not build:", step.path);
                    for error in &errors {
                        terminal::outln!("  {error}");
                    }
                    let known = pipeline::snapshot::stored(step)?
                        .is_some_and(|stored| stored.errors() == errors);
                    if known {
                        terminal::outln!("  (which is what this step is about)");
                    } else {
                        surprises.push(step.path.as_str());
                    }
                }
            }
        }
        if !surprises.is_empty() {
            bail!(
                "not as the snapshots say: {}; cargo xtask verify shows how",
                surprises.join(", ")
            );
        }
        Ok(())
    }
}
