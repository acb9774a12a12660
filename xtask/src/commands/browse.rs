//! `cargo xtask browse`

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use book::{
    mdbook,
    server::{self, Served},
};
use pipeline::{build, built::Built, engines, export, npm};
use project::{
    discover,
    paths::{Dir, Project},
    summary, terminal,
    toolchain::clean,
};

/// Open every page in headless Chromium, on a desktop and on a phone, and fail on whatever a reader would stumble over
///
/// Console errors, failed or foreign requests, pages wider than the window, and copy buttons that give out something
/// else than what stands there. Wants node, npm and Chromium; without them it says so and does nothing (in CI that is
/// an error).
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask browse --shots /tmp/shots")]
pub(crate) struct Args {
    /// Keep a picture of each page in this folder
    #[arg(long, value_name = "DIR")]
    shots: Option<PathBuf>,
    /// The browser, where it is not found by itself
    #[arg(long, value_name = "FILE")]
    chromium: Option<PathBuf>,
    /// Only pages whose path has this in it
    #[arg(value_name = "PAGE")]
    only: Option<String>,
}

/// The release of axe-core, which knows what keeps people from reading a page.
const AXE: &str = "4.14.1";

/// What the scripts in `xtask/browser/` are told: see `plan.mjs` there.
#[derive(Serialize)]
struct Plan<'a> {
    playwright: PathBuf,
    chromium: PathBuf,
    axe: PathBuf,
    address: String,
    folder: &'a Path,
    shots: Option<PathBuf>,
    filtered: bool,
    pages: &'a [String],
}

/// What the scripts found: how many pages each of them has looked at, and the problems.
#[derive(Deserialize)]
struct Report {
    opened: BTreeMap<String, Option<usize>>,
    problems: Vec<Problem>,
}

/// The programs that it takes.
struct Tools {
    node: PathBuf,
    playwright: PathBuf,
    axe: PathBuf,
    chromium: PathBuf,
}

#[derive(Deserialize)]
struct Problem {
    page: String,
    view: String,
    problem: String,
}

impl Args {
    /// Fails if a page has a problem, or (in CI) the browser is missing.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let Some(tools) = self.tools(project)? else {
            ensure!(env::var_os("CI").is_none(), "in CI nothing may be skipped");
            return Ok(());
        };
        let folder = project.target(Dir::Browse);
        mdbook::build(project, Some(&folder))?;
        let listener = server::take(0)?;
        let address = listener.local_addr()?;
        let served = Served::new(folder.clone());
        thread::spawn(move || server::serve(listener, served));
        let mut pages = vec!["/".to_owned(), "/print.html".to_owned()];
        pages.extend(
            summary::read(project)?
                .pages
                .iter()
                .map(|page| format!("/{}.html", page.file.trim_end_matches(".md"))),
        );
        pages.extend(own_pages(project, &folder)?);
        pages.retain(|page| self.only.as_ref().is_none_or(|only| page.contains(only)));
        ensure!(
            !pages.is_empty(),
            "no page has `{}` in its path",
            self.only.as_deref().unwrap_or_default()
        );
        let shots = self.shots.as_ref().map(std::path::absolute).transpose()?;
        if let Some(shots) = &shots {
            fs::create_dir_all(shots)?;
        }
        terminal::status(
            "Opening",
            &format!("{} pages, on a desktop and on a phone", pages.len()),
        );
        let plan = Plan {
            playwright: tools.playwright,
            chromium: tools.chromium,
            axe: tools.axe,
            address: format!("http://{address}"),
            folder: &folder,
            shots,
            filtered: self.only.is_some(),
            pages: &pages,
        };
        let output = clean(tools.node)
            .arg(Project::here().root().join("xtask/browser/main.mjs"))
            .arg(serde_json::to_string(&plan)?)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .context("node does not start")?;
        ensure!(
            output.status.success(),
            "the browser could not be driven: {}",
            output.status
        );
        let found: Report =
            serde_json::from_slice(&output.stdout).context("the browser's report is none")?;
        let opened = found.opened.get("pages").copied().flatten();
        ensure!(
            opened == Some(2 * pages.len()),
            "{} pages in two windows should be opened, and {} were",
            pages.len(),
            opened.unwrap_or_default()
        );
        for problem in &found.problems {
            terminal::outln!("{} ({}): {}", problem.page, problem.view, problem.problem);
        }
        if !found.problems.is_empty() {
            bail!("{} problems on {} pages", found.problems.len(), pages.len());
        }
        terminal::status(
            "Opened",
            &format!("{} pages without a problem", pages.len()),
        );
        Ok(())
    }

    /// All that it takes, or nothing.
    fn tools(&self, project: &Project) -> Result<Option<Tools>> {
        let skip = |why: &str| terminal::warn(&format!("skipped: the pages are opened by {why}"));
        let found = self.chromium.clone().or_else(engines::chromium);
        let Some(chromium) = found else {
            skip("Chromium, which is not on the PATH (--chromium FILE says where it is)");
            return Ok(None);
        };
        let Ok(node) = which::which("node") else {
            skip("node, which is not on the PATH");
            return Ok(None);
        };
        let package = |name: &str, release: &str| match npm::package(project, name, release)? {
            npm::Package::Here(folder) => Ok(Some(folder)),
            npm::Package::Missing(why) => {
                skip(&format!("{name}: {why}"));
                anyhow::Ok(None)
            }
        };
        let (Some(playwright), Some(axe)) = (
            package("playwright-core", engines::PLAYWRIGHT)?,
            package("axe-core", AXE)?,
        ) else {
            return Ok(None);
        };
        Ok(Some(Tools {
            node,
            playwright: playwright.join("index.js"),
            axe: axe.join("axe.min.js"),
            chromium,
        }))
    }
}

/// The pages that steps bring along, each in a folder with its module, as its reader would lay it out. Returns where
/// they are served.
fn own_pages(project: &Project, folder: &Path) -> Result<Vec<String>> {
    let mut pages = Vec::new();
    for step in discover::steps(project)? {
        if !step.dir.join("index.html").is_file() {
            continue;
        }
        let Built::Module { file, .. } = build::build(project, &step, false)? else {
            bail!("{} has a page and no module", step.path);
        };
        let own = folder.join("own").join(&step.path);
        export::files(&step, &own)?;
        let beside = file.parent().context("a module lies in a folder")?;
        let (from, to) = if step.settings.bindgen.is_some() {
            (
                fs::read_dir(beside)?.collect::<Result<Vec<_>, _>>()?,
                own.join("pkg"),
            )
        } else {
            (Vec::new(), own.clone())
        };
        fs::create_dir_all(&to)?;
        for entry in from {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
        fs::copy(&file, to.join(file.file_name().unwrap_or_default()))?;
        pages.push(format!("/own/{}/index.html", step.path));
    }
    Ok(pages)
}
