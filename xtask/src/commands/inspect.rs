//! `cargo xtask inspect`: the program `wasm-diet inspect`, for steps as well as for files, with the book's steps.

use std::{collections::BTreeMap, io::Write as _, process::Command};

use anatomy::FINDINGS;
use anyhow::{Context, Result, bail};

use pipeline::{
    programs,
    source::{self, NamedModule},
};
use project::{paths::Project, terminal};
use studies::remedies::Remedies;

/// Take a module apart, a step's or any other: sections, imports, exports, the largest items, what it could do
/// without and, if it is small, every byte
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask inspect 17-ninety-seven\n  cargo xtask inspect my.wasm --json\n  \
                  cargo xtask inspect my.wasm --max-size 320K\n\n\
                  What it could do without is listed with its saving in bytes, `~` before an estimate, and the step of \
                  the book that removes it.\n\n\
                  It is `wasm-diet inspect`, and takes its options: see `cargo xtask inspect my.wasm -- --help`. For the \
                  other things that wasm-diet does, install it: cargo install --path wasm-diet"
)]
pub(crate) struct Args {
    /// A step, or a file that ends in .wasm
    #[arg(value_name = "STEP|FILE.wasm")]
    what: String,
    /// Print the module as text (WAT)
    #[arg(long)]
    wat: bool,
    /// Options of `wasm-diet inspect`, such as --json, --markdown, --max-size SIZE
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

impl Args {
    /// A step is built first, and the program compiled. Fails if there is no such step or file, it holds no module, or
    /// it is larger than it may be.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let NamedModule { name, bytes, file, .. } = source::read(project, &self.what)?;
        if self.wat {
            let text = wasmprinter::print_bytes(&bytes)
                .with_context(|| format!("{name} cannot be written as text"))?;
            terminal::outln!("{}", text.trim_end());
            return Ok(());
        }
        let program = programs::WASM_DIET.compiled(project)?;
        let mut notes = tempfile::NamedTempFile::new()?;
        notes.write_all(&serde_json::to_vec(&remedies(project, &bytes)?)?)?;
        let status = Command::new(program)
            .arg("inspect")
            .arg(file)
            .args(["--called", &name])
            .arg("--notes")
            .arg(notes.path())
            .args(&self.options)
            .status()
            .context("wasm-diet does not start")?;
        match status.code() {
            Some(0) => Ok(()),
            // It has said what is wrong, and whether that is a budget or an error.
            Some(code) => bail!(Exit(u8::try_from(code).unwrap_or(2))),
            None => bail!("wasm-diet was ended: {status}"),
        }
    }
}

/// How the program ended: 1 over a budget, 2 an error. It has said why.
#[derive(Debug)]
pub(crate) struct Exit(pub(crate) u8);

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("see above")
    }
}

impl std::error::Error for Exit {}

/// By the id of a finding, the step of the book that removes it, and its page.
fn remedies(project: &Project, bytes: &[u8]) -> Result<BTreeMap<&'static str, String>> {
    let Ok(anatomy) = anatomy::take_apart(bytes) else {
        // What is no module is told by the program.
        return Ok(BTreeMap::new());
    };
    let remedies = Remedies::read(project)?;
    let noted = FINDINGS.iter().filter_map(|id| {
        let step = remedies.step(id, &anatomy.exports)?;
        // A step without a page of its own is told of on another one's.
        let page = format!("src/{step}.md");
        let page = match project.root().join(&page).is_file() {
            true => format!(" ({page})"),
            false => String::new(),
        };
        Some((*id, format!("{step}{page}")))
    });
    Ok(noted.collect())
}
