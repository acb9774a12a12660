//! `cargo xtask book`

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use book::{
    mdbook,
    site::{self, Address},
};
use pipeline::modules;
use project::{
    paths::{Dir, Project},
    terminal,
    toolchain::clean,
};

/// The pair of mdBook and mdbook-cmdrun that the pages also work with, as they come from crates.io.
const STOCK: [(&str, &str); 2] = [("mdbook", "0.4.52"), ("mdbook-cmdrun", "0.7.3")];

/// Build the book into the folder book/
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask book --dest-dir /tmp/book")]
pub(crate) struct Args {
    /// Another folder
    #[arg(long, short, value_name = "DIR")]
    dest_dir: Option<PathBuf>,
    /// Where it is going to be published: pages say their own address and have a picture for links to them, and there is
    /// a sitemap and a feed
    #[arg(long, value_name = "URL", conflicts_with = "stock")]
    address: Option<Address>,
    /// Write it as an EPUB for e-readers, too (the program for that is compiled on demand); the first page links to a
    /// file in the book's folder
    #[arg(long, value_name = "FILE", conflicts_with = "stock")]
    epub: Option<PathBuf>,
    /// Build it with mdbook 0.4.52 and mdbook-cmdrun 0.7.3 instead (installed under target/stock on demand), and
    /// compare every embedded fragment
    #[arg(long, conflicts_with = "dest_dir")]
    stock: bool,
    /// As the last preprocessor of the stock pair: keep what mdBook sends, and pass it on
    #[arg(long, hide = true, value_name = "FILE")]
    capture: Option<PathBuf>,
    /// mdBook's question whether a renderer can be served
    #[arg(hide = true, num_args = 0..=2)]
    question: Vec<String>,
}

impl Args {
    /// Fails if a command in a page fails, or the stock pair makes something else of a page.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        if let Some(file) = &self.capture {
            return if self.question.is_empty() {
                capture(file)
            } else {
                Ok(())
            };
        }
        if self.stock {
            return stock(project);
        }
        let started = Instant::now();
        // mdBook takes a relative folder as below the book's; typed here it is below where one stands.
        let to = self
            .dest_dir
            .as_ref()
            .map(std::path::absolute)
            .transpose()?;
        let to = mdbook::build(project, to.as_deref(), self.address.as_ref())?;
        let took = started.elapsed().as_secs_f32();
        terminal::status(
            "Built",
            &format!(
                "the book in {took:.1} s: {}",
                to.join("index.html").display()
            ),
        );
        if let Some(file) = &self.epub {
            let file = std::path::absolute(file)?;
            epub(project, &file, self.address.as_ref())?;
            site::link_epub(&to, &file)?;
        }
        Ok(())
    }
}

/// The program is a package of its own, so that those who read the book do not compile it.
fn epub(project: &Project, file: &Path, address: Option<&Address>) -> Result<()> {
    let mut cargo = clean("cargo");
    cargo
        .args(["run", "--quiet", "--package", "epub", "--"])
        .arg(file)
        .current_dir(project.root());
    if let Some(address) = address {
        cargo.arg("--address").arg(address.of("index.html"));
    }
    let status = cargo.status().context("cargo does not start")?;
    if !status.success() {
        // It has said itself why.
        return Err(terminal::AlreadyReported.into());
    }
    Ok(())
}

/// Keeps the book that mdBook sends, and gives it back as it is.
fn capture(file: &Path) -> Result<()> {
    let input = io::read_to_string(io::stdin())?;
    let (_, book): (Value, Value) =
        serde_json::from_str(&input).context("this is not what mdBook sends")?;
    let text = serde_json::to_string(&book)?;
    fs::write(file, &text)?;
    Ok(io::stdout().write_all(text.as_bytes())?)
}

fn stock(project: &Project) -> Result<()> {
    let root = project.target(Dir::Stock);
    for (name, version) in STOCK {
        install(&root, name, version)?;
    }
    let program = |name: &str| {
        root.join("bin")
            .join(format!("{name}{}", env::consts::EXE_SUFFIX))
    };
    let captured = root.join("captured.json");
    if captured.is_file() {
        fs::remove_file(&captured)?;
    }
    let xtask = env::current_exe()?;
    // The stock preprocessor knows commands only.
    modules::lay_out(project)?;
    terminal::status(
        "Building",
        "the book with the stock pair (each fragment starts cargo, so it takes a while)",
    );
    let status = clean(program("mdbook"))
        .arg("build")
        .arg("--dest-dir")
        .arg(root.join("book"))
        .arg(project.root())
        // mdbook-cmdrun finds book.toml in the folder that it is started in.
        .current_dir(project.root())
        .env(
            "MDBOOK_PREPROCESSOR__CMDRUN__COMMAND",
            program("mdbook-cmdrun"),
        )
        .env(
            "MDBOOK_PREPROCESSOR__CAPTURE__COMMAND",
            format!("{} book --capture {}", xtask.display(), captured.display()),
        )
        .env("MDBOOK_PREPROCESSOR__CAPTURE__AFTER", r#"["cmdrun"]"#)
        .status()
        .context("the stock mdbook does not start")?;
    ensure!(status.success(), "the stock mdbook fails: {status}");

    let text = fs::read_to_string(&captured)
        .context("the stock mdbook did not run the last preprocessor")?;
    let theirs: Value = serde_json::from_str(&text)?;
    let mut stock = Vec::new();
    collect(
        theirs
            .get("sections")
            .and_then(Value::as_array)
            .context("mdBook 0.4 sends `sections`")?,
        &mut stock,
    );
    stock.sort();
    let ours = mdbook::pages(project)?;
    let names = |pages: &[(String, String)]| {
        pages
            .iter()
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>()
    };
    ensure!(
        names(&ours) == names(&stock),
        "the pages differ: {:?} and {:?}",
        names(&ours),
        names(&stock)
    );
    let mut differing = 0;
    for ((page, ours), (_, stock)) in ours.iter().zip(&stock) {
        let (ours, stock) = (ours.replace("\r\n", "\n"), stock.replace("\r\n", "\n"));
        if ours != stock {
            differing += 1;
            terminal::styledln!(
                "src/{page} (- is ours, + the stock pair's)\n{}",
                terminal::difference(&ours, &stock, true)
            );
        }
    }
    if differing > 0 {
        bail!("the stock pair makes something else of {differing} pages");
    }
    terminal::status(
        "Compared",
        &format!(
            "{} pages: the stock pair makes the same of every fragment",
            ours.len()
        ),
    );
    Ok(())
}

fn collect(items: &[Value], pages: &mut Vec<(String, String)>) {
    for item in items {
        let Some(chapter) = item.get("Chapter") else {
            continue;
        };
        let text = |key: &str| {
            chapter
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        pages.push((text("source_path").replace('\\', "/"), text("content")));
        collect(
            chapter
                .get("sub_items")
                .and_then(Value::as_array)
                .map_or(&[], Vec::as_slice),
            pages,
        );
    }
}

fn install(root: &Path, name: &str, version: &str) -> Result<()> {
    let mut cargo: Command = clean("cargo");
    cargo
        .args([
            "install",
            name,
            "--version",
            version,
            "--locked",
            "--quiet",
            "--root",
        ])
        .arg(root);
    terminal::status(
        "Installing",
        &format!("{name} {version} (if it is not there yet)"),
    );
    let status = cargo.status().context("cargo does not start")?;
    ensure!(status.success(), "cargo cannot install {name} {version}");
    Ok(())
}
