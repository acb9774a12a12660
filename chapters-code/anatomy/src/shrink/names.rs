//! The custom section `name`, with new numbers.

use wasm_encoder::{Encode as _, IndirectNameMap, NameMap, NameSection};
use wasmparser::{BinaryReader, Name, NameSectionReader};

use super::module::{Module, Stuck};
use super::numbers::{Renumber, Space};
use super::plan::Plan;

/// Whether all of a section can be read.
pub(super) fn check(data: &[u8]) -> Result<(), Stuck> {
    let broken =
        || Stuck("its names cannot be read, so that nothing can get another number".to_string());
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
            Name::Local(map)
            | Name::Label(map)
            | Name::Field(map)
            | Name::Parameter(map)
            | Name::TagParameter(map) => map.into_iter().all(|names| {
                names.is_ok_and(|names| names.names.into_iter().all(|naming| naming.is_ok()))
            }),
            Name::Unknown { .. } => false,
        };
        if !readable {
            return Err(broken());
        }
    }
    Ok(())
}

/// Adds names.
type Put = fn(&mut NameSection, &NameMap);
/// Adds lists of names.
type PutAll = fn(&mut NameSection, &IndirectNameMap);

/// Writes the section's contents; nothing, if no names are left.
pub(super) fn write(
    data: &[u8],
    module: &Module<'_>,
    plan: &Plan,
    numbers: &Renumber,
) -> Result<Option<Vec<u8>>, Stuck> {
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
    let indirect = |map: wasmparser::IndirectNameMap<'_>,
                    space: Space,
                    keeps: &dyn Fn(u32, u32) -> bool|
     -> Result<Option<IndirectNameMap>, Stuck> {
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
            if !inner.is_empty() {
                all.push((number, inner));
            }
        }
        all.sort_by_key(|(number, _)| *number);
        let any = !all.is_empty();
        let mut map = IndirectNameMap::new();
        for (number, inner) in all {
            map.append(number, &names(inner));
        }
        Ok(any.then_some(map))
    };
    let all = |_, _| true;
    for name in NameSectionReader::new(BinaryReader::new(data, 0)) {
        any = true;
        // Numbers with names, and numbers with lists of names.
        let (list, lists) = match name? {
            Name::Module { name, .. } => {
                out.module(name);
                continue;
            }
            Name::Unknown { ty, data, .. } => {
                out.raw(ty, data);
                continue;
            }
            Name::Function(names) => (
                Some((map(names, Space::Func)?, NameSection::functions as Put)),
                None,
            ),
            Name::Type(names) => (
                Some((map(names, Space::Type)?, NameSection::types as Put)),
                None,
            ),
            Name::Table(names) => (
                Some((map(names, Space::Table)?, NameSection::tables as Put)),
                None,
            ),
            Name::Memory(names) => (
                Some((map(names, Space::Memory)?, NameSection::memories as Put)),
                None,
            ),
            Name::Global(names) => (
                Some((map(names, Space::Global)?, NameSection::globals as Put)),
                None,
            ),
            Name::Element(names) => (
                Some((map(names, Space::Elem)?, NameSection::elements as Put)),
                None,
            ),
            Name::Data(names) => (
                Some((map(names, Space::Data)?, NameSection::data as Put)),
                None,
            ),
            Name::Tag(names) => (
                Some((map(names, Space::Tag)?, NameSection::tags as Put)),
                None,
            ),
            Name::Local(names) => {
                let stays = |function, local| has_local(module, function, local);
                (
                    None,
                    Some((
                        indirect(names, Space::Func, &stays)?,
                        NameSection::locals as PutAll,
                    )),
                )
            }
            Name::Label(names) => {
                let stays = |function, _| labels(function);
                (
                    None,
                    Some((
                        indirect(names, Space::Func, &stays)?,
                        NameSection::labels as PutAll,
                    )),
                )
            }
            Name::Field(names) => (
                None,
                Some((
                    indirect(names, Space::Type, &all)?,
                    NameSection::fields as PutAll,
                )),
            ),
            Name::Parameter(names) => (
                None,
                Some((
                    indirect(names, Space::Type, &all)?,
                    NameSection::parameters as PutAll,
                )),
            ),
            Name::TagParameter(names) => (
                None,
                Some((
                    indirect(names, Space::Tag, &all)?,
                    NameSection::tag_parameters as PutAll,
                )),
            ),
        };
        if let Some((map, put)) = list
            && !map.is_empty()
        {
            put(&mut out, &map);
        }
        if let Some((Some(map), put)) = lists {
            put(&mut out, &map);
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
