//! `cargo xtask settings`

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;

use project::{
    paths::Project,
    terminal::{self, number},
};
use studies::settings::{PROGRAMS, Settings, Table};

/// Build three programs with each setting of chapters-code/settings/settings.toml, run and weigh them, and compare with
/// chapters-code/studies/settings.json
///
/// The largest of the programs takes an hour. Times of building are shares, measured when the record is written, and are not
/// compared.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask settings\n  cargo xtask settings toy text --accept\n  cargo xtask settings --resume")]
pub(crate) struct Args {
    /// Only these programs
    #[arg(value_name = "PROGRAM", value_parser = clap::builder::PossibleValuesParser::new(PROGRAMS))]
    only: Vec<String>,
    /// Go on where this was interrupted
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    how: super::How,
}

impl Args {
    /// Fails if a program does not build, gives a wrong answer, or is not as it is kept.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let study = Table {
            only: &self.only,
            today: &today(),
            resume: self.resume,
        };
        super::conducted(&study, project, &self.how, ("Building", "settings"), |found| {
            tell(found);
            format!("{} settings do what the pages say", found.settings.len())
        })
    }
}

fn tell(found: &Settings) {
    let mut rows = Vec::new();
    for one in &found.settings {
        for (program, figures) in &one.figures {
            let build = figures.build.map(|share| format!("{} %", number(share)));
            rows.push(vec![
                one.id.clone(),
                program.clone(),
                number(figures.weight.raw),
                number(figures.weight.gzip),
                number(figures.weight.brotli),
                number(figures.steps),
                build.unwrap_or_default(),
            ]);
        }
    }
    terminal::styled(&terminal::table(
        &["setting", "program", "raw", "gzip", "brotli", "instructions", "build"],
        &[false, false, true, true, true, true, true],
        &rows,
    ));
}

/// The day, in UTC: `2026-02-28`.
fn today() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    date(since.map_or(0, |since| since.as_secs() / 86_400))
}

/// The date of a day since the beginning of 1970.
fn date(days: u64) -> String {
    // Years that begin in March: a day that is inserted is the last one. 400 of them have 146,097 days.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn days_are_counted_from_1970() {
        for (days, expected) in [(0, "1970-01-01"), (11_016, "2000-02-29"), (20_515, "2026-03-03")] {
            assert_eq!(date(days), expected);
        }
    }
}
