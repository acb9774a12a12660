//! The articles as they were: their period crates as a table, and one by one.

use std::fmt::Write as _;

use anyhow::{Context, Result, bail};

use super::{outcome::outcome, size::between, source, take::take};
use pipeline::{measure::Measured, snapshot};
use project::{
    markup,
    paths::Project,
    select,
    step::Step,
    terminal::{change, number},
};
use studies::releases::{self, Line, Report, Way};

/// Which steps are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Which {
    /// Those whose modules have another size.
    Size,
    /// Those that do something else.
    Behaviour,
    /// Those that are as on their own toolchain.
    Same,
    /// All.
    All,
}

/// The period crates of an article, in its order.
pub(super) fn crates<'a>(all: &'a [Step], article: &str) -> Result<Vec<&'a Step>> {
    let crates: Vec<&Step> = all
        .iter()
        .filter(|step| step.article() == Some(article))
        .collect();
    if crates.is_empty() {
        let mut articles: Vec<&str> = all.iter().filter_map(Step::article).collect();
        articles.dedup();
        bail!(
            "no period crates are in chapters-code/then/{article}; articles: {}",
            articles.join(", ")
        );
    }
    Ok(crates)
}

/// `show drift RELEASE`: the steps that differ on another release; with a word, how many do in which way.
///
/// # Errors
/// If there is no report on that release.
pub(super) fn drift(
    project: &Project,
    all: &[Step],
    release: &str,
    way: Option<Which>,
) -> Result<String> {
    let report = releases::record(release)
        .load::<Report>(project)?
        .with_context(|| {
            format!(
                "there is no report on {release}: cargo xtask verify --toolchain {release} --accept"
            )
        })?;
    let count = |wanted: &dyn Fn(&Line) -> bool| {
        let lines = report.steps.iter().filter(|line| wanted(line));
        number(lines.count() as u64)
    };
    match way {
        Some(Which::All) => return Ok(count(&|_| true)),
        Some(Which::Same) => return Ok(count(&|line| line.differs.is_empty())),
        Some(Which::Size) => return Ok(count(&|line| line.differs.contains(&Way::Size))),
        Some(Which::Behaviour) => return Ok(count(&|line| line.differs.contains(&Way::Behaviour))),
        None => {}
    }
    let mut text = format!(
        "| step | Rust {} | Rust {release} | change | what happens there |\n|---|--:|--:|--:|---|\n",
        report.pinned
    );
    for line in report.steps.iter().filter(|line| {
        line.differs
            .iter()
            .any(|way| matches!(way, Way::Behaviour | Way::Size))
    }) {
        let step = select::find(all, &line.path)?;
        let own = stored(step)?;
        let cell = |size: Option<u64>| size.map_or("—".into(), number);
        let happens = if line.differs.contains(&Way::Behaviour) {
            markup::cell(&markup::html(&line.outcome))
        } else {
            "the same".into()
        };
        _ = writeln!(
            text,
            "| [{}](../{}) | {} | {} | {} | {happens} |",
            step.title,
            step.place(),
            cell(own.size()),
            cell(line.size),
            own.size()
                .zip(line.size)
                .map_or(String::new(), |(own, there)| change(own, there)),
        );
    }
    Ok(text)
}

fn stored(step: &Step) -> Result<Measured> {
    snapshot::stored(step)?.with_context(|| {
        format!(
            "{} has no snapshot yet: cargo xtask verify --then --accept {}",
            step.path, step.path
        )
    })
}

/// A size or, where nothing is built, that it is so; and what became of it.
fn cell(measured: &Measured) -> String {
    let size = match (measured.size(), measured.range()) {
        (Some(size), _) => number(size),
        (None, Some([from, to])) => format!("{} to {}", number(from), number(to)),
        (None, None) => {
            return format!(
                "<small>{}</small>",
                markup::cell(&markup::html(&measured.outcome()))
            );
        }
    };
    format!(
        "{size}<br><small>{}</small>",
        markup::cell(&markup::html(&measured.outcome()))
    )
}

/// The step's folder without its number, and with it: both are used as names.
fn folder(step: &Step) -> &str {
    step.path.rsplit('/').next().unwrap_or_default()
}

pub(super) fn table(all: &[Step], crates: &[&Step]) -> Result<String> {
    let mut text =
        String::from("| step | the article | then | now | what changed |\n|---|--:|---|---|---|\n");
    for step in crates {
        let then = stored(step)?;
        let today = match &step.settings.now {
            Some(now) => {
                let now = select::find(all, now)?;
                format!(
                    "[{}](../{})<br>{}",
                    now.title,
                    now.place(),
                    cell(&stored(now)?)
                )
            }
            None => "—".into(),
        };
        _ = writeln!(
            text,
            "| [{}](#{}) | {} | Rust {}<br>{} | {today} | {} |",
            step.title,
            folder(step),
            step.settings.figure.as_deref().unwrap_or("—"),
            then.toolchain,
            cell(&then),
            step.settings.changed.as_deref().unwrap_or_default(),
        );
    }
    Ok(text)
}

/// Each crate, folded: what it is built from, what became of it, how to take it.
pub(super) fn one_by_one(project: &Project, crates: &[&Step]) -> Result<String> {
    let mut text = String::new();
    for step in crates {
        let measured = stored(step)?;
        let size = match (measured.size(), measured.range()) {
            (Some(size), _) => format!("{} bytes", number(size)),
            (None, Some(range)) => between(range),
            (None, None) => "nothing is built".into(),
        };
        // The id is inside: a browser that is sent to it opens what it is in.
        _ = writeln!(
            text,
            "<details class=\"crate\">\n<summary>{}: {size}</summary>\n\n<p \
             id=\"{}\"><code>chapters-code/{}</code></p>\n",
            markup::html(&step.title).replace('`', ""),
            folder(step),
            step.path
        );
        for name in source::files(step)?.keys() {
            if name == "Cargo.toml" || name == "rust-toolchain.toml" {
                continue;
            }
            _ = writeln!(text, "`{name}`\n\n{}", source::source(step, name)?);
        }
        _ = writeln!(text, "{}", outcome(step, &measured));
        _ = writeln!(text, "{}\n</details>\n", take(project, step)?);
    }
    Ok(text)
}
