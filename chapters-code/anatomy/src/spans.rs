//! Every byte of a module or component, named.

use serde::{Deserialize, Serialize};

use crate::component;
use crate::error::Error;
use crate::frame::{self, HEADER, Layer, Layout};
use crate::leb;
use crate::sections;
use crate::text;
use crate::walk::Walk;

/// One named run of bytes: every byte of the module belongs to exactly one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Where the run begins, in bytes from the beginning of the file.
    pub offset: u64,
    /// The bytes themselves, at least one.
    pub bytes: Vec<u8>,
    /// The section they belong to, by the same name as [`crate::Section::name`].  Before the name of a
    /// section of a module that lies in a component stands which: `core module 0: type`.
    pub section: String,
    /// What they are for, such as "number of types" or "instruction".
    ///
    /// Bytes that could not be decoded in detail are called "contents".
    pub what: String,
    /// What they say, such as "i32", "22 bytes" or "call 0".
    ///
    /// A number in LEB128 that takes more bytes than its shortest encoding (the specification,
    /// 5.2.2 Integers) has " (5 bytes, 1 would do)" after it.  In an instruction these are the
    /// bytes of the number alone, without the opcode's; where an instruction has several such
    /// numbers, their bytes are added up.
    pub value: String,
}

/// Names every byte of a module, or of a component and of the modules in it.
///
/// The spans come in the order of the file, each begins where the one before it ends, and together
/// they are the file.  A part that cannot be decoded becomes a span called "contents".
///
/// ```
/// let module = wat::parse_str("(module (func nop))")?;
/// let spans = anatomy::annotate(&module)?;
///
/// let magic = &spans[0];
/// assert_eq!((magic.section.as_str(), magic.what.as_str()), ("header", "magic"));
/// assert_eq!(magic.bytes, b"\0asm");
/// let bytes: Vec<u8> = spans.iter().flat_map(|span| span.bytes.clone()).collect();
/// assert_eq!(bytes, module);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Only if the framing is broken: the file does not begin with the header of a module or component,
/// or a section does not end in the file (the specification, 5.5.2 Sections).
pub fn annotate(bytes: &[u8]) -> Result<Vec<Span>, Error> {
    let layout = frame::frames(bytes)?;
    let mut walk = Walk::new(bytes, true);
    whole(&mut walk, &layout);
    Ok(walk.spans.unwrap_or_default())
}

/// Walks over a module or component, from its header on.
pub(crate) fn whole(walk: &mut Walk<'_>, layout: &Layout) {
    let bytes = walk.bytes;
    walk.section = format!("{}header", walk.prefix);
    walk.put(HEADER / 2, "magic", text::quoted(b"\0asm"));
    match layout.layer {
        Layer::Module => walk.put(HEADER / 2, "version", 1),
        Layer::Component => {
            walk.put(2, "version", 13);
            walk.put(2, "layer", "1: a component");
        }
    }

    for frame in &layout.frames {
        walk.section = format!("{}{}", walk.prefix, frame.name(bytes));
        walk.put(
            1,
            "section id",
            format_args!("{}: {}", frame.id, frame.kind()),
        );
        let size = &bytes[walk.at..frame.body];
        walk.put(
            size.len(),
            "section size",
            format_args!(
                "{}{}",
                text::bytes(frame.end - frame.body),
                leb::note(size.len(), leb::shortest_unsigned(size))
            ),
        );
        walk.part(frame.end - frame.body, |walk| match layout.layer {
            Layer::Module => sections::body(walk, frame),
            Layer::Component => component::section(walk, frame),
        });
    }
}
