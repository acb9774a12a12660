//! A large module out of a small one: its functions, its data and its names, again and again.
//!
//! Every copy of a function does what the first one does, and calls what that one calls. So the code is as real as
//! that of the module it comes from, and the module is as valid.

use anyhow::{Context as _, Result, ensure};
use wasmparser::{
    BinaryReader, CodeSectionReader, DataSectionReader, FunctionSectionReader, KnownCustom, Name,
    Parser, Payload,
};

/// What is repeated.
#[derive(Default)]
struct Parts {
    imported: usize,
    types: Vec<u32>,
    bodies: Vec<Vec<u8>>,
    data: Vec<Vec<u8>>,
    names: Vec<(usize, String)>,
    /// All sections, with their id and contents; what is repeated stands for itself.
    sections: Vec<(u8, Vec<u8>)>,
}

/// Makes a module of about `size` bytes. The same module makes the same again.
pub(crate) fn grow(bytes: &[u8], size: usize) -> Result<Vec<u8>> {
    let parts = parts(bytes)?;
    ensure!(
        !parts.bodies.is_empty() && !parts.names.is_empty(),
        "the module should have functions, and names of them"
    );
    // As often as fits, each time all the functions, the data and the names; and then some of the functions.
    let one = written(&parts, 1, 0).len();
    let two = written(&parts, 2, 0).len();
    let times = 1 + size.saturating_sub(one) / (two - one);
    let missing = size.saturating_sub(written(&parts, times, 0).len());
    let functions = written(&parts, 1, parts.bodies.len()).len() - one;
    let some = (parts.bodies.len() * missing / functions).min(parts.bodies.len());
    Ok(written(&parts, times, some))
}

fn parts(bytes: &[u8]) -> Result<Parts> {
    let mut parts = Parts::default();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        if let Payload::ImportSection(imports) = &payload {
            for import in imports.clone().into_imports() {
                let import = import?;
                if matches!(
                    import.ty,
                    wasmparser::TypeRef::Func(_) | wasmparser::TypeRef::FuncExact(_)
                ) {
                    parts.imported += 1;
                }
            }
        }
        if let Payload::CustomSection(custom) = &payload {
            if let KnownCustom::Name(names) = custom.as_known() {
                for part in names {
                    if let Name::Function(map) = part? {
                        for naming in map {
                            let naming = naming?;
                            let index = naming.index as usize;
                            parts.names.push((index, naming.name.to_owned()));
                        }
                    }
                }
            }
            // Debug information would be stepped over by all.
            continue;
        }
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        let (from, to) = (usize::try_from(range.start)?, usize::try_from(range.end)?);
        let contents = bytes.get(from..to).context("a section is in the file")?;
        let reader = || BinaryReader::new(contents, 0);
        match id {
            3 => {
                parts.types = FunctionSectionReader::new(reader())?
                    .into_iter()
                    .collect::<Result<_, _>>()?;
            }
            10 => {
                for body in CodeSectionReader::new(reader())? {
                    parts.bodies.push(body?.as_bytes().to_vec());
                }
            }
            11 => {
                for segment in DataSectionReader::new(reader())? {
                    let range = segment?.range;
                    let (from, to) = (usize::try_from(range.start)?, usize::try_from(range.end)?);
                    parts.data.push(contents[from..to].to_vec());
                }
            }
            // The number of data segments, which only some modules say.
            12 => continue,
            _ => {}
        }
        parts.sections.push((id, contents.to_vec()));
    }
    Ok(parts)
}

/// The module with everything so many times, and then some functions once more.
fn written(parts: &Parts, times: usize, some: usize) -> Vec<u8> {
    let mut out = b"\0asm\x01\0\0\0".to_vec();
    for (id, contents) in &parts.sections {
        match id {
            3 => {
                let mut body = Vec::new();
                number(&mut body, parts.types.len() * times + some);
                for time in 0..=times {
                    let len = if time < times {
                        parts.types.len()
                    } else {
                        some
                    };
                    for ty in parts.types.iter().take(len) {
                        number(&mut body, *ty as usize);
                    }
                }
                section(&mut out, *id, &body);
            }
            10 => {
                // A module that says how many segments it has may copy them; that comes before the code.
                let mut count = Vec::new();
                number(&mut count, parts.data.len() * times);
                section(&mut out, 12, &count);
                let mut body = Vec::new();
                number(&mut body, parts.bodies.len() * times + some);
                for time in 0..=times {
                    let len = if time < times {
                        parts.bodies.len()
                    } else {
                        some
                    };
                    for function in parts.bodies.iter().take(len) {
                        number(&mut body, function.len());
                        body.extend(function);
                    }
                }
                section(&mut out, *id, &body);
            }
            11 => {
                let mut body = Vec::new();
                number(&mut body, parts.data.len() * times);
                for _ in 0..times {
                    for segment in &parts.data {
                        body.extend(segment);
                    }
                }
                section(&mut out, *id, &body);
            }
            _ => section(&mut out, *id, contents),
        }
    }
    // Copies are called as the first one, with a number behind.
    let own = parts.bodies.len();
    let mut map = Vec::new();
    let of_imports = parts.names.iter().filter(|(at, _)| *at < parts.imported);
    let of_own: Vec<_> = parts
        .names
        .iter()
        .filter(|(at, _)| *at >= parts.imported)
        .collect();
    let of_some = of_own.iter().filter(|(at, _)| *at < parts.imported + some);
    number(
        &mut map,
        of_imports.clone().count() + of_own.len() * times + of_some.count(),
    );
    for (index, name) in of_imports {
        number(&mut map, *index);
        text(&mut map, name);
    }
    for time in 0..=times {
        let end = parts.imported + if time < times { own } else { some };
        for (index, name) in of_own.iter().filter(|(at, _)| *at < end) {
            number(&mut map, index + own * time);
            if time == 0 {
                text(&mut map, name);
            } else {
                text(&mut map, &format!("{name}.{time}"));
            }
        }
    }
    let mut names = Vec::new();
    text(&mut names, "name");
    section(&mut names, 1, &map);
    section(&mut out, 0, &names);
    out
}

fn section(out: &mut Vec<u8>, id: u8, contents: &[u8]) {
    out.push(id);
    number(out, contents.len());
    out.extend(contents);
}

fn text(out: &mut Vec<u8>, text: &str) {
    number(out, text.len());
    out.extend(text.as_bytes());
}

/// A number in LEB128.
fn number(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}
