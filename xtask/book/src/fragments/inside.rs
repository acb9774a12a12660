//! What is in a module: its sections, bytes and items, imports and exports.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};
use pipeline::measure::{Measured, Module};
use project::{
    markup::{attribute, cell, code},
    step::Step,
    terminal::{self, number},
};

use super::{Context, WAT, boxes, ended, size::size_of, strip};

/// What is shown.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Fragment {
    /// The sections as a table, folded: offset, size, share
    Sections { step: String },
    /// The sections as a table, those of a kind together: a component has many
    Kinds { step: String },
    /// Inline: the size of one section (with its header), or of all of that name
    Section {
        step: String,
        #[arg(required = true)]
        name: Vec<String>,
    },
    /// Inline: where a section begins
    Offset {
        step: String,
        #[arg(required = true)]
        name: Vec<String>,
    },
    /// Inline: the number of entries of one section
    Count {
        step: String,
        #[arg(required = true)]
        name: Vec<String>,
    },
    /// Inline: how many bytes of it are names of imports, exports and parts of types
    Names { step: String },
    /// The module as text
    Wat { step: String },
    /// Every byte, named; of one section, such as `import` or `header`
    Bytes { step: String, section: Vec<String> },
    /// Every byte as a cell in the colour of its section, with what it means
    Cells { step: String },
    /// A component as nested boxes: its sections, and those of the modules and components in it, to scale
    Boxes { step: String },
    /// Inline: some bytes of the module
    BytesAt {
        step: String,
        offset: usize,
        count: usize,
    },
    /// Inline: whether two modules have the same bytes
    Same { step: String, other: String },
    /// The biggest items of the module as a table
    Items { step: String },
    /// Imports and exports as a list
    Imports { step: String },
    /// The exported functions with their types as a table
    Signatures { step: String },
    /// Inline: the type of an exported function
    Signature { step: String, name: String },
    /// Inline: a native program's dynamic libraries
    Libraries { step: String },
    /// The module as an array in C
    Header { step: String },
}

impl Fragment {
    pub(super) fn show(&self, context: &Context) -> Result<String> {
        Ok(match self {
            Fragment::Sections { step } => sections(&context.measured(step)?.1)?,
            Fragment::Kinds { step } => kinds(&context.measured(step)?.1)?,
            Fragment::Section { step, name } => {
                let (_, measured) = context.measured(step)?;
                let sections = alike(&measured, &name.join(" "))?;
                terminal::bytes(sections.iter().map(|section| section.size).sum())
            }
            Fragment::Offset { step, name } => {
                let (_, measured) = context.measured(step)?;
                number(section(&measured, &name.join(" "))?.offset)
            }
            Fragment::Count { step, name } => {
                let (_, measured) = context.measured(step)?;
                let count = section(&measured, &name.join(" "))?.count;
                number(u64::from(
                    count.context("that section has no entries to count")?,
                ))
            }
            Fragment::Names { step } => {
                let (step, measured) = context.measured(step)?;
                terminal::bytes(names(step, &measured)?)
            }
            Fragment::Wat { step } => {
                let (step, measured) = context.measured(step)?;
                wat(step, &measured)?
            }
            Fragment::Bytes { step, section } => {
                let (step, measured) = context.measured(step)?;
                bytes(step, &measured, section)?
            }
            Fragment::Cells { step } => {
                let (step, measured) = context.measured(step)?;
                cells(step, &measured)?
            }
            Fragment::Boxes { step } => {
                let (step, measured) = context.measured(step)?;
                boxes::draw(context.project, step, &measured)?
            }
            Fragment::BytesAt {
                step,
                offset,
                count,
            } => {
                let (step, measured) = context.measured(step)?;
                let module = kept(step, &measured)?;
                let some = module
                    .get(*offset..offset + count)
                    .context("the module is not as long as that")?;
                format!("`{}`", pipeline::measure::to_hex(some).join(" "))
            }
            Fragment::Same { step, other } => {
                let (step, ours) = context.measured(step)?;
                let (them, theirs) = context.measured(other)?;
                let same = kept(step, &ours)? == kept(them, &theirs)?;
                ensure!(
                    same,
                    "{} and {} differ: a page that says otherwise is wrong",
                    step.path,
                    them.path
                );
                "byte for byte".into()
            }
            Fragment::Items { step } => {
                let (step, measured) = context.measured(step)?;
                items(step, &measured)?
            }
            Fragment::Imports { step } => imports(&context.measured(step)?.1),
            Fragment::Signatures { step } => signatures(&context.measured(step)?.1),
            Fragment::Signature { step, name } => {
                let (step, measured) = context.measured(step)?;
                let mut exports = measured.inside().exports.iter();
                let export = exports.find(|export| export.name == *name);
                code(
                    &export
                        .with_context(|| format!("{} does not export {name}", step.path))?
                        .kind,
                )
            }
            Fragment::Libraries { step } => {
                let (step, measured) = context.measured(step)?;
                libraries(step, &measured)?
            }
            Fragment::Header { step } => {
                let (step, measured) = context.measured(step)?;
                let text = pipeline::c_header::text(&kept(step, &measured)?);
                format!("```c\n{}```\n", ended(&text))
            }
        })
    }
}

/// Every byte of a module, or of its sections of one name.
fn bytes(step: &Step, measured: &Measured, wanted: &[String]) -> Result<String> {
    let mut spans = anatomy::annotate(&kept(step, measured)?)?;
    if !wanted.is_empty() {
        let sections = alike(measured, &wanted.join(" "))?;
        spans.retain(|span| {
            sections.iter().any(|section| {
                (section.offset..section.offset + section.size).contains(&span.offset)
            })
        });
    }
    Ok(format!(
        "```text\n{}```\n",
        ended(&anatomy::hex_dump(&spans))
    ))
}

/// A module's bytes as cells. The text for screen readers names the sections with their sizes.
fn cells(step: &Step, measured: &Measured) -> Result<String> {
    let spans = anatomy::annotate(&kept(step, measured)?)?;
    let mut text = String::new();
    for span in &spans {
        let style = match strip::hue(&span.section) {
            Some(hue) => format!(" style=\"--hue: {hue}\""),
            None => " class=\"plain\"".to_owned(),
        };
        for (at, byte) in span.bytes.iter().enumerate() {
            _ = write!(
                text,
                "<span{style} title=\"{}, byte {}: {}\">{byte:02x}</span>",
                attribute(&span.section),
                span.offset + at as u64,
                attribute(&span.what)
            );
        }
    }
    let sections = measured.inside().sections.iter();
    let sizes: Vec<String> = sections
        .map(|section| format!("{} {}", section.name.replace('"', ""), section.size))
        .collect();
    let size = terminal::bytes(size_of(step, measured)?);
    Ok(format!(
        "<figure class=\"cells\">\n<div aria-hidden=\"true\">{text}</div>\n<figcaption>{size}: {}. A cell is a byte; what it is \
         stands beside it when it is pointed at.</figcaption>\n</figure>\n",
        attribute(&sizes.join(", "))
    ))
}

fn libraries(step: &Step, measured: &Measured) -> Result<String> {
    let native = measured.native();
    let native = native.with_context(|| format!("{} is no native program", step.path))?;
    Ok(if native.libraries.is_empty() {
        "none".into()
    } else {
        let names: Vec<String> = native.libraries.iter().map(|name| code(name)).collect();
        names.join(", ")
    })
}

fn sections(measured: &Measured) -> Result<String> {
    let size = measured
        .size()
        .context("nothing is built, so there are no sections")?;
    let mut text = String::from(
        "<details class=\"figures\">\n<summary>The sections as a table</summary>\n\n\
         | section | offset | bytes | share | entries |\n|---|--:|--:|--:|--:|\n",
    );
    for section in &measured.inside().sections {
        let share = terminal::share(section.size, size);
        let count = section
            .count
            .map(|count| number(u64::from(count)))
            .unwrap_or_default();
        _ = writeln!(
            text,
            "| {} | `0x{:x}` | {} | {share} | {count} |",
            cell(&section.name),
            section.offset,
            number(section.size),
        );
    }
    text.push_str("\n</details>\n");
    Ok(text)
}

fn section<'a>(measured: &'a Measured, name: &str) -> Result<&'a anatomy::Section> {
    let names = || {
        measured
            .inside()
            .sections
            .iter()
            .map(|section| section.name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut sections = measured.inside().sections.iter();
    let found = sections.find(|section| is_named(&section.name, name));
    found.with_context(|| format!("the module has no {name} section; it has: {}", names()))
}

/// Whether a section is the one that is asked for: `custom "name"` also as `custom name`, for a shell keeps no quotes,
/// and as `name`.
pub(crate) fn is_named(section: &str, asked: &str) -> bool {
    let plain = section.replace('"', "");
    section == asked || plain == asked || plain.strip_prefix("custom ") == Some(asked)
}

/// All sections of one name. A component may have many, and so have modules of custom sections.
fn alike<'a>(measured: &'a Measured, name: &str) -> Result<Vec<&'a anatomy::Section>> {
    let first = section(measured, name)?;
    let sections = measured.inside().sections.iter();
    Ok(sections.filter(|other| other.name == first.name).collect())
}

/// The sections of a component, those of a kind together. There may be a hundred.
fn kinds(measured: &Measured) -> Result<String> {
    let size = measured
        .size()
        .context("nothing is built, so there are no sections")?;
    let mut kinds: Vec<(&str, u64, u64)> = Vec::new();
    for section in &measured.inside().sections {
        match kinds.iter_mut().find(|(name, ..)| *name == section.name) {
            Some((_, count, bytes)) => {
                *count += 1;
                *bytes += section.size;
            }
            None => kinds.push((&section.name, 1, section.size)),
        }
    }
    kinds.sort_by_key(|(_, _, bytes)| std::cmp::Reverse(*bytes));
    let mut text = String::from("| kind | sections | bytes | share |\n|---|--:|--:|--:|\n");
    for (name, count, bytes) in kinds {
        let share = terminal::share(bytes, size);
        let name = cell(name);
        _ = writeln!(text, "| {name} | {count} | {} | {share} |", number(bytes));
    }
    Ok(text)
}

/// The bytes that are names of imports, exports and what types are made of: everything by which one side finds the
/// other.
fn names(step: &Step, measured: &Measured) -> Result<u64> {
    const NAMES: &[&str] = &[
        "name",
        "module name",
        "field name",
        "imported from",
        "import",
        "parameter name",
        "case",
        "field",
    ];
    let spans = anatomy::annotate(&kept(step, measured)?)?;
    Ok(spans
        .iter()
        .filter(|span| NAMES.contains(&&span.what[..]) && !span.section.contains("custom"))
        .map(|span| span.bytes.len() as u64)
        .sum())
}

/// The module, where the snapshot has it.
fn kept(step: &Step, measured: &Measured) -> Result<Vec<u8>> {
    let bytes = measured.module().and_then(Module::whole);
    bytes.with_context(|| {
        format!(
            "{} has no bytes in its snapshot (it keeps modules of up to {}); cargo xtask inspect {} builds and shows \
             it",
            step.path,
            terminal::bytes(pipeline::measure::KEPT as u64),
            step.path
        )
    })
}

fn wat(step: &Step, measured: &Measured) -> Result<String> {
    let text = wasmprinter::print_bytes(kept(step, measured)?)?;
    Ok(format!("```{WAT}\n{}```\n", ended(&text)))
}

fn signatures(measured: &Measured) -> String {
    let mut text = String::from("| exported | as |\n|---|---|\n");
    for export in measured
        .inside()
        .exports
        .iter()
        .filter(|export| export.kind.starts_with("func"))
    {
        _ = writeln!(text, "| {} | {} |", code(&export.name), code(&export.kind));
    }
    text
}

fn items(step: &Step, measured: &Measured) -> Result<String> {
    ensure!(
        !measured.inside().items.is_empty(),
        "the snapshot of {} keeps no items: items = 10 in [package.metadata.chapter] has it keep ten",
        step.path
    );
    let size = size_of(step, measured)?;
    let mut text = String::from("| item | what | bytes | share |\n|---|---|--:|--:|\n");
    for item in &measured.inside().items {
        let share = terminal::share(item.size, size);
        _ = writeln!(
            text,
            "| {} | {} | {} | {share} |",
            cell(&code(&item.name)),
            item.kind,
            number(item.size)
        );
    }
    Ok(text)
}

fn imports(measured: &Measured) -> String {
    let mut text = String::new();
    for import in &measured.inside().imports {
        _ = writeln!(
            text,
            "- asks for `{}`: `{}`",
            import.full_name(),
            import.kind
        );
    }
    for export in &measured.inside().exports {
        let name = if export.name.is_empty() {
            "the empty name".to_owned()
        } else {
            code(&export.name)
        };
        _ = writeln!(text, "- offers {name}: `{}`", export.kind);
    }
    text
}
