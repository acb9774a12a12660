//! The smallest command byte by byte: which of them the format asks for, which the rules, and which go with the function
//! that it calls. It is the argument of the page about the floor, and is held against the record of the search.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail, ensure};
use pipeline::measure::Module;
use project::{markup::attribute, terminal::bytes};
use studies::floor::{Floor, RECORD, STEP};

use super::Context;

/// What forces a byte, in the order of the legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Format,
    Exports,
    Import,
    Function,
}

impl Reason {
    const ALL: [Reason; 4] = [
        Reason::Format,
        Reason::Exports,
        Reason::Import,
        Reason::Function,
    ];

    /// The class of its cells.
    fn class(self) -> &'static str {
        match self {
            Reason::Format => "format",
            Reason::Exports => "exports",
            Reason::Import => "import",
            Reason::Function => "function",
        }
    }

    fn says(self) -> &'static str {
        match self {
            Reason::Format => "the format: header, sections, the frame of a function",
            Reason::Exports => "rule 1: a memory, a function of type () → (), and both exported",
            Reason::Import => "rule 2: an import of preview 1, with a type, and a call of it",
            Reason::Function => "the function's choice: its name, its parameters and results",
        }
    }
}

/// A run of bytes with its reason.
struct Run {
    reason: Reason,
    span: anatomy::Span,
}

/// The reasons for the bytes of a command that has a section of each kind once and calls one import.
fn reasons(module: &[u8]) -> Result<Vec<Run>> {
    let mut runs = Vec::new();
    // Whether the type at hand is that of the import. `_start` takes and returns nothing, and no function of preview 1 does.
    let mut imported = false;
    for span in anatomy::annotate(module)? {
        let (section, what) = (span.section.as_str(), span.what.as_str());
        if section == "type" && what.starts_with("type ") {
            imported = span.value != "()";
        }
        let head =
            section == "header" || what.starts_with("section ") || what.starts_with("number of ");
        let reason = match (section, what) {
            ("type", "parameter type" | "result type") => Reason::Function,
            ("type", what) if what.starts_with("type ") || what.starts_with("number of p") => {
                if imported {
                    Reason::Import
                } else {
                    Reason::Exports
                }
            }
            ("type", "number of results") if imported => Reason::Import,
            ("type", "number of results") => Reason::Exports,
            _ if head => Reason::Format,
            ("import", "field name") => Reason::Function,
            ("import", _) => Reason::Import,
            ("function" | "memory" | "export", _) => Reason::Exports,
            ("code", "instruction") => match span.bytes.first() {
                Some(0x10) => Reason::Import,
                Some(0x0b) => Reason::Format,
                Some(0x41 | 0x42 | 0x1a | 0x0f) => Reason::Function,
                _ => bail!("the floor has no reason for the instruction {}", span.value),
            },
            ("code", _) => Reason::Format,
            _ => bail!("the floor has no reason for {what} in the section {section}"),
        };
        runs.push(Run { reason, span });
    }
    Ok(runs)
}

/// The bytes as cells, with a legend that counts them.
pub(super) fn draw(context: &Context) -> Result<String> {
    let (step, measured) = context.measured(STEP)?;
    let module = measured.module().and_then(Module::whole);
    let module = module.with_context(|| format!("{} is not kept whole", step.path))?;
    let runs = reasons(&module)?;
    let count = |reason: Reason| -> u64 {
        let of = runs.iter().filter(|run| run.reason == reason);
        of.map(|run| run.span.bytes.len() as u64).sum()
    };
    let floor: Floor = RECORD.stored(context.project)?;
    agrees(&floor, &runs, count(Reason::Function), module.len() as u64)?;
    let mut text = String::from("<figure class=\"cells forced\">\n<div aria-hidden=\"true\">");
    for Run { reason, span } in &runs {
        for (at, byte) in span.bytes.iter().enumerate() {
            _ = write!(
                text,
                "<span class=\"{}\" title=\"{}, byte {}: {}. {}\">{byte:02x}</span>",
                reason.class(),
                attribute(&span.section),
                span.offset + at as u64,
                attribute(&span.what),
                reason.says()
            );
        }
    }
    text.push_str("</div>\n<figcaption>\n<ul>\n");
    for reason in Reason::ALL {
        _ = writeln!(
            text,
            "<li class=\"{}\">{}, {}</li>",
            reason.class(),
            bytes(count(reason)),
            reason.says()
        );
    }
    text.push_str("</ul>\n</figcaption>\n</figure>\n");
    Ok(text)
}

/// Whether the record says the same: its function costs the letters of its name, three bytes a parameter, two a result.
fn agrees(floor: &Floor, runs: &[Run], cost: u64, size: u64) -> Result<()> {
    let name = runs.iter().find(|run| run.span.what == "field name");
    let name = name.map(|run| String::from_utf8_lossy(&run.span.bytes).into_owned());
    let name = name.context("the smallest command imports nothing")?;
    let function = floor.functions.iter().find(|one| one.name == name);
    let function = function.with_context(|| format!("the record of the floor has no {name}"))?;
    let said = (name.len() + 3 * function.params.len() + 2 * function.results.len()) as u64;
    ensure!(
        (function.bytes, said) == (size, cost),
        "the floor's record has {name} in {} of which it costs {}, and {STEP} has {} and {}",
        bytes(function.bytes),
        bytes(said),
        bytes(size),
        bytes(cost)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Reason, reasons};

    #[test]
    fn every_byte_of_a_command_has_a_reason() {
        let module = wat::parse_str(
            r#"(module
                 (import "wasi_snapshot_preview1" "fd_sync" (func (param i32) (result i32)))
                 (memory 0) (func i32.const 0 call 0 drop)
                 (export "memory" (memory 0)) (export "_start" (func 1)))"#,
        );
        let module = module.expect("it is WAT");
        let runs = reasons(&module).expect("it is a command");
        let count = |reason: Option<Reason>| -> usize {
            let of = runs
                .iter()
                .filter(|run| reason.is_none_or(|reason| run.reason == reason));
            of.map(|run| run.span.bytes.len()).sum()
        };
        assert_eq!(count(None), module.len());
        // The name has seven letters, the parameter costs three bytes and the result two.
        assert_eq!(count(Some(Reason::Function)), 7 + 3 + 2);
        let other = wat::parse_str("(module (func nop))").expect("it is WAT");
        assert!(reasons(&other).is_err());
    }
}
