//! What pages show of the sizes through the releases: the plot, the table, single figures.
//!
//! The plot is inline SVG without a view box, as the staircase is: places across are percentages, text keeps its size.
//! Every release is a band that can be pointed at and reached with the keyboard; its figures then stand below the
//! plot. That takes style sheets alone, so that it works where scripts do not.

use std::{collections::BTreeSet, fmt::Write as _};

use anyhow::{Context, Result, bail, ensure};

use super::inside::is_named;
use project::{
    markup,
    paths::Project,
    terminal::{bytes, change, number},
};
use studies::timeline::{self, Made, PROGRAMS, Program, Release, Timeline};

/// What was measured.
pub(super) fn read(project: &Project) -> Result<Timeline> {
    timeline::read(project)
}

/// What can be asked of all releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Releases {
    /// How many there are.
    Count,
    /// The oldest.
    First,
    /// The newest.
    Last,
}

/// `show releases`.
pub(super) fn releases(project: &Project, what: Releases) -> Result<String> {
    let all = read(project)?;
    Ok(match what {
        Releases::Count => number(all.releases.len() as u64),
        Releases::First => ends(&all)?.0.version.clone(),
        Releases::Last => ends(&all)?.1.version.clone(),
    })
}

/// `show release`.
pub(super) fn release(
    project: &Project,
    version: &str,
    name: &str,
    section: &str,
) -> Result<String> {
    let all = read(project)?;
    let release = find(&all, version)?;
    Ok(match (name, section) {
        ("llvm", "") => release.llvm.clone(),
        ("target", "") => format!("`{}`", release.wasi),
        (_, "") => bytes(size(release, name)?),
        _ => bytes(section_of(&all, release, name, section)?),
    })
}

fn ends(all: &Timeline) -> Result<(&Release, &Release)> {
    let (Some(first), Some(last)) = (all.releases.first(), all.releases.last()) else {
        bail!("nothing was measured yet: cargo xtask timeline");
    };
    Ok((first, last))
}

fn find<'a>(all: &'a Timeline, version: &str) -> Result<&'a Release> {
    let found = all
        .releases
        .iter()
        .find(|release| release.version == version);
    found.with_context(|| {
        format!("{version} was not measured: cargo xtask timeline {version} does it")
    })
}

fn made<'a>(release: &'a Release, name: &str) -> Result<&'a Made> {
    timeline::program(name)?;
    release
        .programs
        .get(name)
        .with_context(|| format!("{name} was not measured with {}", release.version))
}

fn size(release: &Release, name: &str) -> Result<u64> {
    made(release, name)?
        .size()
        .with_context(|| format!("{name} does not build with {}", release.version))
}

/// A section by its name. Nothing where there is none, provided that there is one with another release: a name that is
/// misspelt is not a section that went.
fn section_of(all: &Timeline, release: &Release, name: &str, section: &str) -> Result<u64> {
    let Made::Module { sections, .. } = made(release, name)? else {
        bail!("{name} does not build with {}", release.version);
    };
    if let Some((_, size)) = sections.iter().find(|(there, _)| is_named(there, section)) {
        return Ok(*size);
    }
    let of_all = all.releases.iter().filter_map(|other| {
        let Made::Module { sections, .. } = other.programs.get(name)? else {
            return None;
        };
        Some(sections.keys())
    });
    let names: BTreeSet<&String> = of_all.flatten().collect();
    ensure!(
        names.iter().any(|there| is_named(there, section)),
        "{name} has no {section} section with any release; it has: {}",
        names
            .into_iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    );
    Ok(0)
}

/// The sections of two modules that differ.
pub(super) fn between(all: &Timeline, name: &str, from: &str, to: &str) -> Result<String> {
    let (before, after) = (find(all, from)?, find(all, to)?);
    let (Made::Module { sections: old, .. }, Made::Module { sections: new, .. }) =
        (made(before, name)?, made(after, name)?)
    else {
        bail!("{name} does not build with both {from} and {to}");
    };
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    let mut text = format!("| section | Rust {from} | Rust {to} | change |\n|---|--:|--:|--:|\n");
    let get = |sections: &std::collections::BTreeMap<String, u64>, name: &str| {
        sections.get(name).copied().unwrap_or_default()
    };
    for name in names {
        let (old, new) = (get(old, name), get(new, name));
        if old != new {
            _ = writeln!(
                text,
                "| {name} | {} | {} | {} |",
                number(old),
                number(new),
                change(old, new)
            );
        }
    }
    let (old, new) = (size(before, name)?, size(after, name)?);
    _ = writeln!(
        text,
        "| **the module** | **{}** | **{}** | **{}** |",
        number(old),
        number(new),
        change(old, new)
    );
    Ok(text)
}

/// The functions that came, went, grew and shrank most.
pub(super) fn jump(all: &Timeline, name: &str, from: &str, to: &str) -> Result<String> {
    let found = all
        .jumps
        .iter()
        .find(|jump| jump.program == name && jump.from == from && jump.to == to);
    let found = found.with_context(|| {
        format!("there is no look into it yet: cargo xtask timeline --jump {name} {from} {to}")
    })?;
    let mut text =
        format!("<div class=\"names\">\n\n| function | Rust {from} | Rust {to} |\n|---|--:|--:|\n");
    let cell = |size: u64| {
        if size == 0 {
            "—".to_owned()
        } else {
            number(size)
        }
    };
    for (name, before, after) in &found.functions {
        _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            markup::cell(name),
            cell(*before),
            cell(*after)
        );
    }
    _ = writeln!(
        text,
        "\n</div>\n\nFunctions that are gone: {}. Functions that have come: {}. Those above differ most.",
        number(found.gone as u64),
        number(found.come as u64)
    );
    Ok(text)
}

/// Every change between two releases that is worth a row, with its cause where that is known.
pub(super) fn changes(all: &Timeline) -> String {
    let mut text =
        String::from("| program | Rust | bytes | change | cause |\n|---|---|--:|--:|---|\n");
    for change in timeline::changes(all) {
        let thousandths = change.thousandths();
        let sign = if thousandths < 0 { "−" } else { "+" };
        let [whole, tenth] = [10, 1].map(|by| thousandths.unsigned_abs() / by);
        let cause = match change.cause() {
            Some(cause) => {
                let story = cause
                    .heading
                    .map(|heading| format!(", [more](jumps.md#{heading})"));
                format!(
                    "[{}]({}){}",
                    cause.what,
                    cause.source,
                    story.unwrap_or_default()
                )
            }
            None => "unknown".to_owned(),
        };
        let compare = format!(
            "https://github.com/rust-lang/rust/compare/{}...{}",
            change.from.commit, change.to.commit
        );
        _ = writeln!(
            text,
            "| <a id=\"{}\"></a>{} | [{}\u{a0}→\u{a0}{}]({compare}) | {}\u{a0}→\u{a0}{} | {sign}{whole}.{}\u{a0}% | {cause} |",
            change.id(),
            change.program.title,
            change.from.version,
            change.to.version,
            number(change.before),
            number(change.after),
            tenth % 10,
        );
    }
    text
}

pub(super) fn table(all: &Timeline) -> String {
    let mut text = String::from("<div class=\"dense\">\n\n| Rust | of | LLVM |");
    for program in PROGRAMS {
        _ = write!(text, " {} |", program.title);
    }
    text.push_str("\n|---|---|--:|");
    text.push_str(&"--:|".repeat(PROGRAMS.len()));
    text.push('\n');
    for release in &all.releases {
        _ = write!(
            text,
            "| {} | {} | {} |",
            release.version, release.date, release.llvm
        );
        for program in PROGRAMS {
            _ = write!(text, " {} |", label(release, &program));
        }
        text.push('\n');
    }
    text.push_str("\n</div>\n");
    text
}

fn label(release: &Release, program: &Program) -> String {
    match release.programs.get(program.name).and_then(Made::size) {
        Some(size) => number(size),
        None => "—".into(),
    }
}

/// Heights, in pixels: where the plot begins and ends, and a line of text below it.
const TOP: f64 = 20.0;
const BOTTOM: f64 = 400.0;
const LINE: f64 = 19.0;

/// The sizes at the plot's upper and lower edge, in bytes.
const MOST: f64 = 3_000_000.0;
const LEAST: f64 = 70.0;

/// Where a size lies, in pixels from the top.
fn height(bytes: u64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "sizes of modules are far below 2^52"
    )]
    let bytes = bytes as f64;
    TOP + (MOST / bytes).log10() / (MOST / LEAST).log10() * (BOTTOM - TOP)
}

/// Where a release lies, in percent from the left.
fn place(at: usize, of: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "there are a few dozen releases")]
    let part = at as f64 / (of.max(2) - 1) as f64;
    3.0 + part * 94.0
}

pub(super) fn plot(all: &Timeline) -> Result<String> {
    let (first, last) = ends(all)?;
    let count = all.releases.len();
    let below = BOTTOM + 44.0;
    #[expect(clippy::cast_precision_loss, reason = "there are a few programs")]
    let full = below + LINE * (PROGRAMS.len() + 1) as f64;
    let mut svg = String::from("<ul class=\"timeline-names\">\n");
    for program in PROGRAMS {
        _ = writeln!(
            svg,
            "<li><svg width=\"26\" height=\"10\" aria-hidden=\"true\"><line class=\"{}\" x1=\"0\" x2=\"26\" y1=\"5\" \
             y2=\"5\"/></svg> {}</li>",
            program.name, program.title
        );
    }
    _ = writeln!(
        svg,
        "</ul>\n<svg class=\"timeline\" role=\"group\" aria-label=\"Sizes of {} programs with {count} releases of \
         Rust, from {} to {}, on a logarithmic scale. Each release can be focused; the table below holds the same \
         figures.\" width=\"100%\" height=\"{full}\" xmlns=\"http://www.w3.org/2000/svg\">",
        PROGRAMS.len(),
        first.version,
        last.version,
    );
    for decade in [100_u64, 1_000, 10_000, 100_000, 1_000_000] {
        let y = height(decade);
        _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text class=\"axis\" x=\"0\" \
             y=\"{:.1}\">{}</text>",
            y - 4.0,
            if decade == 1_000_000 {
                bytes(decade)
            } else {
                number(decade)
            }
        );
    }
    for program in PROGRAMS {
        for (at, pair) in all.releases.windows(2).enumerate() {
            let sizes = [&pair[0], &pair[1]]
                .map(|release| release.programs.get(program.name).and_then(Made::size));
            let [Some(from), Some(to)] = sizes else {
                continue;
            };
            _ = writeln!(
                svg,
                "<line class=\"{}\" x1=\"{:.2}%\" x2=\"{:.2}%\" y1=\"{:.1}\" y2=\"{:.1}\"/>",
                program.name,
                place(at, count),
                place(at + 1, count),
                height(from),
                height(to)
            );
        }
    }
    _ = writeln!(
        svg,
        "<text class=\"hint\" x=\"0\" y=\"{:.1}\">Point at a release, or go from one to the next with the Tab \
         key.</text>",
        below + LINE
    );
    for (at, release) in all.releases.iter().enumerate() {
        band(
            &mut svg,
            release,
            place(at, count),
            94.0 / (count.max(2) - 1) as f64,
            below,
        );
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// Pixels: the width and the height of a small plot.
const SMALL: (f64, f64) = (220.0, 70.0);

/// Each program by itself: how its size compares with that of its first release, on a linear scale from nothing up.
#[expect(
    clippy::cast_precision_loss,
    reason = "there are a few dozen releases, and sizes are far below 2^52"
)]
pub(super) fn relative(all: &Timeline) -> String {
    let (width, height) = SMALL;
    let mut text = String::from("<ul class=\"multiples\">\n");
    for program in PROGRAMS {
        let sizes: Vec<(usize, u64, &Release)> = all
            .releases
            .iter()
            .enumerate()
            .filter_map(|(at, release)| {
                let size = release.programs.get(program.name)?.size()?;
                Some((at, size, release))
            })
            .collect();
        let (Some(first), Some(last)) = (sizes.first(), sizes.last()) else {
            continue;
        };
        let most = sizes.iter().map(|(_, size, _)| *size).max().unwrap_or(1) as f64;
        let x =
            |at: usize| 2.0 + at as f64 * (width - 4.0) / (all.releases.len().max(2) - 1) as f64;
        let y = |size: u64| height - 2.0 - size as f64 / most * (height - 6.0);
        let points: Vec<String> = sizes
            .iter()
            .map(|(at, size, _)| format!("{:.1},{:.1}", x(*at), y(*size)))
            .collect();
        let percent = |size: u64| match (size * 100 + first.1 / 2) / first.1.max(1) {
            0 => "less than 1".to_owned(),
            percent => number(percent),
        };
        let largest = sizes
            .iter()
            .max_by_key(|(_, size, _)| *size)
            .unwrap_or(first);
        let told = format!(
            "since {}: now {}\u{a0}% of it, at most {}\u{a0}% ({})",
            first.2.version,
            percent(last.1),
            percent(largest.1),
            largest.2.version
        );
        _ = writeln!(
            text,
            "<li><svg class=\"timeline\" role=\"img\" aria-label=\"{}, {told}\" width=\"{width}\" height=\"{height}\" \
             xmlns=\"http://www.w3.org/2000/svg\"><line class=\"grid\" x1=\"0\" x2=\"{width}\" y1=\"{base:.1}\" \
             y2=\"{base:.1}\"/><polyline class=\"{}\" points=\"{}\"/></svg><b>{}</b><br>{told}</li>",
            program.title,
            program.name,
            points.join(" "),
            program.title,
            base = y(first.1),
        );
    }
    text.push_str("</ul>\n");
    text
}

/// A release: its points, its name on the axis now and then, and what is read when it is pointed at or focused.
fn band(svg: &mut String, release: &Release, x: f64, width: f64, below: f64) {
    let figures: Vec<String> = PROGRAMS
        .iter()
        .map(|program| format!("{}: {}", program.title, label(release, program)))
        .collect();
    _ = writeln!(
        svg,
        "<g class=\"release\" tabindex=\"0\" role=\"img\" aria-label=\"Rust {}, {}, LLVM {}. In bytes: {}\">",
        release.version,
        release.date,
        release.llvm,
        figures.join("; ")
    );
    _ = writeln!(
        svg,
        "<rect class=\"band\" x=\"{:.2}%\" y=\"{TOP}\" width=\"{width:.2}%\" height=\"{:.1}\"/><line class=\"guide\" \
         x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"{TOP}\" y2=\"{BOTTOM}\"/>",
        x - width / 2.0,
        BOTTOM - TOP
    );
    for program in PROGRAMS {
        if let Some(size) = release.programs.get(program.name).and_then(Made::size) {
            _ = writeln!(
                svg,
                "<circle class=\"{}\" cx=\"{x:.2}%\" cy=\"{:.1}\" r=\"2.5\"/>",
                program.name,
                height(size)
            );
        }
    }
    let minor = timeline::minor(&release.version).unwrap_or_default();
    if minor.is_multiple_of(10) {
        _ = writeln!(
            svg,
            "<text class=\"axis\" x=\"{x:.2}%\" y=\"{:.1}\" text-anchor=\"middle\">1.{minor}</text>",
            BOTTOM + 16.0
        );
    }
    _ = writeln!(
        svg,
        "<g class=\"figures\" aria-hidden=\"true\"><text class=\"name\" x=\"0\" y=\"{:.1}\">Rust {} of {}, LLVM \
         {}</text>",
        below, release.version, release.date, release.llvm
    );
    for (at, program) in PROGRAMS.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "there are a few programs")]
        let y = below + LINE * (at + 1) as f64;
        _ = writeln!(
            svg,
            "<text class=\"size\" x=\"90\" y=\"{y:.1}\" text-anchor=\"end\">{}</text><text x=\"100\" \
             y=\"{y:.1}\">{}</text>",
            label(release, program),
            program.title
        );
    }
    svg.push_str("</g></g>\n");
}
