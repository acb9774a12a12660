//! One input: what it is, and how it came about.

use crate::{
    modules,
    random::Random,
    seeds::{Kind, Seeds},
    texts,
};

/// Something to put up with.
pub(crate) struct Input {
    pub(crate) kind: Kind,
    /// How it was made, in a few words.
    pub(crate) how: String,
    pub(crate) bytes: Vec<u8>,
}

impl Input {
    /// The input of a number: the same each time for the same seed and seeds.
    pub(crate) fn make(seeds: &Seeds, seed: u64, index: u64) -> Input {
        let mut random = Random::new(seed, index);
        // Three in ten are texts.
        let kind = if index % 10 < 7 {
            Kind::Module
        } else {
            Kind::Text
        };
        let (how, bytes) = match kind {
            Kind::Module => modules::module(seeds, &mut random),
            Kind::Text => texts::text(seeds, &mut random),
        };
        Input { kind, how, bytes }
    }
}
