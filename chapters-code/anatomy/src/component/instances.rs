//! Instances, and what is taken out of them.

use std::rc::Rc;

use super::scope::{Space, define, next, scope};
use super::{each, extern_name, sort};
use crate::walk::{Stuck, Walk};

pub(super) fn core_instance(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    let label = next(walk, Space::CoreInstance);
    let form = walk.byte(label, |byte| match byte {
        0 => Some("instantiates a module"),
        1 => Some("made of exports"),
        _ => None,
    })?;
    if form == 0 {
        walk.index("module", Space::CoreModule.name())?;
        each(walk, "number of arguments", |walk| {
            walk.name("length of the name", "imported from")?;
            walk.byte("kind", |byte| (byte == 0x12).then_some("core instance"))?;
            walk.index("index", Space::CoreInstance.name()).map(drop)
        })?;
    } else {
        each(walk, "number of exports", |walk| {
            walk.name("length of the name", "name")?;
            let byte = walk.peek()?;
            let space = Space::core(byte).ok_or(Stuck)?;
            walk.put(1, "kind", space.name());
            walk.index("index", space.name()).map(drop)
        })?;
    }
    define(walk, Space::CoreInstance, None);
    Ok(())
}

pub(super) fn instance(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    let label = next(walk, Space::Instance);
    let form = walk.byte(label, |byte| match byte {
        0 => Some("instantiates a component"),
        1 => Some("made of exports"),
        _ => None,
    })?;
    let functions;
    if form == 0 {
        let index = walk.index("component", Space::Component.name())?;
        functions = scope(walk).known(Space::Component, index);
        each(walk, "number of arguments", |walk| {
            walk.name("length of the name", "import")?;
            let space = sort(walk, "kind")?;
            walk.index("index", space.name()).map(drop)
        })?;
    } else {
        let mut names = Vec::new();
        for _ in 0..walk.count("number of exports")? {
            let name = extern_name(walk)?;
            let space = sort(walk, "kind")?;
            walk.index("index", space.name())?;
            if space == Space::Function {
                names.push(String::from_utf8_lossy(name).into_owned());
            }
        }
        functions = Some(Rc::new(names));
    }
    define(walk, Space::Instance, functions);
    Ok(())
}

pub(super) fn alias(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    let space = sort(walk, "alias of a")?;
    let label = next(walk, space);
    let target = walk.byte(label, |byte| match byte {
        0 => Some("an export of an instance"),
        1 => Some("an export of a core instance"),
        2 => Some("from outside"),
        _ => None,
    })?;
    let mut functions = None;
    match target {
        0 | 1 => {
            let of = [Space::Instance, Space::CoreInstance][usize::from(target)];
            walk.index("instance", of.name())?;
            walk.name("length of the name", "name")?;
        }
        _ => {
            let out = walk.number("how far outside", |_, n| match n {
                0 => "here".to_string(),
                1 => "1 level out".to_string(),
                n => format!("{n} levels out"),
            })?;
            let index = walk.index("index there", space.name())?;
            let out = usize::try_from(out).map_err(|_| Stuck)?;
            let level = walk.scopes.0.len().checked_sub(out.saturating_add(1));
            if let Some(scope) = level.and_then(|level| walk.scopes.0.get_mut(level)) {
                functions = scope.known(space, index);
            }
        }
    }
    define(walk, space, functions);
    Ok(())
}
