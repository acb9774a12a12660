//! `cargo xtask course`

use anyhow::Result;
use serde_json::json;

use project::{
    paths::Project,
    terminal::{self, GOOD, number, paint},
};
use studies::course::{Hole, Holes};

/// Check the golf course: that what a reader starts from and what is at par do the same, and are as
/// chapters-code/studies/course.json says
///
/// The holes are texts in chapters-code/course/. They are assembled, and run on wasmtime.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask course")]
pub(crate) struct Args {
    /// Keep what is found
    #[arg(long)]
    accept: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Fails if a hole cannot be played, or is not the one that is kept.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let answer = super::conduct(&Holes, project, self.accept, ("Playing", 12))?;
        if self.json {
            let ok = answer.differences.is_empty();
            terminal::json(&json!({ "ok": ok, "course": answer.found }))?;
        } else {
            tell(&answer.found);
        }
        super::hold(&answer.differences, self.json)?;
        if !self.json {
            terminal::styledln!(
                "{} {} holes can be played",
                paint(GOOD, "checked:"),
                answer.found.len()
            );
        }
        Ok(())
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
