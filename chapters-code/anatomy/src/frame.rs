//! The file's framing: the header, then one section after the other.

use crate::error::Error;
use crate::leb;
use crate::text;

/// How many bytes the header takes: the magic bytes and the version, four bytes each.
pub(crate) const HEADER: usize = 8;

/// What a binary is: a module or a component.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    Module,
    Component,
}

/// A module or component, framed.
pub(crate) struct Layout {
    pub layer: Layer,
    pub frames: Vec<Frame>,
}

/// Where a section is, all offsets from the beginning of the file.
pub(crate) struct Frame {
    /// What it is a section of.
    pub layer: Layer,
    /// What kind of section it is.
    pub id: u8,
    /// Of the id byte, with which the section begins.
    pub start: usize,
    /// Of the first byte after the size: the contents begin here.
    pub body: usize,
    /// Of the first byte after the section.
    pub end: usize,
}

/// The names of the sections, each at its id (the specification, 5.5.2 Sections).
const NAMES: [&str; 14] = [
    "custom",
    "type",
    "import",
    "function",
    "table",
    "memory",
    "global",
    "export",
    "start",
    "element",
    "code",
    "data",
    "data count",
    "tag",
];

/// The names of a component's sections, each at its id (the component model, design/mvp/Binary.md).
const COMPONENT_NAMES: [&str; 13] = [
    "custom",
    "core module",
    "core instance",
    "core type",
    "component",
    "instance",
    "alias",
    "type",
    "canon",
    "start",
    "import",
    "export",
    "value",
];

/// The id of a custom section, in a component also.
pub(crate) const CUSTOM: u8 = 0;

impl Frame {
    /// The name of the kind of section, as in "1: type".
    pub fn kind(&self) -> &'static str {
        let names: &[_] = match self.layer {
            Layer::Module => &NAMES,
            Layer::Component => &COMPONENT_NAMES,
        };
        names
            .get(usize::from(self.id))
            .copied()
            .unwrap_or("unknown")
    }

    /// The section's name, as [`crate::Section::name`] has it.
    pub fn name(&self, bytes: &[u8]) -> String {
        if self.id == CUSTOM {
            match self.custom_name(bytes) {
                Some(name) => format!("custom {}", text::quoted(name)),
                None => "custom".to_string(),
            }
        } else {
            match self.kind() {
                "unknown" => format!("unknown (id {})", self.id),
                kind => kind.to_string(),
            }
        }
    }

    /// What a custom section calls itself; `None` where that cannot be read.
    pub fn custom_name<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let body = &bytes[self.body..self.end];
        let (len, used) = leb::unsigned(body, 32)?;
        body[used..].get(..usize::try_from(len).ok()?)
    }

    /// How many entries the section has; `None` where it is not a vector, or the number is broken.
    pub fn count(&self, bytes: &[u8]) -> Option<u32> {
        match self.kind() {
            "custom" | "start" | "data count" | "unknown" | "core module" | "component" => None,
            _ => {
                let (count, _) = leb::unsigned(&bytes[self.body..self.end], 32)?;
                u32::try_from(count).ok()
            }
        }
    }
}

/// Finds the sections.  Fails where the header is not a module's or a component's, or a section's end
/// is not in the file, which are the only errors that taking bytes apart can make.
pub(crate) fn frames(bytes: &[u8]) -> Result<Layout, Error> {
    layout(bytes, 0)
}

/// The same for a binary that begins at `at` and ends with `bytes`.
pub(crate) fn layout(bytes: &[u8], at: usize) -> Result<Layout, Error> {
    let layer = header(bytes.get(at..).unwrap_or_default())?;
    let mut frames = Vec::new();
    let mut start = at + HEADER;
    while let Some(&id) = bytes.get(start) {
        let size_at = start + 1;
        let Some((size, used)) = leb::unsigned(&bytes[size_at..], 32) else {
            return Err(Error::at(
                size_at,
                "the section's size is not a 32-bit number in LEB128, or the file ends in it",
            ));
        };
        let body = size_at + used;
        let left = bytes.len() - body;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size > left {
            return Err(Error::at(
                size_at,
                format!(
                    "the section should have {} after its size, but the file ends after {left}",
                    text::bytes(size)
                ),
            ));
        }
        frames.push(Frame {
            layer,
            id,
            start,
            body,
            end: body + size,
        });
        start = body + size;
    }
    Ok(Layout { layer, frames })
}

/// Checks that the file begins as a module does (the specification, "Modules" in 5.5), or as a
/// component.
fn header(bytes: &[u8]) -> Result<Layer, Error> {
    if !bytes.starts_with(b"\0asm") {
        let found = if bytes.is_empty() {
            "the file is empty".to_string()
        } else {
            let hex: Vec<_> = bytes.iter().take(4).map(|b| format!("{b:02x}")).collect();
            format!("it begins with {}", hex.join(" "))
        };
        return Err(Error::at(
            0,
            format!("does not begin with the magic bytes \\0asm: {found}"),
        ));
    }
    let hex = |version: &[u8]| {
        let hex: Vec<_> = version.iter().map(|b| format!("{b:02x}")).collect();
        hex.join(" ")
    };
    match bytes.get(4..HEADER) {
        None => Err(Error::at(
            bytes.len(),
            "the file ends in the header, which takes 8 bytes",
        )),
        Some([1, 0, 0, 0]) => Ok(Layer::Module),
        // The second half of the version is the "layer" (component model, design/mvp/Binary.md).
        Some([0x0d, 0, 1, 0]) => Ok(Layer::Component),
        Some(version @ [_, _, 1, 0]) => Err(Error::at(
            4,
            format!(
                "this is a component of version {}, and the only one known is 0d 00",
                hex(&version[..2])
            ),
        )),
        Some(version) => Err(Error::at(
            4,
            format!(
                "the version is {}, and the only one known is 01 00 00 00",
                hex(version)
            ),
        )),
    }
}
