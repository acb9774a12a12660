//! The fragments that pages embed. Every one is made from snapshots and the steps' own files; nothing is built or run.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Component, Path, PathBuf},
    sync::LazyLock,
};

use anyhow::{Context, Result, bail, ensure};
use regex::Regex;
use similar::TextDiff;
use walkdir::WalkDir;

use crate::{
    bindgen, compare, copy,
    discover::{self, Step, Target},
    estimates, floor, golf, history,
    house::House,
    live, matrix,
    measure::Measured,
    node::Script,
    plot,
    report::{self, number},
    run::{Ran, Traced},
    staircase,
};

/// What can be shown, with its arguments and what it is. `cargo xtask show --help` prints this.
pub const FRAGMENTS: &[(&str, &str)] = &[
    (
        "size STEP",
        "size, and the change against the step before and against the start",
    ),
    (
        "sections STEP",
        "the sections as a table: offset, size, share",
    ),
    ("diff STEP", "source and settings against the step before"),
    ("source STEP FILE", "a file of the step"),
    ("settings STEP", "the step's .cargo/config.toml"),
    ("wat STEP", "the module as text"),
    (
        "bytes STEP [SECTION]",
        "every byte, named; of one section, such as `import` or `header`",
    ),
    (
        "outcome STEP [plain]",
        "what building and running it did, in the engine's words, with the buttons that run it in the page; `plain` without them, for other pages than the step's own",
    ),
    ("imports STEP", "imports and exports as a list"),
    (
        "kinds STEP",
        "the sections as a table, those of a kind together: a component has many",
    ),
    (
        "names STEP",
        "in a line: how many bytes of it are names of imports, exports and parts of types",
    ),
    ("take STEP", "the commands that copy it out and build it"),
    ("then STEP", "the command after the build"),
    ("number STEP", "in a line: the size, as a number"),
    ("weight STEP", "in a line: the size with its unit"),
    (
        "gzip STEP",
        "in a line: the size after gzip, where the step asks for it",
    ),
    (
        "diet STEP[=TOY,BEFORE]...",
        "some steps as a table: size, size after gzip, what each is less than the one before, and what the same gave on a toy",
    ),
    (
        "heading STEP",
        "in a line: the size with its unit, or that nothing is built",
    ),
    (
        "change STEP [FROM]",
        "in a line: by how much the size differs",
    ),
    (
        "times STEP FROM",
        "in a line: how many times smaller than FROM",
    ),
    (
        "section STEP NAME",
        "in a line: the size of one section (with its header), or of all of that name",
    ),
    (
        "count STEP NAME",
        "in a line: the number of entries of one section",
    ),
    ("result STEP", "in a line: the outcome in a few words"),
    (
        "error STEP [N]",
        "in a line: the Nth line of the error, from 1",
    ),
    (
        "article STEP",
        "in a line: the article's own figure, marked as the article's",
    ),
    (
        "history ARTICLE",
        "an article's steps as a table: its figure, then, now, and what changed",
    ),
    (
        "crates ARTICLE",
        "an article's period crates: source, settings, and what became of them",
    ),
    (
        "matrix STEP",
        "what each engine makes of a step's module; `all` and `reasons` for tables of all; in a line, how many: `engines`, `modules`, `nowhere`",
    ),
    (
        "drift RELEASE [size|behaviour|same|all]",
        "the steps that differ on another release as a table; in a line: how many do in which way",
    ),
    ("timeline plot|table", "sizes through the releases of Rust"),
    (
        "releases count|first|last",
        "in a line: how many releases were measured, the oldest, the newest",
    ),
    (
        "release RELEASE PROGRAM [SECTION]",
        "in a line: a program's size with a release, or one section's, 0 if other releases have it; `llvm` and `target` instead of a program",
    ),
    (
        "between PROGRAM FROM TO",
        "the sections that differ between two releases as a table",
    ),
    (
        "jump PROGRAM FROM TO",
        "the functions that differ most between two releases as a table",
    ),
    (
        "same STEP OTHER",
        "in a line: whether two modules have the same bytes",
    ),
    (
        "engine STEP",
        "in a line: the engine that ran it, and its version",
    ),
    (
        "toolchain STEP",
        "in a line: the release of Rust that built it",
    ),
    (
        "binaryen STEP",
        "in a line: the release of Binaryen that had a hand in it",
    ),
    (
        "bytes-at STEP OFFSET COUNT",
        "in a line: some bytes of the module",
    ),
    ("also STEP N", "the Nth other run of a program, from 1"),
    ("calls STEP", "calls of exported functions as a table"),
    (
        "call STEP N",
        "in a line: the result of the Nth call, from 1",
    ),
    ("script STEP", "the script's command and what it printed"),
    (
        "said STEP WORDS",
        "in a line: the line with these words that the script printed",
    ),
    (
        "signatures STEP",
        "the exported functions with their types as a table",
    ),
    (
        "signature STEP NAME",
        "in a line: the type of an exported function",
    ),
    ("items STEP", "the biggest items of the module as a table"),
    ("trace STEP", "every call of WASI"),
    (
        "memory STEP N",
        "what the Nth call of WASI points at in linear memory, drawn",
    ),
    (
        "peak STEP [N]",
        "in a line: the most memory that the Nth engine held",
    ),
    (
        "libraries STEP",
        "in a line: a native program's dynamic libraries",
    ),
    ("glue STEP", "the files that wasm-bindgen wrote as a table"),
    ("total STEP", "in a line: module and glue together"),
    (
        "host ENGINE FILE [ITEM]",
        "a file of an engine's host program, or one item of it",
    ),
    ("sizes STEP...", "some steps as a table: size and outcome"),
    ("header STEP", "the module as an array in C"),
    (
        "golf plot|table",
        "the book's searches by machine: the sizes as a plot, or a table",
    ),
    (
        "golf SEARCH bytes|from|tried|same|attempts|seed|calls|result|below SIZE|wat",
        "in a line: a figure of the search `empty`, `hello` or `97`; the module that it found",
    ),
    (
        "estimates table",
        "what `inspect` promised of modules, and what following its advice took off",
    ),
    (
        "floor table|functions",
        "the search for something below the floor as a table; the functions of preview 1 with their smallest commands",
    ),
    (
        "floor tried|left|count|bytes|function NAME|KIND COLUMN",
        "in a line: figures of that search",
    ),
    (
        "staircase PART [inside]",
        "the sizes of a part as a plot; `inside` for a page in the part's folder",
    ),
    ("picture PART", "the plot as an SVG file of its own"),
    (
        "table PART [inside]",
        "the sizes of a part as a table; `inside` as above",
    ),
];

/// One fragment, as Markdown, with a line break at its end: a command that ends a line must not take the line's end with it.
/// (In the middle of a line, cmdrun cuts it off.)
///
/// # Errors
/// If there is no such fragment, step or snapshot, or the snapshot does not hold what is asked for.
pub fn show(house: &House, steps: &[Step], args: &[&str]) -> Result<String> {
    fragment(house, steps, args).map(|text| ended(&text))
}

fn fragment(house: &House, steps: &[Step], args: &[&str]) -> Result<String> {
    let [what, name, rest @ ..] = args else {
        bail!("show wants to know what, and of which step; `cargo xtask show --help` lists all");
    };
    if let "staircase" | "picture" | "table" = *what {
        let inside = match rest {
            [] => false,
            ["inside"] => true,
            _ => bail!(
                "show {what} takes one part, such as 1-two-megabytes-to-97, and `inside` for a page of that part"
            ),
        };
        return staircase::show(steps, what, name, inside);
    }
    if let Some(text) = plot::show(house, what, &args[1..])? {
        return Ok(text);
    }
    if *what == "golf" {
        return golf::show(house, steps, &args[1..]);
    }
    if let ("estimates", []) = (*what, rest) {
        return estimates::show(house, steps, name);
    }
    if *what == "floor" {
        return floor::show(house, &args[1..]);
    }
    if let ("matrix", []) = (*what, rest) {
        return matrix::show(house, steps, name);
    }
    if let ("drift", rest) = (*what, rest) {
        return history::drift(house, steps, name, rest);
    }
    if let ("history" | "crates", []) = (*what, rest) {
        return history::show(house, steps, what, name);
    }
    if *what == "host" {
        return host(name, rest);
    }
    if *what == "diet" {
        return diet(steps, &args[1..]);
    }
    if *what == "sizes" {
        return sizes(steps, &args[1..]);
    }
    let step = discover::find(steps, name)?;
    let stored = || {
        compare::stored(step)?.with_context(|| {
            format!(
                "{} has no snapshot yet: cargo xtask verify --accept {}",
                step.path, step.path
            )
        })
    };
    let other = |name: &str| -> Result<(&Step, Measured)> {
        let other = discover::find(steps, name)?;
        Ok((
            other,
            compare::stored(other)?
                .with_context(|| format!("{} has no snapshot yet", other.path))?,
        ))
    };
    Ok(match (*what, rest) {
        ("size", []) => size(steps, step, &stored()?)?,
        ("sections", []) => sections(&stored()?)?,
        ("diff", []) => diff(steps, step)?,
        ("source", [file]) => source(step, file)?,
        ("settings", []) => source(step, ".cargo/config.toml")?,
        ("wat", []) => wat(step, &stored()?)?,
        ("bytes", wanted) => {
            let measured = stored()?;
            let mut spans = anatomy::annotate(&kept(step, &measured)?)?;
            if !wanted.is_empty() {
                let sections = alike(&measured, &wanted.join(" "))?;
                spans.retain(|span| {
                    sections.iter().any(|section| {
                        (section.offset..section.offset + section.size).contains(&span.offset)
                    })
                });
            }
            format!("```text\n{}```\n", ended(&anatomy::hex_dump(&spans)))
        }
        ("outcome", []) => {
            let measured = stored()?;
            outcome(step, &measured) + &live::block(house, step, &measured)?
        }
        ("outcome", ["plain"]) => outcome(step, &stored()?),
        ("outcome", [engine]) => elsewhere(step, &stored()?, engine)?,
        ("calls", []) => calls(step, &stored()?)?,
        ("call", [nth]) => {
            let measured = stored()?;
            code(&nth_of(&measured.calls, nth, "calls", step)?.summary())
        }
        ("script", []) => script(step, &stored()?)?,
        ("said", words @ [_, ..]) => {
            let measured = stored()?;
            code(line_with(
                &ran_script(step, &measured)?.stdout,
                &words.join(" "),
                step,
            )?)
        }
        ("signatures", []) => signatures(&stored()?),
        ("signature", [wanted]) => {
            let measured = stored()?;
            let export = measured
                .exports
                .iter()
                .find(|export| export.name == *wanted);
            code(
                &export
                    .with_context(|| format!("{} does not export {wanted}", step.path))?
                    .kind,
            )
        }
        ("items", []) => items(step, &stored()?)?,
        ("trace", []) => trace(step, &stored()?)?,
        ("memory", [nth]) => memory(step, &stored()?, nth)?,
        ("peak", []) => peak(step, &stored()?, "1")?,
        ("peak", [nth]) => peak(step, &stored()?, nth)?,
        ("libraries", []) => {
            let libraries = stored()?.libraries;
            let libraries =
                libraries.with_context(|| format!("{} is no native program", step.path))?;
            if libraries.is_empty() {
                "none".into()
            } else {
                libraries
                    .iter()
                    .map(|name| code(name))
                    .collect::<Vec<_>>()
                    .join(", ")
            }
        }
        ("glue", []) => glue(step, &stored()?)?,
        ("total", []) => report::bytes(shipped(step, &stored()?)?),
        ("header", []) => format!(
            "```c\n{}```\n",
            ended(&crate::header::text(&kept(step, &stored()?)?))
        ),
        ("imports", []) => imports(&stored()?),
        ("kinds", []) => kinds(&stored()?)?,
        ("names", []) => report::bytes(names(step, &stored()?)?),
        ("take", []) => take(house, step)?,
        ("then", []) => format!("```sh\n{}\n```\n", then(step)?),
        ("number", []) => number(size_of(step, &stored()?)?),
        ("weight", []) => {
            let measured = stored()?;
            match measured.range {
                Some(range) => between(range),
                None => report::bytes(size_of(step, &measured)?),
            }
        }
        ("gzip", []) => report::bytes(gzipped(step, &stored()?)?),
        ("heading", []) => {
            let measured = stored()?;
            match (measured.size, measured.range) {
                (Some(size), _) => report::bytes(size),
                (None, Some(range)) => between(range),
                (None, None) => "nothing is built".into(),
            }
        }
        ("change", []) => {
            let previous = step
                .previous
                .as_deref()
                .context("the first step has none before it")?;
            distance(&(step, stored()?), &other(previous)?)?
        }
        ("change", [from]) => distance(&(step, stored()?), &other(from)?)?,
        ("times", [from]) => {
            let (from, before) = other(from)?;
            let (before, now) = (size_of(from, &before)?, size_of(step, &stored()?)?);
            ensure!(
                before >= now,
                "{} is not smaller than {}: the smaller one comes first",
                step.path,
                from.path
            );
            times(before, now)
        }
        ("section", wanted) if !wanted.is_empty() => {
            let measured = stored()?;
            let sections = alike(&measured, &wanted.join(" "))?;
            report::bytes(sections.iter().map(|section| section.size).sum())
        }
        ("offset", wanted) if !wanted.is_empty() => {
            number(section(&stored()?, &wanted.join(" "))?.offset)
        }
        ("count", wanted) if !wanted.is_empty() => {
            let count = section(&stored()?, &wanted.join(" "))?.count;
            number(u64::from(
                count.context("that section has no entries to count")?,
            ))
        }
        ("result", []) => code(&stored()?.outcome()),
        ("error", []) => error(step, &stored()?, 1)?,
        ("error", [nth]) => error(
            step,
            &stored()?,
            nth.parse().context("the line of the error is a number")?,
        )?,
        ("article", []) => {
            let (_, figure) = discover::printed(steps, step)
                .with_context(|| format!("no article has a figure for {}", step.path))?;
            let up = "../".repeat(step.path.matches('/').count());
            // Figures without a unit of their own are bytes.
            let unit = if figure.figure.ends_with(|c: char| c.is_ascii_digit()) {
                " bytes"
            } else {
                ""
            };
            format!(
                "<span class=\"article\">{}{unit}</span> ([the article]({up}credits.md#{}))",
                figure.figure, figure.text
            )
        }
        ("same", [name]) => {
            let (them, measured) = other(name)?;
            let same = kept(step, &stored()?)? == kept(them, &measured)?;
            ensure!(
                same,
                "{} and {} differ: a page that says otherwise is wrong",
                step.path,
                them.path
            );
            "byte for byte".into()
        }
        ("engine", []) => stored()?.engine.context("nothing was run")?,
        ("toolchain", []) => stored()?.toolchain,
        ("binaryen", []) => stored()?
            .binaryen
            .context("Binaryen had no hand in this step")?,
        ("bytes-at", [offset, count]) => {
            let (offset, count): (usize, usize) = (offset.parse()?, count.parse()?);
            let module = kept(step, &stored()?)?;
            let some = module
                .get(offset..offset + count)
                .context("the module is not as long as that")?;
            format!("`{}`", crate::measure::to_hex(some).join(" "))
        }
        ("also", [nth]) => also(
            step,
            &stored()?,
            nth.parse().context("the run is a number")?,
        )?,
        _ => bail!(
            "`show {}` is not a fragment; there are: {}",
            args.join(" "),
            FRAGMENTS
                .iter()
                .map(|(usage, _)| *usage)
                .collect::<Vec<_>>()
                .join(", ")
        ),
    })
}

fn size_of(step: &Step, measured: &Measured) -> Result<u64> {
    measured
        .size
        .with_context(|| format!("{} builds nothing, so it has no size", step.path))
}

/// A native program's size.
pub(crate) fn between([from, to]: [u64; 2]) -> String {
    format!("{} to {}", number(from), report::bytes(to))
}

/// The one line of what a script wrote that has these words in it, without the dash of a list.
fn line_with<'a>(text: &'a str, words: &str, step: &Step) -> Result<&'a str> {
    let found: Vec<&str> = text.lines().filter(|line| line.contains(words)).collect();
    ensure!(
        found.len() == 1,
        "{} of the lines that the script of {} writes have “{words}” in them, and it has to be one of these:\n{text}",
        found.len(),
        step.path,
    );
    Ok(found[0].trim_start_matches("- "))
}

/// The Nth of a list, from 1.
fn nth_of<'a, T>(list: &'a [T], nth: &str, what: &str, step: &Step) -> Result<&'a T> {
    let nth: usize = nth
        .parse()
        .with_context(|| format!("`{nth}` is no number"))?;
    list.get(nth.wrapping_sub(1))
        .with_context(|| format!("{} has {} {what}", step.path, list.len()))
}

/// The step's size with both comparisons.
fn size(steps: &[Step], step: &Step, measured: &Measured) -> Result<String> {
    if let Some(range) = measured.range {
        let libraries = measured.libraries.as_deref().unwrap_or_default();
        let wants = match libraries {
            [] => "and asks for no dynamic library".to_owned(),
            names => format!("and asks for {}", names.join(" and ")),
        };
        return Ok(format!(
            "**{}**, {wants}. It is a range because the linker of the machine has its say in it.\n",
            between(range)
        ));
    }
    let Some(size) = measured.size else {
        return Ok("**Nothing is built.**\n".into());
    };
    let mut text = format!("**{}**", report::bytes(size));
    if let Some(previous) = &step.previous {
        let before = discover::find(steps, previous)?;
        if let Some(before_size) = compare::stored(before)?.and_then(|measured| measured.size) {
            let words = match before_size.cmp(&size) {
                std::cmp::Ordering::Greater => {
                    format!("{} less than", report::bytes(before_size - size))
                }
                std::cmp::Ordering::Equal => "not a byte more or less than".into(),
                std::cmp::Ordering::Less => {
                    format!("{} more than", report::bytes(size - before_size))
                }
            };
            _ = write!(text, ", {words} [{}]({})", before.title, link(step, before));
        }
    }
    let first = steps.iter().find(|other| other.part() == step.part());
    if let Some(first) = first.filter(|first| comes_from(steps, step, first))
        && let Some(start) = compare::stored(first)?.and_then(|measured| measured.size)
        && start > size
    {
        _ = write!(
            text,
            "; {} times smaller than [the start]({})",
            times(start, size),
            link(step, first)
        );
    }
    text.push_str(".\n");
    Ok(text)
}

/// Whether one step is what has become of another, each compared with the one before it.
fn comes_from(steps: &[Step], step: &Step, first: &Step) -> bool {
    let mut previous = step.previous.as_deref();
    for _ in steps {
        let Some(name) = previous else { return false };
        if name == first.path {
            return true;
        }
        let before = steps.iter().find(|other| other.path == name);
        previous = before.and_then(|before| before.previous.as_deref());
    }
    false
}

/// A link from one step's page to another's.
pub(crate) fn link(from: &Step, to: &Step) -> String {
    if from.part() == to.part() {
        format!("{}.md", to.plain().rsplit('/').next().unwrap_or_default())
    } else {
        format!("../{}.md", to.plain())
    }
}

/// How many times smaller, with one decimal below a hundred.
pub(crate) fn times(from: u64, to: u64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "sizes of modules are far below 2^52"
    )]
    let times = from as f64 / to.max(1) as f64;
    if times < 100.0 {
        format!("{times:.1}")
    } else {
        number(from / to.max(1))
    }
}

fn distance(
    (step, measured): &(&Step, Measured),
    (other, before): &(&Step, Measured),
) -> Result<String> {
    Ok(report::bytes(
        size_of(step, measured)?.abs_diff(size_of(other, before)?),
    ))
}

fn sections(measured: &Measured) -> Result<String> {
    let size = measured
        .size
        .context("nothing is built, so there are no sections")?;
    let mut text =
        String::from("| section | offset | bytes | share | entries |\n|---|--:|--:|--:|--:|\n");
    for section in &measured.sections {
        let share = report::share(section.size, size);
        let count = section
            .count
            .map(|count| number(u64::from(count)))
            .unwrap_or_default();
        _ = writeln!(
            text,
            "| {} | `0x{:x}` | {} | {share} | {count} |",
            section.name.replace('|', "\\|"),
            section.offset,
            number(section.size),
        );
    }
    Ok(text)
}

fn section<'a>(measured: &'a Measured, name: &str) -> Result<&'a anatomy::Section> {
    let names = || {
        measured
            .sections
            .iter()
            .map(|section| section.name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut sections = measured.sections.iter();
    let found = sections.find(|section| is_named(&section.name, name));
    found.with_context(|| format!("the module has no {name} section; it has: {}", names()))
}

/// Whether a section is the one that is asked for: `custom "name"` also as `custom name`, for a shell keeps no quotes, and as
/// `name`.
pub(crate) fn is_named(section: &str, asked: &str) -> bool {
    let plain = section.replace('"', "");
    section == asked || plain == asked || plain.strip_prefix("custom ") == Some(asked)
}

/// All sections of one name. A component may have many, and so have modules of custom sections.
fn alike<'a>(measured: &'a Measured, name: &str) -> Result<Vec<&'a anatomy::Section>> {
    let first = section(measured, name)?;
    let sections = measured.sections.iter();
    Ok(sections.filter(|other| other.name == first.name).collect())
}

/// The sections of a component, those of a kind together. There may be a hundred.
fn kinds(measured: &Measured) -> Result<String> {
    let size = measured
        .size
        .context("nothing is built, so there are no sections")?;
    let mut kinds: Vec<(&str, u64, u64)> = Vec::new();
    for section in &measured.sections {
        match kinds.iter_mut().find(|(name, ..)| *name == section.name) {
            Some((_, count, bytes)) => {
                *count += 1;
                *bytes += section.size;
            }
            None => kinds.push((&section.name, 1, section.size)),
        }
    }
    kinds.sort_by_key(|(_, _, bytes)| std::cmp::Reverse(*bytes));
    let mut text = String::from("| kind | sections | bytes | share |\n|---|--:|--:|--:|\n");
    for (name, count, bytes) in kinds {
        let share = report::share(bytes, size);
        let name = name.replace('|', "\\|");
        _ = writeln!(text, "| {name} | {count} | {} | {share} |", number(bytes));
    }
    Ok(text)
}

/// The bytes that are names of imports, exports and what types are made of: everything by which one side finds the other.
fn names(step: &Step, measured: &Measured) -> Result<u64> {
    const NAMES: &[&str] = &[
        "name",
        "module name",
        "field name",
        "imported from",
        "import",
        "parameter name",
        "case",
        "field",
    ];
    let spans = anatomy::annotate(&kept(step, measured)?)?;
    Ok(spans
        .iter()
        .filter(|span| NAMES.contains(&&span.what[..]) && !span.section.contains("custom"))
        .map(|span| span.bytes.len() as u64)
        .sum())
}

/// The source and settings of a step, by file: all that a reader would look at, and that makes the difference.
pub(crate) fn files(step: &Step) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let wanted = |name: &str| {
        [".rs", ".wat", ".wit", ".mjs", ".html", ".c"]
            .iter()
            .any(|ending| name.ends_with(ending))
            || matches!(
                name,
                "Cargo.toml" | ".cargo/config.toml" | "rust-toolchain.toml"
            )
    };
    let walk = WalkDir::new(&step.dir).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.file_name() != "target") {
        let entry = entry?;
        let name = entry
            .path()
            .strip_prefix(&step.dir)?
            .display()
            .to_string()
            .replace('\\', "/");
        if entry.file_type().is_file() && wanted(&name) {
            files.insert(
                name,
                fs::read_to_string(entry.path())?.replace("\r\n", "\n"),
            );
        }
    }
    if let Some(manifest) = files.get_mut("Cargo.toml") {
        *manifest = essential(manifest);
    }
    Ok(files)
}

/// A manifest without what differs between any two steps and explains nothing: its name, what it comes after, and what an
/// article says of it.
fn essential(manifest: &str) -> String {
    let idle = |line: &str| {
        [
            "name = ",
            "after = ",
            "description = ",
            "figure = ",
            "now = ",
            "changed = ",
            "also = ",
            "module = ",
            "calls = ",
            "script = ",
            "items = ",
            "trace = ",
            "args = ",
            "stdin = ",
            "vars = ",
            "engines = ",
        ]
        .iter()
        .any(|key| line.starts_with(key))
    };
    let lines = manifest.lines().filter(|line| !idle(line));
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    // The table's head alone says nothing either.
    match text.trim_end().strip_suffix("[package.metadata.chapter]") {
        Some(rest) => ended(rest.trim_end()),
        None => text,
    }
}

fn diff(steps: &[Step], step: &Step) -> Result<String> {
    let previous = step
        .previous
        .as_deref()
        .context("the first step has none before it to differ from")?;
    let before = files(discover::find(steps, previous)?)?;
    let after = files(step)?;
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let mut text = String::from("```diff\n");
    for name in names {
        let (old, new) = (before.get(name), after.get(name));
        if old == new {
            continue;
        }
        let (old, new) = (
            old.map_or("", String::as_str),
            new.map_or("", String::as_str),
        );
        let diff = TextDiff::from_lines(old, new);
        let mut unified = diff.unified_diff();
        let side = |text: &str| {
            if text.is_empty() {
                "(no such file)".to_owned()
            } else {
                name.clone()
            }
        };
        text.push_str(
            &unified
                .context_radius(3)
                .missing_newline_hint(false)
                .header(&side(old), &side(new))
                .to_string(),
        );
    }
    ensure!(
        text.len() > "```diff\n".len(),
        "{} does not differ from {previous} in source or settings",
        step.path
    );
    // A fence inside (in a doc comment) would end the block.
    ensure!(
        !text[3..].contains("\n```"),
        "the difference holds a code fence"
    );
    text.push_str("```\n");
    Ok(text)
}

/// The language of a block of WAT. highlight.js knows no `wat` and would complain in the console, so the block is plain text
/// until theme/wat.js finds it by its second name.
const WAT: &str = "text,wat";

pub(crate) fn source(step: &Step, file: &str) -> Result<String> {
    let inside = Path::new(file)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    ensure!(inside, "`{file}` is not inside the step's folder");
    let path: PathBuf = step.dir.join(file);
    let text =
        fs::read_to_string(&path).with_context(|| format!("chapters-code/{}/{file}", step.path))?;
    // `noplayground`: mdBook wraps Rust without a `fn main` into one, and the copy button would hand that out.
    let language = match path.extension().and_then(|extension| extension.to_str()) {
        Some("rs") => "rust,noplayground",
        Some("toml") => "toml",
        Some("wat") => WAT,
        Some("mjs" | "js") => "js",
        Some("html") => "html",
        Some("c" | "h") => "c",
        _ => "text",
    };
    Ok(format!(
        "```{language}\n{}```\n",
        ended(&text.replace("\r\n", "\n"))
    ))
}

/// The module, where the snapshot has it.
fn kept(step: &Step, measured: &Measured) -> Result<Vec<u8>> {
    measured.module().with_context(|| {
        format!(
            "{} has no bytes in its snapshot (it keeps modules of up to {}); cargo xtask inspect {} builds and shows it",
            step.path,
            report::bytes(crate::measure::KEPT as u64),
            step.path
        )
    })
}

fn wat(step: &Step, measured: &Measured) -> Result<String> {
    let text = wasmprinter::print_bytes(kept(step, measured)?)?;
    Ok(format!("```{WAT}\n{}```\n", ended(&text)))
}

pub(crate) fn outcome(step: &Step, measured: &Measured) -> String {
    let mut text = String::from("```text\n");
    for line in &measured.fails {
        if text.lines().count() == 1 {
            _ = writeln!(text, "Rust {}:", step.pin.channel);
        }
        _ = writeln!(text, "{line}");
    }
    if let Some(ran) = &measured.run {
        let here = "this machine";
        let engine = measured.engine.as_deref().unwrap_or(here);
        text.push_str(&ran_lines(measured, engine, ran));
    }
    for call in &measured.calls {
        let engine = measured.engine.as_deref().unwrap_or_default();
        _ = writeln!(text, "{engine}: {} → {}", call.call, call.summary());
    }
    if let (Some(script), Some(file)) = (&measured.script, &step.settings.script) {
        text.push_str(&script_lines(file, script));
    }
    text.push_str("```\n");
    text
}

/// What a run printed, and what became of it.
fn ran_lines(measured: &Measured, engine: &str, ran: &Ran) -> String {
    let mut text = String::new();
    for (name, stream) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        for line in stream.lines() {
            _ = writeln!(text, "{name}: {line}");
        }
    }
    _ = writeln!(text, "{engine}: {}", measured.ended(ran, engine));
    text
}

fn script_lines(file: &str, script: &Script) -> String {
    let mut text = format!("node {file} module.wasm\n{}", script.stdout);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    match script.code {
        Some(0) => {}
        Some(code) => _ = writeln!(text, "(exit code {code})"),
        None => text.push_str("(stopped: it took too long)\n"),
    }
    text
}

fn ran_script<'a>(step: &Step, measured: &'a Measured) -> Result<&'a Script> {
    let script = measured.script.as_ref();
    script.with_context(|| format!("{} has no script", step.path))
}

fn script(step: &Step, measured: &Measured) -> Result<String> {
    let file = step.settings.script.as_deref().unwrap_or_default();
    Ok(format!(
        "```text\n{}```\n",
        script_lines(file, ran_script(step, measured)?)
    ))
}

/// What another engine did, by its name without the version.
fn elsewhere(step: &Step, measured: &Measured, engine: &str) -> Result<String> {
    let named = |full: &str| {
        full.rsplit_once(' ')
            .is_some_and(|(name, _)| name.replace(' ', "-") == engine)
    };
    if let (Some(main), Some(ran)) = (&measured.engine, &measured.run)
        && named(main)
    {
        return Ok(format!("```text\n{}```\n", ran_lines(measured, main, ran)));
    }
    let other = measured.elsewhere.iter().find(|other| named(&other.engine));
    let other = other.with_context(|| format!("{} was not run by {engine}", step.path))?;
    Ok(format!(
        "```text\n{}```\n",
        ran_lines(measured, &other.engine, &other.ran)
    ))
}

fn calls(step: &Step, measured: &Measured) -> Result<String> {
    ensure!(!measured.calls.is_empty(), "{} makes no calls", step.path);
    let mut text = String::from("| call | result |\n|---|---|\n");
    for call in &measured.calls {
        _ = writeln!(
            text,
            "| {} | {} |",
            code(&call.call),
            code(&call.summary()).replace('|', "\\|")
        );
    }
    Ok(text)
}

fn signatures(measured: &Measured) -> String {
    let mut text = String::from("| exported | as |\n|---|---|\n");
    for export in measured
        .exports
        .iter()
        .filter(|export| export.kind.starts_with("func"))
    {
        _ = writeln!(text, "| {} | {} |", code(&export.name), code(&export.kind));
    }
    text
}

fn items(step: &Step, measured: &Measured) -> Result<String> {
    ensure!(
        !measured.items.is_empty(),
        "the snapshot of {} keeps no items: items = 10 in [package.metadata.chapter] has it keep ten",
        step.path
    );
    let size = size_of(step, measured)?;
    let mut text = String::from("| item | what | bytes | share |\n|---|---|--:|--:|\n");
    for item in &measured.items {
        let share = report::share(item.size, size);
        _ = writeln!(
            text,
            "| {} | {} | {} | {share} |",
            code(&item.name).replace('|', "\\|"),
            item.kind,
            number(item.size)
        );
    }
    Ok(text)
}

fn traced<'a>(step: &Step, measured: &'a Measured) -> Result<&'a [Traced]> {
    let trace = measured
        .run
        .as_ref()
        .map(|ran| &ran.trace[..])
        .unwrap_or_default();
    ensure!(
        !trace.is_empty(),
        "the snapshot of {} has no trace: trace = true in [package.metadata.chapter] has it keep one",
        step.path
    );
    Ok(trace)
}

fn trace(step: &Step, measured: &Measured) -> Result<String> {
    let lines: String = traced(step, measured)?.iter().map(report::traced).collect();
    Ok(format!("```text\n{lines}```\n"))
}

/// The pieces of linear memory that a call is about, in the order of their addresses, as a table.
fn memory(step: &Step, measured: &Measured, nth: &str) -> Result<String> {
    let call = nth_of(traced(step, measured)?, nth, "calls in its trace", step)?;
    let mut pieces: Vec<_> = call
        .memory
        .iter()
        .map(|piece| (piece, "before"))
        .chain(call.after.iter().map(|piece| (piece, "after")))
        .collect();
    pieces.sort_by_key(|(piece, _)| piece.at);
    let mut text = String::from("| address | bytes | what | means | |\n|--:|---|---|---|---|\n");
    for (piece, when) in pieces {
        _ = writeln!(
            text,
            "| `0x{:x}` | `{}` | {} | {} | {when} the call |",
            piece.at,
            piece.bytes,
            piece.what,
            piece.means.replace('|', "\\|")
        );
    }
    Ok(text)
}

fn peak(step: &Step, measured: &Measured, nth: &str) -> Result<String> {
    let runs: Vec<&Ran> = measured
        .run
        .iter()
        .chain(measured.elsewhere.iter().map(|other| &other.ran))
        .collect();
    let ran = nth_of(&runs, nth, "runs", step)?;
    let peak = ran
        .peak_bytes
        .with_context(|| format!("no engine counted the memory of {}", step.path))?;
    Ok(report::bytes(peak))
}

/// What a page would have to fetch, in bytes: the module, and the JavaScript that goes with it.
fn shipped(step: &Step, measured: &Measured) -> Result<u64> {
    if measured.glue.is_empty() {
        return size_of(step, measured);
    }
    let shipped = measured.glue.iter().filter(|glue| is_shipped(&glue.file));
    Ok(shipped.map(|glue| glue.size).sum())
}

/// Type declarations are for the people who write the page, and are not sent to those who open it.
fn is_shipped(file: &str) -> bool {
    !file.ends_with(".d.ts")
}

fn glue(step: &Step, measured: &Measured) -> Result<String> {
    ensure!(
        !measured.glue.is_empty(),
        "wasm-bindgen had no hand in {}",
        step.path
    );
    let mut text = String::from("| file | bytes | sent to the reader |\n|---|--:|---|\n");
    for glue in &measured.glue {
        let sent = if is_shipped(&glue.file) { "yes" } else { "no" };
        _ = writeln!(text, "| `{}` | {} | {sent} |", glue.file, number(glue.size));
    }
    _ = writeln!(
        text,
        "| together | {} | |",
        number(shipped(step, measured)?)
    );
    Ok(text)
}

/// A host program's source, or one item of it: from the comment above it to the brace that closes it at the line's beginning.
fn host(engine: &str, rest: &[&str]) -> Result<String> {
    let [file, item @ ..] = rest else {
        bail!("show host wants an engine and a file, such as by-hand src/main.rs");
    };
    ensure!(
        crate::engines::ENGINES.contains(&engine),
        "there is no engine `{engine}`; there are: {}",
        crate::engines::ENGINES.join(", ")
    );
    let inside = Path::new(file)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    ensure!(inside, "`{file}` is not inside the host's folder");
    let folder = House::here().root().join("xtask/engines").join(engine);
    let text = fs::read_to_string(folder.join(file))
        .with_context(|| format!("xtask/engines/{engine}/{file}"))?
        .replace("\r\n", "\n");
    let text = match item {
        [] => text,
        [item] => excerpt(&text, item)
            .with_context(|| format!("xtask/engines/{engine}/{file} has no item `{item}`"))?,
        _ => bail!("show host takes one item"),
    };
    Ok(format!("```rust,noplayground\n{}```\n", ended(&text)))
}

/// One item of a Rust file, with the comments and attributes above it, moved to the left.
fn excerpt(text: &str, item: &str) -> Option<String> {
    static ITEM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^( *)(?:pub(?:\([a-z]+\))? )?(?:(?:unsafe|const|async) )*(?:fn|struct|enum|trait|const|static|impl(?:<[^>]*>)?) (\w+)")
            .expect("the expression is constant")
    });
    let lines: Vec<&str> = text.lines().collect();
    let (at, indent) = lines.iter().enumerate().find_map(|(at, line)| {
        let found = ITEM.captures(line)?;
        (&found[2] == item).then(|| (at, found[1].to_owned()))
    })?;
    let above = lines[..at]
        .iter()
        .rev()
        .take_while(|line| {
            let line = line.trim_start();
            line.starts_with("//") || line.starts_with("#[")
        })
        .count();
    let closing = format!("{indent}}}");
    let length = lines[at..].iter().position(|line| {
        line.starts_with(&closing)
            || line.ends_with(';')
                && line.starts_with(&indent)
                && !line[indent.len()..].starts_with(' ')
    })?;
    let lines = lines[at - above..=at + length].iter();
    let lines: Vec<&str> = lines
        .map(|line| line.strip_prefix(&indent).unwrap_or(line))
        .collect();
    Some(lines.join("\n"))
}

fn gzipped(step: &Step, measured: &Measured) -> Result<u64> {
    measured.gzip.with_context(|| {
        format!(
            "the snapshot of {} has no size after gzip: gzip = true in [package.metadata.chapter] has it measured",
            step.path
        )
    })
}

/// Steps of a real program, with what each one's technique gave there and on a toy: `STEP`, or `STEP=TOY,BEFORE` with the toy's step
/// and the one that it is to be compared with. Each is compared with the one that the step comes after.
fn diet(steps: &[Step], names: &[&str]) -> Result<String> {
    let measured = |name: &str| -> Result<(&Step, Measured)> {
        let step = discover::find(steps, name)?;
        let measured = compare::stored(step)?;
        Ok((
            step,
            measured.with_context(|| format!("{} has no snapshot yet", step.path))?,
        ))
    };
    let mut text =
        String::from("| step | bytes | | after gzip | | on a toy |\n|---|--:|--:|--:|--:|---|\n");
    for (nth, name) in names.iter().enumerate() {
        let (name, toy) = name.split_once('=').unwrap_or((name, ""));
        let (step, now) = measured(name)?;
        let (size, packed) = (size_of(step, &now)?, gzipped(step, &now)?);
        // The first has nothing before it that it could be compared with.
        let before = match &step.previous {
            Some(before) if nth > 0 => {
                let (before, then) = measured(before)?;
                Some((size_of(before, &then)?, gzipped(before, &then)?))
            }
            _ => None,
        };
        let (less, less_packed) = before.map_or_else(Default::default, |(then, then_packed)| {
            (percent(then, size), percent(then_packed, packed))
        });
        let toy = match toy.split_once(',') {
            None => String::new(),
            Some((toy, before)) => {
                let ((toy, now), (before, then)) = (measured(toy)?, measured(before)?);
                let change = percent(size_of(before, &then)?, size_of(toy, &now)?);
                format!("{change}: [{}](../{}.md)", toy.title, toy.plain())
            }
        };
        _ = writeln!(
            text,
            "| [{}](../{}.md) | {} | {less} | {} | {less_packed} | {toy} |",
            step.title,
            step.plain(),
            number(size),
            number(packed),
        );
    }
    Ok(text)
}

/// By how much something became smaller or larger, in percent.
fn percent(from: u64, to: u64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "sizes of modules are far below 2^52"
    )]
    let percent = (to as f64 - from as f64) * 100.0 / from as f64;
    if to == from {
        "nothing".into()
    } else if percent.abs() < 0.05 {
        "hardly anything".into()
    } else {
        format!("{percent:+.1}\u{a0}%").replace('-', "−")
    }
}

/// Some steps side by side. Links lead from a page in a part's folder, as all step pages are.
fn sizes(steps: &[Step], names: &[&str]) -> Result<String> {
    let mut text = String::from("| step | bytes | what happens |\n|---|--:|---|\n");
    for name in names {
        let step = discover::find(steps, name)?;
        let measured =
            compare::stored(step)?.with_context(|| format!("{} has no snapshot yet", step.path))?;
        let size = match (measured.size, measured.range) {
            (Some(size), _) => number(size),
            (None, Some([from, to])) => format!("{} to {}", number(from), number(to)),
            (None, None) => "—".into(),
        };
        // A period crate has no page of its own.
        let named = match step.article() {
            Some(_) => step.title.clone(),
            None => format!("[{}](../{}.md)", step.title, step.plain()),
        };
        _ = writeln!(
            text,
            "| {named} | {size} | {} |",
            measured.outcome().replace('|', "\\|")
        );
    }
    Ok(text)
}

fn error(step: &Step, measured: &Measured, nth: usize) -> Result<String> {
    let line = match (&measured.fails[..], &measured.run) {
        ([], Some(ran)) if !ran.outcome.is_success() && nth == 1 => ran.outcome.summary(),
        (lines, _) => lines
            .get(nth.wrapping_sub(1))
            .cloned()
            .with_context(|| format!("the errors of {} have {} lines", step.path, lines.len()))?,
    };
    Ok(code(&line))
}

/// A text as code within a line, also where it holds backticks itself.
fn code(text: &str) -> String {
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

fn also(step: &Step, measured: &Measured, nth: usize) -> Result<String> {
    let run = measured.also.get(nth.wrapping_sub(1));
    let run =
        run.with_context(|| format!("{} has {} other runs", step.path, measured.also.len()))?;
    let args: String = run
        .args
        .iter()
        .map(|arg| format!(" {}", arg.replace("{host}", "host-wasmtime")))
        .collect();
    let dashes = if args.is_empty() { "" } else { " --" };
    let code = run
        .code
        .map_or("no exit code".into(), |code| format!("exit code {code}"));
    Ok(format!(
        "```text\ncargo run{dashes}{args}\n{}({code})\n```\n",
        run.stdout
    ))
}

fn imports(measured: &Measured) -> String {
    let mut text = String::new();
    for import in &measured.imports {
        _ = writeln!(
            text,
            "- asks for `{}`: `{}`",
            import.full_name(),
            import.kind
        );
    }
    for export in &measured.exports {
        let name = if export.name.is_empty() {
            "the empty name".to_owned()
        } else {
            code(&export.name)
        };
        _ = writeln!(text, "- offers {name}: `{}`", export.kind);
    }
    text
}

/// The command after the build, with names that a reader's folder has.
pub(crate) fn then(step: &Step) -> Result<String> {
    ensure!(
        !step.settings.then.is_empty(),
        "{} has no command after the build",
        step.path
    );
    let module = match &step.target {
        Target::Wasm(triple) => built_module(step, triple)?,
        Target::Host | Target::Native(_) => "module.wasm".into(),
    };
    let release = step
        .settings
        .binaryen
        .as_deref()
        .unwrap_or(crate::binaryen::RELEASE);
    let words = step.settings.then.iter().map(|word| {
        word.replace("{module}", &module)
            .replace("{out}", "smaller.wasm")
    });
    let words: Vec<String> = words.collect();
    Ok(format!(
        "npx --package binaryen@{release} {}",
        words.join(" ")
    ))
}

/// The module that cargo builds, from a copy's own folder.
fn built_module(step: &Step, triple: &str) -> Result<String> {
    // A copy that brings other crates along is a workspace, and its target folder lies where that begins.
    let up = if copy::companions(step)?.is_empty() {
        String::new()
    } else {
        "../".repeat(step.path.split('/').count())
    };
    Ok(format!(
        "{up}target/{triple}/release/{}.wasm",
        built_name(step)
    ))
}

/// The name of the file that cargo builds, without its ending: a program's keeps its dashes, a library's does not.
fn built_name(step: &Step) -> String {
    if step.dir.join("src/lib.rs").is_file() {
        step.package.replace('-', "_")
    } else {
        step.package.clone()
    }
}

/// The command that builds a step, as typed in its folder.
#[must_use]
pub fn build_command(step: &Step) -> String {
    let mut command = String::new();
    for (name, value) in &step.settings.env {
        _ = write!(command, "{name}={value} ");
    }
    command.push_str(match step.target {
        Target::Wasm(_) | Target::Native(_) => "cargo build --release",
        Target::Host => "cargo run",
    });
    command
}

pub(crate) fn take(house: &House, step: &Step) -> Result<String> {
    let numbered = step.path.rsplit('/').next().unwrap_or_default();
    let folder = numbered
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start_matches('-');
    let pin = step
        .pin
        .file
        .strip_prefix(house.root())
        .unwrap_or(&step.pin.file);
    let pin = pin.display().to_string().replace('\\', "/");
    let companions = copy::companions(step)?;
    let mut text = String::from("```sh\n");
    let dir = if companions.is_empty() {
        _ = writeln!(text, "cp -r chapters-code/{} ~/{folder}", step.path);
        if !step.pin.file.starts_with(&step.dir) {
            _ = writeln!(text, "cp {pin} ~/{folder}/");
        }
        format!("~/{folder}")
    } else {
        let part = step.part();
        let others: Vec<String> = companions
            .iter()
            .map(|name| format!("chapters-code/{name}"))
            .collect();
        _ = write!(
            text,
            "mkdir -p ~/{folder}/{part}\ncp -r chapters-code/{} ~/{folder}/{part}/\ncp -r {} ~/{folder}/\ncp chapters-code/Cargo.toml chapters-code/Cargo.lock {pin} ~/{folder}/\n",
            step.path,
            others.join(" "),
        );
        format!("~/{folder}/{}", step.path)
    };
    _ = writeln!(text, "cd {dir}\n{}", build_command(step));
    if !step.settings.then.is_empty() {
        _ = writeln!(text, "{}", then(step)?);
    }
    if let Some(release) = &step.settings.bindgen {
        let module = match &step.target {
            Target::Wasm(triple) => format!("target/{triple}/release/{}.wasm", built_name(step)),
            _ => "module.wasm".into(),
        };
        _ = writeln!(
            text,
            "cargo install wasm-bindgen-cli --version {release} --locked\nwasm-bindgen {} --out-dir pkg {module}",
            bindgen::args(step).join(" ")
        );
    }
    if let Some(script) = &step.settings.script {
        let module = match &step.target {
            Target::Wasm(_) if !step.settings.then.is_empty() => "smaller.wasm".to_owned(),
            Target::Wasm(_) if step.settings.bindgen.is_some() => {
                format!("pkg/{}_bg.wasm", bindgen::name(step))
            }
            Target::Wasm(triple) => built_module(step, triple)?,
            _ => "module.wasm".into(),
        };
        _ = writeln!(text, "node {script} {module}");
    }
    text.push_str("```\n\n");
    _ = writeln!(
        text,
        "Or all of it with one command, lock file included: `cargo xtask copy {} ~/{folder}`.{}",
        // A period crate may be called like a step of today.
        if step.article().is_some() {
            &step.path
        } else {
            numbered
        },
        if step.settings.env.is_empty() {
            ""
        } else {
            " In PowerShell the variables are set on lines of their own first: `$env:NAME = \"value\"`."
        },
    );
    Ok(text)
}

/// The text with one line break at its end.
fn ended(text: &str) -> String {
    format!("{}\n", text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    const SOURCE: &str = "\
/// One.
#[derive(Debug)]
struct One(u8);

impl One {
    /// Two.
    fn two(
        self,
    ) -> u8 {
        if true {
            1
        } else {
            2
        }
    }
}

/// Three.
pub(crate) fn three() {
    two();
}
";

    #[test]
    fn items_come_with_their_comments() {
        for (item, expected) in [
            ("One", "/// One.\n#[derive(Debug)]\nstruct One(u8);"),
            (
                "two",
                "/// Two.\nfn two(\n    self,\n) -> u8 {\n    if true {\n        1\n    } else {\n        2\n    }\n}",
            ),
            (
                "three",
                "/// Three.\npub(crate) fn three() {\n    two();\n}",
            ),
        ] {
            assert_eq!(excerpt(SOURCE, item).as_deref(), Some(expected));
        }
        assert_eq!(excerpt(SOURCE, "four"), None);
    }
}
