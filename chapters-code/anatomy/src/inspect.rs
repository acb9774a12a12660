//! Where a module's bytes are, and which of them it could do without.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::findings;
use crate::frame::{self, Layer};
use crate::items::Item;
use crate::outline::{Export, Import, Section, take_apart, validate};

/// Up to this many bytes [`inspect`] also says whether an engine would refuse the file.  That takes several times as
/// long as all the rest; for larger ones there is [`validate`].
pub const VALIDATED: usize = 8 << 20;

/// What [`inspect`] says of a module or component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// `module` or `component`.
    pub kind: String,
    /// The size of the whole file, in bytes.
    pub size: u64,
    /// The pieces of the file, in its order; their sizes add up to the file's.
    pub sections: Vec<Section>,
    /// What it needs from outside, in its order.
    pub imports: Vec<Import>,
    /// What it offers to the outside, in its order.
    pub exports: Vec<Export>,
    /// How many functions have a body in it; of a component, in all the modules in it.
    pub functions: u64,
    /// The largest functions, data segments and custom sections, the largest first; at most 50.
    pub items: Vec<Item>,
    /// What an engine will refuse it for, if it will; of a file of more than [`VALIDATED`] bytes it is not asked, and
    /// of a component only if this crate was built with its feature `components`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invalid: Option<Error>,
    /// The core modules in a component, in its order, also those that lie in components in it; of a module, nothing.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub modules: Vec<Inner>,
    /// What it could do without, the largest saving first.
    pub findings: Vec<Finding>,
}

/// A core module in a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inner {
    /// Such as `core module 0`, or `component 0: core module 1`.
    pub name: String,
    /// Where its header begins, in bytes from the beginning of the file.
    pub offset: u64,
    /// Its size in bytes.
    pub size: u64,
    /// How many functions have a body in it.
    pub functions: u64,
}

/// Something that a module could do without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind of finding it is, in one word: one of [`FINDINGS`](crate::FINDINGS).
    pub id: String,
    /// What was found, as a headline; of a component's module it begins with the module's name.
    pub title: String,
    /// How many bytes the file loses with it; 0, if that cannot be told from the file.
    pub saving: u64,
    /// Whether the saving is exact: what is counted can be taken out alone, and the file is then smaller by just that.
    /// If not, it is an estimate.
    pub exact: bool,
    /// What was seen, in a sentence or two.
    pub found: String,
    /// Up to five of the things that were counted, the largest first.
    pub examples: Vec<Example>,
    /// What to do, in a sentence, with settings in backticks.
    pub advice: String,
}

/// One of the things that a finding counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// What it is called.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Says where a module's or component's bytes are, and which of them it could do without.
///
/// The savings of the findings do not overlap: what removing one would remove of another is counted only once.
///
/// ```
/// let module = wat::parse_str(r#"(module (type (func (param i64 i64))) (func (export "f")))"#)?;
/// let inspection = anatomy::inspect(&module)?;
/// assert_eq!((inspection.kind.as_str(), inspection.functions), ("module", 1));
///
/// let finding = &inspection.findings[0];
/// assert_eq!(finding.id, "unused");
/// assert_eq!(finding.examples[0].name, "type 0");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Those of [`take_apart`]: only the file's framing, its imports and its exports have to be readable.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, Error> {
    let outline = take_apart(bytes)?;
    let layout = frame::frames(bytes)?;
    let (kind, prefixed) = match layout.layer {
        Layer::Module => ("module", false),
        Layer::Component => ("component", true),
    };
    let mut found = findings::Found::default();
    findings::whole(bytes, 0, &layout, "", &mut found);
    found
        .findings
        .sort_by_key(|finding| std::cmp::Reverse(finding.saving));
    Ok(Inspection {
        kind: kind.to_string(),
        size: outline.size,
        sections: outline.sections,
        imports: outline.imports,
        exports: outline.exports,
        functions: found.modules.iter().map(|module| module.functions).sum(),
        items: found.items,
        invalid: if bytes.len() > VALIDATED || prefixed && cfg!(not(feature = "components")) {
            None
        } else {
            validate(bytes).err()
        },
        modules: if prefixed { found.modules } else { Vec::new() },
        findings: found.findings,
    })
}
