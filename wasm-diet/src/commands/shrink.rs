//! `wasm-diet shrink`

use std::{fmt::Write as _, path::PathBuf};

use anatomy::{Cut, Keep, Options, Shrunk};
use anyhow::{Context as _, Result};
use serde_json::json;
use wasm_diet_terminal as terminal;

use super::Format;
use crate::{SCHEMA, binaryen, files, report::markdown, sizes::Sizes};

/// Write a smaller file that does the same: without what nothing reaches, padding, what is there twice
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  wasm-diet shrink my.wasm -o my.small.wasm\n  \
                  wasm-diet shrink my.wasm -o my.small.wasm --keep name --keep 'component-type:*'\n  \
                  wasm-diet shrink my.component.wasm -o small.wasm --wasm-opt\n\n\
                  Imports and exports stay as they are, and the result is valid if the file was. A component's modules \
                  are worked on where they lie. Every byte that goes has its line in the receipt."
)]
pub(super) struct Args {
    /// A module or a component; `-` is standard input
    #[arg(value_name = "FILE.wasm")]
    file: String,
    /// Where the smaller file is written; never over the file that is read
    #[arg(short, long, value_name = "OUT.wasm")]
    output: PathBuf,
    /// Custom sections that stay, where `*` stands for any characters; `all` and `none` are what they say. Without this,
    /// all stay but those that only people, debuggers, linkers and optimisers read
    #[arg(long, value_name = "NAME")]
    keep: Vec<String>,
    /// Also run Binaryen's wasm-opt over the module, or each module in a component, and then cut what it left: it rewrites
    /// code, and what does not change is for wasm-opt to promise. Without a value, the one on the PATH
    #[arg(long, value_name = "PROGRAM", num_args = 0..=1, default_missing_value = "wasm-opt")]
    wasm_opt: Option<String>,
    #[command(flatten)]
    format: Format,
}

impl Args {
    fn keep(&self) -> Keep {
        match &self.keep[..] {
            [] => Keep::Needed,
            [all] if all == "all" => Keep::All,
            [none] if none == "none" => Keep::None,
            names => Keep::Only(names.to_vec()),
        }
    }

    /// # Errors
    /// If the file cannot be read or is not valid, or the other one cannot be written.
    pub(super) fn run(&self) -> Result<()> {
        let bytes = files::read(&self.file)?;
        let name = files::called(&self.file);
        let options = Options { keep: self.keep() };
        let problem = || format!("{name} cannot be made smaller");
        let shrunk = match &self.wasm_opt {
            None => anatomy::shrink(&bytes, &options).with_context(problem)?,
            Some(program) => optimised(&bytes, &options, program).with_context(problem)?,
        };
        files::write(&self.output, &shrunk.bytes, &[&self.file])?;
        let (before, after) = (
            Sizes::of(&bytes, false)?,
            Sizes::of(&shrunk.bytes, bytes.len() <= crate::sizes::COMPRESSED)?,
        );
        if self.format.json {
            terminal::json(&json!({
                "schema": SCHEMA,
                "file": name,
                "output": self.output,
                "before": before,
                "after": after,
                "cuts": shrunk.cuts,
                "left": shrunk.left,
            }))?;
        } else if self.format.markdown {
            terminal::out(&in_markdown(name, &shrunk, before, after));
        } else {
            self.print(name, &shrunk, before, after);
        }
        Ok(())
    }

    fn print(&self, name: &str, shrunk: &Shrunk, before: Sizes, after: Sizes) {
        terminal::outln!("{name}: {}\n", terminal::bytes(before.raw));
        let rows: Vec<Vec<String>> = shrunk
            .cuts
            .iter()
            .map(|cut| {
                let count = match cut.count {
                    0 => String::new(),
                    count => terminal::number(count),
                };
                vec![terminal::number(cut.saving), count, what(cut)]
            })
            .collect();
        if rows.is_empty() {
            terminal::outln!("nothing was found that can go without being asked for");
        } else {
            let head = ["bytes", "items", "what went"];
            terminal::styled(&terminal::table(&head, &[true, true, false], &rows));
        }
        for left in &shrunk.left {
            let place = match &*left.place {
                "" => "the file",
                place => place,
            };
            terminal::warn(&format!("{place} stays as it is: {}", left.why));
        }
        terminal::outln!("");
        for ((kind, was), (_, is)) in before.named().zip(after.named()) {
            terminal::outln!(
                "{kind:>6}  {} to {}: {}",
                terminal::number(was),
                terminal::bytes(is),
                terminal::change(was, is)
            );
        }
        terminal::status("Wrote", &self.output.display().to_string());
    }
}

/// Gives each module to wasm-opt, and cuts what it left.
fn optimised(bytes: &[u8], options: &Options, program: &str) -> Result<Shrunk> {
    // What is not valid is refused with our words, and what is valid is given to wasm-opt with its names: that is how it
    // knows which features the compiler used.
    anatomy::shrink(bytes, &Options { keep: Keep::All })?;
    let tool = binaryen::wasm_opt(Some(program))?
        .with_context(|| format!("--wasm-opt {program}: it cannot be started with --version"))?;
    let mut cuts = Vec::new();
    let rewritten = anatomy::replace_modules(bytes, |place, module| -> Result<Vec<u8>> {
        let smaller = binaryen::optimised(&tool, module).with_context(|| match place {
            "" => "the file".to_owned(),
            place => place.to_owned(),
        })?;
        // It may be larger: then it stays as it is.
        let Some(saving) = module
            .len()
            .checked_sub(smaller.len())
            .filter(|saving| *saving > 0)
        else {
            return Ok(module.to_vec());
        };
        cuts.push(Cut {
            id: "unoptimised".to_owned(),
            what: format!("what wasm-opt rewrote ({})", tool.version()),
            place: place.to_owned(),
            count: 0,
            saving: saving as u64,
        });
        Ok(smaller)
    })?;
    // The sizes of sections around the modules take fewer bytes, too.
    let accounted: u64 = cuts.iter().map(|cut| cut.saving).sum();
    let rest = (bytes.len() - rewritten.len()) as u64 - accounted;
    if rest > 0 {
        cuts.push(Cut {
            id: "padding".to_owned(),
            what: "sizes of a component's sections".to_owned(),
            place: String::new(),
            count: 0,
            saving: rest,
        });
    }
    let mut shrunk = anatomy::shrink(&rewritten, options)?;
    cuts.append(&mut shrunk.cuts);
    shrunk.cuts = cuts;
    Ok(shrunk)
}

fn what(cut: &Cut) -> String {
    match &*cut.place {
        "" => cut.what.clone(),
        place => format!("{} in {place}", cut.what),
    }
}

fn in_markdown(name: &str, shrunk: &Shrunk, before: Sizes, after: Sizes) -> String {
    let mut text = format!(
        "### {}\n\n| | before | after | |\n|---|--:|--:|--:|\n",
        markdown(name)
    );
    for ((kind, was), (_, is)) in before.named().zip(after.named()) {
        _ = writeln!(
            text,
            "| {kind} | {} | {} | {} |",
            terminal::number(was),
            terminal::number(is),
            terminal::change(was, is)
        );
    }
    if !shrunk.cuts.is_empty() {
        text.push_str("\n| bytes | what went |\n|--:|---|\n");
    }
    for cut in &shrunk.cuts {
        _ = writeln!(
            text,
            "| {} | {} |",
            terminal::number(cut.saving),
            markdown(&what(cut))
        );
    }
    text
}
