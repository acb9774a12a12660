//! `wasm-diet diff`

use std::fmt::Write as _;

use anatomy::{Arrival, Change, Delta, Diff, Thing};
use anyhow::{Context as _, Result};
use serde_json::json;
use wasm_diet_terminal as terminal;

use super::Format;
use crate::{SCHEMA, budget::Budget, files, report::markdown, sizes::Sizes};

/// What is different between two files: what came, went and grew, and through what it came in
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  wasm-diet diff old.wasm new.wasm\n  \
                  wasm-diet diff old.wasm new.wasm --markdown >> \"$GITHUB_STEP_SUMMARY\"\n\n\
                  Functions are the same that do the same, and then those of the same name; hashes in names do not count.")]
pub(super) struct Args {
    /// The file as it was
    #[arg(value_name = "OLD.wasm")]
    old: String,
    /// The file as it is now: budgets are for this one
    #[arg(value_name = "NEW.wasm")]
    new: String,
    /// How many lines of each list; 0 for all
    #[arg(short, long, value_name = "N", default_value = "10")]
    number: usize,
    /// Also compress files of more than 1 MiB, which takes seconds
    #[arg(long)]
    compressed: bool,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    budget: Budget,
}

impl Args {
    /// # Errors
    /// If one of the files cannot be read or is no module, or the new one is over its budget.
    pub(super) fn run(&self) -> Result<()> {
        let (old, new) = (files::read(&self.old)?, files::read(&self.new)?);
        let (before, after) = (files::called(&self.old), files::called(&self.new));
        let diff = anatomy::diff(&old, &new).with_context(|| format!("{before} and {after}"))?;
        let compress = self.compressed
            || self.budget.compresses()
            || old.len().max(new.len()) <= crate::sizes::COMPRESSED;
        let sizes = |bytes: &[u8]| match compress {
            true => Sizes::all(bytes),
            false => Ok(Sizes::raw(bytes)),
        };
        let shown = Shown {
            names: [before, after],
            sizes: [sizes(&old)?, sizes(&new)?],
            number: match self.number {
                0 => usize::MAX,
                number => number,
            },
            diff,
        };
        if self.format.json {
            let mut object = json!({
                "schema": SCHEMA,
                "files": { "old": before, "new": after },
                "sizes": { "old": shown.sizes[0], "new": shown.sizes[1] },
            });
            object["diff"] = serde_json::to_value(&shown.diff)?;
            terminal::json(&object)?;
        } else if self.format.markdown {
            terminal::out(&shown.markdown());
        } else {
            shown.print();
        }
        self.budget.hold(after, &shown.sizes[1])
    }
}

/// A difference, and how much of it is shown.
struct Shown<'a> {
    names: [&'a str; 2],
    sizes: [Sizes; 2],
    number: usize,
    diff: Diff,
}

/// A list of the text: its title, its columns, which of them are numbers, its lines, and how many of them there are.
struct List {
    title: String,
    head: Vec<&'static str>,
    right: Vec<bool>,
    rows: Vec<Vec<String>>,
    all: usize,
}

impl Shown<'_> {
    /// All that is shown but for the sizes.
    fn lists(&self) -> Vec<List> {
        let diff = &self.diff;
        let mut lists = vec![
            self.deltas("sections that are not as large as before", &diff.sections),
            self.deltas("crates, and what else functions are from", &self.crates()),
        ];
        let arrivals = diff.arrivals.iter().take(self.number).map(|arrival| {
            vec![
                format!("+{}", terminal::number(arrival.size)),
                terminal::number(arrival.count),
                way(arrival),
                largest(arrival),
                arrival.finding.clone().unwrap_or_default(),
            ]
        });
        lists.push(List {
            title: "how what is new came in".into(),
            head: vec!["bytes", "functions", "through", "with", "see"],
            right: vec![true, true, false, false, false],
            rows: arrivals.collect(),
            all: diff.arrivals.len(),
        });
        lists.extend([
            self.changes("came", &diff.came),
            self.changes("grew", &diff.grew),
            self.changes("went", &diff.went),
            self.changes("shrank", &diff.shrank),
        ]);
        lists.retain(|list| list.all > 0);
        lists
    }

    /// Custom sections and the like are among the sections already.
    fn crates(&self) -> Vec<Delta> {
        let all = self.diff.crates.iter();
        all.filter(|delta| matches!(&*delta.kind, "crate" | "language"))
            .cloned()
            .collect()
    }

    fn deltas(&self, title: &str, deltas: &[Delta]) -> List {
        let rows = deltas.iter().take(self.number).map(|delta| {
            vec![
                terminal::change(delta.old, delta.new),
                terminal::number(delta.old),
                terminal::number(delta.new),
                delta.name.clone(),
            ]
        });
        List {
            title: title.into(),
            head: vec!["bytes", "was", "is", "name"],
            right: vec![true, true, true, false],
            rows: rows.collect(),
            all: deltas.len(),
        }
    }

    fn changes(&self, what: &str, changes: &[Change]) -> List {
        let rows = changes.iter().take(self.number).map(|change| {
            vec![
                terminal::change(change.old, change.new),
                change.kind.clone(),
                change.name.clone(),
                change.finding.clone().unwrap_or_default(),
            ]
        });
        let (was, is) = changes.iter().fold((0, 0), |(was, is), change| {
            (was + change.old, is + change.new)
        });
        List {
            title: format!(
                "{what}: {} of them, {} bytes",
                terminal::number(changes.len() as u64),
                terminal::change(was, is)
            ),
            head: vec!["bytes", "kind", "name", "see"],
            right: vec![true, false, false, false],
            rows: rows.collect(),
            all: changes.len(),
        }
    }

    /// By how much the file has become larger or smaller, raw and compressed.
    fn sums(&self) -> Vec<Vec<String>> {
        let [old, new] = self.sizes;
        old.named()
            .zip(new.named())
            .map(|((kind, was), (_, is))| {
                vec![
                    kind.to_owned(),
                    terminal::number(was),
                    terminal::number(is),
                    terminal::change(was, is),
                    percent(was, is),
                ]
            })
            .collect()
    }

    fn print(&self) {
        let [old, new] = self.names;
        terminal::outln!("{old} to {new}\n");
        let head = ["", "was", "is", "change", ""];
        let right = [false, true, true, true, true];
        terminal::styled(&terminal::table(&head, &right, &self.sums()));
        let lists = self.lists();
        if lists.is_empty() {
            terminal::outln!("\nnothing has changed its size");
        }
        for list in lists {
            terminal::outln!("\n{}", list.title);
            terminal::styled(&terminal::table(&list.head, &list.right, &list.rows));
            if let Some(left) = list.left_out() {
                terminal::outln!("{left}");
            }
        }
    }

    fn markdown(&self) -> String {
        let [old, new] = self.names.map(markdown);
        let mut text =
            format!("### {old} to {new}\n\n| | was | is | change | |\n|---|--:|--:|--:|--:|\n");
        for row in self.sums() {
            _ = writeln!(text, "| {} |", row.join(" | "));
        }
        for list in self.lists() {
            let mut head = list.title.clone();
            if let Some(first) = head.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            _ = writeln!(text, "\n<details>\n<summary>{head}</summary>\n");
            _ = writeln!(text, "| {} |", list.head.join(" | "));
            for right in &list.right {
                text.push_str(if *right { "|--:" } else { "|---" });
            }
            text.push_str("|\n");
            for row in &list.rows {
                let cells: Vec<String> = row.iter().map(|cell| markdown(cell)).collect();
                _ = writeln!(text, "| {} |", cells.join(" | "));
            }
            if let Some(left) = list.left_out() {
                _ = writeln!(text, "\n{left}");
            }
            text.push_str("\n</details>\n");
        }
        text
    }
}

impl List {
    fn left_out(&self) -> Option<String> {
        let left = self.all - self.rows.len();
        (left > 0).then(|| {
            format!(
                "and {} more (-n 0 shows all)",
                terminal::number(left as u64)
            )
        })
    }
}

/// A change in per cent of what it was: `+1.3 %`.
#[expect(
    clippy::cast_precision_loss,
    reason = "sizes of modules are far below 2^52"
)]
fn percent(was: u64, is: u64) -> String {
    if was == 0 {
        return String::new();
    }
    let change = (is as f64 - was as f64) * 100.0 / was as f64;
    format!("{change:+.2}\u{a0}%").replace('-', "−")
}

/// Through what something came in: `parse_config → core::fmt::write`.
fn way(arrival: &Arrival) -> String {
    let sure = if arrival.certain || arrival.edge.is_none() {
        ""
    } else {
        "~ "
    };
    let first = &arrival.first.name;
    match (&arrival.via, &arrival.export) {
        (Some(via), _) => format!("{sure}{} → {first}", via.name),
        (None, Some(export)) => format!("export `{export}` → {first}"),
        (None, None) if arrival.edge.is_some() => format!("{sure}{first}"),
        (None, None) => format!("{first} (nothing was found that leads to it)"),
    }
}

/// The largest of what came in that way, but for the first.
fn largest(arrival: &Arrival) -> String {
    let others = arrival.largest.iter();
    let mut others = others.filter(|thing: &&Thing| thing.name != arrival.first.name);
    let Some(one) = others.next() else {
        return String::new();
    };
    match arrival.count.saturating_sub(2) {
        0 => one.name.clone(),
        more => format!("{} and {} more", one.name, terminal::number(more)),
    }
}
