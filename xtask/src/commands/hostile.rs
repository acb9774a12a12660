//! `cargo xtask hostile`

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};

use project::{
    paths::Project,
    terminal::{self, AlreadyReported, GOOD, bytes, number, paint},
};
use studies::fuzz::{self, COUNT, SEED};

/// Try thousands of malicious modules and texts: nothing may panic, trap, hang or use memory without limit
///
/// They are given to the crate that takes modules apart and to `wat` natively, and to the instrument and the assembler
/// as the pages load them, which have to answer the same. What fails is made small and written to target/hostile/.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask hostile\n  cargo xtask hostile --seed 7 --count 100000\n  cargo xtask \
        hostile target/hostile/42-137.wasm"
)]
pub(crate) struct Args {
    /// Inputs to try instead: modules (*.wasm) and texts (*.wat)
    files: Vec<PathBuf>,
    /// How many inputs
    #[arg(long, value_name = "N", default_value_t = COUNT)]
    count: u64,
    /// What the inputs are chosen by: the same number, the same inputs
    #[arg(long, value_name = "N", default_value_t = SEED)]
    seed: u64,
    /// The number of the first one
    #[arg(long, value_name = "N", default_value_t = 0)]
    from: u64,
    /// Only write what the inputs are made from, as the first inputs of cargo-fuzz: below
    /// chapters-code/anatomy/fuzz/corpus/
    #[arg(long, conflicts_with = "files")]
    corpus: bool,
    /// Print one JSON object
    #[arg(long, conflicts_with_all = ["files", "corpus"])]
    json: bool,
}

impl Args {
    /// Fails if one of them is not put up with.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        if self.corpus {
            let corpus = project.steps().join("anatomy/fuzz/corpus");
            fuzz::seeds(project, &corpus.join("apart"), &corpus.join("text"))?;
            terminal::status("Wrote", &project.shown(&corpus));
            return Ok(());
        }
        if !self.files.is_empty() {
            let wrong = fuzz::check(project, &self.files)?;
            ensure!(wrong.is_empty(), "{}", wrong.trim());
            terminal::styledln!("{} nothing gives way to them", paint(GOOD, "checked:"));
            return Ok(());
        }
        let tried = fuzz::run(project, self.seed, self.count, self.from)?;
        let all = tried.modules + tried.texts;
        if self.json {
            terminal::json(&tried)?;
            if tried.failures.is_empty() && all == self.count {
                return Ok(());
            }
            return Err(AlreadyReported.into());
        }
        terminal::outln!(
            "{} modules and {} texts in {:.0} s",
            number(tried.modules),
            number(tried.texts),
            tried.seconds
        );
        let most = &tried.most;
        terminal::outln!(
            "natively: at most {} ms (number {}) and {} of memory (number {})",
            most.ms.amount,
            most.ms.index,
            bytes(most.memory.amount),
            most.memory.index
        );
        let guests = [
            ("the instrument", tried.in_wasm.instrument),
            ("the assembler", tried.in_wasm.assembler),
        ];
        for (guest, _) in guests.iter().filter(|(_, there)| !there) {
            terminal::warn(&format!("{guest} is not kept, so it was not tried"));
        }
        if guests.iter().any(|(_, there)| *there) {
            terminal::outln!(
                "in wasm: at most {} steps for a question (number {}) and {} of memory (number {})",
                number(most.steps.amount),
                most.steps.index,
                bytes(most.wasm_memory.amount),
                most.wasm_memory.index
            );
        }
        for failure in &tried.failures {
            terminal::outln!(
                "\nnumber {} ({}): {}: {}",
                failure.index,
                failure.how,
                failure.asked,
                failure.what
            );
            if failure.more > 0 {
                terminal::outln!("  and {} more like it", failure.more);
            }
            if let Some(file) = &failure.file {
                terminal::outln!(
                    "  {}; to try it again: cargo xtask hostile {}",
                    bytes(failure.size.unwrap_or_default()),
                    project.shown(file)
                );
            }
        }
        if !tried.failures.is_empty() {
            bail!(
                "{} sorts of input are not put up with",
                tried.failures.len()
            );
        }
        ensure!(
            all == self.count,
            "only {all} of {} inputs came to an answer",
            self.count
        );
        terminal::styledln!(
            "{} nothing panics, traps, hangs or takes memory without end",
            paint(GOOD, "checked:")
        );
        Ok(())
    }
}
