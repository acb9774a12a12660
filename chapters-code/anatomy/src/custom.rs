//! Custom sections: a name, and then whatever the one who gave it wants.

use crate::text;
use crate::walk::{Stuck, Walk};

/// Walks over a custom section (the specification, 5.5.3 Custom Section).
///
/// Three of them are decoded: `name` (the specification's appendix 7.4.1 Name Section), `producers`
/// and `target_features` (both in the WebAssembly tool conventions,
/// <https://github.com/WebAssembly/tool-conventions>: ProducersSection.md and Linking.md).
pub(crate) fn section(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    match walk.name("length of the section's name", "section's name")? {
        b"name" => names(walk),
        b"producers" => producers(walk),
        b"target_features" => target_features(walk),
        _ => Ok(()),
    }
}

/// The things the name section has names for, each at the id of its subsection.  Ids 0 (the
/// module) and those in [`INDIRECT`] are other kinds of list.
const NAMED: [&str; 12] = [
    "module",
    "function",
    "local",
    "label",
    "type",
    "table",
    "memory",
    "global",
    "element segment",
    "data segment",
    "field",
    "tag",
];

/// The subsections whose names belong to a part of something else, with what that is.
const INDIRECT: [(&str, &str); 3] = [
    ("local", "function"),
    ("label", "function"),
    ("field", "type"),
];

fn names(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    while let Some(&id) = walk.left().first() {
        let named = NAMED.get(usize::from(id)).copied();
        walk.put(
            1,
            "subsection id",
            match named {
                Some(named) => format!("{id}: {named} names"),
                None => id.to_string(),
            },
        );
        let len = walk.length("subsection size")?;
        walk.part(len, |walk| match named {
            None => Ok(()),
            Some("module") => walk.name("length of the name", "module's name").map(drop),
            Some(named) => match INDIRECT.iter().find(|(inner, _)| *inner == named) {
                Some((_, outer)) => {
                    for _ in 0..walk.count(format_args!("number of {outer}s"))? {
                        walk.index(format_args!("{outer} index"), outer)?;
                        name_map(walk, named)?;
                    }
                    Ok(())
                }
                None => name_map(walk, named),
            },
        });
    }
    Ok(())
}

fn name_map(walk: &mut Walk<'_>, named: &str) -> Result<(), Stuck> {
    for _ in 0..walk.count("number of names")? {
        walk.index(format_args!("{named} index"), named)?;
        walk.name("length of the name", "name")?;
    }
    Ok(())
}

fn producers(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    for _ in 0..walk.count("number of fields")? {
        walk.name("length of the field's name", "field's name")?;
        for _ in 0..walk.count("number of values")? {
            walk.name("length of the tool's name", "tool's name")?;
            walk.name("length of its version", "tool's version")?;
        }
    }
    Ok(())
}

fn target_features(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    for _ in 0..walk.count("number of features")? {
        let prefix = walk.peek()?;
        let words = match prefix {
            b'+' => ": used",
            b'-' => ": not allowed",
            b'=' => ": required",
            _ => return Err(Stuck),
        };
        walk.put(
            1,
            "prefix",
            format_args!("{}{words}", text::quoted(&[prefix])),
        );
        walk.name("length of the feature's name", "feature")?;
    }
    Ok(())
}
