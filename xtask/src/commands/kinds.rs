//! `cargo xtask kinds`

use anyhow::Result;

use project::{
    paths::Project,
    terminal::{self, number},
};
use studies::kinds::{Kind, Kinds};

/// Build, run and weigh the crates with settings to paste, and compare with chapters-code/studies/kinds.json
///
/// Each folder in chapters-code/your-crate/ is a kind of program. It is built with cargo's own settings, and with those of
/// the crate.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask kinds")]
pub(crate) struct Args {
    #[command(flatten)]
    how: super::How,
}

impl Args {
    /// Fails if a crate does not build or does something else than it says, or is not as it is kept.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        super::conducted(&Kinds, project, &self.how, ("Building", "kinds"), |kinds| {
            tell(kinds);
            format!("{} kinds of programs work, and weigh what the pages say", kinds.len())
        })
    }
}

fn tell(kinds: &[Kind]) {
    let row = |kind: &Kind| {
        vec![
            kind.name.clone(),
            number(kind.before.raw),
            number(kind.built.raw),
            number(kind.after().raw),
            number(kind.after().brotli),
        ]
    };
    terminal::styled(&terminal::table(
        &["kind", "cargo's own", "the crate's", "in the end", "brotli"],
        &[false, true, true, true, true],
        &kinds.iter().map(row).collect::<Vec<_>>(),
    ));
}
