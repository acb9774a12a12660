//! `cargo xtask golf`

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use pipeline::source;
use project::{
    paths::Project,
    terminal::{self, GOOD, bytes, change, number, paint},
};
use studies::golf::{self, ATTEMPTS, Keep, Rules, SEED, Searches};

/// Have a machine make a module smaller: wasm-shrink removes things at random, as long as the module
/// does the same
///
/// Without a module it makes the book's own searches again and compares them with chapters-code/studies/golf.json.
/// What is found runs on wasmi thousands of times, and on wasmtime in the end. The module finds an empty input, no
/// arguments and no folder.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask golf my.wasm --keep output\n  cargo xtask golf 08-hello-std --keep output \
        --seconds 10 -o tiny.wasm\n  cargo xtask golf"
)]
pub(crate) struct Args {
    /// A step, or a file that ends in .wasm; it is left as it is
    #[arg(value_name = "STEP|FILE.wasm", requires = "keep")]
    what: Option<String>,
    /// What has to stay the same
    #[arg(long, requires = "what")]
    keep: Option<Keep>,
    /// Stop after so many seconds at the latest
    #[arg(long, value_name = "N", default_value_t = 60, requires = "what")]
    seconds: u64,
    /// Stop after so many changes in a row that led to nothing
    #[arg(long, value_name = "N", default_value_t = ATTEMPTS, requires = "what")]
    attempts: u32,
    /// The seed of the random choices: the same seed gives the same choices
    #[arg(long, value_name = "N", default_value_t = SEED, requires = "what")]
    seed: u64,
    /// The file to write; `NAME.small.wasm` in this folder if not given
    #[arg(short, long, value_name = "FILE", requires = "what")]
    out: Option<PathBuf>,
    /// Keep what the book's searches find
    #[arg(long, conflicts_with = "what")]
    accept: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Fails if there is no such module, it does not run, or the book's searches find something else than what is
    /// kept.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        match (&self.what, self.keep) {
            (Some(what), Some(keep)) => self.shrink(project, what, keep),
            _ => self.book(project),
        }
    }

    fn shrink(&self, project: &Project, what: &str, keep: Keep) -> Result<()> {
        let given = source::read(project, what)?;
        let out = match &self.out {
            Some(out) => out.clone(),
            None => {
                let stem = given.file.file_stem().context("the file has a name")?;
                PathBuf::from(format!("{}.small.wasm", stem.to_string_lossy()))
            }
        };
        let same = match (out.canonicalize(), given.file.canonicalize()) {
            (Ok(out), Ok(file)) => out == file,
            _ => false,
        };
        ensure!(
            !same,
            "{} is the module itself, which is left as it is: -o FILE names another",
            out.display()
        );
        let rules = Rules {
            keep,
            seed: self.seed,
            attempts: self.attempts,
            seconds: Some(self.seconds),
        };
        let bar = terminal::bar(usize::try_from(self.seconds)?);
        bar.set_prefix("Searching");
        let found = golf::shrink(project, &given.file, &out, &rules, &|tried, size| {
            bar.set_position(bar.elapsed().as_secs());
            bar.set_message(format!("{}, {} tried", bytes(size), number(tried)));
        });
        bar.finish_and_clear();
        let found = found?;
        let ran = golf::confirm(project, &given.file, &out, keep)?;
        if self.json {
            let told = json!({ "out": out, "found": found, "run": ran });
            terminal::json(&told)?;
            return Ok(());
        }
        if found.calls == 0 {
            terminal::warn(
                "the module never calls WASI when it runs, so nothing kept the search from taking that away",
            );
        }
        terminal::status(
            "Wrote",
            &format!(
                "{}: {} ({}), which wasmtime confirms: {}",
                out.display(),
                bytes(found.bytes),
                change(found.from, found.bytes),
                ran.outcome.summary()
            ),
        );
        let why = match found.ended.as_str() {
            "attempts" => format!("{} changes in a row led to nothing", self.attempts),
            "seconds" => "the time was up; --seconds gives it more".to_owned(),
            other => other.to_owned(),
        };
        terminal::status(
            "Tried",
            &format!(
                "{} modules, of which {} did the same; it ended because {why}",
                number(found.tried),
                number(found.same)
            ),
        );
        Ok(())
    }

    fn book(&self, project: &Project) -> Result<()> {
        let answer = super::conduct(&Searches, project, self.accept, ("Searching", 0))?;
        if self.json {
            let told = json!({ "ok": answer.differences.is_empty(), "golf": answer.found });
            terminal::json(&told)?;
        } else {
            for search in &answer.found.searches {
                terminal::outln!(
                    "{:>8} → {:<6} {} ({} tried)",
                    number(search.found.from),
                    number(search.found.bytes),
                    search.step,
                    number(search.found.tried)
                );
            }
        }
        super::hold(&answer.differences, self.json)?;
        if !self.json {
            terminal::styledln!(
                "{} the searches find what {} says",
                paint(GOOD, "checked:"),
                golf::RECORD.shown()
            );
        }
        Ok(())
    }
}
