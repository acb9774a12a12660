//! `wasm-diet top`

use std::fmt::Write as _;

use anatomy::{By, Share};
use anyhow::{Context as _, Result};
use clap::ValueEnum;
use serde_json::{Value, json};
use wasm_diet_terminal as terminal;

use super::Format;
use crate::{SCHEMA, files, report::markdown};

/// What weighs how much: functions, crates, generic functions, sections, source files
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  wasm-diet top my.wasm\n  wasm-diet top my.wasm --by crate -n 5\n  \
                  wasm-diet top my.wasm --retained\n\n\
                  Names of functions are in unstripped files only: build with strip = \"none\" for this. \
                  Source files also want debug = \"line-tables-only\"."
)]
pub(super) struct Args {
    /// A module or a component; `-` is standard input
    #[arg(value_name = "FILE.wasm")]
    file: String,
    /// What is put together
    #[arg(long, value_enum, default_value = "function")]
    by: Kind,
    /// What would go with each function or piece of data, if it went: an estimate
    #[arg(long, conflicts_with = "by")]
    retained: bool,
    /// How many lines; 0 for all
    #[arg(short, long, value_name = "N", default_value = "20")]
    number: usize,
    #[command(flatten)]
    format: Format,
}

/// What functions are put together by.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// Each stands for itself
    Function,
    /// By the crate of their Rust name
    Crate,
    /// Instances of a generic function together
    Generic,
    /// Whole sections
    Section,
    /// The source file that the code is from, by the debug information
    Source,
}

impl From<Kind> for By {
    fn from(kind: Kind) -> By {
        match kind {
            Kind::Function => By::Function,
            Kind::Crate => By::Crate,
            Kind::Generic => By::Generic,
            Kind::Section => By::Section,
            Kind::Source => By::Source,
        }
    }
}

/// What is shown: the columns' names, which of them are numbers, and the lines.
struct Table {
    head: Vec<&'static str>,
    right: Vec<bool>,
    rows: Vec<Vec<String>>,
    /// How many lines there are in all, and what the others weigh together, in bytes.
    all: usize,
    rest: u64,
}

impl Args {
    /// # Errors
    /// If the file cannot be read, is no module, or has no debug information where that is asked for.
    pub(super) fn run(&self) -> Result<()> {
        let bytes = files::read(&self.file)?;
        let name = files::called(&self.file);
        let number = match self.number {
            0 => usize::MAX,
            number => number,
        };
        let (json, table) = if self.retained {
            retained(&bytes, number).with_context(|| name.to_owned())?
        } else {
            let shares = anatomy::top(&bytes, self.by.into()).with_context(|| name.to_owned())?;
            let size = bytes.len() as u64;
            let json = json!({ "shares": &shares[..shares.len().min(number)] });
            (json, weights(&shares, size, number))
        };
        if self.format.json {
            let mut object = json!({ "schema": SCHEMA, "file": name, "size": bytes.len() });
            if let (Value::Object(all), Value::Object(said)) = (&mut object, json) {
                all.extend(said);
            }
            terminal::json(&object)?;
        } else if self.format.markdown {
            terminal::out(&table.markdown(name));
        } else {
            table.print();
        }
        Ok(())
    }
}

fn weights(shares: &[Share], size: u64, number: usize) -> Table {
    let rows = shares.iter().take(number).map(|share| {
        vec![
            terminal::number(share.size),
            terminal::share(share.size, size),
            terminal::number(share.count),
            terminal::number(share.largest),
            share.kind.clone(),
            share.name.clone(),
        ]
    });
    let mut table = Table {
        head: vec!["bytes", "share", "items", "largest", "kind", "name"],
        right: vec![true, true, true, true, false, false],
        rows: rows.collect(),
        all: shares.len(),
        rest: shares.iter().skip(number).map(|share| share.size).sum(),
    };
    if shares.iter().all(|share| share.count == 1) {
        for row in &mut table.rows {
            row.drain(2..4);
        }
        table.head.drain(2..4);
        table.right.drain(2..4);
    }
    table
}

fn retained(bytes: &[u8], number: usize) -> Result<(Value, Table)> {
    let nodes = anatomy::dominators(bytes)?;
    // What holds the others together would take everything with it.
    let mut nodes: Vec<_> = nodes
        .into_iter()
        .filter(|node| matches!(&*node.kind, "function" | "data" | "custom section"))
        .collect();
    nodes.sort_by_key(|node| std::cmp::Reverse(node.retained));
    let rows = nodes.iter().take(number).map(|node| {
        vec![
            terminal::number(node.retained),
            terminal::share(node.retained, bytes.len() as u64),
            terminal::number(node.size),
            node.kind.clone(),
            node.name.clone(),
        ]
    });
    let table = Table {
        head: vec!["would go", "share", "its own", "kind", "name"],
        right: vec![true, true, true, false, false],
        rows: rows.collect(),
        all: nodes.len(),
        rest: 0,
    };
    nodes.truncate(number);
    // Places in the whole list say nothing here.
    let nodes: Vec<Value> = nodes
        .iter()
        .map(|node| {
            json!({
                "name": node.name, "kind": node.kind, "size": node.size, "retained": node.retained,
                "reached": node.reached,
            })
        })
        .collect();
    Ok((json!({ "retained": nodes }), table))
}

impl Table {
    /// What the last line says of those that are not shown.
    fn left_out(&self) -> Option<String> {
        let left = self.all - self.rows.len();
        if left == 0 {
            return None;
        }
        let weight = match self.rest {
            0 => String::new(),
            rest => format!(", {} together", terminal::bytes(rest)),
        };
        Some(format!(
            "and {} more{weight} (-n 0 shows all)",
            terminal::number(left as u64)
        ))
    }

    fn print(&self) {
        terminal::styled(&terminal::table(&self.head, &self.right, &self.rows));
        if let Some(left) = self.left_out() {
            terminal::outln!("{left}");
        }
    }

    fn markdown(&self, name: &str) -> String {
        let mut text = format!("### {}\n\n| {} |\n", markdown(name), self.head.join(" | "));
        for right in &self.right {
            text.push_str(if *right { "|--:" } else { "|---" });
        }
        text.push_str("|\n");
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|cell| markdown(cell)).collect();
            _ = writeln!(text, "| {} |", cells.join(" | "));
        }
        if let Some(left) = self.left_out() {
            _ = writeln!(text, "\n{left}");
        }
        text
    }
}
