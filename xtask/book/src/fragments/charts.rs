//! Charts of many steps at once: a program on its diet, and all modules on all engines. Inline SVG without a view box, as
//! the staircase is.

use std::{collections::BTreeMap, fmt::Write as _};

use anyhow::{Context as _, Result};
use pipeline::measure::Measured;
use project::{
    markup::{attribute, html},
    paths::Project,
    step::Step,
    terminal::{bytes, change, number},
};
use studies::matrix;

use super::strip::percent;

/// Pixels: a row of the waterfall with its line of text, and its two bars.
const ROW: u32 = 52;
const BARS: [u32; 2] = [14, 8];

/// Pixels: a row of the map, its label above it, and the place for what is pointed at.
const CELL: u32 = 16;
const LABEL: u32 = 16;

/// Steps below one another on one scale: of each the size as a bar, with what went since the step before, and the size after
/// gzip as a thinner one.
pub(super) fn waterfall(rows: &[(&Step, Measured)]) -> Result<String> {
    let size = |measured: &Measured| measured.size().unwrap_or_default();
    let whole = rows.iter().map(|(_, measured)| size(measured)).max();
    let whole = whole.context("a waterfall needs steps")?;
    let mut drawn = String::new();
    let mut said = Vec::new();
    let mut before = None;
    for (nth, (step, measured)) in rows.iter().enumerate() {
        let y = ROW * u32::try_from(nth)?;
        let now = size(measured);
        let packed = measured.module().and_then(|module| module.gzip);
        let mut label = format!("{}: {}", step.title.replace('`', ""), bytes(now));
        if let Some(packed) = packed {
            _ = write!(label, ", {} packed", number(packed));
        }
        if let Some(before) = before {
            _ = write!(label, ", {}", change(before, now));
        }
        _ = writeln!(
            drawn,
            "<text x=\"0\" y=\"{}\">{}</text>",
            y + 13,
            html(&label)
        );
        let bar = |class: &str, from: u64, size: u64, y: u32, height: u32| {
            format!(
                "<rect class=\"{class}\" x=\"{:.3}%\" y=\"{y}\" width=\"{:.3}%\" height=\"{height}\"/>\n",
                percent(from, whole),
                percent(size, whole)
            )
        };
        drawn += &bar("now", 0, now, y + 18, BARS[0]);
        if let Some(before) = before.filter(|before| *before > now) {
            drawn += &bar("gone", now, before - now, y + 18, BARS[0]);
        }
        if let Some(packed) = packed {
            drawn += &bar("packed", 0, packed, y + 18 + BARS[0], BARS[1]);
        }
        said.push(label);
        before = Some(now);
    }
    let height = ROW * u32::try_from(rows.len())?;
    Ok(format!(
        "<svg class=\"waterfall\" role=\"img\" aria-label=\"{}.\" width=\"100%\" height=\"{height}\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n{drawn}</svg>\n",
        attribute(&said.join(". "))
    ))
}

/// What a cell of the map says, by its word: a class for its colour, and the words of the legend.
const VERDICTS: [(&str, &str); 5] = [
    ("runs", "runs"),
    ("otherwise", "runs and does something else"),
    ("traps", "is accepted and comes to a bad end"),
    ("refused", "is refused"),
    ("unread", "cannot be read"),
];

fn verdict(word: &str) -> &'static str {
    match word {
        "runs" => "runs",
        "prints otherwise" => "otherwise",
        "cannot read it" => "unread",
        "traps" | "crashes" | "never ends" | "lacks memory" | "floods" | "exits too early" => {
            "traps"
        }
        exits if exits.starts_with("exits with") => "otherwise",
        _ => "refused",
    }
}

/// Every module that some engine runs on every engine, a cell each: engines below one another, the modules side by side in the book's order.
pub(super) fn map(project: &Project, steps: &[Step]) -> Result<String> {
    let all = matrix::kept(project)?.context("nothing is kept yet: cargo xtask matrix --accept")?;
    let modules: Vec<&Step> = steps
        .iter()
        .filter(|step| all.modules.contains_key(&step.path) && !all.refused(&step.path))
        .collect();
    let width = 100.0 / f64::from(u32::try_from(modules.len().max(1))?);
    let mut drawn = String::new();
    let mut said = Vec::new();
    for (row, column) in all.engines.iter().enumerate() {
        let y = (CELL + LABEL) * u32::try_from(row)?;
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        let mut cells = String::new();
        for (nth, step) in modules.iter().enumerate() {
            let Some(cell) = column.cells.get(&step.path) else {
                continue;
            };
            let word = cell.word();
            let class = verdict(&word);
            *counts.entry(class).or_default() += 1;
            let x = width * f64::from(u32::try_from(nth)?);
            _ = writeln!(
                cells,
                "<rect class=\"{class}\" x=\"{x:.3}%\" y=\"{}\" width=\"{width:.3}%\" height=\"{CELL}\"><title>{} on {}: {}</title></rect>",
                y + LABEL,
                html(&step.path),
                html(&column.version),
                html(&word)
            );
        }
        let runs = counts.get("runs").copied().unwrap_or_default();
        let tried: u64 = counts.values().sum();
        let label = format!(
            "{}: {} of {} run",
            column.version,
            number(runs),
            number(tried)
        );
        _ = writeln!(
            drawn,
            // An empty line would end the HTML in the page.
            "<text x=\"0\" y=\"{}\">{}</text>\n{}",
            y + 12,
            html(&label),
            cells.trim_end()
        );
        said.push(label);
    }
    let height = (CELL + LABEL) * u32::try_from(all.engines.len())?;
    let mut text = format!(
        "<svg class=\"heat\" role=\"img\" aria-label=\"{}.\" width=\"100%\" height=\"{height}\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n{drawn}</svg>\n<p class=\"heat-legend\">",
        attribute(&said.join(". "))
    );
    for (class, words) in VERDICTS {
        _ = write!(text, "<span class=\"{class}\"></span> {words} ");
    }
    text.push_str("</p>\n");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{VERDICTS, verdict};

    #[test]
    fn every_colour_is_in_the_legend() {
        for word in [
            "runs",
            "prints otherwise",
            "traps",
            "wrong type",
            "exits with 1",
            "cannot read it",
        ] {
            let class = verdict(word);
            assert!(VERDICTS.iter().any(|(known, _)| *known == class), "{word}");
        }
    }
}
