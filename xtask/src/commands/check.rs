//! `cargo xtask check`

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use serde_json::json;

use pipeline::check;
use project::{
    discover,
    paths::Project,
    select,
    terminal::{self, AlreadyReported, BAD, GOOD, bytes, number, paint},
};

/// Compare a crate or a module of yours with a step: whether it does the same, and whether it is as small
///
/// A folder is built with its own settings (`cargo build --release`); a module is taken as it is. It is run, or called,
/// as the step's module is.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask copy 18-without-crt1 ~/mine\n  cargo xtask check 20-ninety-six ~/mine\n  \
                  cargo xtask check 20-ninety-six my.wasm"
)]
pub(crate) struct Args {
    /// The step that yours should be like
    step: String,
    /// Your crate's folder, or a file that ends in .wasm
    #[arg(value_name = "FOLDER|FILE.wasm")]
    yours: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Fails if it does something else or is larger than the step's module.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let steps = discover::everything(project)?;
        let step = select::find(&steps, &self.step)?;
        // Before anything is built for nothing.
        check::target(step)?;
        ensure!(
            self.yours.exists(),
            "there is no {}: expected a crate's folder, or a file that ends in .wasm",
            self.yours.display()
        );
        let built;
        let module: &Path = if self.yours.is_dir() {
            built = check::built(&self.yours)?;
            &built
        } else {
            &self.yours
        };
        let checked = check::check(project, step, module)?;
        if self.json {
            terminal::json(&json!({ "ok": checked.is_there(), "checked": checked }))?;
        } else {
            tell(&checked);
        }
        if checked.is_there() {
            return Ok(());
        }
        Err(AlreadyReported.into())
    }
}

fn tell(checked: &check::Checked) {
    let (yours, wanted) = (checked.size, checked.wanted);
    terminal::outln!("yours  {:>11}  {}", number(yours), checked.does);
    terminal::outln!("step   {:>11}  {}", number(wanted), checked.step);
    if !checked.differences.is_empty() {
        for difference in &checked.differences {
            terminal::styledln!("{} {difference}", paint(BAD, "does something else:"));
        }
    } else if yours > wanted {
        terminal::styledln!(
            "{} it does the same, and has {} more than the step's",
            paint(BAD, "not there yet:"),
            bytes(yours - wanted)
        );
    } else if yours == wanted {
        terminal::styledln!("{} it does the same in as many bytes", paint(GOOD, "there:"));
    } else {
        terminal::styledln!(
            "{} it does the same in {} less than the step's",
            paint(GOOD, "better:"),
            bytes(wanted - yours)
        );
    }
}
