//! The fragments that pages embed. Every one is made from snapshots and the steps' own files; nothing is built or run.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use similar::TextDiff;
use walkdir::WalkDir;

use crate::{
    compare,
    discover::{self, Step, Target},
    house::House,
    measure::Measured,
    report::{self, number},
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
        "outcome STEP",
        "what building and running it did, in the engine's words",
    ),
    ("imports STEP", "imports and exports as a list"),
    ("take STEP", "the commands that copy it out and build it"),
    ("then STEP", "the command after the build"),
    ("number STEP", "in a line: the size, as a number"),
    ("weight STEP", "in a line: the size with its unit"),
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
        "in a line: the size of one section (with its header)",
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
    ("staircase PART", "the sizes of a part as a plot"),
    ("picture PART", "the plot as an SVG file of its own"),
    ("table PART", "the sizes of a part as a table"),
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
        ensure!(
            rest.is_empty(),
            "show {what} takes one part, such as 1-two-megabytes-to-97"
        );
        return staircase::show(steps, what, name);
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
                let section = section(&measured, &wanted.join(" "))?;
                spans.retain(|span| {
                    (section.offset..section.offset + section.size).contains(&span.offset)
                });
            }
            format!("```text\n{}```\n", ended(&anatomy::hex_dump(&spans)))
        }
        ("outcome", []) => outcome(step, &stored()?),
        ("imports", []) => imports(&stored()?),
        ("take", []) => take(house, step)?,
        ("then", []) => format!("```sh\n{}\n```\n", then(step)?),
        ("number", []) => number(size_of(step, &stored()?)?),
        ("weight", []) => report::bytes(size_of(step, &stored()?)?),
        ("heading", []) => stored()?
            .size
            .map_or("nothing is built".into(), report::bytes),
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
            times(size_of(from, &before)?, size_of(step, &stored()?)?)
        }
        ("section", wanted) if !wanted.is_empty() => {
            report::bytes(section(&stored()?, &wanted.join(" "))?.size)
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
            let figure = step.settings.article.as_ref();
            let figure =
                figure.with_context(|| format!("no article has a figure for {}", step.path))?;
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

/// The step's size with both comparisons.
fn size(steps: &[Step], step: &Step, measured: &Measured) -> Result<String> {
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
    if let Some(first) = first.filter(|first| first.path != step.path)
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

/// A link from one step's page to another's.
pub(crate) fn link(from: &Step, to: &Step) -> String {
    if from.part() == to.part() {
        format!("{}.md", to.path.rsplit('/').next().unwrap_or_default())
    } else {
        format!("../{}.md", to.path)
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
        #[expect(
            clippy::cast_precision_loss,
            reason = "sizes of modules are far below 2^52"
        )]
        let share = section.size as f64 * 100.0 / size as f64;
        let count = section
            .count
            .map(|count| number(u64::from(count)))
            .unwrap_or_default();
        _ = writeln!(
            text,
            "| {} | `0x{:x}` | {} | {share:.1} % | {count} |",
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
    // `custom "name"` may be asked for by its name alone.
    let found = measured.sections.iter().find(|section| {
        section.name == name
            || section
                .name
                .strip_prefix("custom ")
                .is_some_and(|custom| custom.trim_matches('"') == name)
    });
    found.with_context(|| format!("the module has no {name} section; it has: {}", names()))
}

/// The source and settings of a step, by file: all that a reader would look at, and that makes the difference.
fn files(step: &Step) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let wanted = |name: &str| {
        name.ends_with(".rs")
            || name.ends_with(".wat")
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
        ["name = ", "after = ", "article = ", "also = ", "module = "]
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

fn source(step: &Step, file: &str) -> Result<String> {
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

fn outcome(step: &Step, measured: &Measured) -> String {
    let mut text = String::from("```text\n");
    if measured.fails.is_empty() {
        let engine = measured.engine.as_deref().unwrap_or_default();
        if let Some(ran) = &measured.run {
            for (name, stream) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
                for line in stream.lines() {
                    _ = writeln!(text, "{name}: {line}");
                }
            }
            _ = writeln!(text, "{engine}: {}", ran.outcome.summary());
        }
    } else {
        _ = writeln!(text, "Rust {}:", step.pin.channel);
        for line in &measured.fails {
            _ = writeln!(text, "{line}");
        }
    }
    text.push_str("```\n");
    text
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
            "- asks for `{}::{}`: `{}`",
            import.module, import.name, import.kind
        );
    }
    for export in &measured.exports {
        _ = writeln!(text, "- offers `{}`: `{}`", export.name, export.kind);
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
        Target::Wasm(triple) => format!("target/{triple}/release/{}.wasm", step.package),
        Target::Host => "module.wasm".into(),
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

/// The command that builds a step, as typed in its folder.
#[must_use]
pub fn build_command(step: &Step) -> String {
    let mut command = String::new();
    for (name, value) in &step.settings.env {
        _ = write!(command, "{name}={value} ");
    }
    command.push_str(match step.target {
        Target::Wasm(_) => "cargo build --release",
        Target::Host => "cargo run",
    });
    command
}

fn take(house: &House, step: &Step) -> Result<String> {
    let numbered = step.path.rsplit('/').next().unwrap_or_default();
    let folder = numbered
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start_matches('-');
    let mut text = format!("```sh\ncp -r chapters-code/{} ~/{folder}\n", step.path);
    let pin = step
        .pin
        .file
        .strip_prefix(house.root())
        .unwrap_or(&step.pin.file);
    if !step.pin.file.starts_with(&step.dir) {
        _ = writeln!(
            text,
            "cp {} ~/{folder}/",
            pin.display().to_string().replace('\\', "/")
        );
    }
    _ = writeln!(text, "cd ~/{folder}\n{}", build_command(step));
    if !step.settings.then.is_empty() {
        _ = writeln!(text, "{}", then(step)?);
    }
    text.push_str("```\n\n");
    _ = writeln!(
        text,
        "Or all of it with one command, lock file included: `cargo xtask copy {numbered} ~/{folder}`.{}",
        if step.settings.env.is_empty() {
            ""
        } else {
            " In PowerShell the variable is set on a line of its own first: `$env:RUSTC_BOOTSTRAP = 1`."
        },
    );
    Ok(text)
}

/// The text with one line break at its end.
fn ended(text: &str) -> String {
    format!("{}\n", text.trim_end_matches('\n'))
}
