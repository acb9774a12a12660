//! The custom section `name`, with new numbers.

use wasm_encoder::{Encode as _, IndirectNameMap, NameMap, NameSection};
use wasmparser::{BinaryReader, Name, NameSectionReader};

use super::module::{Module, Stuck};
use super::numbers::{Renumber, Space};
use super::plan::Plan;

/// Whether all of a section can be read.
pub(super) fn check(data: &[u8]) -> Result<(), Stuck> {
    let broken = || Stuck("its names cannot be read, so that nothing can get another number".to_string());
    for name in NameSectionReader::new(BinaryReader::new(data, 0)) {
        let readable = match name.map_err(|_| broken())? {
            Name::Module { .. } => true,
            Name::Function(map)
            | Name::Type(map)
            | Name::Table(map)
            | Name::Memory(map)
            | Name::Global(map)
            | Name::Element(map)
            | Name::Data(map)
            | Name::Tag(map) => map.into_iter().all(|naming| naming.is_ok()),
            Name::Local(map) | Name::Label(map) | Name::Field(map) | Name::Parameter(map) | Name::TagParameter(map) => map
                .into_iter()
                .all(|names| names.is_ok_and(|names| names.names.into_iter().all(|naming| naming.is_ok()))),
            Name::Unknown { .. } => false,
        };
        if !readable {
            return Err(broken());
        }
    }
    Ok(())
}

/// Writes the section's contents; nothing, if no names are left.
pub(super) fn write(data: &[u8], module: &Module<'_>, plan: &Plan, numbers: &Renumber) -> Result<Option<Vec<u8>>, Stuck> {
    let mut out = NameSection::new();
    let mut any = false;
    let stays = |space: Space, number: u32| {
        (!plan.is_gone(space, number)).then(|| numbers.new_number(space, number))
    };
    // A body from which instructions were taken may have fewer labels and fewer locals.
    let labels = |function: u32| body(module, function).is_none_or(|body| body.idle == 0);
    let map = |map: wasmparser::NameMap<'_>, space: Space| -> Result<NameMap, Stuck> {
        let mut all = Vec::new();
        for naming in map {
            let naming = naming?;
            if let Some(number) = stays(space, naming.index) {
                all.push((number, naming.name));
            }
        }
        Ok(names(all))
    };
    let indirect = |map: wasmparser::IndirectNameMap<'_>, space: Space, keeps: &dyn Fn(u32, u32) -> bool| -> Result<IndirectNameMap, Stuck> {
        let mut all = Vec::new();
        for namings in map {
            let namings = namings?;
            let Some(number) = stays(space, namings.index) else {
                continue;
            };
            let mut inner = Vec::new();
            for naming in namings.names {
                let naming = naming?;
                if keeps(namings.index, naming.index) {
                    inner.push((naming.index, naming.name));
                }
            }
            all.push((number, inner));
        }
        all.sort_by_key(|(number, _)| *number);
        let mut map = IndirectNameMap::new();
        for (number, inner) in all {
            map.append(number, &names(inner));
        }
        Ok(map)
    };
    for name in NameSectionReader::new(BinaryReader::new(data, 0)) {
        any = true;
        match name? {
            Name::Module { name, .. } => out.module(name),
            Name::Function(names) => out.functions(&map(names, Space::Func)?),
            Name::Type(names) => out.types(&map(names, Space::Type)?),
            Name::Table(names) => out.tables(&map(names, Space::Table)?),
            Name::Memory(names) => out.memories(&map(names, Space::Memory)?),
            Name::Global(names) => out.globals(&map(names, Space::Global)?),
            Name::Element(names) => out.elements(&map(names, Space::Elem)?),
            Name::Data(names) => out.data(&map(names, Space::Data)?),
            Name::Tag(names) => out.tags(&map(names, Space::Tag)?),
            Name::Local(names) => out.locals(&indirect(names, Space::Func, &|function, local| has_local(module, function, local))?),
            Name::Label(names) => out.labels(&indirect(names, Space::Func, &|function, _| labels(function))?),
            Name::Field(names) => out.fields(&indirect(names, Space::Type, &|_, _| true)?),
            Name::Parameter(names) => out.parameters(&indirect(names, Space::Type, &|_, _| true)?),
            Name::TagParameter(names) => out.tag_parameters(&indirect(names, Space::Tag, &|_, _| true)?),
            Name::Unknown { ty, data, .. } => out.raw(ty, data),
        }
    }
    // The encoder writes the section's size and name as well: both are in front.
    let mut bytes = Vec::new();
    out.encode(&mut bytes);
    let size = crate::leb::length(&bytes).unwrap_or(0);
    let contents = bytes.get(size + 5..).unwrap_or_default().to_vec();
    Ok((any || data.is_empty()).then_some(contents))
}

/// A list of names, in ascending order of the numbers.
fn names(mut all: Vec<(u32, &str)>) -> NameMap {
    all.sort_by_key(|(number, _)| *number);
    let mut map = NameMap::new();
    for (number, name) in all {
        map.append(number, name);
    }
    map
}

/// The body of a function.
fn body<'m, 'a>(module: &'m Module<'a>, function: u32) -> Option<&'m super::body::Body<'a>> {
    module.bodies.get(module.own(Space::Func, function)?)
}

/// Whether a function still has this local.
fn has_local(module: &Module<'_>, function: u32, local: u32) -> bool {
    let Some(body) = body(module, function) else {
        return true;
    };
    if body.spare == 0 {
        return true;
    }
    let parameters = module.parameters(function).unwrap_or(0);
    let locals: u64 = body.locals.iter().map(|(count, _)| u64::from(*count)).sum();
    u64::from(local) < u64::from(parameters) + locals
}
