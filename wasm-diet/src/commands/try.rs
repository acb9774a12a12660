//! `wasm-diet try`

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use wasm_diet_terminal as terminal;

use super::Format;
use crate::{
    budget::Growth,
    files,
    staircase::{self, By, Check, Choice, Project, STEPS, Wanted},
};

/// Builds the crate of this folder with one setting after the other, and keeps what makes it smaller
///
/// No file of yours is changed: the settings are passed to cargo on its command line, and it builds in a folder of its
/// own. What was interrupted goes on where it was.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  wasm-diet try\n  wasm-diet try --check 'node test.mjs {wasm}'\n  \
                  wasm-diet try --target wasm32-wasip1 --bin my-program --unstable -- --features small\n  \
                  wasm-diet try --only strip,opt-level,lto --by raw"
)]
pub(super) struct Args {
    /// The size that decides: a browser's user waits for the one after compression; a plugin or a device keeps the file
    /// as it is
    #[arg(long, value_name = "SIZE", default_value = "brotli")]
    by: By,
    /// What a setting has to save to be kept: `1%`, or a size such as `100`; else what it loses is not worth it
    #[arg(long, value_name = "SAVING", default_value = "0")]
    worth: Growth,
    /// A command for each result; what it refuses (an exit code that is not 0) is not kept. {wasm} is the file, {js}
    /// the JavaScript of wasm-bindgen. It is started without a shell
    #[arg(long, value_name = "COMMAND")]
    check: Option<String>,
    /// How long the check may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    check_seconds: u64,
    /// Also try what only nightly's compiler takes (others with `RUSTC_BOOTSTRAP=1`, which is set for them): the standard
    /// library compiled anew, and panics without a message. Takes minutes
    #[arg(long)]
    unstable: bool,
    /// Try these steps alone
    #[arg(long, value_name = "STEPS", value_delimiter = ',', value_parser = STEPS)]
    only: Vec<String>,
    /// Do not try these steps
    #[arg(long, value_name = "STEPS", value_delimiter = ',', value_parser = STEPS)]
    skip: Vec<String>,
    /// Forget what was measured and built before
    #[arg(long)]
    fresh: bool,
    /// Binaryen's wasm-opt [default: the one on the PATH]
    #[arg(long, value_name = "PROGRAM")]
    wasm_opt: Option<String>,
    /// wasm-bindgen, of the release that the crate is linked with [default: the one on the PATH]
    #[arg(long, value_name = "PROGRAM")]
    wasm_bindgen: Option<String>,
    /// Where to write the page [default: staircase.html in wasm-diet in cargo's target folder]
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    format: Format,
}

impl Args {
    /// # Errors
    /// If there is no crate, it does not build, or its check fails before anything was changed.
    pub(super) fn run(&self) -> Result<()> {
        let check = self.check.as_ref();
        let wanted = Wanted {
            by: self.by,
            worth: self.worth,
            check: check
                .map(|check| Check::new(check, self.check_seconds))
                .transpose()?,
            only: self.only.clone(),
            skip: self.skip.clone(),
            unstable: self.unstable,
            fresh: self.fresh,
            wasm_opt: self.wasm_opt.clone(),
            wasm_bindgen: self.wasm_bindgen.clone(),
        };
        let folder = std::env::current_dir().context("the folder is gone")?;
        let project = Project::find(&folder, &self.choice)?;
        let page = self
            .html
            .clone()
            .unwrap_or_else(|| project.work.join("staircase.html"));
        let stairs = staircase::climb(project, &wanted)?;
        files::write(&page, staircase::page(&stairs).as_bytes(), &[])?;
        if self.format.json {
            terminal::json(&staircase::json(&stairs))?;
        } else if self.format.markdown {
            terminal::out(&staircase::markdown(&stairs));
        } else {
            staircase::print(&stairs);
        }
        terminal::status("Written", &page.display().to_string());
        Ok(())
    }
}
