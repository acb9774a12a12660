//! Which tools were at work.

use super::Kind;
use super::customs::Customs;

pub(super) const KIND: Kind = Kind {
    id: "producers",
    title: "It says which tools made it",
    advice: "Set `strip = \"symbols\"` in the profile; for tools that have no such setting, take the section out \
        afterwards.",
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
