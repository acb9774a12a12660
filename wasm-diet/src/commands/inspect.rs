//! `wasm-diet inspect`

use anatomy::FINDINGS;
use anyhow::{Context as _, Result, bail};
use wasm_diet_terminal as terminal;

use super::Format;
use crate::{
    budget::Budget,
    files,
    report::{Notes, Report},
    sizes::Sizes,
};

/// What a file weighs, what is in it, and what it could do without
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  wasm-diet inspect my.wasm\n  wasm-diet inspect my.wasm --json\n  \
                  wasm-diet inspect my.wasm --max-gzip 320K\n  \
                  wasm-diet inspect my.wasm --baseline sizes.json --max-growth 1%"
)]
pub(super) struct Args {
    /// A module or a component; `-` is standard input
    #[arg(value_name = "FILE.wasm")]
    file: String,
    /// Also compress a file of more than 1 MiB, which takes seconds
    #[arg(long)]
    compressed: bool,
    /// A JSON file with an object that has a text for ids of findings, which is printed with each: a page of your own
    /// wiki, say
    #[arg(long, value_name = "FILE.json")]
    notes: Option<String>,
    /// What the file is called in what is printed
    #[arg(long, value_name = "NAME", hide = true)]
    called: Option<String>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    budget: Budget,
}

impl Args {
    /// # Errors
    /// If the file cannot be read or is no module, or it is over its budget.
    pub(super) fn run(&self) -> Result<()> {
        let bytes = files::read(&self.file)?;
        let name = match &self.called {
            Some(name) => name,
            None => files::called(&self.file),
        };
        let notes = self.notes.as_deref().map(notes).transpose()?;
        let notes = notes.unwrap_or_default();
        let sizes = Sizes::of(&bytes, self.compressed || self.budget.compresses())?;
        let report = Report::new(name, &bytes, sizes, &notes)?;
        if self.format.json {
            terminal::json(&report.json()?)?;
        } else if self.format.markdown {
            terminal::out(&report.markdown());
        } else {
            report.print()?;
        }
        self.budget.hold(name, &sizes)
    }
}

/// Reads the notes: by the id of a finding, what is to be said of it.
fn notes(file: &str) -> Result<Notes> {
    let notes = serde_json::from_slice(&files::read(file)?);
    let notes: Notes = notes
        .with_context(|| format!("{file} is no JSON object with a text for ids of findings"))?;
    let unknown = notes.keys().find(|id| !FINDINGS.contains(&id.as_str()));
    if let Some(unknown) = unknown {
        bail!(
            "{file} has a note on `{unknown}`, which is no finding; there are: {}",
            FINDINGS.join(", ")
        );
    }
    Ok(notes)
}
