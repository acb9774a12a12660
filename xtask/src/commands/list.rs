//! `cargo xtask list`

use anyhow::Result;
use serde_json::json;

use pipeline::snapshot;
use project::{discover, paths::Project, terminal};

/// List every step in reading order, with its size, the change against the step before, and what happens
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask list --json")]
pub(crate) struct Args {
    /// Print an array of objects: path, title, target, size (bytes, or null where no module is built), range (bytes,
    /// from and to, of a native program), previous, change (bytes), outcome, toolchain
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Lists what the snapshots say; builds nothing. Fails if the steps or a snapshot cannot be read.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let steps = discover::steps(project)?;
        let (mut rows, mut objects) = (Vec::new(), Vec::new());
        for step in &steps {
            let measured = snapshot::stored(step)?;
            let size = measured.as_ref().and_then(|measured| measured.size());
            let previous = steps
                .iter()
                .find(|other| Some(&other.path) == step.previous.as_ref());
            let before = previous
                .map(snapshot::stored)
                .transpose()?
                .flatten()
                .and_then(|before| before.size());
            let outcome = measured
                .as_ref()
                .map_or("not measured yet".into(), |measured| measured.outcome());
            objects.push(json!({
                "path": step.path,
                "title": step.title,
                "target": step.target.name(),
                "size": size,
                "range": measured.as_ref().and_then(|measured| measured.range()),
                "previous": step.previous,
                "change": before.zip(size).map(|(before, size)| i128::from(size) - i128::from(before)),
                "outcome": outcome,
                "toolchain": step.pin.channel,
            }));
            rows.push(vec![
                step.path.clone(),
                step.title.clone(),
                match (size, measured.as_ref().and_then(|measured| measured.range())) {
                    (Some(size), _) => terminal::number(size),
                    (None, Some([from, to])) => {
                        format!("{}-{}", terminal::number(from), terminal::number(to))
                    }
                    (None, None) => "-".into(),
                },
                before.zip(size).map_or(String::new(), |(before, size)| {
                    terminal::change(before, size)
                }),
                outcome,
            ]);
        }
        if self.json {
            terminal::json(&objects)?;
        } else {
            let head = ["step", "title", "bytes", "change", "what happens"];
            terminal::styled(&terminal::table(
                &head,
                &[false, false, true, true, false],
                &rows,
            ));
        }
        Ok(())
    }
}
