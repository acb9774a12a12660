//! What functions are called.

use super::customs::Customs;
use super::{Advice, Kind};

pub(super) const KIND: Kind = Kind {
    id: "names",
    title: "The names of functions are still in it",
    advice: Advice {
        rust: "Set `strip = \"symbols\"` in the profile.",
        other: "Have it left out when linking (`-s`), or take it out: `wasm-tools strip --all`, `wasm-strip`, `llvm-strip`.",
        component: "`wasm-tools strip --all` takes them out. `strip = \"symbols\"` in a profile of Rust's takes out those of the module, and \
            leaves those of the component.",
    },
};

pub(super) const CUSTOMS: Customs = Customs {
    kind: KIND,
    words: "with names, for people who read backtraces",
    has,
};

/// Whether a custom section of this name is meant.
fn has(name: &[u8]) -> bool {
    matches!(name, b"name" | b"component-name")
}
