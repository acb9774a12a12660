//! What the sections of a component look like.
//!
//! The component model describes them in design/mvp/Binary.md of
//! <https://github.com/WebAssembly/component-model>.  A component holds modules and other
//! components as they are, each a whole binary within a section, and beside them what connects
//! them with one another and with the outside.

mod canon;
mod instances;
mod scope;
mod types;

use std::rc::Rc;

use crate::custom;
use crate::frame::{self, CUSTOM, Frame};
use crate::outline::{Export, Import};
use crate::spans;
use crate::walk::{Stuck, Walk};
use canon::canon;
use instances::{alias, core_instance, instance};
pub(crate) use scope::Scopes;
use scope::{Functions, Space, define, next, scope};
use types::{component_type, description};

/// How deep components and types may lie in one another: what is deeper stays undecoded.
const DEEPEST: usize = 20;

/// Walks over a whole module or component, which ends where the part does.
///
/// Gives the functions that it exports, if it is a component.
fn nested(walk: &mut Walk<'_>, space: Space) -> Result<Functions, Stuck> {
    if walk.depth >= DEEPEST {
        return Err(Stuck);
    }
    let layout = frame::layout(&walk.bytes[..walk.end], walk.at).map_err(|_| Stuck)?;
    let label = next(walk, space);
    let section = walk.section.clone();
    let prefix = walk.prefix.clone();
    let facts = std::mem::take(&mut walk.facts);
    let scopes = std::mem::take(&mut walk.scopes);
    walk.prefix = format!("{prefix}{label}: ");
    walk.depth += 1;
    spans::whole(walk, &layout);
    walk.depth -= 1;
    let exported = std::mem::take(&mut scope(walk).exported);
    walk.scopes = scopes;
    walk.facts = facts;
    walk.prefix = prefix;
    walk.section = section;
    Ok(Some(Rc::new(exported)))
}

/// Walks over the contents of a component's section.
pub(crate) fn section(walk: &mut Walk<'_>, frame: &Frame) -> Result<(), Stuck> {
    let result = contents(walk, frame);
    if result.is_err() {
        scope(walk).lost = true;
    }
    result
}

fn contents(walk: &mut Walk<'_>, frame: &Frame) -> Result<(), Stuck> {
    match frame.kind() {
        "core module" => {
            // Its outline is its own: only who wants every byte looks into it.
            let result = match walk.spans {
                Some(_) => nested(walk, Space::CoreModule).map(drop),
                None => Ok(()),
            };
            define(walk, Space::CoreModule, None);
            result
        }
        "component" => {
            let result = nested(walk, Space::Component);
            let functions = result.as_ref().ok().cloned().flatten();
            define(walk, Space::Component, functions);
            result.map(drop)
        }
        "core instance" => each(walk, "number of core instances", core_instance),
        "instance" => each(walk, "number of instances", instance),
        "alias" => each(walk, "number of aliases", alias),
        "type" => each(walk, "number of types", |walk| component_type(walk, 0)),
        "canon" => each(walk, "number of canonical functions", canon),
        "import" => each(walk, "number of imports", import),
        "export" => each(walk, "number of exports", export),
        "start" => start(walk),
        _ if frame.id == CUSTOM => {
            if frame.custom_name(walk.bytes) == Some(b"component-name") {
                names(walk)
            } else {
                // What is in a custom section defines nothing.
                let _ = custom::section(walk);
                Ok(())
            }
        }
        _ => Err(Stuck),
    }
}

/// Walks over a vector.
fn each<'a>(
    walk: &mut Walk<'a>,
    what: &str,
    one: impl Fn(&mut Walk<'a>) -> Result<(), Stuck>,
) -> Result<(), Stuck> {
    for _ in 0..walk.count(what)? {
        one(walk)?;
    }
    Ok(())
}

/// Passes the one or two bytes that say what kind of thing is meant.
fn sort(walk: &mut Walk<'_>, what: &str) -> Result<Space, Stuck> {
    let (space, len) = match *walk.left() {
        [0, core, ..] => (Space::core(core), 2),
        [own, ..] => (Space::own(own), 1),
        [] => (None, 0),
    };
    let space = space.ok_or(Stuck)?;
    walk.put(len, what, space.name());
    Ok(space)
}

/// Passes the name of an import or export of a component, and the byte before it.
fn extern_name<'a>(walk: &mut Walk<'a>) -> Result<&'a [u8], Stuck> {
    let form = walk.byte("form of the name", |byte| match byte {
        0 => Some("plain"),
        1 => Some("plain, as it used to be written"),
        2 => Some("with options"),
        _ => None,
    })?;
    let name = walk.name("length of the name", "name")?;
    if form == 2 {
        each(walk, "number of options", |walk| {
            walk.byte("option", |byte| match byte {
                0 => Some("implements"),
                1 => Some("version suffix"),
                2 => Some("external id"),
                _ => None,
            })?;
            walk.name("length of the option", "option").map(drop)
        })?;
    }
    Ok(name)
}

fn start(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    walk.index("start function", "function")?;
    each(walk, "number of arguments", |walk| {
        walk.index("argument", "value").map(drop)
    })?;
    walk.count("number of results").map(drop)
}

fn import(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    let name = extern_name(walk)?;
    let (space, functions) = description(walk)?;
    walk.facts.imports.push(Import {
        module: String::from_utf8_lossy(name).into_owned(),
        name: String::new(),
        kind: kind(space, &functions),
    });
    define(walk, space, functions);
    Ok(())
}

fn export(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    let name = extern_name(walk)?;
    let space = sort(walk, "kind")?;
    let index = walk.index("index", space.name())?;
    let mut functions = scope(walk).known(space, index);
    let ascribed = walk.byte("another type for it", |byte| match byte {
        0 => Some("none"),
        1 => Some("one"),
        _ => None,
    })?;
    if ascribed == 1 {
        functions = description(walk)?.1;
    }
    let name = String::from_utf8_lossy(name).into_owned();
    walk.facts.exports.push(Export {
        name: name.clone(),
        kind: kind(space, &functions),
    });
    if space == Space::Function {
        scope(walk).exported.push(name);
    }
    // An export is a new thing in its space, too.
    define(walk, space, functions);
    Ok(())
}

/// The longest list of functions that is written out, in bytes of text.
const LONGEST_LIST: usize = 200;

/// Such as `function`, or `instance (get-stdout)`.
fn kind(space: Space, functions: &Functions) -> String {
    let name = space.name();
    match functions.as_deref() {
        Some(functions) if !functions.is_empty() => {
            let length: usize = functions.iter().map(|name| name.len() + 2).sum();
            if length > LONGEST_LIST {
                format!("{name} ({} functions)", functions.len())
            } else {
                format!("{name} ({})", functions.join(", "))
            }
        }
        _ => name.to_string(),
    }
}

/// The names that tools know a component's parts by, as the module's name section has them.
fn names(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    walk.name("length of the section's name", "section's name")?;
    while !walk.left().is_empty() {
        let id = walk.byte("subsection id", |byte| match byte {
            0 => Some("0: component's name"),
            1 => Some("1: names"),
            _ => None,
        })?;
        let len = walk.length("subsection size")?;
        walk.part(len, |walk| {
            if id == 0 {
                return walk
                    .name("length of the name", "component's name")
                    .map(drop);
            }
            let space = sort(walk, "names of")?;
            each(walk, "number of names", |walk| {
                walk.index("index", space.name())?;
                walk.name("length of the name", "name").map(drop)
            })
        });
    }
    Ok(())
}

/// A section's heading in a dump: what it lies in, and the section itself.
pub(crate) fn split(section: &str) -> (&str, &str) {
    let mut at = 0;
    loop {
        let rest = &section[at..];
        let inside = ["core module ", "component "].iter().find_map(|kind| {
            let after = rest.strip_prefix(kind)?;
            let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let colon = after[digits..].strip_prefix(": ").is_some();
            (digits > 0 && colon).then_some(kind.len() + digits + 2)
        });
        // Where a part's number is not known it has none.
        let inside = inside.or_else(|| {
            ["core module: ", "component: "]
                .iter()
                .find(|kind| rest.starts_with(**kind))
                .map(|kind| kind.len())
        });
        match inside {
            Some(len) => at += len,
            None => return section.split_at(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_are_in_order() {
        for (at, (space, _)) in Space::ALL.iter().enumerate() {
            assert_eq!(*space as usize, at);
        }
    }

    #[test]
    fn sections_are_split_from_what_they_lie_in() {
        assert_eq!(split("type"), ("", "type"));
        assert_eq!(split("core module"), ("", "core module"));
        assert_eq!(split("core module 0: type"), ("core module 0: ", "type"));
        assert_eq!(
            split("component 12: core module 0: custom \"a: b\""),
            ("component 12: core module 0: ", "custom \"a: b\"")
        );
        assert_eq!(split("component: export"), ("component: ", "export"));
    }

    #[test]
    fn long_lists_are_counted() {
        let list = |n| Some(Rc::new(vec!["function".to_string(); n]));
        assert_eq!(kind(Space::Function, &None), "function");
        assert_eq!(kind(Space::Instance, &list(0)), "instance");
        assert_eq!(
            kind(Space::Instance, &list(2)),
            "instance (function, function)"
        );
        assert_eq!(kind(Space::Instance, &list(99)), "instance (99 functions)");
    }
}
