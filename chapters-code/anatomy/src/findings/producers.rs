//! Which tools were at work.

use super::customs::Customs;
use super::{Advice, Kind};

pub(super) const KIND: Kind = Kind {
    id: "producers",
    title: "It says which tools made it",
    advice: Advice {
        rust: "Set `strip = \"symbols\"` in the profile; for tools that have no such setting, take the section out afterwards.",
        other: "Have it left out when linking (`-s`), or take it out: `wasm-tools strip --all`, `wasm-strip`, `llvm-strip`.",
        component: "`wasm-tools strip` takes it out: what the profile says does not reach the tools that make a component.",
    },
};

pub(super) const CUSTOMS: Customs = Customs {
    kind: KIND,
    words: "about the tools that made it",
    has,
};

/// Whether a custom section of this name is meant.
fn has(name: &[u8]) -> bool {
    matches!(name, b"producers" | b"build_id" | b".llvmbc" | b".llvmcmd")
}
