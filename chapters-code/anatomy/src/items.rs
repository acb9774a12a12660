//! The things in a module and what each weighs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wasmparser::{
    BinaryReader, CodeSectionReader, DataSectionReader, ExportSectionReader, ExternalKind, Name,
    NameSectionReader,
};

use crate::error::Error;
use crate::frame::{self, Frame, HEADER, Layer, Layout};
use crate::sections;
use crate::take_apart;
use crate::walk::Walk;

/// One thing in the module: a function's body, a piece of data, a whole section of another kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// A function's or data segment's name, if the name section has one; a function's else from its export. Names of
    /// Rust's are demangled, without their hash. What has no name is `func[3]` or `data[0]`; a section has its own.
    pub name: String,
    /// `function`, `data`, `custom section`, `section`, or `framing`: what holds functions or data together.
    pub kind: String,
    /// Where it begins, in bytes from the beginning of the file.
    pub offset: u64,
    /// Its size in bytes; the field that says how long it is is part of it.
    pub size: u64,
}

/// Lists everything in the module, the largest first. The sizes add up to the file's.
///
/// Of a component, what is in its modules is listed as well; which one a section is of stands before its name:
/// `core module 0: type`.
///
/// ```
/// let module = wat::parse_str(r#"(module (memory 1) (data (i32.const 0) "a string of some length"))"#)?;
/// let items = anatomy::items(&module)?;
/// assert_eq!((items[0].name.as_str(), items[0].kind.as_str()), ("data[0]", "data"));
///
/// let sum: u64 = items.iter().map(|item| item.size).sum();
/// assert_eq!(sum, module.len() as u64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Those of [`take_apart`]. Functions and data that cannot be told apart are no error: their section is then one item.
pub fn items(bytes: &[u8]) -> Result<Vec<Item>, Error> {
    take_apart(bytes)?;
    let layout = frame::frames(bytes)?;
    let mut items = Vec::new();
    whole(bytes, 0, &layout, "", &mut items);
    items.sort_by_key(|item| (std::cmp::Reverse(item.size), item.offset));
    Ok(items)
}

/// How deep components may lie in one another: what is deeper is one item.
pub(crate) const DEEPEST: usize = 20;

/// Lists what is in a module or component that begins at `at`. `prefix` is what it lies in, and itself.
fn whole(bytes: &[u8], at: usize, layout: &Layout, prefix: &str, items: &mut Vec<Item>) {
    items.push(item(format!("{prefix}header"), "section", at, HEADER));
    if layout.layer == Layer::Module {
        return module(bytes, &layout.frames, prefix, items);
    }
    let mut numbers = [0u32; 2];
    for frame in &layout.frames {
        let name = format!("{prefix}{}", frame.name(bytes));
        let number = match frame.kind() {
            "core module" => Some(&mut numbers[0]),
            "component" => Some(&mut numbers[1]),
            _ => None,
        };
        if let Some(number) = number {
            let inside = format!("{name} {number}: ");
            *number += 1;
            if let Ok(layout) = frame::layout(&bytes[..frame.end], frame.body)
                && prefix.matches(": ").count() < DEEPEST
            {
                let framing = frame.body - frame.start;
                items.push(item(name, "framing", frame.start, framing));
                whole(&bytes[..frame.end], frame.body, &layout, &inside, items);
                continue;
            }
        }
        let size = frame.end - frame.start;
        items.push(item(name, section_kind(frame), frame.start, size));
    }
}

fn section_kind(frame: &Frame) -> &'static str {
    if frame.kind() == "custom" {
        "custom section"
    } else {
        "section"
    }
}

/// Lists what is in a module's sections.
fn module(bytes: &[u8], frames: &[Frame], prefix: &str, items: &mut Vec<Item>) {
    let mut walk = Walk::new(bytes, false);
    for frame in frames {
        walk.at = frame.body;
        walk.end = frame.end;
        // What cannot be decoded only leaves functions without the right number.
        let _ = sections::outline(&mut walk, frame);
    }
    let imported = walk.facts.imported_funcs;
    let names = names(bytes, frames);
    for frame in frames {
        let parts = match frame.kind() {
            "code" => functions(bytes, frame),
            "data" => data(bytes, frame),
            _ => None,
        };
        let size = frame.end - frame.start;
        let name = format!("{prefix}{}", frame.name(bytes));
        let Some(parts) = parts else {
            items.push(item(name, section_kind(frame), frame.start, size));
            continue;
        };
        let (kind, known, first) = match frame.kind() {
            "code" => ("function", &names.functions, imported),
            _ => ("data", &names.data, 0),
        };
        let mut rest = size;
        for (at, (offset, size)) in parts.into_iter().enumerate() {
            let index = first + at;
            let unnamed = || match kind {
                "function" => format!("{prefix}func[{index}]"),
                _ => format!("{prefix}data[{index}]"),
            };
            let name = known.get(&index).cloned().unwrap_or_else(unnamed);
            rest -= size;
            items.push(item(name, kind, offset, size));
        }
        items.push(item(name, "framing", frame.start, rest));
    }
}

fn item(name: impl Into<String>, kind: &str, offset: usize, size: usize) -> Item {
    Item {
        name: name.into(),
        kind: kind.to_owned(),
        offset: offset as u64,
        size: size as u64,
    }
}

/// A reader of a section's contents, whose offsets are the file's.
fn contents<'a>(bytes: &'a [u8], frame: &Frame) -> BinaryReader<'a> {
    BinaryReader::new(&bytes[frame.body..frame.end], frame.body as u64)
}

/// Where each body begins, with its size field, and its whole size; none if they cannot be told apart.
pub(crate) fn functions(bytes: &[u8], frame: &Frame) -> Option<Vec<(usize, usize)>> {
    let reader = CodeSectionReader::new(contents(bytes, frame)).ok()?;
    let mut start = usize::try_from(reader.original_position()).ok()?;
    let mut parts = Vec::new();
    for body in reader {
        let end = usize::try_from(body.ok()?.range().end).ok()?;
        parts.push((start, end.checked_sub(start)?));
        start = end;
    }
    (start <= frame.end).then_some(parts)
}

/// The same for data segments.
pub(crate) fn data(bytes: &[u8], frame: &Frame) -> Option<Vec<(usize, usize)>> {
    let reader = DataSectionReader::new(contents(bytes, frame)).ok()?;
    let mut parts = Vec::new();
    for segment in reader {
        let range = segment.ok()?.range;
        let (start, end) = (
            usize::try_from(range.start).ok()?,
            usize::try_from(range.end).ok()?,
        );
        parts.push((start, end.checked_sub(start)?));
    }
    Some(parts)
}

/// What functions and data segments are called, by their index.
#[derive(Default)]
struct Names {
    functions: BTreeMap<usize, String>,
    data: BTreeMap<usize, String>,
}

/// All names that can be read. Exports come first, so that the name section has the last word.
fn names(bytes: &[u8], frames: &[Frame]) -> Names {
    let mut names = Names::default();
    for frame in frames.iter().filter(|frame| frame.kind() == "export") {
        let Ok(reader) = ExportSectionReader::new(contents(bytes, frame)) else {
            continue;
        };
        for export in reader.into_iter().map_while(Result::ok) {
            if export.kind == ExternalKind::Func {
                let name = export.name.to_owned();
                names.functions.entry(export.index as usize).or_insert(name);
            }
        }
    }
    let section = frames
        .iter()
        .find(|frame| frame.kind() == "custom" && frame.name(bytes) == "custom \"name\"");
    // The section's own name comes before its contents: its length, and four letters.
    let contents = section.and_then(|frame| {
        let start = frame.body + 1 + "name".len();
        bytes.get(start..frame.end).map(|inside| (inside, start))
    });
    let Some((inside, start)) = contents else {
        return names;
    };
    let reader = NameSectionReader::new(BinaryReader::new(inside, start as u64));
    for part in reader.map_while(Result::ok) {
        let (map, known) = match part {
            Name::Function(map) => (map, &mut names.functions),
            Name::Data(map) => (map, &mut names.data),
            _ => continue,
        };
        for naming in map.into_iter().map_while(Result::ok) {
            let name = format!("{:#}", rustc_demangle::demangle(naming.name));
            known.insert(naming.index as usize, name);
        }
    }
    names
}
