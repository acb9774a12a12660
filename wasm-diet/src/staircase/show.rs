//! A staircase in a terminal, as JSON, and as Markdown.

use std::fmt::Write as _;

use serde_json::{Value, json};
use wasm_diet_terminal::{self as terminal, Cell, DIM, GOOD};

use super::{By, Measured, Outcome, Row, Staircase, paste, steps};
use crate::{SCHEMA, report};

/// The longest bar, in characters.
const BAR: u64 = 40;

/// A line of the table.
pub(super) struct Line {
    /// The setting.
    pub(super) setting: String,
    /// raw, gzip, brotli, the change, the time.
    pub(super) numbers: [String; 5],
    /// Whether it is kept, or why not.
    pub(super) verdict: String,
    /// The JavaScript: raw, gzip, brotli.
    pub(super) glue: Option<[String; 3]>,
    pub(super) kind: Kind,
    /// All of an error, if there is one.
    pub(super) why: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Start,
    Kept,
    Not,
    Broken,
}

/// All lines of the table.
pub(super) fn lines(stairs: &Staircase) -> Vec<Line> {
    let start = Line {
        setting: "as it is".to_owned(),
        numbers: numbers(&stairs.start, String::new(), false),
        verdict: String::new(),
        glue: glue(&stairs.start),
        kind: Kind::Start,
        why: None,
    };
    let rows = stairs.rows.iter().map(|row| line(row, stairs.by));
    std::iter::once(start).chain(rows).collect()
}

fn line(row: &Row, by: By) -> Line {
    let setting = match row.outcome {
        Outcome::Skipped(_) => row.step.to_owned(),
        _ => steps::shown(&row.added),
    };
    let not = |verdict: String, why: &str| Line {
        setting: setting.clone(),
        numbers: ["–"; 5].map(str::to_owned),
        verdict,
        glue: None,
        kind: Kind::Broken,
        why: Some(why.to_owned()),
    };
    let measured = match &row.outcome {
        Outcome::Skipped(why) => return not(format!("skipped: {why}"), why),
        Outcome::Failed(why) => return not(format!("does not build: {}", first(why)), why),
        Outcome::Measured(measured) => measured,
    };
    let size = by.of(measured);
    let (verdict, kind) = match &measured.refused {
        Some(why) => (first(why), Kind::Broken),
        None if row.kept => ("kept".to_owned(), Kind::Kept),
        None if size == row.before => ("no change".to_owned(), Kind::Not),
        None if size > row.before => ("larger".to_owned(), Kind::Not),
        None => ("not the best".to_owned(), Kind::Not),
    };
    let linked = row.added.iter().all(steps::Setting::adds);
    Line {
        setting,
        numbers: numbers(measured, change(row.before, size), linked),
        verdict,
        glue: glue(measured),
        kind,
        why: measured.refused.clone(),
    }
}

fn first(why: &str) -> String {
    why.lines().next().unwrap_or_default().trim().to_owned()
}

/// A change in per cent, with its sign.
pub(super) fn change(from: u64, to: u64) -> String {
    if from == to {
        return "±0".to_owned();
    }
    let sign = if to < from { "−" } else { "+" };
    format!("{sign}{}", terminal::share(from.abs_diff(to), from))
}

fn numbers(measured: &Measured, change: String, linked: bool) -> [String; 5] {
    let [raw, gzip, brotli] = sizes(&measured.sizes);
    let linked = if linked { "*" } else { " " };
    [
        raw,
        gzip,
        brotli,
        change,
        format!("{:.1} s{linked}", measured.seconds),
    ]
}

fn sizes(sizes: &crate::sizes::Sizes) -> [String; 3] {
    [Some(sizes.raw), sizes.gzip, sizes.brotli]
        .map(|size| size.map(terminal::number).unwrap_or_default())
}

fn glue(measured: &Measured) -> Option<[String; 3]> {
    measured.glue.as_ref().map(sizes)
}

/// What the table says, in a sentence.
pub(super) fn summary(stairs: &Staircase) -> String {
    let (from, to) = (stairs.by.of(&stairs.start), stairs.by.of(&stairs.end));
    format!(
        "{} {} for {}: {} → {} {} ({})",
        stairs.project.package,
        stairs.project.version,
        stairs.project.triple,
        terminal::number(from),
        terminal::bytes(to),
        measure(stairs),
        change(from, to)
    )
}

/// What is compared, as it follows a number of bytes.
pub(super) fn measure(stairs: &Staircase) -> String {
    let with = if stairs.start.glue.is_some() {
        ", with the JavaScript"
    } else {
        ""
    };
    match stairs.by {
        By::Raw => format!("uncompressed{with}"),
        by => format!("after {}{with}", by.name()),
    }
}

/// The stairs: what was kept, with the size after it.
pub(super) fn stairs(stairs: &Staircase) -> Vec<(String, u64)> {
    let by = stairs.by;
    let kept = stairs
        .rows
        .iter()
        .filter(|row| row.kept)
        .filter_map(|row| match &row.outcome {
            Outcome::Measured(measured) => Some((steps::shown(&row.added), by.of(measured))),
            _ => None,
        });
    std::iter::once(("as it is".to_owned(), by.of(&stairs.start)))
        .chain(kept)
        .collect()
}

const HEAD: [&str; 7] = ["setting", "raw", "gzip", "brotli", "change", "time", ""];
const RIGHT: [bool; 7] = [false, true, true, true, true, true, false];

/// Prints the table, the stairs, and the settings to paste.
pub fn print(staircase: &Staircase) {
    let lines = lines(staircase);
    let rows = lines.iter().map(|line| {
        let cell = |text: &String| match line.kind {
            Kind::Start => Cell::from(text.as_str()),
            Kind::Kept => Cell::painted(GOOD, text),
            Kind::Not | Kind::Broken => Cell::painted(DIM, text),
        };
        let verdict: String = line.verdict.chars().take(90).collect();
        let cells = std::iter::once(&line.setting)
            .chain(&line.numbers)
            .chain([&verdict]);
        cells.map(cell).collect()
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    terminal::outln!("");
    terminal::styled(&terminal::table(&HEAD, &RIGHT, &rows));
    if lines.iter().any(|line| line.numbers[4].ends_with('*')) {
        terminal::outln!("* only what the step adds: the last crate linked again, or wasm-opt");
    }
    let glues: Vec<Vec<String>> = lines
        .iter()
        .filter_map(|line| {
            let glue = line.glue.clone()?;
            Some(std::iter::once(line.setting.clone()).chain(glue).collect())
        })
        .collect();
    if !glues.is_empty() {
        terminal::outln!("\nthe JavaScript with it");
        terminal::styled(&terminal::table(&HEAD[..4], &RIGHT[..4], &glues));
    }
    terminal::outln!("\n{}\n", summary(staircase));
    bars(staircase);
    whys(&lines);
    for note in &staircase.notes {
        terminal::outln!("\nnote: {note}");
    }
    pasted(staircase);
    terminal::outln!("\nThe smallest: {}", staircase.end.file.display());
}

fn bars(staircase: &Staircase) {
    let all = stairs(staircase);
    let largest = all.iter().map(|(_, size)| *size).max().unwrap_or(1).max(1);
    let rows = all.iter().map(|(setting, size)| {
        let long = (size * BAR).div_ceil(largest);
        let bar = "█".repeat(usize::try_from(long).unwrap_or(0));
        vec![setting.clone(), terminal::number(*size), bar]
    });
    let rows: Vec<_> = rows.collect();
    terminal::styled(&terminal::table(
        &["", staircase.by.name()],
        &[false, true, false],
        &rows,
    ));
}

/// Prints errors of more than a line.
fn whys(lines: &[Line]) {
    for line in lines {
        if let Some(why) = line.why.as_ref().filter(|why| why.lines().count() > 1) {
            terminal::outln!("\n{}:", line.setting);
            for said in why.lines() {
                terminal::outln!("    {said}");
            }
        }
    }
}

fn pasted(staircase: &Staircase) {
    let blocks = paste::blocks(staircase);
    if blocks.is_empty() {
        terminal::outln!("\nNothing that was tried makes it smaller.");
        return;
    }
    for block in blocks {
        terminal::outln!("\n{}\n", block.where_to);
        for line in block.text.lines() {
            terminal::outln!("    {line}");
        }
    }
    terminal::outln!("\nWhat is lost with them:");
    let rows: Vec<Vec<String>> = staircase
        .settings
        .iter()
        .map(|one| vec![format!("  {}", one.shown()), one.loses().to_owned()])
        .collect();
    let table = terminal::table(&["", ""], &[false, false], &rows);
    terminal::styled(table.split_once('\n').map_or("", |(_, rows)| rows));
}

/// One object.
#[must_use]
pub fn json(staircase: &Staircase) -> Value {
    let by = staircase.by;
    let rows = staircase.rows.iter().map(|row| {
        let mut object =
            json!({ "step": row.step, "setting": steps::shown(&row.added), "kept": row.kept });
        match &row.outcome {
            Outcome::Measured(measured) => {
                let verdict = if measured.refused.is_some() {
                    "check failed"
                } else {
                    "measured"
                };
                object["outcome"] = json!(verdict);
                of(measured, &mut object);
                object["before"] = json!(row.before);
                object["after"] = json!(by.of(measured));
            }
            Outcome::Failed(why) => {
                object["outcome"] = json!("failed");
                object["why"] = json!(why);
            }
            Outcome::Skipped(why) => {
                object["outcome"] = json!("skipped");
                object["why"] = json!(why);
            }
        }
        object
    });
    let rows: Vec<Value> = rows.collect();
    let whole = |measured: &Measured| {
        let mut object = json!({ "size": by.of(measured), "file": measured.file });
        of(measured, &mut object);
        object
    };
    let kept = staircase.settings.iter().map(
        |one| json!({ "setting": one.shown(), "loses": one.loses(), "unstable": one.unstable() }),
    );
    let paste = paste::blocks(staircase);
    let paste = paste
        .iter()
        .map(|block| json!({ "where": block.where_to, "text": block.text }));
    json!({
        "schema": SCHEMA,
        "package": staircase.project.package,
        "version": staircase.project.version,
        "name": staircase.project.name,
        "target": staircase.project.triple,
        "profile": staircase.project.profile,
        "compiler": staircase.compiler.version.lines().next(),
        "by": by,
        "from": whole(&staircase.start),
        "to": whole(&staircase.end),
        "rows": rows,
        "settings": kept.collect::<Vec<_>>(),
        "paste": paste.collect::<Vec<_>>(),
        "notes": staircase.notes,
    })
}

fn of(measured: &Measured, object: &mut Value) {
    object["sizes"] = json!(measured.sizes);
    if let Some(glue) = measured.glue {
        object["glue"] = json!(glue);
    }
    object["seconds"] = json!((measured.seconds * 10.0).round() / 10.0);
    if let Some(why) = &measured.refused {
        object["why"] = json!(why);
    }
}

/// The same for a comment or a job's summary.
#[must_use]
pub fn markdown(staircase: &Staircase) -> String {
    let mut text = format!("### {}\n\n", report::markdown(&summary(staircase)));
    let lines = lines(staircase);
    let glue = lines.iter().any(|line| line.glue.is_some());
    let (head, rule) = if glue {
        (" JavaScript |", "--:|")
    } else {
        ("", "")
    };
    _ = writeln!(
        text,
        "| setting | raw | gzip | brotli |{head} change | time | |\n|---|--:|--:|--:|{rule}--:|--:|---|"
    );
    for line in &lines {
        let [raw, gzip, brotli, change, time] = &line.numbers;
        let glue = match &line.glue {
            Some(glue) => format!(" {} |", glue[by_index(staircase.by)]),
            None if glue => " – |".to_owned(),
            None => String::new(),
        };
        let bold = if line.kind == Kind::Kept { "**" } else { "" };
        _ = writeln!(
            text,
            "| {bold}{}{bold} | {raw} | {gzip} | {brotli} |{glue} {change} | {} | {} |",
            report::markdown(&line.setting),
            time.trim_end().replace('*', "\\*"),
            report::markdown(&line.verdict)
        );
    }
    for note in &staircase.notes {
        _ = writeln!(text, "\n{}", report::markdown(note));
    }
    for block in paste::blocks(staircase) {
        _ = writeln!(
            text,
            "\n{}\n\n```{}\n{}\n```",
            report::markdown(&block.where_to),
            block.language,
            block.text.trim_end()
        );
    }
    text
}

fn by_index(by: By) -> usize {
    match by {
        By::Raw => 0,
        By::Gzip => 1,
        By::Brotli => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::change;

    #[test]
    fn a_change_has_a_sign() {
        assert_eq!(change(200, 100), "−50.0\u{a0}%");
        assert_eq!(change(100, 110), "+10.0\u{a0}%");
        assert_eq!(change(5, 5), "±0");
    }
}
