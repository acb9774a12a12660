//! What has been learnt about a module so far: its index spaces, imports and exports.
//!
//! A module's parts name one another by number: function 3, type 0 (the specification, 2.5.1
//! Indices).  The imports come first in each such space, then what the module itself defines.

use crate::outline::{Export, Import};
use crate::text;

/// The kinds of things that can be imported and exported, each with what a type says of it.
#[derive(Clone)]
pub(crate) enum Extern {
    /// A function, by the index of its type.
    Func(u32),
    /// A table, by the text of its type.
    Table(String),
    /// A memory, by the text of its type.
    Memory(String),
    /// A global, by the text of its type.
    Global(String),
    /// A tag, by the index of its type.
    Tag(u32),
}

/// A module's index spaces, imports and exports.
#[derive(Default)]
pub(crate) struct Facts {
    /// The text of each type that is a function's, such as `(param i32)`.
    pub types: Vec<Option<String>>,
    /// The type of each function.
    pub funcs: Vec<u32>,
    /// How many of the functions are imported: they come first.
    pub imported_funcs: usize,
    /// The text of each table's type.
    pub tables: Vec<String>,
    /// The text of each memory's type.
    pub memories: Vec<String>,
    /// The text of each global's type.
    pub globals: Vec<String>,
    /// The type of each tag.
    pub tags: Vec<u32>,
    /// The imports.
    pub imports: Vec<Import>,
    /// The exports.
    pub exports: Vec<Export>,
}

impl Facts {
    /// A type by its index, such as `type 0: (param i32)`.
    pub fn type_text(&self, index: u32) -> String {
        match self.signature(index) {
            Some("") => format!("type {index}: ()"),
            Some(signature) => format!("type {index}: {signature}"),
            None => format!("type {index}"),
        }
    }

    /// Adds an import, and with it the next thing in its index space.
    pub fn import(&mut self, module: &[u8], name: &[u8], what: &Extern) {
        self.imports.push(Import {
            module: String::from_utf8_lossy(module).into_owned(),
            name: String::from_utf8_lossy(name).into_owned(),
            kind: self.kind_text(what),
        });
        match what {
            Extern::Func(ty) => {
                self.funcs.push(*ty);
                self.imported_funcs += 1;
            }
            Extern::Table(ty) => self.tables.push(ty.clone()),
            Extern::Memory(ty) => self.memories.push(ty.clone()),
            Extern::Global(ty) => self.globals.push(ty.clone()),
            Extern::Tag(ty) => self.tags.push(*ty),
        }
    }

    /// Adds an export; `kind` is the byte that says of which index space.
    pub fn export(&mut self, name: &[u8], kind: u8, index: u32) {
        let i = usize::try_from(index).unwrap_or(usize::MAX);
        let what = match kind {
            0 => self.funcs.get(i).copied().map(Extern::Func),
            1 => self.tables.get(i).cloned().map(Extern::Table),
            2 => self.memories.get(i).cloned().map(Extern::Memory),
            3 => self.globals.get(i).cloned().map(Extern::Global),
            _ => self.tags.get(i).copied().map(Extern::Tag),
        };
        let kind = match what {
            Some(what) => self.kind_text(&what),
            // The index names nothing.  An engine would refuse the module; here it is only odd.
            None => text::keyword(kind).to_string(),
        };
        self.exports.push(Export {
            name: String::from_utf8_lossy(name).into_owned(),
            kind,
        });
    }

    /// The text of a function type; `None` for other types and for an index that names nothing.
    fn signature(&self, index: u32) -> Option<&str> {
        let index = usize::try_from(index).ok()?;
        self.types.get(index)?.as_deref()
    }

    /// Such as `func (param i32)` or `memory 1`.
    fn kind_text(&self, what: &Extern) -> String {
        let (keyword, ty) = match what {
            Extern::Func(ty) => ("func", ty),
            Extern::Tag(ty) => ("tag", ty),
            Extern::Table(ty) => return format!("table {ty}"),
            Extern::Memory(ty) => return format!("memory {ty}"),
            Extern::Global(ty) => return format!("global {ty}"),
        };
        match self.signature(*ty) {
            Some("") => keyword.to_string(),
            Some(signature) => format!("{keyword} {signature}"),
            None => format!("{keyword} (type {ty})"),
        }
    }
}
