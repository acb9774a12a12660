//! `cargo xtask browse`

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use book::mdbook;
use pipeline::{build, built::Built, engines, export, npm};
use project::{
    discover,
    paths::{Dir, Project},
    summary, terminal,
    toolchain::clean,
};

/// Open every page in headless Chromium, on a desktop and on a phone, and fail on anything that would trip up a reader
///
/// Console errors, failed or foreign requests, pages wider than the window, and copy buttons that copy something other
/// than what is shown. It needs node, npm and Chromium; without them it prints a warning and does nothing (in CI that
/// is an error).
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

/// What the tests in `xtask/browser/` are told: see `plan.mjs` there.
#[derive(Serialize)]
struct Plan<'a> {
    chromium: PathBuf,
    folder: &'a Path,
    shots: Option<PathBuf>,
    filtered: bool,
    pages: &'a [String],
}

/// Playwright's report: the tests by file.
#[derive(Deserialize)]
struct Report {
    suites: Vec<Suite>,
}

#[derive(Deserialize)]
struct Suite {
    file: String,
    #[serde(default)]
    specs: Vec<Spec>,
    #[serde(default)]
    suites: Vec<Suite>,
}

#[derive(Deserialize)]
struct Spec {
    tests: Vec<Test>,
}

/// A test in one of the windows.
#[derive(Deserialize)]
struct Test {
    status: Status,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Expected,
    Unexpected,
    Flaky,
    Skipped,
}

impl Suite {
    /// What came of its tests.
    fn statuses(&self) -> Vec<Status> {
        let own = self.specs.iter().flat_map(|spec| &spec.tests);
        own.map(|test| test.status)
            .chain(self.suites.iter().flat_map(Suite::statuses))
            .collect()
    }
}

/// The programs that it takes.
struct Tools {
    node: PathBuf,
    packages: PathBuf,
    chromium: PathBuf,
}

/// Some of the tests, run by themselves.
struct Run {
    name: &'static str,
    how: [&'static str; 4],
}

/// First those that run several at a time, and then those that measure time, one by one.
const RUNS: [Run; 2] = [
    Run {
        name: "together",
        how: ["--grep-invert", "@alone", "--workers", "2"],
    },
    Run {
        name: "alone",
        how: ["--grep", "@alone", "--workers", "1"],
    },
];

impl Run {
    /// Has Playwright run them and print what it finds. Returns the tests, and whether all is well.
    fn tests(&self, project: &Project, tools: &Tools, plan: &Plan) -> Result<(Vec<Suite>, bool)> {
        let tests = Project::here().root().join("xtask/browser");
        link(&tools.packages, &tests.join("node_modules"))?;
        let folder = project.target(Dir::Browse);
        let [told, report, output] = ["plan.json", "report.json", "failures"]
            .map(|end| folder.with_file_name(format!("browse-{}-{end}", self.name)));
        fs::write(&told, serde_json::to_string(plan)?)?;
        // A report of an earlier run is none of this one.
        fs::write(&report, "")?;
        let status = clean(&tools.node)
            .arg(tools.packages.join("@playwright/test/cli.js"))
            .args(["test", "--pass-with-no-tests"])
            .args(self.how)
            .arg("--output")
            .arg(output)
            .current_dir(&tests)
            .env("BROWSE", told)
            .env("BROWSE_REPORT", &report)
            .stdin(Stdio::null())
            .status()
            .context("node does not start")?;
        let found = serde_json::from_slice::<Report>(&fs::read(report)?);
        let found = found.with_context(|| format!("Playwright did not come to an end: {status}"))?;
        Ok((found.suites, status.success()))
    }
}

impl Args {
    /// Fails if a page has a problem, or (in CI) the browser is missing.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let Some(tools) = self.tools(project)? else {
            ensure!(env::var_os("CI").is_none(), "in CI nothing may be skipped");
            return Ok(());
        };
        let folder = project.target(Dir::Browse);
        mdbook::build(project, Some(&folder), None)?;
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
            chromium: tools.chromium.clone(),
            folder: &folder,
            shots,
            filtered: self.only.is_some(),
            pages: &pages,
        };
        let mut opened = 0;
        let mut red = Vec::new();
        for run in &RUNS {
            let (suites, success) = run.tests(project, &tools, &plan)?;
            // A test that was skipped counts as none for Playwright.
            let skipped = suites.iter().flat_map(Suite::statuses).any(|one| one == Status::Skipped);
            if !success || skipped {
                red.push(run.name);
            }
            let pages = suites.iter().filter(|suite| suite.file == "pages.spec.mjs");
            opened += pages.flat_map(Suite::statuses).count();
        }
        ensure!(red.is_empty(), "the pages have problems: see above");
        ensure!(
            opened == pages.len(),
            "{} pages should be opened, and {opened} were",
            pages.len(),
        );
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
        let packages = match engines::playwright(project)? {
            npm::Package::Here(packages) => packages,
            npm::Package::Missing(why) => {
                skip(&format!("Playwright: {why}"));
                return Ok(None);
            }
        };
        Ok(Some(Tools {
            node,
            packages,
            chromium,
        }))
    }
}

/// Node looks for packages beside the file that imports them.
fn link(packages: &Path, link: &Path) -> Result<()> {
    if fs::read_link(link).is_ok_and(|to| to == packages) {
        return Ok(());
    }
    if link.is_symlink() {
        fs::remove_file(link)?;
    }
    #[cfg(unix)]
    let linked = std::os::unix::fs::symlink(packages, link);
    #[cfg(windows)]
    let linked = std::os::windows::fs::symlink_dir(packages, link);
    linked.with_context(|| link.display().to_string())
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
