//! `cargo xtask prices`

use anyhow::Result;

use project::{
    paths::Project,
    terminal::{self, number},
};
use studies::prices::{Prices, Shop};

/// Build, run and weigh the crates of the price list, and compare with chapters-code/studies/prices.json
///
/// Each folder in chapters-code/prices/ is a library with one exported function `run`, which is called with the cases in its
/// Cargo.toml. All of them take some minutes.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask prices\n  cargo xtask prices hash-map --accept")]
pub(crate) struct Args {
    /// Only these crates
    #[arg(value_name = "NAME")]
    only: Vec<String>,
    #[command(flatten)]
    how: super::How,
}

impl Args {
    /// Fails if a crate does not build, gives a wrong answer, or weighs something else than what is kept.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let study = Shop { only: &self.only };
        super::conducted(&study, project, &self.how, ("Weighing", "prices"), |prices| {
            tell(prices);
            format!("{} crates work, and weigh what the pages say", prices.entries.len())
        })
    }
}

fn tell(prices: &Prices) {
    let rows = prices.entries.iter().map(|one| {
        vec![
            one.name.clone(),
            number(one.weight.raw),
            number(one.weight.gzip),
            number(one.weight.brotli),
        ]
    });
    terminal::styled(&terminal::table(
        &["crate", "raw", "gzip", "brotli"],
        &[false, true, true, true],
        &rows.collect::<Vec<_>>(),
    ));
}
