//! What the sections of a component look like.
//!
//! The component model describes them in design/mvp/Binary.md of
//! <https://github.com/WebAssembly/component-model>.  A component holds modules and other
//! components as they are, each a whole binary within a section, and beside them what connects
//! them with one another and with the outside.

use std::rc::Rc;

use crate::anatomy::{Export, Import};
use crate::custom;
use crate::frame::{self, CUSTOM, Frame};
use crate::spans;
use crate::walk::{Stuck, Walk};

/// How deep components and types may lie in one another: what is deeper stays undecoded.
const DEEPEST: usize = 20;

/// The spaces that indices count in (the specification of components, "Index Spaces").
#[derive(Clone, Copy, PartialEq, Eq)]
enum Space {
    CoreFunction,
    CoreTable,
    CoreMemory,
    CoreGlobal,
    CoreTag,
    CoreType,
    CoreModule,
    CoreInstance,
    Function,
    Value,
    Type,
    Component,
    Instance,
}

impl Space {
    const ALL: [(Space, &'static str); 13] = [
        (Space::CoreFunction, "core function"),
        (Space::CoreTable, "core table"),
        (Space::CoreMemory, "core memory"),
        (Space::CoreGlobal, "core global"),
        (Space::CoreTag, "core tag"),
        (Space::CoreType, "core type"),
        (Space::CoreModule, "core module"),
        (Space::CoreInstance, "core instance"),
        (Space::Function, "function"),
        (Space::Value, "value"),
        (Space::Type, "type"),
        (Space::Component, "component"),
        (Space::Instance, "instance"),
    ];

    fn name(self) -> &'static str {
        Space::ALL
            .iter()
            .find(|(space, _)| *space == self)
            .map_or("", |(_, name)| name)
    }

    /// The space of a `sort` that is a core one, by its byte.
    fn core(byte: u8) -> Option<Space> {
        Some(match byte {
            0x00 => Space::CoreFunction,
            0x01 => Space::CoreTable,
            0x02 => Space::CoreMemory,
            0x03 => Space::CoreGlobal,
            0x04 => Space::CoreTag,
            0x10 => Space::CoreType,
            0x11 => Space::CoreModule,
            0x12 => Space::CoreInstance,
            _ => return None,
        })
    }

    /// The space of any other `sort`, by its byte.
    fn own(byte: u8) -> Option<Space> {
        Some(match byte {
            0x01 => Space::Function,
            0x02 => Space::Value,
            0x03 => Space::Type,
            0x04 => Space::Component,
            0x05 => Space::Instance,
            _ => return None,
        })
    }
}

/// The names of the functions that something exports, where that is known.
type Functions = Option<Rc<Vec<String>>>;

/// What has been learnt about a component, or about the type of one or of an instance.
#[derive(Default)]
pub(crate) struct Scope {
    /// How many things each space has, in the order of [`Space::ALL`]; those below have lists.
    counts: [u32; Space::ALL.len()],
    /// What the instances of each type export, if it is an instance's or a component's.
    types: Vec<Functions>,
    /// What each instance exports.
    instances: Vec<Functions>,
    /// What the instances of each component export.
    components: Vec<Functions>,
    /// The functions it exports itself.
    exported: Vec<String>,
    /// Whether something could not be decoded, so that what comes after it has unknown indices.
    lost: bool,
}

impl Scope {
    fn list(&mut self, space: Space) -> Option<&mut Vec<Functions>> {
        match space {
            Space::Type => Some(&mut self.types),
            Space::Instance => Some(&mut self.instances),
            Space::Component => Some(&mut self.components),
            _ => None,
        }
    }

    fn known(&mut self, space: Space, index: u32) -> Functions {
        if self.lost {
            return None;
        }
        let index = usize::try_from(index).ok()?;
        self.list(space)?.get(index)?.clone()
    }
}

/// What has been learnt about a component: its own scope first, then those that are open in it.
#[derive(Default)]
pub(crate) struct Scopes(Vec<Scope>);

/// The current scope.  There is always one: the component's own.
fn scope<'w>(walk: &'w mut Walk<'_>) -> &'w mut Scope {
    let scopes = &mut walk.scopes.0;
    if scopes.is_empty() {
        scopes.push(Scope::default());
    }
    let last = scopes.len() - 1;
    &mut scopes[last]
}

/// Adds something to its space.
fn define(walk: &mut Walk<'_>, space: Space, functions: Functions) {
    let scope = scope(walk);
    scope.counts[space as usize] = scope.counts[space as usize].saturating_add(1);
    if let Some(list) = scope.list(space) {
        list.push(functions);
    }
}

/// What the next thing of a space will be called, such as `type 3`.
fn next(walk: &mut Walk<'_>, space: Space) -> String {
    let scope = scope(walk);
    if scope.lost {
        space.name().to_string()
    } else {
        format!("{} {}", space.name(), scope.counts[space as usize])
    }
}

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

fn core_instance(walk: &mut Walk<'_>) -> Result<(), Stuck> {
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

fn instance(walk: &mut Walk<'_>) -> Result<(), Stuck> {
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

fn alias(walk: &mut Walk<'_>) -> Result<(), Stuck> {
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

fn component_type(walk: &mut Walk<'_>, depth: usize) -> Result<(), Stuck> {
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
fn description(walk: &mut Walk<'_>) -> Result<(Space, Functions), Stuck> {
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

fn canon(walk: &mut Walk<'_>) -> Result<(), Stuck> {
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
