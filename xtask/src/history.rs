//! The articles as they were: their period crates as a table, and one by one.

use std::fmt::Write as _;

use anyhow::{Context, Result, bail};

use crate::{
    compare,
    discover::{self, Step},
    house::House,
    measure::Measured,
    report::number,
    show,
};

/// `show history ARTICLE` and `show crates ARTICLE`.
///
/// # Errors
/// If there is no such article, or a snapshot is missing.
pub(crate) fn show(house: &House, all: &[Step], what: &str, article: &str) -> Result<String> {
    let crates: Vec<&Step> = all
        .iter()
        .filter(|step| step.article() == Some(article) && step.on.is_none())
        .collect();
    if crates.is_empty() {
        let mut articles: Vec<&str> = all.iter().filter_map(Step::article).collect();
        articles.dedup();
        bail!(
            "no period crates are in chapters-code/then/{article}; articles: {}",
            articles.join(", ")
        );
    }
    if what == "history" {
        table(all, &crates)
    } else {
        one_by_one(house, &crates)
    }
}

fn stored(step: &Step) -> Result<Measured> {
    compare::stored(step)?.with_context(|| {
        format!(
            "{} has no snapshot yet: cargo xtask verify --then --accept {}",
            step.path, step.path
        )
    })
}

/// A size or, where nothing is built, that it is so; and what became of it.
fn cell(measured: &Measured) -> String {
    let size = match (measured.size, measured.range) {
        (Some(size), _) => number(size),
        (None, Some([from, to])) => format!("{} to {}", number(from), number(to)),
        (None, None) => return format!("<small>{}</small>", escape(&measured.outcome())),
    };
    format!("{size}<br><small>{}</small>", escape(&measured.outcome()))
}

/// The step's folder without its number, and with it: both are used as names.
fn folder(step: &Step) -> &str {
    step.path.rsplit('/').next().unwrap_or_default()
}

fn table(all: &[Step], crates: &[&Step]) -> Result<String> {
    let mut text =
        String::from("| step | the article | then | now | what changed |\n|---|--:|---|---|---|\n");
    for step in crates {
        let then = stored(step)?;
        let today = match &step.settings.now {
            Some(now) => {
                let now = discover::find(all, now)?;
                format!(
                    "[{}](../{}.md)<br>{}",
                    now.title,
                    now.path,
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
fn one_by_one(house: &House, crates: &[&Step]) -> Result<String> {
    let mut text = String::new();
    for step in crates {
        let measured = stored(step)?;
        let size = match (measured.size, measured.range) {
            (Some(size), _) => format!("{} bytes", number(size)),
            (None, Some(range)) => show::between(range),
            (None, None) => "nothing is built".into(),
        };
        // The id is inside: a browser that is sent to it opens what it is in.
        _ = writeln!(
            text,
            "<details class=\"crate\">\n<summary>{}: {size}</summary>\n\n<p id=\"{}\"><code>chapters-code/{}</code></p>\n",
            escape(&step.title).replace('`', ""),
            folder(step),
            step.path
        );
        for name in show::files(step)?.keys() {
            if name == "Cargo.toml" || name == "rust-toolchain.toml" {
                continue;
            }
            _ = writeln!(text, "`{name}`\n\n{}", show::source(step, name)?);
        }
        _ = writeln!(text, "{}", show::outcome(step, &measured));
        _ = writeln!(text, "{}\n</details>\n", show::take(house, step)?);
    }
    Ok(text)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('|', "\\|")
}
