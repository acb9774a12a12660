//! The module or component in outline: sections, imports, exports.

use serde::{Deserialize, Serialize};
use wasmparser::{Validator, WasmFeatures};

use crate::component;
use crate::error::Error;
use crate::frame::{self, HEADER, Layer};
use crate::sections;
use crate::walk::Walk;

/// A module's or component's sections, imports and exports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anatomy {
    /// The size of the whole file, in bytes.
    pub size: u64,
    /// The pieces of the file, in its order; their sizes add up to the file's.
    pub sections: Vec<Section>,
    /// What the module needs from outside, in its order.
    pub imports: Vec<Import>,
    /// What the module offers to the outside, in its order.
    pub exports: Vec<Export>,
}

/// One piece of the file: first the header, then each section.
///
/// The WebAssembly core specification describes them in 5.5.2 Sections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// `header`, `type`, `import`, `function`, `table`, `memory`, `tag`, `global`, `export`,
    /// `start`, `element`, `data count`, `code`, `data`; a custom section is `custom "name"`, or
    /// only `custom` if its name cannot be read; any other is `unknown (id 57)`.
    ///
    /// Those of a component are `header`, `core module`, `core instance`, `core type`, `component`,
    /// `instance`, `alias`, `type`, `canon`, `start`, `import`, `export`, `value` and custom sections.
    ///
    /// The header is the first 8 bytes of the file, the magic bytes and the version.
    pub name: String,
    /// Where the piece begins (a section: its id byte), in bytes from the beginning of the file.
    pub offset: u64,
    /// The size of the whole piece in bytes; a section's id and size field are part of it.
    pub size: u64,
    /// How many entries the section says it has, where it is a vector.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub count: Option<u32>,
}

/// Something the module needs from outside (the specification, "Import Section" in 5.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The first half of the import's name, such as `wasi_snapshot_preview1`.  A component's import has
    /// only one name, and this is it, such as `wasi:cli/exit@0.2.0`.
    /// Bytes that are not UTF-8 become U+FFFD.
    pub module: String,
    /// The second half of the import's name, such as `proc_exit`; of a component's import, nothing.
    pub name: String,
    /// What is needed, as the text format writes its type: `func (param i32)`, `memory 1`,
    /// `global (mut i32)`, `table 1 funcref`, `tag (param i32)`.
    ///
    /// A function type that would take more than 200 characters, or that the module does not have,
    /// is only named: `func (type 3)`.
    ///
    /// Of a component's import it is `instance (get-stdout)`, with the names of its functions, or their
    /// number where the list would be too long, or `function`, `type`, `component`, `core module` or
    /// `value`.
    pub kind: String,
}

impl Import {
    /// The whole name: `wasi_snapshot_preview1::proc_exit`, or a component's `wasi:cli/exit@0.2.0`.
    pub fn full_name(&self) -> String {
        let of_a_component = self.name.is_empty()
            && [
                "instance",
                "function",
                "type",
                "component",
                "core ",
                "value",
            ]
            .iter()
            .any(|kind| self.kind.starts_with(kind));
        if of_a_component {
            self.module.clone()
        } else {
            format!("{}::{}", self.module, self.name)
        }
    }
}

/// Something the module offers to the outside (the specification, "Export Section" in 5.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Its name, such as `_start`.  Bytes that are not UTF-8 become U+FFFD.
    pub name: String,
    /// What it is, written as for [`Import::kind`].  An export of something that the module does
    /// not have is only `func`, `memory`, `global`, `table` or `tag`.
    pub kind: String,
}

/// Lists a module's or component's sections, imports and exports.
///
/// Of a component these are its own: the modules in it are stepped over.  Whether it is valid is not asked; that is
/// [`validate`].  The contents of functions, data and element segments and custom sections are not looked at, and so
/// the time it takes hardly depends on them.
///
/// ```
/// let module = wat::parse_str(r#"(module (import "a" "b" (func (param i32))) (export "c" (func 0)))"#)?;
/// let outline = anatomy::take_apart(&module)?;
///
/// let names: Vec<&str> = outline.sections.iter().map(|section| section.name.as_str()).collect();
/// assert_eq!(names, ["header", "type", "import", "export"]);
/// assert_eq!(outline.imports[0].full_name(), "a::b");
/// assert_eq!(outline.exports[0].kind, "func (param i32)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the file does not begin with the header of a module or component, if a section does not end in the
/// file, or if the imports or exports cannot be decoded.  Types that cannot be decoded are no
/// error: imports and exports then only name them by their index.
pub fn take_apart(bytes: &[u8]) -> Result<Anatomy, Error> {
    let layout = frame::frames(bytes)?;
    let mut sections = vec![Section {
        name: "header".to_string(),
        offset: 0,
        size: HEADER as u64,
        count: None,
    }];
    let mut walk = Walk::new(bytes, false);
    for frame in &layout.frames {
        sections.push(Section {
            name: frame.name(bytes),
            offset: frame.start as u64,
            size: (frame.end - frame.start) as u64,
            count: frame.count(bytes),
        });

        walk.at = frame.body;
        walk.end = frame.end;
        let outlined = match layout.layer {
            Layer::Module => sections::outline(&mut walk, frame),
            Layer::Component => component::section(&mut walk, frame),
        };
        if outlined.is_err() && matches!(frame.kind(), "import" | "export") {
            return Err(Error::at(
                walk.at,
                format!(
                    "the {} section cannot be decoded from here on",
                    frame.kind()
                ),
            ));
        }
    }
    Ok(Anatomy {
        size: bytes.len() as u64,
        sections,
        imports: walk.facts.imports,
        exports: walk.facts.exports,
    })
}

/// Checks that an engine would accept the module or component (the specification, chapter 3 Validation), with
/// the features that `wasmparser` has on by default: those of WebAssembly 3.0, and threads.  A component
/// is checked as the component model says, if this crate was built with its feature `components`.
///
/// ```
/// let module = wat::parse_str("(module (func (result i32) (i64.const 0)))")?;
/// let error = anatomy::validate(&module).unwrap_err();
/// assert_eq!(error.to_string(), "at offset 0x1a: type mismatch: expected i32, found i64");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The first thing that is wrong with the module.
pub fn validate(bytes: &[u8]) -> Result<(), Error> {
    // This says in the same words as the other functions that a file is no module at all.
    frame::frames(bytes)?;
    Validator::new_with_features(WasmFeatures::default()).validate_all(bytes)?;
    Ok(())
}
