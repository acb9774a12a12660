//! `cargo xtask bump`

use anyhow::Result;

use project::{
    discover,
    paths::Project,
    terminal::{self, NOTE, paint},
};
use studies::releases::OnRelease;

/// Move the steps to another release of Rust: a report first, then the pin
///
/// Every step is built and run on that release and compared with its snapshot. Then chapters-code/rust-toolchain.toml
/// names it. The snapshots stay: verify shows how each step differs, and each is accepted by itself.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask bump 1.98.0 --report    only look\n  cargo xtask bump 1.98.0"
)]
pub(crate) struct Args {
    /// The release, such as 1.98.0
    #[arg(value_name = "RELEASE")]
    release: String,
    /// Only report: the pin stays
    #[arg(long)]
    report: bool,
}

impl Args {
    /// Reports, and moves the pin. Fails if the release cannot be installed, or a step cannot be measured on it.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let steps = discover::steps(project)?;
        let chosen: Vec<_> = steps.iter().collect();
        let study = OnRelease {
            release: &self.release,
            steps: &chosen,
            whole: false,
            fresh: false,
        };
        let parts = ("Measuring", chosen.len());
        let report = super::conduct(&study, project, false, parts)?.found.report;
        super::verify::toolchain::tell(&steps, &report, &[])?;
        if self.report {
            return Ok(());
        }
        super::verify::toolchain::pin(project, &self.release)?;
        terminal::styledln!(
            "\n{} chapters-code/rust-toolchain.toml names {} now, and no longer {}.\n\
            Next, for each step that differs: find out why, say so on its page if it is worth a sentence, and\n  \
            cargo xtask verify --accept STEP\n\
            Then cargo xtask verify; and cargo xtask verify --toolchain RELEASE --accept for every \
            chapters-code/studies/releases/RELEASE.json.\n\
            Not what you wanted? git checkout chapters-code/rust-toolchain.toml",
            paint(NOTE, "moved:"),
            self.release,
            report.pinned
        );
        Ok(())
    }
}
