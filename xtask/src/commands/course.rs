//! `cargo xtask course`

use anyhow::Result;

use project::{
    paths::Project,
    terminal::{self, number},
};
use studies::course::{Hole, Holes};

/// Check the golf course: that what a reader starts from and what is at par do the same, and are as
/// chapters-code/studies/course.json says
///
/// The holes are texts in chapters-code/course/. They are assembled, and run on wasmtime.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask course")]
pub(crate) struct Args {
    #[command(flatten)]
    how: super::How,
}

impl Args {
    /// Fails if a hole cannot be played, or is not the one that is kept.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        super::conducted(&Holes, project, &self.how, ("Playing", "course"), |holes| {
            tell(holes);
            format!("{} holes can be played", holes.len())
        })
    }
}

fn tell(holes: &[Hole]) {
    let row = |hole: &Hole| {
        vec![
            hole.name.clone(),
            number(hole.from()),
            number(hole.par()),
            hole.does.join("; "),
        ]
    };
    terminal::styled(&terminal::table(
        &["hole", "from", "par", "what it does"],
        &[false, true, true, false],
        &holes.iter().map(row).collect::<Vec<_>>(),
    ));
}
