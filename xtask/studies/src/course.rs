//! The golf course: small modules to be made smaller by hand, in the page's editor, each with a par.
//!
//! A hole is two texts, the one from which a reader starts and the one at par, in `chapters-code/course/`. Both are
//! assembled and run, and have to do the same. What is kept are their bytes, so that a page needs no assembler.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail, ensure};
use outcome::Run;
use pipeline::{
    engines::{self, Host},
    run::{self, Guest, Limits},
};
use project::{
    files,
    markup::attribute,
    paths::Project,
    terminal::{bytes, number},
    toolchain::{Pin, Toolchain},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    record::Record,
    study::{Progress, Study},
};

/// The folder of the course, below that of the steps.
const FOLDER: &str = "course";

/// The record.
pub const RECORD: Record = Record::new("course", "cargo xtask course --accept");

/// What `course.toml` says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Course {
    hole: Vec<Named>,
}

/// What `course.toml` says of a hole.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    /// Its folder.
    name: String,
    /// The calls whose answers have to stay the same. None for a command of WASI.
    calls: Option<Vec<String>>,
}

/// One of the tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hole {
    /// Its folder in `chapters-code/course/`.
    pub name: String,
    /// The calls whose answers have to stay the same, empty if there is nothing to call; none for a command of WASI, which
    /// has to keep the rules of the game.
    pub calls: Option<Vec<String>>,
    /// What both modules do: an answer for each call, or what became of the command.
    pub does: Vec<String>,
    /// The module from which a reader starts, in hexadecimal.
    pub start: String,
    /// The module at par, in hexadecimal.
    pub par: String,
    /// The SHA-256 of both texts, one behind the other.
    pub texts: String,
}

impl Hole {
    /// The size of the module from which a reader starts, in bytes.
    #[must_use]
    pub fn from(&self) -> u64 {
        self.start.len() as u64 / 2
    }

    /// Par, in bytes.
    #[must_use]
    pub fn par(&self) -> u64 {
        self.par.len() as u64 / 2
    }
}

/// The study.
#[derive(Clone, Copy, Debug)]
pub struct Holes;

impl Study for Holes {
    type Kept = Vec<Hole>;
    type Found = Vec<Hole>;

    fn record(&self) -> Record {
        RECORD
    }

    fn measure(&self, project: &Project, progress: Progress) -> Result<Vec<Hole>> {
        let holes = named(project)?;
        let folder = tempfile::tempdir()?;
        let texts = holes.iter().flat_map(|hole| {
            ["start", "par"].map(|which| {
                let module = format!("{}-{which}.wasm", hole.name);
                (
                    text_of(project, &hole.name, which),
                    folder.path().join(module),
                )
            })
        });
        assemble(project, &texts.collect::<Vec<_>>())?;
        let host = engines::REFERENCE.host(project)?;
        let hole = |named: &Named| {
            progress(&named.name);
            let file = |which| folder.path().join(format!("{}-{which}.wasm", named.name));
            let [start, par] = ["start", "par"].map(file);
            let does = does(&host, named, &start)?;
            let at_par = self::does(&host, named, &par)?;
            ensure!(
                does == at_par,
                "at par, {} does something else: {}, and not {}",
                named.name,
                at_par.join("; "),
                does.join("; ")
            );
            let hole = Hole {
                name: named.name.clone(),
                calls: named.calls.clone(),
                does,
                start: files::hex(&fs::read(&start)?),
                par: files::hex(&fs::read(&par)?),
                texts: texts_hash(project, &named.name)?,
            };
            ensure!(
                hole.par() < hole.from(),
                "{} starts with {}, and par is {}",
                hole.name,
                bytes(hole.from()),
                bytes(hole.par())
            );
            Ok(hole)
        };
        holes.iter().map(hole).collect()
    }

    fn merge(&self, _: Option<Vec<Hole>>, found: &Vec<Hole>) -> Vec<Hole> {
        found.clone()
    }

    fn compare(&self, kept: &Vec<Hole>, found: &Vec<Hole>) -> Result<Vec<String>> {
        RECORD.differences(kept, found)
    }
}

/// Where the record is not of the course as it is now: a text was changed, or a hole was added. Nothing is assembled for it.
///
/// # Errors
/// If the record or the course cannot be read.
pub fn stale(project: &Project) -> Result<Vec<String>> {
    // A book without a course has nothing to be wrong about.
    if !project.steps().join(FOLDER).exists() {
        return Ok(Vec::new());
    }
    let named = named(project)?;
    let kept: Vec<Hole> = RECORD.load(project)?.unwrap_or_default();
    let mut stale = Vec::new();
    if !kept
        .iter()
        .map(|hole| (&hole.name, &hole.calls))
        .eq(named.iter().map(|hole| (&hole.name, &hole.calls)))
    {
        stale.push(
            "has other holes than chapters-code/course/course.toml; cargo xtask course --accept"
                .to_owned(),
        );
    }
    for hole in &kept {
        let there = named.iter().any(|one| one.name == hole.name);
        if there && texts_hash(project, &hole.name)? != hole.texts {
            stale.push(format!(
                "is of other texts of {}; cargo xtask course --accept",
                hole.name
            ));
        }
    }
    Ok(stale)
}

/// The holes, as they are played.
fn named(project: &Project) -> Result<Vec<Named>> {
    let file = project.steps().join(FOLDER).join("course.toml");
    let text = fs::read_to_string(&file).with_context(|| project.shown(&file))?;
    let course: Course = toml::from_str(&text).with_context(|| project.shown(&file))?;
    Ok(course.hole)
}

/// The file of a hole's text: `start` or `par`.
fn text_of(project: &Project, hole: &str, which: &str) -> PathBuf {
    let folder = project.steps().join(FOLDER).join(hole);
    folder.join(format!("{which}.wat"))
}

fn read_text(project: &Project, hole: &str, which: &str) -> Result<String> {
    let file = text_of(project, hole, which);
    let text = fs::read_to_string(&file).with_context(|| project.shown(&file))?;
    Ok(text.replace("\r\n", "\n"))
}

fn texts_hash(project: &Project, hole: &str) -> Result<String> {
    let both = read_text(project, hole, "start")? + &read_text(project, hole, "par")?;
    Ok(files::sha256(both.as_bytes()))
}

/// Assembles texts into modules, with the crate in the course's folder.
fn assemble(project: &Project, files: &[(PathBuf, PathBuf)]) -> Result<()> {
    let folder = project.steps().join(FOLDER);
    let toolchain = Toolchain::ensure(&Pin::of(&project.steps(), &project.steps())?)?;
    let output = toolchain
        .cargo(&folder)
        .args(["run", "--quiet", "--locked", "--"])
        .args(files.iter().flat_map(|(text, module)| [text, module]))
        .env("CARGO_TARGET_DIR", project.root().join("target/course"))
        .stdin(Stdio::null())
        .output()
        .context("cargo does not start")?;
    ensure!(
        output.status.success(),
        "the texts of the course cannot be assembled: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

/// What a module does: an answer for each call, or what became of the command.
fn does(host: &Host, named: &Named, module: &Path) -> Result<Vec<String>> {
    let run = |guest: &Guest| run::run_guest(host, module, &Limits::default(), guest);
    let Some(calls) = &named.calls else {
        let ran = run(&Guest::default())?;
        rules(named, module, &ran)?;
        return Ok(vec![told(&ran)]);
    };
    if calls.is_empty() {
        let inside = anatomy::inspect(&fs::read(module)?)?;
        ensure!(
            inside.invalid.is_none() && inside.exports.is_empty(),
            "{} has nothing to call, so its modules are valid and export nothing",
            named.name
        );
    }
    let answer = |call: &String| {
        let guest = Guest {
            call: Some(call.clone()),
            ..Guest::default()
        };
        let ran = run(&guest)?;
        ensure!(
            ran.outcome.is_success(),
            "{}: `{call}` fails: {}",
            named.name,
            told(&ran)
        );
        Ok(format!("{call}: {}", ran.values.join(", ")))
    };
    calls.iter().map(answer).collect()
}

/// A command has to keep the rules that are told on the book's first page.
fn rules(named: &Named, module: &Path, ran: &Run) -> Result<()> {
    let inside = anatomy::inspect(&fs::read(module)?)?;
    let exports = |name: &str, kind: &str| {
        let mut exports = inside.exports.iter();
        exports.any(|one| one.name == name && one.kind.starts_with(kind))
    };
    for (kept, rule) in [
        (exports("memory", "memory"), "it exports its memory"),
        (exports("_start", "func"), "it exports a function _start"),
        (ran.calls_wasi == Some(true), "it calls WASI"),
        (ran.outcome.is_success(), "it ends with exit code 0"),
    ] {
        if !kept {
            bail!("{} breaks a rule of the game: {rule}", named.name);
        }
    }
    Ok(())
}

fn told(ran: &Run) -> String {
    let ended = ran.summary("wasmtime");
    match &*ran.stdout {
        "" => ended,
        printed => format!("{ended}, and printed {printed:?}"),
    }
}

/// What a page shows: `table` for all holes, or one hole by its name, with its editor.
///
/// # Errors
/// If there is no such hole, or nothing is kept.
pub fn show(project: &Project, what: &str) -> Result<String> {
    let holes: Vec<Hole> = RECORD.stored(project)?;
    match what {
        "table" => Ok(table(&holes)),
        "count" => Ok(number(holes.len() as u64)),
        name => {
            let hole = holes.iter().find(|hole| hole.name == name);
            let hole = hole.with_context(|| {
                let names: Vec<&str> = holes.iter().map(|hole| &*hole.name).collect();
                format!(
                    "there is no hole `{name}` on the course; there are {}",
                    names.join(", ")
                )
            })?;
            play(project, hole)
        }
    }
}

/// The score card. A script fills in what the reader has reached.
fn table(holes: &[Hole]) -> String {
    let mut text = String::from(
        "\n<table class=\"score-card\"><thead><tr><th scope=\"col\">hole</th><th scope=\"col\">from</th><th scope=\"col\">par</th>\
         <th scope=\"col\" class=\"yours\" hidden>yours</th></tr></thead><tbody>",
    );
    for (nth, hole) in holes.iter().enumerate() {
        let key = attribute(&key(hole));
        _ = write!(
            text,
            "<tr data-best=\"{key}\" data-par=\"{}\"><th scope=\"row\"><a href=\"#{}\">{}. {}</a></th><td>{}</td><td>{}</td>\
             <td class=\"yours\" hidden>–</td></tr>",
            hole.par(),
            hole.name,
            nth + 1,
            words(&hole.name),
            number(hole.from()),
            number(hole.par()),
        );
    }
    let sum = |size: fn(&Hole) -> u64| number(holes.iter().map(size).sum());
    _ = writeln!(
        text,
        "</tbody><tfoot><tr><th scope=\"row\">all of them</th><td>{}</td><td>{}</td><td class=\"yours\" hidden>–</td></tr></tfoot></table>",
        sum(Hole::from),
        sum(Hole::par),
    );
    text
}

/// Where the editor keeps the reader's best in the browser: see `keeper` in `src/widgets/edit.mjs`.
fn key(hole: &Hole) -> String {
    let rules = if hole.calls.is_none() {
        ", by the rules"
    } else {
        ""
    };
    format!("best:{}{rules}", step(hole))
}

/// The name that the editor knows the hole by.
fn step(hole: &Hole) -> String {
    format!("{FOLDER}/{}", hole.name)
}

/// `04-squares` is `squares`.
fn words(name: &str) -> String {
    let name = name.trim_start_matches(|digit: char| digit.is_ascii_digit() || digit == '-');
    name.replace('-', " ")
}

/// A hole: the text from which a reader starts, the editor, and a text at par, folded.
fn play(project: &Project, hole: &Hole) -> Result<String> {
    let mut data = vec![
        ("step", step(hole)),
        ("size", hole.from().to_string()),
        ("module", hole.start.clone()),
        ("wat", read_text(project, &hole.name, "start")?),
        ("par", hole.par().to_string()),
    ];
    match &hole.calls {
        Some(calls) => {
            let calls: Vec<_> = calls.iter().map(|call| json!({ "call": call })).collect();
            data.push(("calls", json!(calls).to_string()));
        }
        None => data.push(("rules", "kept".to_owned())),
    }
    let mut text = format!(
        "\n```text,wat\n{}```\n\n{} here, par is {}.\n\n<div class=\"live\"",
        read_text(project, &hole.name, "start")?,
        bytes(hole.from()),
        number(hole.par()),
    );
    for (name, value) in data {
        _ = write!(text, " data-{name}=\"{}\"", attribute(&value));
    }
    _ = write!(
        text,
        "><button class=\"edit\" type=\"button\" hidden>Shorten it here</button><div class=\"live-output\" hidden></div></div>\n\n\
         <details><summary>A text at par</summary>\n\n```text,wat\n{}```\n\n</details>\n",
        read_text(project, &hole.name, "par")?,
    );
    Ok(text)
}
