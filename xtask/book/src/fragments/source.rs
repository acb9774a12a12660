//! Sources and settings: of steps, and of the engines' host programs.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Component, Path, PathBuf},
    sync::LazyLock,
};

use anyhow::{Context as _, Result, ensure};
use project::{paths::Project, select, step::Step};
use regex::Regex;
use similar::TextDiff;
use walkdir::WalkDir;

use super::{Context, WAT, ended};

/// What is shown.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Fragment {
    /// Source and settings against the step before
    Diff { step: String },
    /// A file of the step
    Source { step: String, file: String },
    /// The step's .cargo/config.toml
    Settings { step: String },
    /// A file of an engine's host program, such as `by-hand src/main.rs`, or one item of it
    Host {
        engine: String,
        file: String,
        item: Option<String>,
    },
}

impl Fragment {
    pub(super) fn show(&self, context: &Context) -> Result<String> {
        match self {
            Fragment::Diff { step } => diff(context.steps, context.step(step)?),
            Fragment::Source { step, file } => source(context.step(step)?, file),
            Fragment::Settings { step } => source(context.step(step)?, ".cargo/config.toml"),
            Fragment::Host { engine, file, item } => host(engine, file, item.as_deref()),
        }
    }
}

/// The source and settings of a step, by file: all that a reader would look at, and that makes the difference.
pub(super) fn files(step: &Step) -> Result<BTreeMap<String, String>> {
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
    if let Some(settings) = files.get_mut(".cargo/config.toml") {
        *settings = without_own_path(settings);
    }
    Ok(files)
}

/// A manifest without what differs between any two steps and explains nothing: its name, what it comes after, and what
/// an article says of it.
fn essential(manifest: &str) -> String {
    let idle = |line: &str| {
        [
            "name = ",
            "after = ",
            "page = ",
            "title = ",
            "host-dependent = ",
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
            "fails = ",
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

/// Settings without the flag that cuts the step's own path out of messages, and the comment on it: they differ between
/// any two steps, and change nothing that a page is about.
fn without_own_path(settings: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in settings.lines() {
        if line.trim_start().starts_with("\"--remap-path-prefix=") {
            while lines
                .last()
                .is_some_and(|last| last.trim_start().starts_with('#'))
            {
                lines.pop();
            }
            continue;
        }
        // Above the flags it stands where there are others.
        if !line.starts_with("# A panic") {
            lines.push(line);
        }
    }
    lines.into_iter().flat_map(|line| [line, "\n"]).collect()
}

fn diff(steps: &[Step], step: &Step) -> Result<String> {
    let previous = step
        .previous
        .as_deref()
        .context("the first step has none before it to differ from")?;
    let before = files(select::find(steps, previous)?)?;
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
        if new.is_empty() {
            let count = old.lines().count();
            _ = write!(
                text,
                "--- {name}\n+++ (no such file)\n@@ all {count} lines are gone @@\n"
            );
            continue;
        }
        let diff = TextDiff::from_lines(old, new);
        let mut unified = diff.unified_diff();
        let side = |text: &str| {
            if text.is_empty() {
                "(no such file)"
            } else {
                name
            }
        };
        text.push_str(
            &unified
                .context_radius(2)
                .missing_newline_hint(false)
                .header(side(old), side(new))
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

pub(super) fn source(step: &Step, file: &str) -> Result<String> {
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

/// A host program's source, or one item of it: from the comment above it to the brace that closes it at the line's
/// beginning.
fn host(engine: &str, file: &str, item: Option<&str>) -> Result<String> {
    pipeline::engines::named(engine)?;
    let inside = Path::new(file)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    ensure!(inside, "`{file}` is not inside the host's folder");
    let folder = Project::here().root().join("xtask/hosts").join(engine);
    let text = fs::read_to_string(folder.join(file))
        .with_context(|| format!("xtask/hosts/{engine}/{file}"))?
        .replace("\r\n", "\n");
    let text = match item {
        None => text,
        Some(item) => excerpt(&text, item)
            .with_context(|| format!("xtask/hosts/{engine}/{file} has no item `{item}`"))?,
    };
    Ok(format!("```rust,noplayground\n{}```\n", ended(&text)))
}

/// One item of a Rust file, with the comments and attributes above it, moved to the left.
fn excerpt(text: &str, item: &str) -> Option<String> {
    static ITEM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"^( *)(?:pub(?:\([a-z]+\))? )?(?:(?:unsafe|const|async) \
            )*(?:fn|struct|enum|trait|const|static|impl(?:<[^>]*>)?) (\w+)",
        )
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
