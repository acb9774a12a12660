//! Which features the compiler was allowed.

use super::customs::Customs;
use super::{Advice, Kind};

pub(super) const KIND: Kind = Kind {
    id: "target-features",
    title: "It says which features it was compiled for",
    advice: Advice {
        rust: "Set `strip = \"symbols\"` in the profile; optimisers then have to be told the features that are used.",
        other: "Take it out at the very end (`wasm-tools strip`): optimisers want to be told the features that are used.",
        component: "",
    },
};

pub(super) const CUSTOMS: Customs = Customs {
    kind: KIND,
    words: "about features, for linkers and optimisers",
    has,
};

/// Whether a custom section of this name is meant.
fn has(name: &[u8]) -> bool {
    name == b"target_features"
}
