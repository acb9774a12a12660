//! What settings give and take: three programs as a table, and what to paste by kind of program.

use std::{fmt::Write as _, fs};

use anyhow::{Context as _, Result, bail};
use project::{
    markup::{attribute, cell, html},
    paths::Project,
    terminal::number,
};
use studies::{
    kinds::{self, Kind},
    settings::{Figures, PROGRAMS, RECORD, Setting, Settings},
};

use super::strip::percent;

/// What a page shows: the `bars` or the `table` of a program, the `losses`, where it was `built`, or inline, a figure of a program
/// with a setting.
pub(super) fn show(project: &Project, what: &[&str]) -> Result<String> {
    let settings: Settings = RECORD.stored(project)?;
    match what {
        ["bars", program] => bars(&settings, program),
        ["table", program] => table(&settings, program),
        ["losses"] => Ok(losses(&settings)),
        ["built"] => Ok(settings.built_on),
        [program, id, figure] => inline(&settings, program, id, figure),
        _ => bail!(
            "`show choices` takes bars PROGRAM, table PROGRAM, losses, built, or PROGRAM SETTING FIGURE"
        ),
    }
}

/// The settings that a program was built with.
fn tried<'a>(settings: &'a Settings, program: &str) -> Result<Vec<(&'a Setting, &'a Figures)>> {
    let all = settings.settings.iter();
    let found: Vec<_> = all
        .filter_map(|one| Some((one, one.figures.get(program)?)))
        .collect();
    if found.is_empty() {
        bail!(
            "nothing is measured of `{program}`; there are {}; cargo xtask settings --accept {program}",
            PROGRAMS.join(", ")
        );
    }
    Ok(found)
}

/// By how many per cent a number differs from another, with a sign.
fn percents(now: u64, before: u64) -> String {
    let (now, before) = (i128::from(now), i128::from(before.max(1)));
    // Tenths, rounded away from zero.
    let tenths = (now - before) * 1000;
    let tenths = (tenths + tenths.signum() * before / 2) / before;
    match tenths {
        0 => "±0 %".to_owned(),
        _ => {
            let sign = if tenths < 0 { '−' } else { '+' };
            let tenths = tenths.unsigned_abs();
            // Small ones have a digit behind the point; of large ones that would be noise.
            if tenths < 100 {
                format!("{sign}{}.{} %", tenths / 10, tenths % 10)
            } else {
                format!("{sign}{} %", (tenths + 5) / 10)
            }
        }
    }
}

fn inline(settings: &Settings, program: &str, id: &str, figure: &str) -> Result<String> {
    let one = settings.setting(id)?;
    let figures = |one: &Setting| one.figures.get(program).cloned();
    let own = figures(one).with_context(|| format!("{program} was not built with {id}"))?;
    let against = one.against.as_deref().map(|id| settings.setting(id));
    let against = against.transpose()?.and_then(figures);
    let differs = |of: fn(&Figures) -> u64| {
        let against = against
            .as_ref()
            .map(|against| percents(of(&own), of(against)));
        against.with_context(|| format!("{id} is compared with nothing"))
    };
    Ok(match figure {
        "raw" => number(own.weight.raw),
        "gzip" => number(own.weight.gzip),
        "brotli" => number(own.weight.brotli),
        "raw-change" => differs(|figures| figures.weight.raw)?,
        "gzip-change" => differs(|figures| figures.weight.gzip)?,
        "brotli-change" => differs(|figures| figures.weight.brotli)?,
        "steps-change" => differs(|figures| figures.steps)?,
        _ => bail!(
            "a setting has raw, gzip, brotli, the same with -change, and steps-change, and no `{figure}`"
        ),
    })
}

/// All settings of a program below one another: three bars each, on one scale.
fn bars(settings: &Settings, program: &str) -> Result<String> {
    let all = tried(settings, program)?;
    let most = all.iter().map(|(_, figures)| figures.weight.raw).max();
    let most = most.unwrap_or_default();
    let mut text = String::from("\n<div class=\"prices\">\n");
    let mut group = "";
    for (one, figures) in &all {
        if one.group != group {
            group = &one.group;
            _ = writeln!(text, "<p class=\"group\">{}</p>", html(group));
        }
        let weight = figures.weight;
        let steps = one.against.as_deref().and_then(|id| {
            let against = settings.setting(id).ok()?.figures.get(program)?;
            Some(format!(
                ", {} instructions run",
                percents(figures.steps, against.steps)
            ))
        });
        _ = writeln!(
            text,
            "<div id=\"{}-{}\"><p>{}</p><div class=\"bars\" aria-hidden=\"true\"><i class=\"raw\" style=\"width: {:.2}%\"></i>\
             <i class=\"gzip\" style=\"width: {:.2}%\"></i><i class=\"brotli\" style=\"width: {:.2}%\"></i></div>\
             <p><b>{}</b> raw, {} gzip, {} brotli{}</p></div>",
            attribute(program),
            attribute(&one.id),
            super::prices::title(&one.title),
            percent(weight.raw, most),
            percent(weight.gzip, most),
            percent(weight.brotli, most),
            number(weight.raw),
            number(weight.gzip),
            number(weight.brotli),
            steps.unwrap_or_default(),
        );
    }
    text.push_str("</div>\n");
    Ok(text)
}

/// All settings of a program, each with its change against the one that it is compared with.
fn table(settings: &Settings, program: &str) -> Result<String> {
    let title = settings
        .programs
        .get(program)
        .map_or(program, |title| title);
    let mut text = format!(
        "\n<details><summary>The {} as a table</summary>\n\n\
         | setting | raw | gzip | brotli | against | raw | brotli | instructions | time to build |\n\
         |---|--:|--:|--:|---|--:|--:|--:|--:|\n",
        html(title)
    );
    for (one, figures) in tried(settings, program)? {
        let weight = figures.weight;
        let against = one
            .against
            .as_deref()
            .map(|id| settings.setting(id))
            .transpose()?;
        let compared = against.and_then(|against| Some((against, against.figures.get(program)?)));
        let [with, raw, brotli, steps] = match compared {
            Some((against, before)) => [
                // Here it does not stand below the one that it goes on from.
                against.title.replace("the same with ", ""),
                percents(weight.raw, before.weight.raw),
                percents(weight.brotli, before.weight.brotli),
                percents(figures.steps, before.steps),
            ],
            None => ["", "", "", ""].map(str::to_owned),
        };
        let build = figures.build.map(|share| format!("{share} %"));
        _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {raw} | {brotli} | {steps} | {} |",
            cell(&one.title),
            number(weight.raw),
            number(weight.gzip),
            number(weight.brotli),
            cell(&with),
            build.unwrap_or_default(),
        );
    }
    text.push_str("\n</details>\n");
    Ok(text)
}

/// What one loses with each setting.
fn losses(settings: &Settings) -> String {
    let mut text = String::from("\n| setting | Rust | what you lose |\n|---|---|---|\n");
    for one in &settings.settings {
        let rust = if one.stable { "stable" } else { "nightly" };
        _ = writeln!(
            text,
            "| {} | {rust} | {} |",
            cell(&one.title),
            cell(&one.loses)
        );
    }
    text
}

/// What to paste for a kind of program: its files, the commands, and what they do; or all as a `table`.
pub(super) fn kind(project: &Project, name: &str) -> Result<String> {
    let all: Vec<Kind> = kinds::RECORD.stored(project)?;
    if name == "table" {
        return Ok(kinds_table(&all));
    }
    let kind = all.iter().find(|kind| kind.name == name);
    let kind = kind.with_context(|| {
        let names: Vec<&str> = all.iter().map(|kind| &*kind.name).collect();
        format!("there is no kind `{name}`; there are {}", names.join(", "))
    })?;
    let folder = kinds::folder(project, name);
    let read = |file: &str| -> Result<String> {
        let text =
            fs::read_to_string(folder.join(file)).with_context(|| format!("{name}/{file}"))?;
        Ok(text.replace("\r\n", "\n"))
    };
    let manifest = read("Cargo.toml")?;
    // What only the book needs is at the end.
    let manifest = manifest.split("\n# For `cargo xtask kinds`").next();
    let mut text = String::new();
    for (file, listing) in [
        ("Cargo.toml", manifest.unwrap_or_default()),
        (".cargo/config.toml", &read(".cargo/config.toml")?),
    ] {
        _ = write!(
            text,
            "\n`{file}`:\n\n```toml\n{}\n```\n",
            listing.trim_end()
        );
    }
    _ = write!(text, "\n```sh\n{}\n```\n", kind.commands.join("\n"));
    let after = kind.after();
    _ = writeln!(
        text,
        "\nWith Cargo’s own settings it has {} bytes, {} after brotli. With these it has {}, {} after brotli.",
        number(kind.before.raw),
        number(kind.before.brotli),
        number(after.raw),
        number(after.brotli),
    );
    Ok(text)
}

fn kinds_table(all: &[Kind]) -> String {
    let mut text = String::from(
        "\n| kind of program | Cargo’s own | with these | gzip | brotli |\n|---|--:|--:|--:|--:|\n",
    );
    for kind in all {
        let after = kind.after();
        _ = writeln!(
            text,
            "| [{}](#{}) | {} | {} | {} | {} |",
            cell(&kind.title),
            kind.name,
            number(kind.before.raw),
            number(after.raw),
            number(after.gzip),
            number(after.brotli),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::percents;

    #[test]
    fn a_change_has_a_sign_and_as_many_digits_as_it_is_worth() {
        for (now, before, told) in [
            (100, 100, "±0 %"),
            (1005, 1000, "+0.5 %"),
            (950, 1000, "−5.0 %"),
            (500, 1000, "−50 %"),
            (3000, 1000, "+200 %"),
            (0, 1000, "−100 %"),
        ] {
            assert_eq!(percents(now, before), told, "{now} {before}");
        }
    }
}
