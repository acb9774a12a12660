//! What the contents of each section look like (the specification, chapter 5.5 Modules).
//!
//! Every function here walks over one construct of the binary format, and says [`Stuck`] where the
//! bytes are not what they should be, or are of a kind that it does not know.

use crate::custom;
use crate::facts::Extern;
use crate::frame::{CUSTOM, Frame};
use crate::text;
use crate::walk::{Stuck, Walk};

/// Walks over the contents of a section.
pub(crate) fn body(walk: &mut Walk<'_>, frame: &Frame) -> Result<(), Stuck> {
    match frame.kind() {
        "start" => walk.index("start function", "function").map(drop),
        "element" => elements(walk),
        "code" => code(walk),
        "data" => data(walk),
        "data count" => walk.count("number of data segments").map(drop),
        _ if frame.id == CUSTOM => custom::section(walk),
        _ => outline(walk, frame),
    }
}

/// The same, for the sections that define what imports and exports are: the others are not walked
/// over at all.
pub(crate) fn outline(walk: &mut Walk<'_>, frame: &Frame) -> Result<(), Stuck> {
    match frame.kind() {
        "type" => types(walk),
        "import" => imports(walk),
        "function" => functions(walk),
        "table" => tables(walk),
        "memory" => memories(walk),
        "tag" => tags(walk),
        "global" => globals(walk),
        "export" => exports(walk),
        _ => Ok(()),
    }
}

fn types(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    for _ in 0..walk.count("number of types")? {
        if walk.peek()? == 0x4e {
            walk.put(1, "recursive types", "a group");
            for _ in 0..walk.count("number of types in it")? {
                sub_type(walk)?;
            }
        } else {
            sub_type(walk)?;
        }
    }
    Ok(())
}

/// A type that may name the types it is a subtype of (the specification, "Recursive Types" in 5.3).
fn sub_type(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    let index = walk.facts.types.len();
    if matches!(walk.peek()?, 0x4f | 0x50) {
        walk.byte(format_args!("type {index}: subtyping"), |byte| {
            Some(if byte == 0x4f { "final" } else { "open" })
        })?;
        for _ in 0..walk.count("number of supertypes")? {
            walk.index("supertype", "type")?;
        }
    }
    let signature = match walk.peek()? {
        0x60 => function_type(walk, index)?,
        0x5f => {
            walk.put(1, format_args!("type {index}: struct"), "");
            for _ in 0..walk.count("number of fields")? {
                field(walk)?;
            }
            None
        }
        0x5e => {
            walk.put(1, format_args!("type {index}: array"), "");
            field(walk)?;
            None
        }
        _ => return Err(Stuck),
    };
    walk.facts.types.push(signature);
    Ok(())
}

fn function_type(walk: &mut Walk<'_>, index: usize) -> Result<Option<String>, Stuck> {
    let marker = walk.spans.as_ref().map_or(0, Vec::len);
    walk.put(1, format_args!("type {index}: function"), "");
    let mut params = Vec::new();
    for _ in 0..walk.count("number of parameters")? {
        params.push(walk.value_type("parameter type")?);
    }
    let mut results = Vec::new();
    for _ in 0..walk.count("number of results")? {
        results.push(walk.value_type("result type")?);
    }
    let signature = text::signature(&params, &results);
    // What the type is as a whole is best said at its first byte, and is only known at its last.
    if let Some(marker) = walk.spans.as_mut().and_then(|spans| spans.get_mut(marker)) {
        marker.value = match signature.as_deref() {
            Some("") => "()".to_string(),
            Some(signature) => signature.to_string(),
            None => format!("{} parameters, {} results", params.len(), results.len()),
        };
    }
    Ok(signature)
}

/// A field of a struct, or the elements of an array.
fn field(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    match walk.peek()? {
        0x78 => walk.put(1, "field type", "i8"),
        0x77 => walk.put(1, "field type", "i16"),
        _ => drop(walk.value_type("field type")?),
    }
    walk.byte("mutability", mutability)?;
    Ok(())
}

fn mutability(byte: u8) -> Option<&'static str> {
    match byte {
        0 => Some("constant"),
        1 => Some("mutable"),
        2 => Some("constant, shared"),
        3 => Some("mutable, shared"),
        _ => None,
    }
}

fn imports(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    for _ in 0..walk.count("number of imports")? {
        let module = walk.name("length of the module name", "module name")?;
        let name = walk.name("length of the field name", "field name")?;
        // An import without a name may stand for a list of imports from one module (the
        // "compact import section" proposal).
        match walk.peek()? {
            0x7f if name.is_empty() => {
                walk.put(1, "import kind", "a list, each with its type");
                for _ in 0..walk.count("number of imports in it")? {
                    let name = walk.name("length of the field name", "field name")?;
                    let what = external_type(walk)?;
                    walk.facts.import(module, name, &what);
                }
            }
            0x7e if name.is_empty() => {
                walk.put(1, "import kind", "a list, all of one type");
                let what = external_type(walk)?;
                for _ in 0..walk.count("number of imports in it")? {
                    let name = walk.name("length of the field name", "field name")?;
                    walk.facts.import(module, name, &what);
                }
            }
            _ => {
                let what = external_type(walk)?;
                walk.facts.import(module, name, &what);
            }
        }
    }
    Ok(())
}

fn external_type(walk: &mut Walk<'_>) -> Result<Extern, Stuck> {
    let kind = walk.byte("import kind", |byte| match byte {
        0..=4 => Some(text::kind(byte)),
        0x20 => Some("function of exactly this type"),
        _ => None,
    })?;
    match kind {
        1 => table_type(walk).map(Extern::Table),
        2 => memory_type(walk).map(Extern::Memory),
        3 => global_type(walk, "type").map(Extern::Global),
        4 => tag_type(walk).map(Extern::Tag),
        _ => walk.type_index("type index").map(Extern::Func),
    }
}

fn functions(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    for _ in 0..walk.count("number of functions")? {
        let index = walk.facts.funcs.len();
        let ty = walk.type_index(format_args!("function {index}'s type"))?;
        walk.facts.funcs.push(ty);
    }
    Ok(())
}

fn tables(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    for _ in 0..walk.count("number of tables")? {
        let initialised = walk.left().starts_with(&[0x40, 0]);
        if initialised {
            walk.put(2, "table form", "with an initial value");
        }
        let ty = table_type(walk)?;
        walk.facts.tables.push(ty);
        if initialised {
            walk.expression()?;
        }
    }
    Ok(())
}

/// Gives the type's text, such as `1 10 funcref`.
fn table_type(walk: &mut Walk<'_>) -> Result<String, Stuck> {
    let element = walk.ref_type("element type")?;
    let limits = limits(walk, 0b0111, |n| match n {
        1 => "1 element".to_string(),
        n => format!("{n} elements"),
    })?;
    Ok(format!("{limits} {element}"))
}

fn memories(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    for _ in 0..walk.count("number of memories")? {
        let ty = memory_type(walk)?;
        walk.facts.memories.push(ty);
    }
    Ok(())
}

/// Gives the type's text, such as `1 16`.
fn memory_type(walk: &mut Walk<'_>) -> Result<String, Stuck> {
    // The size of a page is fixed, unless the flags say that it follows ("custom page sizes").
    let size = if walk.peek()? & 0b1000 == 0 {
        " of 64 KiB"
    } else {
        ""
    };
    limits(walk, 0b1111, |n| match n {
        1 => format!("1 page{size}"),
        n => format!("{n} pages{size}"),
    })
}

/// The least and the most something may grow to (the specification, "Limits" in 5.3); gives their
/// text.  `known` are the bits that the flags may have.
fn limits(walk: &mut Walk<'_>, known: u8, words: impl Fn(u64) -> String) -> Result<String, Stuck> {
    let flags = walk.peek()?;
    if flags & !known != 0 {
        return Err(Stuck);
    }
    let [maximum, shared, wide, page_size] = [1, 2, 4, 8].map(|bit| flags & bit != 0);

    let mut value = if maximum {
        "with a maximum"
    } else {
        "no maximum"
    }
    .to_string();
    for (set, remark) in [
        (shared, ", shared"),
        (wide, ", 64-bit"),
        (page_size, ", own page size"),
    ] {
        if set {
            value.push_str(remark);
        }
    }
    walk.put(1, "limits", value);

    let mut out = if wide { "i64 " } else { "" }.to_string();
    out += &walk.long_number("minimum", &words)?.to_string();
    if maximum {
        out += &format!(" {}", walk.long_number("maximum", &words)?);
    }
    if shared {
        out += " shared";
    }
    if page_size {
        let log2 = walk.number("page size", |_, n| format!("2 to the power of {n} bytes"))?;
        let size = 1u64.checked_shl(log2).ok_or(Stuck)?;
        out += &format!(" (pagesize {size})");
    }
    Ok(out)
}

fn tags(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    for _ in 0..walk.count("number of tags")? {
        let ty = tag_type(walk)?;
        walk.facts.tags.push(ty);
    }
    Ok(())
}

fn tag_type(walk: &mut Walk<'_>) -> Result<u32, Stuck> {
    walk.byte("tag kind", |byte| (byte == 0).then_some("exception"))?;
    walk.type_index("type index")
}

fn globals(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    for _ in 0..walk.count("number of globals")? {
        let index = walk.facts.globals.len();
        let ty = global_type(walk, format_args!("global {index}'s type"))?;
        walk.facts.globals.push(ty);
        walk.expression()?;
    }
    Ok(())
}

/// Gives the type's text, such as `(mut i32)`.
fn global_type(walk: &mut Walk<'_>, what: impl std::fmt::Display) -> Result<String, Stuck> {
    let ty = walk.value_type(what)?;
    let flags = walk.byte("mutability", mutability)?;
    Ok(match flags {
        0 => ty,
        1 => format!("(mut {ty})"),
        2 => format!("(shared {ty})"),
        _ => format!("(shared mut {ty})"),
    })
}

fn exports(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    for _ in 0..walk.count("number of exports")? {
        let name = walk.name("length of the name", "name")?;
        let kind = walk.byte("export kind", |byte| (byte <= 4).then(|| text::kind(byte)))?;
        let index = walk.index("index", text::kind(kind))?;
        walk.facts.export(name, kind, index);
    }
    Ok(())
}

fn elements(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    for i in 0..walk.count("number of segments")? {
        // Three bits: not active; then, if active, with a table index, and if not, declared only;
        // and elements given as expressions rather than as function indices.
        let flags = walk.number(format_args!("kind of segment {i}"), |_, flags| {
            let kind = match flags & 3 {
                0 => "active, table 0",
                1 => "passive",
                2 => "active",
                _ => "declared",
            };
            let elements = if flags & 4 == 0 {
                "functions"
            } else {
                "expressions"
            };
            format!("{flags}: {kind}, {elements}")
        })?;
        if flags > 7 {
            return Err(Stuck);
        }
        if flags & 1 == 0 {
            if flags & 2 != 0 {
                walk.index("table index", "table")?;
            }
            walk.expression()?;
        }
        let expressions = flags & 4 != 0;
        if flags & 3 != 0 {
            if expressions {
                walk.ref_type("element type")?;
            } else {
                walk.byte("element kind", |byte| (byte == 0).then_some("function"))?;
            }
        }
        for _ in 0..walk.count("number of elements")? {
            if expressions {
                walk.expression()?;
            } else {
                walk.index("element", "function")?;
            }
        }
    }
    Ok(())
}

fn code(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    let imported = walk.facts.imported_funcs;
    for i in 0..walk.count("number of bodies")? {
        let index = imported as u64 + u64::from(i);
        let len = walk.length(format_args!("size of function {index}'s body"))?;
        // The size says where the next body begins, even if this one cannot be decoded.
        walk.part(len, function_body);
    }
    Ok(())
}

fn function_body(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    for _ in 0..walk.count("number of local groups")? {
        walk.count("locals in the group")?;
        walk.value_type("their type")?;
    }
    walk.expression()
}

fn data(walk: &mut Walk<'_>) -> Result<(), Stuck> {
    /// The longest data that is shown as text, in bytes.
    const SHOWN: usize = 64;

    for i in 0..walk.count("number of segments")? {
        let kind = walk.number(format_args!("kind of segment {i}"), |_, kind| {
            let words = match kind {
                0 => "active, memory 0",
                1 => "passive",
                _ => "active",
            };
            format!("{kind}: {words}")
        })?;
        match kind {
            0 => walk.expression()?,
            1 => {}
            2 => {
                walk.index("memory index", "memory")?;
                walk.expression()?;
            }
            _ => return Err(Stuck),
        }
        let len = walk.length("length of the contents")?;
        let contents = &walk.left()[..len];
        let mut value = text::bytes(len);
        if len <= SHOWN && text::readable(contents) {
            value = format!("{value}: {}", text::quoted(contents));
        }
        walk.put(len, "contents", value);
    }
    Ok(())
}
