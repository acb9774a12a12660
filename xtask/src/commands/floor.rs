//! `cargo xtask floor`

use anyhow::Result;
use serde_json::json;

use pipeline::source;
use project::{
    paths::Project,
    terminal::{self, AlreadyReported, BAD, GOOD, bytes, number, paint},
};
use studies::floor::{Floor, STEP, Search};

/// Look for a command of preview 1 that is smaller than the book's smallest, and compare with
/// chapters-code/studies/floor.json
///
/// Candidates are made from a small module by removing, correcting and replacing bytes, and from each function of
/// preview 1. What is valid and has the right shape is run on wasmtime. With a module of your own it looks around that.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask floor\n  cargo xtask floor 17-ninety-seven    (this one can be made smaller)"
)]
pub(crate) struct Args {
    /// A step, or a file that ends in .wasm, of up to 127 bytes; the book's smallest if not given
    #[arg(value_name = "STEP|FILE.wasm")]
    what: Option<String>,
    /// Keep what is found for the book's smallest
    #[arg(long, conflicts_with = "what")]
    accept: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Fails if something smaller is found, or the numbers are not those that are kept.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let around = source::read(project, self.what.as_deref().unwrap_or(STEP))?;
        let search = Search { around };
        let answer = super::conduct(&search, project, self.accept, ("Searching", 0))?;
        let floor = &answer.found;
        if self.json {
            let ok = answer.differences.is_empty() && floor.smaller.is_empty();
            terminal::json(&json!({ "ok": ok, "floor": floor }))?;
        } else {
            tell(floor);
        }
        if let Some(smallest) = floor.smaller.first() {
            if !self.json {
                terminal::styledln!(
                    "{} {} of them are smaller and do the same; the smallest has {}: {smallest}",
                    paint(BAD, "found:"),
                    number(floor.smaller.len() as u64),
                    bytes(smallest.len() as u64 / 2)
                );
            }
            return Err(AlreadyReported.into());
        }
        super::hold(&answer.differences, self.json)?;
        if !self.json {
            terminal::styledln!(
                "{} nothing smaller than {} was found",
                paint(GOOD, "checked:"),
                bytes(floor.bytes)
            );
        }
        Ok(())
    }
}

fn tell(floor: &Floor) {
    let rows: Vec<Vec<String>> = floor
        .kinds
        .iter()
        .map(|kind| {
            let columns = [kind.tried, kind.valid, kind.shaped, kind.left, kind.does];
            let columns = columns.map(number).into_iter();
            std::iter::once(kind.kind.clone()).chain(columns).collect()
        })
        .collect();
    terminal::styled(&terminal::table(
        &[
            "candidates",
            "tried",
            "valid",
            "right shape",
            "run",
            "do it",
        ],
        &[false, true, true, true, true, true],
        &rows,
    ));
    let smallest: Vec<String> = floor
        .functions
        .iter()
        .take(3)
        .map(|function| format!("{} ({})", function.name, number(function.bytes)))
        .collect();
    terminal::outln!(
        "{} functions of preview 1, the smallest commands: {}\n",
        floor.functions.len(),
        smallest.join(", ")
    );
}
