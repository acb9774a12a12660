//! `wasm-diet why`

use anatomy::{Link, Reason, Thing, Why};
use anyhow::{Context as _, Result, bail};
use serde_json::json;
use wasm_diet_terminal::{self as terminal, escape};

use super::Format;
use crate::{SCHEMA, files, report::markdown};

/// How many callers are printed.
const CALLERS: usize = 10;

/// Why something is in a file: the shortest way to it, what would go with it, and who calls it
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  wasm-diet why my.wasm core::fmt::write\n  wasm-diet why my.wasm 'func[12]'\n\n\
                  A call is certain. That data is used, or that a function is called through the table, can only be \
                  guessed from constants that look like its address or its place; such a line begins with ~."
)]
pub(super) struct Args {
    /// A module or a component; `-` is standard input
    #[arg(value_name = "FILE.wasm")]
    file: String,
    /// A name as `wasm-diet top` prints it, a part of one, `func[12]` or `data[0]`
    name: String,
    #[command(flatten)]
    format: Format,
}

impl Args {
    /// # Errors
    /// If the file cannot be read or is no module, or nothing in it, or more than one thing, is called so.
    pub(super) fn run(&self) -> Result<()> {
        let bytes = files::read(&self.file)?;
        let file = files::called(&self.file);
        let why = anatomy::why(&bytes, &self.name).with_context(|| file.to_owned())?;
        if self.format.json {
            let mut object = json!({ "schema": SCHEMA, "file": file, "asked": self.name });
            if let (Some(all), serde_json::Value::Object(said)) =
                (object.as_object_mut(), serde_json::to_value(&why)?)
            {
                all.extend(said);
            }
            terminal::json(&object)?;
        }
        match why {
            Why::One(reason) if self.format.markdown => terminal::out(&in_markdown(&reason)),
            Why::One(reason) if !self.format.json => print(&reason),
            Why::One(_) => {}
            Why::Several { count, candidates } => {
                let names: Vec<String> = candidates.iter().map(candidate).collect();
                let more = match count as usize - candidates.len() {
                    0 => String::new(),
                    more => format!(
                        "\n  and {} more; a longer part of the name leaves fewer",
                        terminal::number(more as u64)
                    ),
                };
                bail!(
                    "{} things in {file} have `{}` in their names; say which:\n  {}{more}",
                    terminal::number(count),
                    self.name,
                    names.join("\n  ")
                )
            }
            Why::Nothing => bail!(
                "nothing in {file} is called `{}`; `wasm-diet top {file}` lists what there is, and a file that was \
                 stripped has no names of functions: func[0] is its first",
                self.name
            ),
        }
        Ok(())
    }
}

/// One of several, by a name that is its own.
fn candidate(thing: &Thing) -> String {
    let id = thing.id.as_deref().unwrap_or_default();
    format!("{id:<12} {} ({})", thing.name, terminal::bytes(thing.size))
}

/// How a link leads to its thing, in words.
fn step(link: &Link) -> String {
    match (&link.export, link.edge) {
        (Some(export), _) => format!("the file exports `{export}`"),
        (None, edge) => edge.text().to_owned(),
    }
}

/// A link as a line, without its indentation.
fn line(link: &Link) -> String {
    let sure = if link.certain { "" } else { "~ " };
    let Thing { name, size, .. } = &link.thing;
    format!("{sure}{}: {name} ({})", step(link), terminal::bytes(*size))
}

fn print(reason: &Reason) {
    let Reason { thing, .. } = reason;
    terminal::outln!(
        "{}: a {} of {}\n",
        escape::line(&thing.name),
        thing.kind,
        terminal::bytes(thing.size)
    );
    if reason.chain.is_empty() {
        terminal::outln!("{}", unreached(reason));
    }
    for (depth, link) in reason.chain.iter().enumerate() {
        let line = line(link);
        terminal::outln!("{}{}", "  ".repeat(depth), escape::line(&line));
    }
    terminal::outln!("\n{}", would_go(reason));
    things(&reason.retains);
    if reason.caller_count > 0 {
        terminal::outln!("\n{}", called_by(reason));
        things(&reason.callers[..reason.callers.len().min(CALLERS)]);
    }
}

fn unreached(reason: &Reason) -> &'static str {
    if reason.reached {
        "it is part of the file, whatever refers to it"
    } else {
        "nothing was found that leads to it: an optimiser such as wasm-opt may take it out"
    }
}

fn would_go(reason: &Reason) -> String {
    let about = if reason.chain.iter().all(|link| link.certain) {
        ""
    } else {
        "about "
    };
    let others = match reason.retained_count {
        0 => "alone".to_owned(),
        1 => "with one other thing".to_owned(),
        count => format!("with {} other things", terminal::number(count)),
    };
    format!(
        "without it, {about}{} would go: it {others}",
        terminal::bytes(reason.retained)
    )
}

fn called_by(reason: &Reason) -> String {
    match reason.caller_count {
        1 => "one function calls it".to_owned(),
        count => format!("{} functions call it", terminal::number(count)),
    }
}

fn things(things: &[Thing]) {
    let rows: Vec<Vec<String>> = things
        .iter()
        .map(|thing| {
            vec![
                format!("  {}", terminal::number(thing.size)),
                thing.kind.clone(),
                thing.name.clone(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let head = ["  bytes", "kind", "name"];
        terminal::styled(&terminal::table(&head, &[true, false, false], &rows));
    }
}

fn in_markdown(reason: &Reason) -> String {
    let mut text = format!(
        "### {}\n\nA {} of {}.\n\n",
        markdown(&reason.thing.name),
        reason.thing.kind,
        terminal::bytes(reason.thing.size)
    );
    if reason.chain.is_empty() {
        text.push_str(unreached(reason));
        text.push('\n');
    }
    for link in &reason.chain {
        text.push_str("1. ");
        text.push_str(&markdown(&line(link)));
        text.push('\n');
    }
    text.push('\n');
    let would_go = would_go(reason);
    let mut letters = would_go.chars();
    text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
    text.push_str(letters.as_str());
    text.push_str(".\n");
    text
}
