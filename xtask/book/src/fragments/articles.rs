//! The articles as they were, and the steps on other releases of Rust.

use anyhow::{Context as _, Result};
use project::select;

use super::{
    Context,
    history::{self, Which},
};

/// What is shown.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Fragment {
    /// Inline: the article's own figure, marked as the article's
    Article { step: String },
    /// An article's steps as a table: its figure, then, now, and what changed
    History { article: String },
    /// An article's period crates: source, settings, and what became of them
    Crates { article: String },
    /// The steps that differ on another release as a table; inline: how many do in which way
    Drift { release: String, way: Option<Which> },
}

impl Fragment {
    pub(super) fn show(&self, context: &Context) -> Result<String> {
        let (project, steps) = (context.project, context.steps);
        match self {
            Fragment::Article { step } => article(context, step),
            Fragment::History { article } => {
                history::table(steps, &history::crates(steps, article)?)
            }
            Fragment::Crates { article } => {
                history::one_by_one(project, &history::crates(steps, article)?)
            }
            Fragment::Drift { release, way } => history::drift(project, steps, release, *way),
        }
    }
}

fn article(context: &Context, step: &str) -> Result<String> {
    let step = context.step(step)?;
    let (_, figure) = select::printed(context.steps, step)
        .with_context(|| format!("no article has a figure for {}", step.path))?;
    let up = "../".repeat(step.path.matches('/').count());
    // Figures without a unit of their own are bytes.
    let unit = if figure.figure.ends_with(|c: char| c.is_ascii_digit()) {
        " bytes"
    } else {
        ""
    };
    Ok(format!(
        "<span class=\"article\">{}{unit}</span> ([the article]({up}credits.md#{}))",
        figure.figure, figure.text
    ))
}
