//! What debuggers read.

use super::customs::Customs;
use super::{Advice, Kind};

pub(super) const KIND: Kind = Kind {
    id: "debug-info",
    title: "Debug information is still in it",
    advice: Advice {
        rust: "Set `strip = \"debuginfo\"` in the profile, or `strip = \"symbols\"`, which takes the names as well.",
        other: "Have it left out when linking (`-s`), or take it out: `wasm-tools strip --all`, `wasm-strip`, `llvm-strip`.",
        component: "",
    },
};

pub(super) const CUSTOMS: Customs = Customs {
    kind: KIND,
    words: "for debuggers: which line of the source made which bytes",
    has,
};

/// Whether a custom section of this name is meant.
fn has(name: &[u8]) -> bool {
    name.starts_with(b".debug_") || matches!(name, b"sourceMappingURL" | b"external_debug_info")
}
