//! The types of a component.

use std::rc::Rc;

use super::instances::alias;
use super::scope::{Functions, Scope, Space, define, next, scope};
use super::{DEEPEST, each, extern_name, sort};
use crate::walk::{Stuck, Walk};

/// The types that are a single byte.
fn primitive(byte: u8) -> Option<&'static str> {
    Some(match byte {
        0x7f => "bool",
        0x7e => "s8",
        0x7d => "u8",
        0x7c => "s16",
        0x7b => "u16",
        0x7a => "s32",
        0x79 => "u32",
        0x78 => "s64",
        0x77 => "u64",
        0x76 => "f32",
        0x75 => "f64",
        0x74 => "char",
        0x73 => "string",
        0x64 => "error-context",
        _ => return None,
    })
}

/// Passes the type of a value: a byte, or the index of a type.
fn value_type(walk: &mut Walk<'_>, what: &str) -> Result<(), Stuck> {
    let byte = walk.peek()?;
    if let Some(name) = primitive(byte) {
        walk.put(1, what, name);
        return Ok(());
    }
    // The index is a number with a sign: one byte from 40 on would be below zero.
    if matches!(byte, 0x40..=0x7f) {
        return Err(Stuck);
    }
    walk.index(what, "type").map(drop)
}

/// Passes the type of a value that need not be there.
fn maybe_value_type(walk: &mut Walk<'_>, what: &str) -> Result<(), Stuck> {
    let there = walk.byte(what, |byte| match byte {
        0 => Some("none"),
        1 => Some("one"),
        _ => None,
    })?;
    if there == 1 {
        value_type(walk, "its type")?;
    }
    Ok(())
}

pub(super) fn component_type(walk: &mut Walk<'_>, depth: usize) -> Result<(), Stuck> {
    let label = next(walk, Space::Type);
    let byte = walk.peek()?;
    let mut functions = None;
    let named = |walk: &mut Walk<'_>, kind: &str| walk.put(1, format_args!("{label}: {kind}"), "");
    match byte {
        _ if primitive(byte).is_some() => {
            walk.put(1, &label, primitive(byte).unwrap_or_default());
        }
        0x40 | 0x43 => {
            named(
                walk,
                if byte == 0x40 {
                    "function"
                } else {
                    "async function"
                },
            );
            each(walk, "number of parameters", |walk| {
                walk.name("length of the name", "parameter name")?;
                value_type(walk, "parameter type")
            })?;
            if walk.left().starts_with(&[1, 0]) {
                walk.put(2, "result", "none");
            } else {
                walk.byte("result", |byte| (byte == 0).then_some("one"))?;
                value_type(walk, "result type")?;
            }
        }
        0x41 | 0x42 => {
            if depth >= DEEPEST {
                return Err(Stuck);
            }
            named(
                walk,
                if byte == 0x41 {
                    "component"
                } else {
                    "instance"
                },
            );
            scope(walk); // so that there is one outside of the new one
            walk.scopes.0.push(Scope::default());
            let result = each(walk, "number of declarations", |walk| {
                declaration(walk, depth + 1)
            });
            let inner = walk.scopes.0.pop();
            result?;
            functions = inner
                .filter(|inner| !inner.lost)
                .map(|inner| Rc::new(inner.exported));
        }
        0x3f => {
            named(walk, "resource");
            walk.byte("representation", |byte| (byte == 0x7f).then_some("i32"))?;
            let there = walk.byte("destructor", |byte| match byte {
                0 => Some("none"),
                1 => Some("one"),
                _ => None,
            })?;
            if there == 1 {
                walk.index("its function", Space::CoreFunction.name())?;
            }
        }
        0x72 => {
            named(walk, "record");
            each(walk, "number of fields", |walk| {
                walk.name("length of the name", "field")?;
                value_type(walk, "its type")
            })?;
        }
        0x71 => {
            named(walk, "variant");
            each(walk, "number of cases", |walk| {
                walk.name("length of the name", "case")?;
                maybe_value_type(walk, "with a value")?;
                walk.byte("refines", |byte| (byte == 0).then_some("none"))
                    .map(drop)
            })?;
        }
        0x6f => {
            named(walk, "tuple");
            each(walk, "number of parts", |walk| value_type(walk, "type"))?;
        }
        0x6d | 0x6e => {
            named(walk, if byte == 0x6d { "enum" } else { "flags" });
            each(walk, "number of names", |walk| {
                walk.name("length of the name", "name").map(drop)
            })?;
        }
        0x70 | 0x6b | 0x67 => {
            named(
                walk,
                match byte {
                    0x70 => "list",
                    0x6b => "option",
                    _ => "list of fixed length",
                },
            );
            value_type(walk, "of")?;
            if byte == 0x67 {
                walk.count("length")?;
            }
        }
        0x65 | 0x66 => {
            named(walk, if byte == 0x65 { "future" } else { "stream" });
            maybe_value_type(walk, "of")?;
        }
        0x6a => {
            named(walk, "result");
            maybe_value_type(walk, "value of ok")?;
            maybe_value_type(walk, "value of an error")?;
        }
        0x68 | 0x69 => {
            named(walk, if byte == 0x69 { "own" } else { "borrow" });
            walk.index("resource", "type")?;
        }
        _ => return Err(Stuck),
    }
    define(walk, Space::Type, functions);
    Ok(())
}

/// A line in the type of a component or instance.
fn declaration(walk: &mut Walk<'_>, depth: usize) -> Result<(), Stuck> {
    let form = walk.byte("declaration", |byte| match byte {
        1 => Some("type"),
        2 => Some("alias"),
        3 => Some("import"),
        4 => Some("export"),
        _ => None, // core types are not decoded
    })?;
    match form {
        1 => component_type(walk, depth),
        2 => alias(walk),
        _ => {
            let name = extern_name(walk)?;
            let (space, functions) = description(walk)?;
            if form == 4 && space == Space::Function {
                let name = String::from_utf8_lossy(name).into_owned();
                scope(walk).exported.push(name);
            }
            define(walk, space, functions);
            Ok(())
        }
    }
}

/// What is imported or exported: its kind and its type.
pub(super) fn description(walk: &mut Walk<'_>) -> Result<(Space, Functions), Stuck> {
    let space = sort(walk, "kind")?;
    let mut functions = None;
    match space {
        Space::CoreModule => drop(walk.index("its type", Space::CoreType.name())?),
        Space::Function => drop(walk.index("its type", "type")?),
        Space::Component | Space::Instance => {
            let index = walk.index("its type", "type")?;
            functions = scope(walk).known(Space::Type, index);
        }
        Space::Type => {
            let bound = walk.byte("which type", |byte| match byte {
                0 => Some("the same as"),
                1 => Some("a resource of its own"),
                _ => None,
            })?;
            if bound == 0 {
                let index = walk.index("index", "type")?;
                functions = scope(walk).known(Space::Type, index);
            }
        }
        _ => return Err(Stuck),
    }
    Ok((space, functions))
}
