//! `cargo xtask corpus`

use anyhow::Result;
use project::{
    paths::Project,
    terminal::{self, number},
};
use studies::corpus::{Corpus, Everything};

/// Make other people's modules and the book's own smaller with wasm-diet, run both, and compare with
/// chapters-code/studies/corpus.json
///
/// The packages are fetched with npm at the releases in xtask/studies/corpus/package-lock.json, some 500 MB. It takes some
/// minutes.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask corpus")]
pub(crate) struct Args {
    #[command(flatten)]
    how: super::How,
}

impl Args {
    /// Fails if a smaller module does something else, or something else came of a module than what is kept.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        super::conducted(&Everything, project, &self.how, ("Trying", "corpus"), tell)
    }
}

fn tell(corpus: &Corpus) -> String {
    let mut rows = Vec::new();
    for tried in &corpus.packages {
        for file in &tried.files {
            let most = file.most.as_ref().map(|cut| cut.what.clone());
            rows.push(vec![
                format!("{} {}", tried.package, tried.release),
                number(file.before.raw),
                number(file.promised.exact),
                number(file.promised.estimated),
                number(file.before.raw - file.after.raw),
                most.unwrap_or_default(),
            ]);
        }
    }
    terminal::styled(&terminal::table(
        &["package", "bytes", "exact", "about", "shrink", "most of it"],
        &[false, true, true, true, true, false],
        &rows,
    ));
    let own = corpus.own;
    format!(
        "{} packages do the same with smaller modules, and so do the book's {} modules and components",
        corpus.packages.len(),
        number(own.files)
    )
}
