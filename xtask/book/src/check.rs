//! Checks of the book: pages and crates belong together, links and includes lead somewhere, and no number is typed.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
    path::Path,
    sync::LazyLock,
};

use anyhow::{Context, Result};
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};
use regex::Regex;
use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use crate::{cmdrun, live, staircase};
use pipeline::{compare, kept};
use project::{
    discover::{self, Step},
    house::House,
    report::{self, number},
    summary::{self, Summary},
};
use studies::{
    drift,
    matrix::{self, Module},
};

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Verify fails.
    Error,
    /// A module has not been tried on every engine: verify prints it, and fails only in CI.
    Untried,
}

/// Something wrong with the book.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// The file, below the book's folder.
    pub file: String,
    /// The line, from 1, where there is one.
    pub line: Option<usize>,
    /// What is wrong, what is expected, and what helps.
    pub problem: String,
    /// How serious it is.
    pub severity: Severity,
}

impl Finding {
    fn new(
        file: impl Into<String>,
        line: impl Into<Option<usize>>,
        problem: impl Into<String>,
    ) -> Finding {
        Finding {
            file: file.into(),
            line: line.into(),
            problem: problem.into(),
            severity: Severity::Error,
        }
    }

    /// Whether verify fails on it; in CI, nothing may be untried.
    #[must_use]
    pub fn fails(&self, in_ci: bool) -> bool {
        match self.severity {
            Severity::Error => true,
            Severity::Untried => in_ci,
        }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.problem),
            None => write!(f, "{}: {}", self.file, self.problem),
        }
    }
}

/// All that is wrong with the book.
///
/// # Errors
/// If files cannot be read at all.
pub fn book(house: &House, steps: &[Step]) -> Result<Vec<Finding>> {
    let summary = summary::read(house)?;
    let mut findings = Vec::new();
    belonging(house, steps, &summary, &mut findings)?;
    let everything = discover::everything(house)?;
    stale_snapshots(house, &everything, &mut findings);
    stale_modules(house, &everything, &mut findings);
    for step in everything.iter().filter(|step| step.on.is_none()) {
        alone(step, &mut findings)?;
    }
    period(house, &everything, &mut findings)?;
    drifted(house, &everything, &mut findings)?;
    engines(house, &everything, &mut findings)?;
    let steps = &everything;

    picture(house, steps, &mut findings)?;
    let lint = Lint::new(house, steps)?;
    let mut pages = BTreeMap::new();
    for file in files(&house.src(), "md") {
        let text =
            fs::read_to_string(house.src().join(&file)).with_context(|| format!("src/{file}"))?;
        lint.typed(&file, &text, &mut findings);
        prompts(&file, &text, &mut findings);
        includes(house, &file, &text, &mut findings);
        buttons(house, steps, &file, &text, &mut findings);
        match cmdrun::expand(house, steps, &file, &text) {
            Ok(expanded) => {
                pages.insert(file.clone(), Read::new(&expanded));
            }
            Err(failures) => {
                let failures = failures.into_iter();
                findings.extend(
                    failures.map(|one| Finding::new(format!("src/{file}"), one.line, one.problem)),
                );
            }
        }
    }
    for (file, page) in &pages {
        // Browsers make a variable of every id, and mdBook's scripts take `exports` for a sign that they run in node.
        for id in ["exports", "define"]
            .iter()
            .filter(|id| page.anchors.contains(**id))
        {
            findings.push(Finding::new(
                format!("src/{file}"),
                None,
                format!("a heading or element has the id `{id}`, which breaks search and the copy buttons; word it otherwise"),
            ));
        }
        links(house, file, page, &pages, &mut findings);
    }
    findings.sort();
    findings.dedup();
    Ok(findings)
}

/// A page for each step and a step for each page of a part; no page that SUMMARY.md does not list.
fn belonging(
    house: &House,
    steps: &[Step],
    summary: &Summary,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let listed: BTreeSet<&str> = summary
        .pages
        .iter()
        .map(|page| page.file.as_str())
        .collect();
    for step in steps {
        let page = step.page();
        let file = house.src().join(&page);
        if !file.is_file() {
            findings.push(Finding::new(
                format!("chapters-code/{}", step.path),
                None,
                format!("the step has no page: src/{page} is missing"),
            ));
            continue;
        }
        if !listed.contains(page.as_str()) {
            findings.push(Finding::new(
                "src/SUMMARY.md",
                None,
                format!("the step's page {page} is not listed, so it is not in the book"),
            ));
        }
        let text = fs::read_to_string(&file)?;
        let commands: Vec<String> = cmdrun::commands(&text)
            .into_iter()
            .map(|(_, command)| command)
            .collect();
        for what in ["heading", "outcome"] {
            let wanted = format!("cargo xtask show {what} {}", step.path);
            if !commands.contains(&wanted) {
                findings.push(Finding::new(
                    format!("src/{page}"),
                    None,
                    format!("the page does not show the step's {what}; it wants <!-- cmdrun {wanted} -->"),
                ));
            }
        }
    }
    for page in files(&house.src(), "md") {
        let in_a_part = page
            .split_once('/')
            .is_some_and(|(part, _)| part.starts_with(|c: char| c.is_ascii_digit()));
        // The pages of steps have their number; those of a part that go beyond steps, such as its first, have a name only.
        let name = page.rsplit('/').next().unwrap_or_default();
        let free =
            !name.starts_with(|c: char| c.is_ascii_digit()) && listed.contains(page.as_str());
        if in_a_part && !free && !steps.iter().any(|step| step.page() == page) {
            let path = page.trim_end_matches(".md");
            findings.push(Finding::new(
                format!("src/{page}"),
                None,
                format!("the page has no step: chapters-code/{path} is missing or has no [package.metadata.chapter]"),
            ));
        } else if page != "SUMMARY.md" && !listed.contains(page.as_str()) {
            findings.push(Finding::new(
                format!("src/{page}"),
                None,
                "SUMMARY.md does not list the page",
            ));
        }
    }
    for page in &summary.pages {
        if !house.src().join(&page.file).is_file() {
            findings.push(Finding::new(
                "src/SUMMARY.md",
                None,
                format!("lists {}, which is missing", page.file),
            ));
        }
    }
    Ok(())
}

/// That each period crate is shown by its article's page, has a snapshot, and says of today what is so.
fn period(house: &House, everything: &[Step], findings: &mut Vec<Finding>) -> Result<()> {
    let mut pages = String::new();
    for page in files(&house.src(), "md") {
        pages.push_str(&fs::read_to_string(house.src().join(page))?);
    }
    for step in everything {
        let place = format!("chapters-code/{}/Cargo.toml", step.path);
        let Some(article) = step.article() else {
            if step.settings.figure.is_some()
                || step.settings.now.is_some()
                || step.settings.changed.is_some()
            {
                let keys =
                    "`figure`, `now` and `changed` are for period crates, in chapters-code/then/";
                findings.push(Finding::new(place, None, keys));
            }
            continue;
        };
        if step.on.is_some() {
            continue;
        }
        if !step.pinned_itself() {
            findings.push(Finding::new(
                &place,
                None,
                "a period crate has a rust-toolchain.toml of its own, and here is none",
            ));
        }
        if !fs::read_to_string(step.dir.join("Cargo.toml"))?.contains("[workspace]") {
            findings.push(Finding::new(
                &place,
                None,
                "a period crate is a workspace of its own: it wants an empty [workspace] table",
            ));
        }
        if !step.snapshot().is_file() {
            let problem = format!(
                "the crate has no snapshot yet: cargo xtask verify --then --accept {}",
                step.path
            );
            findings.push(Finding::new(&place, None, problem));
        }
        match &step.settings.now {
            Some(now) if !everything.iter().any(|other| other.path == *now) => findings.push(
                Finding::new(&place, None, format!("now = \"{now}\" is no step")),
            ),
            None => findings.push(Finding::new(
                &place,
                None,
                "now = \"PART/STEP\" is missing: which step continues it today?",
            )),
            Some(_) => {}
        }
        if step.settings.changed.is_none() {
            findings.push(Finding::new(
                &place,
                None,
                "changed = \"…\" is missing: what has changed since, and in which release?",
            ));
        }
        if !pages.contains(&format!("cargo xtask show history {article}")) {
            let problem = format!(
                "no page shows the article: one wants <!-- cmdrun cargo xtask show history {article} -->"
            );
            findings.push(Finding::new(
                format!("chapters-code/then/{article}"),
                None,
                problem,
            ));
        }
    }
    Ok(())
}

/// That the table of engines is about these modules, and has each of them on each engine.
fn engines(house: &House, everything: &[Step], findings: &mut Vec<Finding>) -> Result<()> {
    const FILE: &str = "chapters-code/matrix.json";
    let Some(table) = matrix::kept(house)? else {
        return Ok(());
    };
    for stray in table.strays(everything) {
        let problem = format!(
            "has a row for {stray}, and there is no such step; cargo xtask matrix --accept STEP, of any step, removes it"
        );
        findings.push(Finding::new(FILE, None, problem));
    }
    for step in everything.iter().filter(|step| matrix::has(step)) {
        let Some(stored) = compare::stored(step).ok().flatten() else {
            continue;
        };
        let row = table.modules.get(&step.path);
        let stale = match (row, stored.size) {
            (None, None) => continue,
            (None, Some(_)) => None,
            (Some(row), None) => Some(format!(
                "has a module of {} for {}, and the snapshot has none",
                report::bytes(row.size),
                step.path
            )),
            (Some(row), Some(size)) if row.size != size => Some(format!(
                "is of another module of {}: {}, and the snapshot has {}",
                step.path,
                report::bytes(row.size),
                report::bytes(size)
            )),
            // A file that cannot be read is reported elsewhere.
            (Some(row), Some(size)) => kept::module(house, step, &stored)
                .ok()
                .flatten()
                .filter(|module| Module::of(module) != *row)
                .map(|_| {
                    format!(
                        "is of another module of {}: it has {} as well, but different ones",
                        step.path,
                        report::bytes(size)
                    )
                }),
        };
        if let Some(stale) = stale {
            let problem = format!("{stale}; cargo xtask matrix --accept {}", step.path);
            findings.push(Finding::new(FILE, None, problem));
            continue;
        }
        let untried = table.untried(&step.path);
        if !untried.is_empty() {
            let problem = matrix::untried_message(&step.path, &untried);
            findings.push(Finding {
                severity: Severity::Untried,
                ..Finding::new(FILE, None, problem)
            });
        }
    }
    Ok(())
}

/// That the page of a step says so where the step comes to a good end on its own toolchain and does something else on another
/// one of which a report is kept: it has to show the step's snapshot there.
fn drifted(house: &House, everything: &[Step], findings: &mut Vec<Finding>) -> Result<()> {
    for report in drift::all(house)? {
        let release = &report.toolchain;
        for line in &report.steps {
            let Some(step) = everything.iter().find(|step| step.path == line.path) else {
                let problem = format!(
                    "tells of {}, and there is no such step: cargo xtask verify --toolchain {release} --accept",
                    line.path
                );
                findings.push(Finding::new(
                    format!("chapters-code/drift.{release}.json"),
                    None,
                    problem,
                ));
                continue;
            };
            let Ok(Some(own)) = compare::stored(step) else {
                continue;
            };
            let page = fs::read_to_string(house.src().join(step.page())).unwrap_or_default();
            if drift::to_be_told(&own, line) && !page.contains(&format!("{}@{release}", step.path))
            {
                findings.push(Finding::new(
                    format!("src/{}", step.page()),
                    None,
                    format!(
                        "with Rust {release} the step does something else, and the page does not say so: cargo xtask verify --toolchain {release} --accept {} keeps a snapshot there, which <!-- cmdrun cargo xtask show outcome {}@{release} --> shows",
                        step.path, step.path
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// Snapshots that no step owns, such as one left behind by a step that was renamed.
fn stale_snapshots(house: &House, steps: &[Step], findings: &mut Vec<Finding>) {
    for snapshot in files(&house.steps(), "snap") {
        // measured.1.95.0.snap is the same step on another toolchain, which is among them.
        let file = house.steps().join(&snapshot);
        if !steps.iter().any(|step| step.snapshot() == file) {
            findings.push(Finding::new(
                format!("chapters-code/{snapshot}"),
                None,
                "a stale snapshot: no step owns it; delete it, or put its step back",
            ));
        }
    }
}

/// That the buttons that run a module stand on its step's page, and there once.
fn buttons(house: &House, steps: &[Step], file: &str, text: &str, findings: &mut Vec<Finding>) {
    let mut own = 0;
    for (line, command) in cmdrun::commands(text) {
        let Some(name) = command.strip_prefix("cargo xtask show outcome ") else {
            continue;
        };
        // What cannot be shown at all is told of elsewhere.
        let Ok(step) = discover::find(steps, name) else {
            continue;
        };
        let Ok(Some(stored)) = compare::stored(step) else {
            continue;
        };
        if live::block(house, step, &stored).is_ok_and(|block| block.is_empty()) {
            continue;
        }
        own += usize::from(step.page() == file);
        if step.page() != file || own > 1 {
            let problem = format!(
                "the buttons that run {} belong on its own page, and there once; here <!-- cmdrun cargo xtask show outcome {} plain --> shows it without them",
                step.path, step.path
            );
            findings.push(Finding::new(format!("src/{file}"), line, problem));
        }
    }
}

/// Kept modules that no page needs, such as one left behind by a step that was renamed.
fn stale_modules(house: &House, steps: &[Step], findings: &mut Vec<Finding>) {
    let mut stale = kept::names(house);
    for step in steps {
        if let Ok(Some(stored)) = compare::stored(step)
            && kept::has_file(step, &stored)
        {
            stale.remove(&kept::file_name(step));
        }
    }
    for name in stale {
        findings.push(Finding::new(
            format!("chapters-code/kept/{name}"),
            None,
            "a stale module: no step's page runs it; delete it, or put its step back",
        ));
    }
}

/// The README's picture: its file, and the part that it shows.
const PICTURE: (&str, &str) = ("staircase.svg", "1-two-megabytes-to-97");

/// That the README's picture is of the snapshots, if there is one.
fn picture(house: &House, steps: &[Step], findings: &mut Vec<Finding>) -> Result<()> {
    let (file, part) = PICTURE;
    let path = house.root().join(file);
    // A snapshot that cannot be read is told of elsewhere.
    if let (true, Ok(text)) = (path.is_file(), staircase::picture(steps, part))
        && fs::read_to_string(path)?.replace("\r\n", "\n") != text
    {
        findings.push(Finding::new(
            file,
            None,
            "the picture is not of these snapshots; `cargo xtask verify --accept STEP` draws it anew",
        ));
    }
    Ok(())
}

/// Draws the README's picture anew, if there is one. Says whether it changed.
///
/// # Errors
/// If a snapshot cannot be read or the picture cannot be written.
pub fn draw(house: &House, steps: &[Step]) -> Result<bool> {
    let (file, part) = PICTURE;
    let path = house.root().join(file);
    let text = staircase::picture(steps, part)?;
    let changed = path.is_file() && fs::read_to_string(&path)? != text;
    if changed {
        fs::write(path, text)?;
    }
    Ok(changed)
}

/// What keeps a step's folder from building when it is copied out, as far as a look tells. (`cargo test` and `verify
/// --copies` copy and build it.)
fn alone(step: &Step, findings: &mut Vec<Finding>) -> Result<()> {
    let place = format!("chapters-code/{}/Cargo.toml", step.path);
    let text = fs::read_to_string(step.dir.join("Cargo.toml"))?;
    for (at, line) in text.lines().enumerate() {
        let code = line.split('#').next().unwrap_or_default();
        if code.contains("workspace = true") || code.contains("workspace=true") {
            findings.push(Finding::new(
                &place,
                at + 1,
                "does not build alone: a copied step has no workspace to inherit from; write the value out",
            ));
        }
        // The crates directly in `chapters-code/` are copied along.
        static COMPANION: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r#"path ?= ?"\.\./\.\./[a-z-]+""#).expect("the expression is constant")
        });
        let out = code.contains("path = \"..") || code.contains("path=\"..");
        if out && !COMPANION.is_match(code) {
            findings.push(Finding::new(
                &place,
                at + 1,
                "does not build alone: the path leads out of the step's folder",
            ));
        }
    }
    let walk = WalkDir::new(&step.dir)
        .into_iter()
        .filter_entry(|entry| entry.file_name() != "target");
    for entry in walk {
        let entry = entry?;
        let inside = entry
            .path()
            .strip_prefix(&step.dir)?
            .display()
            .to_string()
            .replace('\\', "/");
        let place = format!("chapters-code/{}/{inside}", step.path);
        if entry.file_type().is_symlink() {
            findings.push(Finding::new(
                place,
                None,
                "does not build alone: a symbolic link",
            ));
        } else if inside.ends_with(".rs") {
            static OUT: LazyLock<Regex> = LazyLock::new(|| {
                Regex::new(r#"(include(_str|_bytes)?!\s*\(\s*"\.\./\.\./|#\[path\s*=\s*"\.\./\.\./|concat!\(env!\("CARGO_MANIFEST_DIR"\),\s*"/\.\.)"#)
                    .expect("the expression is constant")
            });
            let text = fs::read_to_string(entry.path())?;
            for (at, line) in text
                .lines()
                .enumerate()
                .filter(|(_, line)| OUT.is_match(line))
            {
                let problem = format!(
                    "does not build alone: `{}` leads out of the step's folder",
                    line.trim()
                );
                findings.push(Finding::new(&place, at + 1, problem));
            }
        }
    }
    Ok(())
}

/// What may not be typed in a page.
struct Lint {
    /// Names that look like measurements.
    names: Vec<String>,
    /// Every measured size of three digits or more, with a step that has it.
    sizes: BTreeMap<u64, String>,
    /// The same for the parts of modules, by step. They are only looked for on pages that speak of the step: with a hundred
    /// modules, most numbers of three digits are the size of some section somewhere.
    parts: BTreeMap<String, BTreeSet<u64>>,
    /// Every error text.
    errors: BTreeMap<String, String>,
}

impl Lint {
    fn new(house: &House, steps: &[Step]) -> Result<Lint> {
        let names = fs::read_to_string(house.root().join("proper-names.txt")).unwrap_or_default();
        let names = names
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (mut sizes, mut parts, mut errors) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for step in steps {
            // A snapshot that cannot be read is verify's business.
            let Ok(Some(measured)) = compare::stored(step) else {
                continue;
            };
            let whole = measured
                .size
                .into_iter()
                .chain(measured.range.into_iter().flatten());
            for size in whole.filter(|size| *size >= 100) {
                sizes.entry(size).or_insert_with(|| step.path.clone());
            }
            let inside = (measured.sections.iter().map(|section| section.size))
                .chain(measured.items.iter().map(|item| item.size))
                .chain(measured.glue.iter().map(|glue| glue.size));
            parts.insert(
                step.path.clone(),
                inside.filter(|size| *size >= 100).collect(),
            );
            let ran = measured
                .run
                .iter()
                .chain(measured.calls.iter().map(|call| &call.ran))
                .chain(measured.elsewhere.iter().map(|other| &other.ran))
                .filter(|ran| !ran.outcome.is_success());
            let words = ran.map(|ran| ran.outcome.summary());
            for error in measured.fails.iter().cloned().chain(words) {
                // What comes after the kind of error, which is a plain word.
                let text = error
                    .split_once(": ")
                    .map_or(error.as_str(), |(_, rest)| rest);
                if text.len() >= 20 {
                    errors
                        .entry(text.to_owned())
                        .or_insert_with(|| step.path.clone());
                }
            }
        }
        Ok(Lint {
            names: names.map(str::to_owned).collect(),
            sizes,
            parts,
            errors,
        })
    }

    /// Finds measurements in what is typed: sizes with a unit, measured numbers without one, error texts.
    fn typed(&self, page: &str, text: &str, findings: &mut Vec<Finding>) {
        static SIZE: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?:^|[^\w.,#-])(\d[\d.,_]*(?:[\s\u{a0}\u{202f}-]|&nbsp;)*(?:[Bb]ytes?|[Kk]ilobytes?|[Mm]egabytes?|[KMG]i?B|kB|[KMB])\b)")
                .expect("the expression is constant")
        });
        static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?:^|[^\w.,#/-])(\d{1,3}(?:[,_]\d{3})+|\d{3,})\b")
                .expect("the expression is constant")
        });
        let file = format!("src/{page}");
        let spoken_of: Vec<_> = self
            .parts
            .iter()
            .filter(|(step, _)| text.contains(step.as_str()))
            .collect();
        for (at, line) in cmdrun::without_commands(text).lines().enumerate() {
            let mut line = line.to_owned();
            for name in &self.names {
                line = line.replace(name.as_str(), "");
            }
            for found in SIZE.captures_iter(&line) {
                findings.push(Finding::new(
                    &file,
                    at + 1,
                    format!(
                        "a typed measurement, `{}`: show it with <!-- cmdrun cargo xtask show … -->, or list it in proper-names.txt if it is a name",
                        &found[1]
                    ),
                ));
            }
            for found in NUMBER.captures_iter(&line) {
                let Ok(value) = found[1].replace([',', '_'], "").parse::<u64>() else {
                    continue;
                };
                let part = spoken_of.iter().find(|(_, sizes)| sizes.contains(&value));
                if let Some(step) = self.sizes.get(&value).or(part.map(|(step, _)| *step)) {
                    findings.push(Finding::new(
                        &file,
                        at + 1,
                        format!("a typed measurement, `{}`: {} is measured in {step}; show it from there", &found[1], number(value)),
                    ));
                }
            }
            for (error, step) in &self.errors {
                if line.contains(error.as_str()) {
                    findings.push(Finding::new(
                        &file,
                        at + 1,
                        format!("a typed error text, `{error}`: show it with <!-- cmdrun cargo xtask show error {step} -->"),
                    ));
                }
            }
        }
    }
}

/// Shell lines are copied: a prompt in front of them would be copied too.
fn prompts(page: &str, text: &str, findings: &mut Vec<Finding>) {
    for (at, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with("$ "))
    {
        findings.push(Finding::new(
            format!("src/{page}"),
            at + 1,
            format!("`{line}`: a shell line without its prompt can be copied"),
        ));
    }
}

/// `{{#include file:anchor}}`: mdBook logs a missing file and shows nothing for a missing anchor.
fn includes(house: &House, page: &str, text: &str, findings: &mut Vec<Finding>) {
    static INCLUDE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"\{\{\s*#(?:rustdoc_)?(?:include|playground)\s+([^\s}:]+)(?::([^\s}]+))?[^}]*\}\}",
        )
        .expect("the expression is constant")
    });
    let folder = house.src().join(page);
    let folder = folder
        .parent()
        .map_or_else(|| house.src(), Path::to_path_buf);
    for (at, line) in text.lines().enumerate() {
        for found in INCLUDE.captures_iter(line) {
            // `\{{#include` is shown as it stands.
            if found
                .get(0)
                .is_some_and(|whole| line[..whole.start()].ends_with('\\'))
            {
                continue;
            }
            let place = format!("src/{page}");
            let Ok(included) = fs::read_to_string(folder.join(&found[1])) else {
                findings.push(Finding::new(
                    place,
                    at + 1,
                    format!("a broken include: {} is missing", &found[1]),
                ));
                continue;
            };
            let anchor = found
                .get(2)
                .map(|anchor| anchor.as_str())
                .filter(|anchor| !anchor.starts_with(|c: char| c.is_ascii_digit() || c == ':'));
            if let Some(anchor) = anchor
                && !included.contains(&format!("ANCHOR: {anchor}"))
            {
                let problem = format!("a broken include: {} has no `ANCHOR: {anchor}`", &found[1]);
                findings.push(Finding::new(place, at + 1, problem));
            }
        }
    }
}

/// What a page links to, and what can be linked to in it.
struct Read {
    links: Vec<(usize, String)>,
    anchors: HashSet<String>,
}

impl Read {
    fn new(text: &str) -> Read {
        static ID: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r#"\bid\s*=\s*"([^"]+)""#).expect("the expression is constant")
        });
        static HREF: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r#"\b(?:href|src)\s*=\s*"([^"]+)""#).expect("the expression is constant")
        });
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_HEADING_ATTRIBUTES
            | Options::ENABLE_DEFINITION_LIST
            | Options::ENABLE_GFM;
        let mut read = Read {
            links: Vec::new(),
            anchors: HashSet::new(),
        };
        // The text of a heading or term, and the id that it gives itself, until it ends.
        let mut heading: Option<(String, Option<String>)> = None;
        // `[text][missing]` is plain text to Markdown; to a reader it is a broken link.
        let mut missing = Vec::new();
        let mut on_missing = |link: pulldown_cmark::BrokenLink<'_>| {
            if link.link_type != LinkType::Shortcut {
                missing.push((link.span.start, link.reference.to_string()));
            }
            None
        };
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        let parser = Parser::new_with_broken_link_callback(text, options, Some(&mut on_missing));
        for (event, range) in parser.into_offset_iter() {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    read.links.push((line(range.start), dest_url.to_string()));
                }
                Event::Start(Tag::Heading { id, .. }) => {
                    heading = Some((String::new(), id.map(|id| id.to_string())));
                }
                Event::Start(Tag::DefinitionListTitle) => heading = Some((String::new(), None)),
                Event::End(TagEnd::Heading(_) | TagEnd::DefinitionListTitle) => {
                    if let Some((words, id)) = heading.take() {
                        read.anchor(&id.unwrap_or_else(|| identify(&words)));
                    }
                }
                Event::Text(words) | Event::Code(words) => {
                    if let Some((heading, _)) = &mut heading {
                        heading.push_str(&words);
                    }
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    for id in ID.captures_iter(&html) {
                        read.anchors.insert(id[1].to_owned());
                    }
                    for href in HREF.captures_iter(&html) {
                        read.links.push((line(range.start), href[1].to_owned()));
                    }
                }
                _ => {}
            }
        }
        let missing = missing
            .into_iter()
            .map(|(at, reference)| (line(at), format!("[{reference}]")));
        read.links.extend(missing);
        read
    }

    /// mdBook gives the second heading of the same words a number.
    fn anchor(&mut self, id: &str) {
        if self.anchors.insert(id.to_owned()) {
            return;
        }
        for at in 1.. {
            if self.anchors.insert(format!("{id}-{at}")) {
                return;
            }
        }
    }
}

/// The id that mdBook makes of a heading (that it does is tested on the built book).
fn identify(words: &str) -> String {
    let keep = |c: char| {
        if c.is_alphanumeric() || c == '_' || c == '-' {
            Some(c)
        } else {
            c.is_whitespace().then_some('-')
        }
    };
    words
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(keep)
        .collect()
}

fn links(
    house: &House,
    file: &str,
    page: &Read,
    pages: &BTreeMap<String, Read>,
    findings: &mut Vec<Finding>,
) {
    let place = format!("src/{file}");
    for (line, link) in &page.links {
        let broken =
            |why: String| Finding::new(&place, *line, format!("a broken link, `{link}`: {why}"));
        if link.starts_with('[') {
            findings.push(broken("no such reference is defined in the page".into()));
            continue;
        }
        // Addresses of others are not asked: the book is checked offline.
        if link.contains("://") || link.starts_with("mailto:") || link.starts_with("data:") {
            continue;
        }
        let (path, anchor) = link
            .split_once('#')
            .map_or((link.as_str(), None), |(path, anchor)| (path, Some(anchor)));
        let target = if path.is_empty() {
            file.to_owned()
        } else {
            resolve(file, path)
        };
        // In HTML of ours, links are to the built pages.
        let target = match target.strip_suffix(".html") {
            Some(stem) => format!("{stem}.md"),
            None => target,
        };
        if target.starts_with("../") {
            findings.push(broken(
                "it leads out of the book; the built book has no such file".into(),
            ));
        } else if !house.src().join(&target).is_file() {
            findings.push(broken(format!("src/{target} is missing")));
        } else if let (Some(anchor), Some(other)) = (anchor, pages.get(&target))
            && !other.anchors.contains(anchor)
        {
            findings.push(broken(format!(
                "src/{target} has no heading or element `{anchor}`"
            )));
        }
    }
}

/// A link's path, below the book's source folder.
fn resolve(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// All files below a folder with an ending, by their path in it. What builds write is left out.
fn files(folder: &Path, ending: &str) -> Vec<String> {
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    let walk = walk.filter_entry(|entry| entry.file_name() != "target");
    walk.filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|extension| extension == ending)
        })
        .filter_map(|entry| {
            Some(
                entry
                    .path()
                    .strip_prefix(folder)
                    .ok()?
                    .display()
                    .to_string()
                    .replace('\\', "/"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Finding, Lint, identify, resolve};

    fn typed(text: &str) -> Vec<Finding> {
        let lint = Lint {
            names: vec!["97 bytes".into(), "2 MB".into()],
            sizes: BTreeMap::from([(503, "a/b".to_owned())]),
            parts: BTreeMap::from([("a/b".to_owned(), BTreeSet::from([127]))]),
            errors: BTreeMap::from([(
                "wasm `unreachable` instruction executed".to_owned(),
                "a/c".to_owned(),
            )]),
        };
        let mut findings = Vec::new();
        lint.typed("page.md", text, &mut findings);
        findings
    }

    #[test]
    fn measurements_are_found() {
        for text in [
            "It weighs 1,234 bytes.",
            "58 KB",
            "`58K`",
            "(2.0M)",
            "a 12-byte header",
            "1234 B",
            "3.5 MiB",
            "some 17 kB",
            "the same 503",
            "the 127 of <!-- cmdrun cargo xtask show section a/b code -->",
            "1\u{a0}byte",
            "| 2,167,634 bytes |",
            "it says: wasm `unreachable` instruction executed.",
        ] {
            assert_eq!(typed(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn what_is_no_measurement_is_left_alone() {
        for text in [
            "a section of 127, on a page that speaks of no step",
            "From 2 MB to 97 bytes.",
            "Rust 1.99.1, LLVM 23",
            "`i32.const 1048576`",
            "a 32-bit number",
            "`41 00 10 00 0b`",
            "opcode `0b`",
            "2,503",
            "E0503",
            "#503",
            "in 2022",
            "<!-- cmdrun cargo xtask show size a --> bytes",
            "step 3 Building",
        ] {
            assert_eq!(typed(text), [], "{text}");
        }
    }

    #[test]
    fn links_resolve_like_paths() {
        assert_eq!(resolve("a/b.md", "../c.md"), "c.md");
        assert_eq!(resolve("a/b.md", "c.md"), "a/c.md");
        assert_eq!(resolve("b.md", "../c.md"), "../c.md");
    }

    #[test]
    fn headings_get_mdbooks_ids() {
        assert_eq!(
            identify("What `_start` does, and why"),
            "what-_start-does-and-why"
        );
    }
}
