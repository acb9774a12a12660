//! The sizes of a part's steps: as a plot and, with the same data, as a table.
//!
//! The plot is inline SVG without a view box: places across are percentages, so that bars stretch with the page while
//! the text keeps its size on a phone. Colours are the book theme's own.

use std::fmt::Write as _;

use anyhow::{Result, bail, ensure};

use crate::tree;
use pipeline::{measure::Rules, snapshot};
use project::{
    markup::{cell, html},
    select,
    step::{Figure, Step},
    terminal::{change, number},
};

struct Row<'a> {
    step: &'a Step,
    /// The size to draw.
    size: Option<u64>,
    /// The size to write.
    label: String,
    before: Option<u64>,
    /// The step that `before` is of, with a link, if it is not the row above.
    base: Option<String>,
    outcome: String,
    figure: Option<Figure>,
    runs: bool,
    /// How it does by the rules of the game.
    rules: Option<Rules>,
    /// The step's page, or its place on one, from where the plot or table stands.
    place: String,
    /// The page of credits, from there.
    credits: &'static str,
}

/// The sizes of a part as a plot. `inside` says that the page is in the part's folder.
pub(crate) fn plot(steps: &[Step], part: &str, inside: bool) -> Result<String> {
    let rows = rows(steps, part, inside)?;
    Ok(format!(
        "<div class=\"stairs\">\n{}{}</div>\n",
        branches(&rows)?,
        draw(&rows)?
    ))
}

/// Pixels between two lines of the tree.
const LANE: usize = 9;

/// What came of what, as lines left of the plot, in the heights of its rows.
fn branches(rows: &[Row]) -> Result<String> {
    let steps: Vec<&Step> = rows.iter().map(|row| row.step).collect();
    let nodes = tree::places(&steps);
    let width = LANE * (tree::lanes(&nodes) + 1);
    let height = TOP + ROW * u32::try_from(rows.len())? + 6;
    let mut svg = format!(
        "<svg class=\"branches\" aria-hidden=\"true\" width=\"{width}\" height=\"{height}\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n"
    );
    let x = |at: usize| LANE * nodes[at].lane + 5;
    let y = |at: usize| -> Result<u32> { Ok(TOP + ROW * u32::try_from(at)? + 11) };
    for (at, node) in nodes.iter().enumerate() {
        let Some(parent) = node.parent else { continue };
        // Down beside the line that it leaves, and over to its own at the end.
        let bend = y(at)? - ROW / 2;
        _ = writeln!(
            svg,
            "<path d=\"M{} {} V{} L{} {}\"/>",
            x(parent),
            y(parent)?,
            bend.max(y(parent)?),
            x(at),
            y(at)?
        );
    }
    for (at, row) in rows.iter().enumerate() {
        let class = if row.runs { "works" } else { "fails" };
        _ = writeln!(
            svg,
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"3.5\"/>",
            x(at),
            y(at)?
        );
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// The sizes of a part as a table.
pub(crate) fn table(steps: &[Step], part: &str, inside: bool) -> Result<String> {
    Ok(tabulate(&rows(steps, part, inside)?))
}

/// The plot as a file of its own, for the README: with a width, and with colours that follow the reader's theme.
pub(crate) fn picture(steps: &[Step], part: &str) -> Result<String> {
    stand_alone(&rows(steps, part, false)?)
}

/// The steps of a part that have a snapshot.
fn rows<'a>(steps: &'a [Step], part: &str, inside: bool) -> Result<Vec<Row<'a>>> {
    let mut rows = Vec::new();
    for step in tree::of_part(steps, part) {
        // A step without a snapshot is told of by verify; here it has nothing to show yet.
        let Some(measured) = snapshot::stored(step)? else {
            continue;
        };
        let previous = steps
            .iter()
            .find(|other| Some(&other.path) == step.previous.as_ref());
        let before = previous
            .map(snapshot::stored)
            .transpose()?
            .flatten()
            .and_then(|before| before.weight());
        let outcome = measured.outcome();
        let above = rows.last().map(|row: &Row<'_>| &row.step.path);
        let base = previous
            .filter(|previous| above != Some(&previous.path))
            .map(|previous| format!("[{}]({})", previous.title, place(previous, part, inside)));
        rows.push(Row {
            base,
            step,
            size: measured.weight(),
            label: match (measured.size(), measured.range()) {
                (Some(size), _) => number(size),
                (None, Some([from, to])) => format!("{} to {}", number(from), number(to)),
                (None, None) => "—".into(),
            },
            before: before.filter(|_| measured.range().is_none()),
            outcome,
            figure: select::printed(steps, step).map(|(_, figure)| figure),
            runs: measured.succeeds(),
            rules: Rules::of(&measured),
            place: place(step, part, inside),
            credits: if inside {
                "../credits.md"
            } else {
                "credits.md"
            },
        });
    }
    if rows.is_empty() {
        let mut parts: Vec<&str> = steps.iter().map(Step::part).collect();
        parts.dedup();
        bail!(
            "the part `{part}` has no measured step; parts: {}",
            parts.join(", ")
        );
    }
    Ok(rows)
}

/// A step's page, or its place on one, from a page in the part's folder or from the book's first.
fn place(step: &Step, part: &str, inside: bool) -> String {
    let place = step.place();
    match place.split_once('/') {
        Some((folder, name)) if inside && folder == part => name.to_owned(),
        _ if inside => format!("../{place}"),
        _ => place,
    }
}

fn tabulate(rows: &[Row]) -> String {
    // A part whose steps are for the most part no commands of WASI plays another game.
    let commands = rows.iter().filter(|row| row.rules.is_some()).count();
    let played = 2 * commands > rows.len();
    let [rules, below] = match played {
        true => [" a command | calls WASI | exit code 0 |", ":-:|:-:|:-:|"],
        false => ["", ""],
    };
    let mut text = format!(
        "| step | bytes | change |{rules} what happens | the article's figure |\n|---|--:|--:|{below}---|--:|\n",
    );
    for Row {
        step,
        size,
        label,
        before,
        base,
        outcome,
        figure,
        rules,
        place,
        credits,
        ..
    } in rows
    {
        let changed = match (before, size, base) {
            (Some(before), Some(size), Some(base)) => {
                format!("{} from {base}", change(*before, *size))
            }
            (Some(before), Some(size), None) => change(*before, *size),
            _ => String::new(),
        };
        let figure = match figure {
            Some(Figure { text, figure }) => format!("[{figure}]({credits}#{text})"),
            None => String::new(),
        };
        let rules = match played {
            true => {
                let ticks = rules.map_or([""; 3], |rules| rules.ticks());
                format!(" {} |", ticks.join(" | "))
            }
            false => String::new(),
        };
        let outcome = cell(outcome);
        _ = writeln!(
            text,
            "| [{}]({place}) | {label} | {changed} |{rules} {outcome} | {figure} |",
            step.title,
        );
    }
    text
}

fn stand_alone(rows: &[Row]) -> Result<String> {
    const STYLE: &str = "<style>svg{font:14px sans-serif;color:#24292f;--link:#0969da;--line:#d0d7de;--back:#fff}\
        @media(prefers-color-scheme:dark){svg{color:#e6edf3;--link:#4493f8;--line:#30363d;--back:#0d1117}}\
        text{fill:currentColor}.axis{font-size:11px}.grid{stroke:var(--line)}.size.fails,.size.none{font-style:italic}\
        .bar{fill:var(--link)}.bar.fails{fill:none;stroke:var(--link);stroke-width:1.5;stroke-dasharray:4 3}\
        .mark path{fill:currentColor;stroke:var(--back);stroke-width:1.5px}\
        .mark text{font-size:12px;paint-order:stroke;stroke:var(--back);stroke-width:4px;stroke-linejoin:round}</style>";
    let plot = draw(rows)?;
    // Links in a picture lead nowhere.
    let plot = plot.lines().map(|line| {
        let line = line.split_once("<a href=").map_or(line, |(_, rest)| {
            rest.split_once('>').map_or(rest, |(_, rest)| rest)
        });
        line.trim_end_matches("</a>")
    });
    let plot: String = plot.flat_map(|line| [line, "\n"]).collect();
    Ok(plot
        .replacen("role=\"group\"", "role=\"img\"", 1)
        .replacen("width=\"100%\"", "width=\"760\"", 1)
        .replacen(">\n", &format!(">\n{STYLE}\n"), 1))
}

const ROW: u32 = 40;
const TOP: u32 = 24;

/// The size at the plot's right edge, in bytes.
const RIGHT: f64 = 5_000_000.0;

/// The size at the plot's left edge, in bytes: everything a step weighs lies between the two.
fn left(rows: &[Row]) -> f64 {
    if rows.iter().filter_map(|row| row.size).all(|size| size > 40) {
        40.0
    } else {
        5.0
    }
}

/// Where a size lies across the plot, in percent.
fn across(bytes: f64, left: f64) -> f64 {
    (bytes / left).log10() / (RIGHT / left).log10() * 100.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sizes of modules are far below 2^52"
)]
fn draw(rows: &[Row]) -> Result<String> {
    let height = TOP + ROW * u32::try_from(rows.len())? + 6;
    let left = left(rows);
    let mut svg = String::new();
    let first = rows.iter().find_map(|row| row.size).unwrap_or_default();
    let least = rows
        .iter()
        .filter(|row| row.runs)
        .filter_map(|row| row.size)
        .min()
        .unwrap_or_default();
    _ = writeln!(
        svg,
        r#"<svg class="staircase" role="group" aria-labelledby="staircase-title staircase-text" width="100%" height="{height}" xmlns="http://www.w3.org/2000/svg">"#
    );
    _ = writeln!(
        svg,
        r#"<title id="staircase-title">The size of each step, on a logarithmic scale</title>"#
    );
    _ = writeln!(
        svg,
        r#"<desc id="staircase-text">{} steps, from {} bytes down to {}. The table below holds the same figures.</desc>"#,
        rows.len(),
        number(first),
        number(least)
    );
    for decade in [100_u64, 1_000, 10_000, 100_000, 1_000_000] {
        let x = across(decade as f64, left);
        _ = writeln!(
            svg,
            r#"<line class="grid" x1="{x:.2}%" x2="{x:.2}%" y1="{TOP}" y2="{height}"/>"#
        );
        let label = if decade == 1_000_000 {
            format!("{} bytes", number(decade))
        } else {
            number(decade)
        };
        _ = writeln!(
            svg,
            r#"<text class="axis" x="{x:.2}%" y="14" text-anchor="middle">{label}</text>"#
        );
    }
    for (at, row) in rows.iter().enumerate() {
        let y = TOP + ROW * u32::try_from(at)?;
        let title = html(&row.step.title.replace('`', ""));
        let href = row.place.replacen(".md", ".html", 1);
        _ = writeln!(
            svg,
            r#"<g><title>{title}: {}</title>"#,
            html(&row.outcome.replace('`', ""))
        );
        let (size, class) = match row.size {
            Some(_) if row.runs => (row.label.clone(), "runs"),
            Some(_) => (
                format!("{} · {}", row.label, first_word(&row.outcome)),
                "fails",
            ),
            None => ("nothing is built".into(), "none"),
        };
        // The table has the links for the keyboard; a second set of them would only be in the way.
        _ = writeln!(
            svg,
            r#"<a href="{href}" tabindex="-1"><text class="name" x="0" y="{}">{title}</text></a>"#,
            y + 15
        );
        _ = writeln!(
            svg,
            r#"<text class="size {class}" x="100%" y="{}" text-anchor="end">{size}</text>"#,
            y + 15
        );
        if let Some(size) = row.size {
            let width = across(size as f64, left);
            _ = writeln!(
                svg,
                r#"<rect class="bar {class}" x="0" y="{}" width="{width:.2}%" height="13"/>"#,
                y + 21
            );
        }
        if let Some(figure) = &row.figure {
            let bytes = figure.bytes()?;
            ensure!(
                (left..RIGHT).contains(&bytes),
                "the article's figure {} lies outside of the plot",
                figure.figure
            );
            let x = across(bytes, left);
            // A nested drawing, because a path knows no percentages. The label goes where there is room. It may lie on
            // the bar or half on it, and has an outline in the page's colour.
            let (anchor, shift) = if x > 60.0 {
                ("end", -10)
            } else {
                ("start", 10)
            };
            _ = writeln!(
                svg,
                r#"<svg class="mark" x="{x:.2}%" y="{}" overflow="visible"><path d="M0 -6 L6 0 L0 6 L-6 0 Z"/><text x="{shift}" y="4" text-anchor="{anchor}">article: {}</text></svg>"#,
                y + 27,
                figure.figure
            );
        }
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn first_word(outcome: &str) -> &str {
    outcome.split([' ', ':']).next().unwrap_or(outcome)
}
