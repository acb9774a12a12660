//! What functions are called.

use super::Kind;
use super::customs::Customs;

pub(super) const KIND: Kind = Kind {
    id: "names",
    title: "The names of functions are still in it",
    advice: "Set `strip = \"symbols\"` in the profile.",
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
