//! What debuggers read.

use super::Kind;
use super::customs::Customs;

pub(super) const KIND: Kind = Kind {
    id: "debug-info",
    title: "Debug information is still in it",
    advice: "Set `strip = \"debuginfo\"` in the profile, or `strip = \"symbols\"`, which takes the names as well.",
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
