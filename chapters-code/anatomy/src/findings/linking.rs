//! What only a linker reads.

use super::customs::Customs;
use super::{Advice, Kind};

pub(super) const KIND: Kind = Kind {
    id: "linking",
    title: "It has what only a linker reads",
    advice: Advice {
        rust: "Link it, without `--relocatable` and without `--emit-relocs`.",
        other: "Link it, without `--relocatable` and without `--emit-relocs`.",
        component: "",
    },
};

pub(super) const CUSTOMS: Customs = Customs {
    kind: KIND,
    words: "for a linker",
    has,
};

/// Whether a custom section of this name is meant.
fn has(name: &[u8]) -> bool {
    // Relocations of debug information go with it.
    name == b"linking" || name.starts_with(b"reloc.")
}
