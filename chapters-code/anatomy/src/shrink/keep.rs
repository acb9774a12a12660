//! Which custom sections stay.

use super::Cut;

/// Which custom sections stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Keep {
    /// All but those that only people, debuggers, linkers and optimisers read: `name` and `component-name`,
    /// `producers`, `target_features`, `.debug_*` and other debug information, `linking` and `reloc.*`.  What is unknown
    /// stays, for a host may read it.
    #[default]
    Needed,
    /// All.
    All,
    /// None.
    None,
    /// Those of these names, in which `*` stands for any characters.
    Only(Vec<String>),
}

impl Keep {
    /// Whether a custom section of this name stays.
    pub(super) fn keeps(&self, name: &[u8]) -> bool {
        match self {
            Keep::Needed => id(name) == OTHER,
            Keep::All => true,
            Keep::None => false,
            Keep::Only(patterns) => patterns
                .iter()
                .any(|pattern| matches(pattern.as_bytes(), name)),
        }
    }
}

/// The id of cuts of which no finding speaks.
const OTHER: &str = "custom";

/// The finding that is about custom sections of this name.
fn id(name: &[u8]) -> &'static str {
    crate::findings::about_custom(name).unwrap_or(OTHER)
}

/// Notes that a custom section of this size is gone.
pub(super) fn cut(name: &[u8], place: &str, size: usize, cuts: &mut Vec<Cut>) {
    let what = format!("custom section `{}`", String::from_utf8_lossy(name));
    let same = |cut: &&mut Cut| cut.what == what && cut.place == place;
    if let Some(cut) = cuts.iter_mut().find(same) {
        cut.count += 1;
        cut.saving += size as u64;
        return;
    }
    cuts.push(Cut {
        id: id(name).to_string(),
        what,
        place: place.to_string(),
        count: 1,
        saving: size as u64,
    });
}

/// Why a module with this custom section has to stay as it is in all other parts, if it has to.
pub(super) fn fixes(name: &[u8]) -> Option<(Fixed, &'static str)> {
    match name {
        b"external_debug_info" => Some((Fixed::Code, "names a file with offsets into the code")),
        b"sourceMappingURL" => Some((Fixed::All, "names a file with offsets into the module")),
        b"linking" => Some((Fixed::All, "counts the module's sections")),
        b"signature" | b"signature_delimiter" => Some((Fixed::All, "signs the module's bytes")),
        _ if name.starts_with(b".debug_") => Some((Fixed::Code, "has offsets into the code")),
        _ if name.starts_with(b"reloc.") => Some((Fixed::All, "has offsets into the module")),
        _ => None,
    }
}

/// What a custom section says has to stay as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fixed {
    /// All sections that are not custom.
    Code,
    /// All sections.
    All,
}

/// Whether `*` can stand for something with which the pattern is the name.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    // Where the last star was, and what it stood for then: only that one is ever tried again.
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, n));
            p += 1;
        } else if pattern.get(p) == Some(&name[n]) {
            p += 1;
            n += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            p = at + 1;
            n = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars() {
        assert!(matches(b"name", b"name"));
        assert!(!matches(b"name", b"names"));
        assert!(matches(b".debug_*", b".debug_info"));
        assert!(matches(b"*", b""));
        assert!(matches(b"a*b*c", b"a.b.b.c"));
        assert!(!matches(b"a*b*c", b"a.b.b"));
        assert!(matches(b"component-type:*", b"component-type:wit"));
        assert!(!matches(b"", b"x"));
        assert!(matches(b"", b""));
    }

    #[test]
    fn by_default_what_is_unknown_stays() {
        let keep = Keep::default();
        for name in [
            "name",
            "producers",
            "target_features",
            ".debug_info",
            "sourceMappingURL",
            "linking",
            "reloc.CODE",
        ] {
            assert!(!keep.keeps(name.as_bytes()), "{name}");
        }
        for name in [
            "component-type:x",
            "metadata.code.branch_hint",
            "dylink.0",
            "contractspecv0",
            "__wasm_bindgen_unstable",
        ] {
            assert!(keep.keeps(name.as_bytes()), "{name}");
        }
    }
}
