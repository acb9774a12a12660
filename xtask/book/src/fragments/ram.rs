//! RAM: what an engine on a small device holds for a step, and how the module's linear memory is laid out, as bars on one
//! scale with their parts. Drawn as modules are in `strip.rs`; the same as a table is folded below.
//!
//! The snapshot has the most memory that the engine held. The parts of it that are known are the device's (heap and
//! stack) and the module's (linear memory); what is left of the sum is the engine's own.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail, ensure};
use outcome::Outcome;
use pipeline::{
    measure::{Measured, Module},
    snapshot,
};
use project::{
    markup::{attribute, html},
    step::Step,
    terminal::{bytes, number},
};
use wasmparser::{ConstExpr, DataKind, ExternalKind, Operator, Parser, Payload};

use super::{
    Context,
    strip::{BAR, Part, part_of, percent},
};

/// What is shown.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Fragment {
    /// The RAM that a device's engine held, as a bar with its parts, below that of the step before; or of some steps
    Ram {
        #[arg(required = true, value_name = "STEP")]
        steps: Vec<String>,
    },
    /// The layout of a module's linear memory on a device, as a bar: stack, data, heap, and what is unused; or of some
    /// steps, the data of the last one enlarged
    LinearMemory {
        #[arg(required = true, value_name = "STEP")]
        steps: Vec<String>,
    },
}

impl Fragment {
    pub(super) fn show(&self, context: &Context) -> Result<String> {
        match self {
            Fragment::Ram { steps } => ram(context, steps),
            Fragment::LinearMemory { steps } => linear_memory(context, steps),
        }
    }
}

/// Pixels: a row with its line of text.
const ROW: u32 = 44;

/// A page of linear memory, in bytes.
const PAGE: u64 = 64 << 10;

/// Where the linker aligns what comes behind the data, in bytes.
const ALIGNED: u64 = 16;

/// Data of less than this share of the picture, in per cent, is drawn once more, enlarged.
const SMALL: f64 = 2.0;

/// A part of a bar, of so many bytes.
struct Piece {
    name: &'static str,
    hue: Option<u32>,
    size: u64,
}

const fn piece(name: &'static str, hue: Option<u32>, size: u64) -> Piece {
    Piece { name, hue, size }
}

/// A bar.
struct Row {
    /// What it shows.
    name: String,
    /// What its first line says.
    label: String,
    pieces: Vec<Piece>,
    /// All the RAM that there is, in bytes, where that is too little.
    limit: Option<u64>,
}

impl Row {
    fn size(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.size).sum()
    }
}

/// A module's linear memory.
#[derive(Debug, PartialEq, Eq)]
struct Memory {
    /// Its size when the module starts, in pages.
    pages: u64,
    /// Where the first data is, in bytes from the start of the memory: the linker puts the stack below it.
    data: u64,
    /// Where the data ends: at the exported `__data_end`, or with the last segment.
    data_end: u64,
    /// The exported `__heap_base`, if an engine can take it for the end of what is used.
    heap_base: Option<u64>,
}

impl Memory {
    fn of(module: &[u8]) -> Result<Memory> {
        let (mut pages, mut grows) = (None, false);
        let (mut globals, mut exports, mut segments) = (Vec::new(), Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        pages = Some(memory?.initial);
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        globals.push(constant(&global?.init_expr));
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Global {
                            exports.push((export.name, export.index));
                        }
                    }
                }
                Payload::DataSection(section) => {
                    for segment in section {
                        let segment = segment?;
                        if let DataKind::Active { offset_expr, .. } = &segment.kind {
                            let from =
                                constant(offset_expr).context("data without a fixed address")?;
                            segments.push((from, from + segment.data.len() as u64));
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    for operator in body.get_operators_reader()? {
                        grows |= matches!(
                            operator?,
                            Operator::MemoryGrow { .. } | Operator::MemorySize { .. }
                        );
                    }
                }
                _ => {}
            }
        }
        // The modules that this is for import no globals.
        let global = |asked: &str| {
            let (_, index) = exports.iter().find(|(name, _)| *name == asked)?;
            *globals.get(usize::try_from(*index).ok()?)?
        };
        let data_end = global("__data_end");
        let last = segments.iter().map(|(_, end)| *end).max();
        Ok(Memory {
            pages: pages.context("the module has no memory of its own")?,
            data: segments.iter().map(|(from, _)| *from).min().unwrap_or(0),
            data_end: data_end.or(last).unwrap_or(0),
            heap_base: global("__heap_base").filter(|_| data_end.is_some() && !grows),
        })
    }

    /// Its size as WAMR allocates it, in bytes: up to `__heap_base`, if the module exports that and `__data_end` and
    /// neither grows nor asks for its size.
    fn allocated(&self) -> u64 {
        self.heap_base.unwrap_or(self.pages * PAGE)
    }

    fn pieces(&self) -> Vec<Piece> {
        vec![
            piece("stack", Some(280), self.data),
            piece("data", Some(100), self.data_end - self.data),
            piece("unused", None, self.allocated() - self.data_end),
        ]
    }
}

/// The value of an expression that is one constant.
fn constant(expression: &ConstExpr) -> Option<u64> {
    match expression.get_operators_reader().read().ok()? {
        Operator::I32Const { value } => Some(u64::from(value.cast_unsigned())),
        _ => None,
    }
}

/// The linear memory of a step's module, and the heap that the device adds to it, in bytes.
fn memory_of(step: &Step, measured: &Measured) -> Result<(Memory, u64)> {
    let module = measured.module().and_then(Module::whole);
    let module =
        module.with_context(|| format!("the snapshot of {} has no whole module", step.path))?;
    let memory = Memory::of(&module).with_context(|| step.path.clone())?;
    ensure!(
        memory.data <= memory.data_end && memory.data_end <= memory.allocated(),
        "the linear memory of {} is not laid out as the linker does it: {memory:?}",
        step.path
    );
    let heap = device(step)?.heap_kib;
    let heap = heap.with_context(|| format!("the device of {} has no heap-kib", step.path))?;
    Ok((memory, u64::from(heap) << 10))
}

fn device(step: &Step) -> Result<&project::step::Device> {
    let device = step.settings.device.as_ref();
    device.with_context(|| {
        format!(
            "{} runs on no small device: device = {{ … }} in [package.metadata.chapter] describes one",
            step.path
        )
    })
}

/// The steps to draw: those that are asked for or, if it is one, also the one before it, if that has a picture.
fn rows<'a>(
    context: &Context<'a>,
    names: &[String],
    row: impl Fn(&'a Step, &Measured) -> Result<Row>,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    if let [name] = names {
        let step = context.step(name)?;
        let before = step.previous.as_deref().map(|name| context.step(name));
        if let Some(before) = before.transpose()?
            && let Some(measured) = snapshot::stored(before)?
            && before.settings.device.is_some()
            && measured.size().is_some()
        {
            rows.push(row(before, &measured)?);
        }
    }
    for name in names {
        let (step, measured) = context.measured(name)?;
        rows.push(row(step, &measured)?);
    }
    Ok(rows)
}

fn title(step: &Step) -> String {
    step.title.replace('`', "")
}

/// What the engine held.
fn ram(context: &Context, names: &[String]) -> Result<String> {
    let rows = rows(context, names, held)?;
    let mut text = bars("RAM to scale", &rows);
    text += &table("The parts of the RAM as a table", &rows);
    Ok(text)
}

fn held(step: &Step, measured: &Measured) -> Result<Row> {
    let (memory, heap) = memory_of(step, measured)?;
    let device = device(step)?;
    let stack = device.stack_kib;
    let stack = stack.with_context(|| format!("the device of {} has no stack-kib", step.path))?;
    let mut pieces = memory.pieces();
    pieces.push(piece("heap for malloc", Some(45), heap));
    pieces.push(piece(
        "stack of the calls",
        Some(335),
        u64::from(stack) << 10,
    ));
    let name = title(step);
    let known: u64 = pieces.iter().map(|piece| piece.size).sum();
    let run = measured.run();
    match run.as_ref().map(|run| (run.peak_bytes, &run.outcome)) {
        Some((Some(peak), _)) => {
            let own = peak.checked_sub(known).with_context(|| {
                format!(
                    "the known parts of the RAM of {} are {}, more than the {} that the engine held",
                    step.path,
                    bytes(known),
                    bytes(peak)
                )
            })?;
            pieces.push(piece("WAMR's own", Some(215), own));
            Ok(Row {
                label: format!("{name}: {}", bytes(peak)),
                name,
                pieces,
                limit: None,
            })
        }
        Some((None, Outcome::OutOfMemory)) => Ok(Row {
            label: format!("{name}: more than {}", bytes(known)),
            name,
            pieces,
            limit: device.pool_kib.map(|kib| u64::from(kib) << 10),
        }),
        _ => bail!(
            "{} has no figure for its RAM: the snapshot says how much an engine held, or that it ran out of it",
            step.path
        ),
    }
}

/// How the linear memory is laid out.
fn linear_memory(context: &Context, names: &[String]) -> Result<String> {
    let mut rows = rows(context, names, laid_out)?;
    let (step, measured) = context.measured(&names[names.len() - 1])?;
    let (memory, _) = memory_of(step, &measured)?;
    let folded = table("The parts of linear memory as a table", &rows);
    let whole = rows.iter().map(Row::size).max().unwrap_or(1);
    let data = memory.data_end - memory.data;
    let enlarged = data > 0 && percent(data, whole) < SMALL;
    if enlarged {
        let end = memory.data_end.next_multiple_of(ALIGNED);
        rows.push(Row {
            name: String::new(),
            label: format!(
                "addresses {} to {}, enlarged",
                number(memory.data),
                number(end - 1)
            ),
            pieces: vec![
                piece("data", Some(100), data),
                piece("unused", None, end - memory.data_end),
            ],
            limit: None,
        });
    }
    Ok(bars("Linear memory to scale", &rows) + &folded)
}

fn laid_out(step: &Step, measured: &Measured) -> Result<Row> {
    let (memory, heap) = memory_of(step, measured)?;
    let mut pieces = memory.pieces();
    pieces.push(piece("heap for malloc", Some(45), heap));
    let name = title(step);
    let size = pieces.iter().map(|piece| piece.size).sum();
    Ok(Row {
        label: format!("{name}: {}", bytes(size)),
        name,
        pieces,
        limit: None,
    })
}

/// The bars below one another on one scale. One without a name has a scale of its own.
fn bars(what: &str, rows: &[Row]) -> String {
    let named = || rows.iter().filter(|row| !row.name.is_empty());
    let sizes = named().map(|row| row.size().max(row.limit.unwrap_or(0)));
    let scale = sizes.max().unwrap_or(1);
    let said: Vec<String> = named()
        .map(|row| {
            let pieces = row.pieces.iter().filter(|piece| piece.size > 0);
            let pieces = pieces.map(|piece| format!("{} {}", piece.name, number(piece.size)));
            format!("{}: {}", row.label, pieces.collect::<Vec<_>>().join(", "))
        })
        .collect();
    let below = ROW * u32::try_from(rows.len()).unwrap_or(1);
    let mut svg = format!(
        "<svg class=\"strip\" role=\"group\" aria-label=\"{what}. {}.\" width=\"100%\" height=\"{}\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n",
        attribute(&said.join(". ")),
        below + 20
    );
    for (at, row) in rows.iter().enumerate() {
        let y = ROW * u32::try_from(at).unwrap_or_default();
        let whole = if row.name.is_empty() {
            row.size()
        } else {
            scale
        };
        _ = writeln!(
            svg,
            "<text class=\"of\" x=\"0\" y=\"{}\">{}</text>",
            y + 13,
            html(&row.label)
        );
        let mut from = 0;
        for piece in row.pieces.iter().filter(|piece| piece.size > 0) {
            let part = Part {
                name: piece.name,
                hue: piece.hue,
                figure: format!("{}: {}", piece.name, bytes(piece.size)),
                from,
                size: piece.size,
            };
            part_of(&mut svg, &part, whole, y + 18, below + 14);
            from += piece.size;
        }
        if let Some(limit) = row.limit {
            let x = percent(limit, whole);
            _ = writeln!(
                svg,
                "<line class=\"limit\" x1=\"{x:.3}%\" x2=\"{x:.3}%\" y1=\"{}\" y2=\"{}\"/>",
                y + 15,
                y + 21 + BAR
            );
        }
    }
    svg.push_str("</svg>\n<p class=\"strip-legend\">");
    for (name, hue) in parts(rows) {
        _ = match hue {
            Some(hue) => write!(svg, "<span style=\"--hue: {hue}\">{name}</span> "),
            None => write!(svg, "<span class=\"plain\">{name}</span> "),
        };
    }
    if let Some(limit) = rows.iter().find_map(|row| row.limit) {
        _ = write!(
            svg,
            "<br>The dashed line is all the RAM of that device: {}.",
            bytes(limit)
        );
    }
    svg.truncate(svg.trim_end().len());
    svg.push_str("</p>\n");
    svg
}

/// The names of all parts, with their hues.
fn parts(rows: &[Row]) -> Vec<(&'static str, Option<u32>)> {
    let mut parts = Vec::new();
    for piece in rows.iter().flat_map(|row| &row.pieces) {
        if piece.size > 0 && !parts.contains(&(piece.name, piece.hue)) {
            parts.push((piece.name, piece.hue));
        }
    }
    parts
}

/// The same as a table: a part a line, a bar a column.
fn table(summary: &str, rows: &[Row]) -> String {
    let mut text =
        format!("\n<details class=\"figures\">\n<summary>{summary}</summary>\n\n| bytes |");
    for row in rows {
        _ = write!(text, " {} |", row.name.replace('|', "\\|"));
    }
    _ = write!(text, "\n|---|{}\n", "--:|".repeat(rows.len()));
    for (name, _) in parts(rows) {
        _ = write!(text, "| {name} |");
        for row in rows {
            let piece = row.pieces.iter().find(|piece| piece.name == name);
            let size = piece.map_or(String::new(), |piece| number(piece.size));
            _ = write!(text, " {size} |");
        }
        text.push('\n');
    }
    text.push_str("| together |");
    for row in rows {
        // The engine's own part is not known where the run did not begin.
        let more = if row.limit.is_some() {
            "more than "
        } else {
            ""
        };
        _ = write!(text, " {more}{} |", number(row.size()));
    }
    text.push_str("\n\n</details>\n");
    text
}

#[cfg(test)]
mod tests {
    use super::Memory;

    fn memory(text: &str) -> Memory {
        Memory::of(&wat::parse_str(text).expect("it is WAT")).expect("it has a memory")
    }

    #[test]
    fn a_memory_that_can_grow_is_not_shrunk() {
        let with = |code: &str| {
            format!(
                r#"(module (memory 1) (global i32 i32.const 8195) (global i32 i32.const 8208)
                     (export "__data_end" (global 0)) (export "__heap_base" (global 1))
                     (data (i32.const 8192) "abc") (func {code}))"#
            )
        };
        let shrunk = Memory {
            pages: 1,
            data: 8192,
            data_end: 8195,
            heap_base: Some(8208),
        };
        assert_eq!(memory(&with("")), shrunk);
        assert_eq!(shrunk.allocated(), 8208);
        let whole = memory(&with("memory.size drop"));
        assert_eq!(whole.allocated(), 65_536);
        assert_eq!(
            memory(r#"(module (memory 2) (data (i32.const 8) "a"))"#).data_end,
            9
        );
    }
}
