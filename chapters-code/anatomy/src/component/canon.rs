//! Functions that come from core ones, and core ones that come from them.

use super::each;
use super::scope::{Space, define, next};
use crate::walk::{Stuck, Walk};

pub(super) fn canon(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    let byte = walk.peek()?;
    let kind = match byte {
        0 => "lift",
        1 => "lower",
        2 => "resource.new",
        3 => "resource.drop",
        4 => "resource.rep",
        _ => return Err(Stuck),
    };
    let space = if byte == 0 {
        Space::Function
    } else {
        Space::CoreFunction
    };
    let label = next(walk, space);
    if byte >= 2 {
        walk.put(1, label, kind);
        walk.index("resource", "type")?;
        define(walk, space, None);
        return Ok(());
    }
    if walk.left().get(1) != Some(&0) {
        return Err(Stuck);
    }
    walk.put(2, label, kind);
    let of = [Space::CoreFunction, Space::Function][usize::from(byte)];
    walk.index("of", of.name())?;
    each(walk, "number of options", |walk| {
        let option = walk.byte("option", |byte| match byte {
            0 => Some("string-encoding=utf8"),
            1 => Some("string-encoding=utf16"),
            2 => Some("string-encoding=latin1+utf16"),
            3 => Some("memory"),
            4 => Some("realloc"),
            5 => Some("post-return"),
            6 => Some("async"),
            7 => Some("callback"),
            _ => None,
        })?;
        match option {
            3 => walk.index("index", Space::CoreMemory.name()).map(drop),
            4 | 5 | 7 => walk.index("index", Space::CoreFunction.name()).map(drop),
            _ => Ok(()),
        }
    })?;
    if byte == 0 {
        walk.index("its type", "type")?;
    }
    define(walk, space, None);
    Ok(())
}
