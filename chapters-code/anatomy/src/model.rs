//! What a module is made of, as far as it takes to know what refers to what.

use crate::frame::Frame;
use crate::scan::{Code, Cursor, Interest, LIMIT, size_of};

/// More functions, types or the like than any engine allows (the limit is the same in all of them).
const MOST: usize = 1_000_000;

/// A function or the like that is imported.
pub(crate) struct Imported<'a> {
    pub module: &'a [u8],
    pub name: &'a [u8],
    /// How many bytes its entry takes.
    pub size: u32,
    /// 0: a function, 1: a table, 2: a memory, 3: a global, 4: a tag.
    pub kind: u8,
}

/// An export.
pub(crate) struct Exported<'a> {
    pub name: &'a [u8],
    pub kind: u8,
    pub index: u32,
    pub size: u32,
}

/// A type: how many bytes it takes, and how many parameters it has, if it is a function's.
#[derive(Clone, Copy)]
pub(crate) struct Type {
    pub size: u32,
    pub params: u32,
    /// Whether it stands alone, so that it can be left out.
    pub plain: bool,
}

/// A data segment.
pub(crate) struct Segment {
    /// Where in memory it is put, if that is known.
    pub address: Option<u32>,
    /// Where its entry begins in the file, where its bytes do, and where it ends.
    pub start: usize,
    pub contents: usize,
    pub end: usize,
}

/// A module.
#[derive(Default)]
pub(crate) struct Model<'a> {
    pub bytes: &'a [u8],
    pub types: Vec<Type>,
    /// The types that types, functions and tags name.
    pub used_types: Vec<u32>,
    pub imports: Vec<Imported<'a>>,
    /// How many functions, globals, memories and tables are imported.
    pub imported: [usize; 5],
    /// The type of each function.
    pub functions: Vec<u32>,
    /// How many bytes the entry of each own global takes, and its value, if it is one constant.
    pub globals: Vec<(u32, Option<u32>)>,
    pub exports: Vec<Exported<'a>>,
    pub start: Option<u32>,
    /// The functions in tables, with the place of each in table 0, if that is known.
    pub elements: Vec<(Option<u32>, u32)>,
    /// Functions and globals that constant expressions name.
    pub named_functions: Vec<u32>,
    pub named_globals: Vec<u32>,
    /// How many tables, memories it has, in addition to those imported.
    pub tables: usize,
    pub memories: usize,
    pub segments: Vec<Segment>,
    pub code: Code,
    /// How many bytes all numbers take beyond what they would have to; the custom sections do not count.
    pub padding: usize,
    /// That much of it is in the code, in data, in the sizes of sections.
    pub padding_in: [usize; 3],
    /// The names of functions, by index, in ascending order.
    pub names: Vec<(u32, &'a [u8])>,
    /// The names of globals and data segments, in the same way.
    global_names: Vec<(u32, &'a [u8])>,
    segment_names: Vec<(u32, &'a [u8])>,
}

impl<'a> Model<'a> {
    /// Reads a module.  The names are also read if the rest cannot be: that gives `Err`.
    pub fn read(bytes: &'a [u8], frames: &[Frame]) -> Result<Self, Self> {
        let mut model = Model {
            bytes,
            ..Model::default()
        };
        let names = frames
            .iter()
            .find(|frame| frame.id == 0 && frame.custom_name(bytes) == Some(b"name"));
        let mut whole = true;
        // What constants in the code may mean is only known after the data and the elements.
        let (code, others): (Vec<_>, Vec<_>) = frames.iter().partition(|frame| frame.id == 10);
        for frame in others.into_iter().chain(code) {
            if frame.id == 0 {
                continue;
            }
            let mut cursor = Cursor::new(&bytes[..frame.end], frame.body);
            // Whether all that is in the section has been read.
            whole = whole && model.section(frame, &mut cursor).is_some() && cursor.done();
            let field = frame.body - frame.start - 1;
            let shortest = size_of((frame.end - frame.body).saturating_sub(cursor.padding));
            let in_field = field.saturating_sub(shortest);
            model.padding += cursor.padding + in_field;
            model.padding_in[2] += in_field;
            match frame.id {
                10 => model.padding_in[0] += cursor.padding,
                11 => model.padding_in[1] += cursor.padding,
                _ => {}
            }
        }
        whole = whole && model.code.bodies.len() == model.functions.len() - model.imported[0];
        if let Some(frame) = names {
            let mut cursor = Cursor::new(&bytes[..frame.end], frame.body);
            // Names up to where they cannot be read are as good.
            let _ = model.names(&mut cursor);
        }
        if whole { Ok(model) } else { Err(model) }
    }

    fn names(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        cursor.name()?;
        while !cursor.done() {
            let id = cursor.byte()?;
            let mut part = cursor.part()?;
            let names = match id {
                1 => &mut self.names,
                7 => &mut self.global_names,
                9 => &mut self.segment_names,
                _ => continue,
            };
            for _ in 0..part.u32()? {
                let index = part.u32()?;
                let name = part.name()?;
                if names.last().is_none_or(|(last, _)| *last < index) {
                    names.push((index, name));
                }
            }
        }
        Some(())
    }

    /// The name of a function, as it stands in the name section, or as the one it is exported by.
    pub fn name(&self, function: u32) -> Option<&'a [u8]> {
        if let Some(name) = name_in(&self.names, function) {
            return Some(name);
        }
        let export = |export: &&Exported<'_>| export.kind == 0 && export.index == function;
        Some(self.exports.iter().find(export)?.name)
    }

    /// What people call a function: its name, demangled, or its index.
    pub fn called(&self, function: u32) -> String {
        called(self.name(function), "func", function)
    }

    /// The same for a data segment.
    pub fn segment_called(&self, segment: u32) -> String {
        called(name_in(&self.segment_names, segment), "data", segment)
    }

    /// The same for a global.
    pub fn global_called(&self, global: u32) -> String {
        called(name_in(&self.global_names, global), "global", global)
    }

    fn section(&mut self, frame: &Frame, cursor: &mut Cursor<'a>) -> Option<()> {
        match frame.id {
            8 => {
                self.start = Some(cursor.u32()?);
                return Some(());
            }
            12 => return cursor.u32().map(drop),
            _ => {}
        }
        let count = cursor.u32()?;
        // Each takes at least a byte.
        if count as usize > MOST.min(cursor.bytes.len() - cursor.at) {
            return None;
        }
        match frame.id {
            1 => {
                for _ in 0..count {
                    self.types(cursor)?;
                }
                self.code.types = vec![false; self.types.len()];
            }
            2 => {
                for _ in 0..count {
                    self.import(cursor)?;
                }
            }
            3 => {
                for _ in 0..count {
                    let ty = cursor.u32()?;
                    self.functions.push(ty);
                }
            }
            4 => {
                for _ in 0..count {
                    self.tables += 1;
                    if cursor.bytes.get(cursor.at) == Some(&0x40) {
                        cursor.skip(2)?;
                        table_type(cursor)?;
                        self.constant(cursor)?;
                    } else {
                        table_type(cursor)?;
                    }
                }
            }
            5 => {
                for _ in 0..count {
                    self.memories += 1;
                    memory_type(cursor)?;
                }
            }
            6 => {
                for _ in 0..count {
                    let start = cursor.at;
                    cursor.value_type()?;
                    cursor.byte()?;
                    let value = self.constant(cursor)?;
                    self.globals.push(((cursor.at - start) as u32, value));
                }
            }
            7 => {
                for _ in 0..count {
                    let start = cursor.at;
                    let name = cursor.name()?;
                    let kind = cursor.byte()?;
                    let index = cursor.u32()?;
                    self.exports.push(Exported {
                        name,
                        kind,
                        index,
                        size: (cursor.at - start) as u32,
                    });
                }
            }
            9 => {
                for _ in 0..count {
                    self.elements(cursor)?;
                }
            }
            10 => {
                let range = |values: &mut dyn Iterator<Item = (u32, u32)>| {
                    values.fold((u32::MAX, 0), |(low, high), (from, to)| {
                        (low.min(from), high.max(to).min(LIMIT))
                    })
                };
                let interest = Interest {
                    // What lies behind the data is memory that begins as zeros, where statics also are.
                    addresses: range(&mut self.segments.iter().filter_map(|segment| {
                        let len = (segment.end - segment.contents) as u32;
                        let address = segment.address?;
                        Some((address, address.saturating_add(len)))
                    })),
                    places: range(&mut self.elements.iter().filter_map(|(place, _)| {
                        let place = (*place)?;
                        Some((place, place.saturating_add(1)))
                    })),
                };
                let interest = Interest {
                    addresses: match interest.addresses {
                        (low, high) if low < high => (low, (high + 0x10000).min(LIMIT)),
                        _ => (1024, 0x20_0000),
                    },
                    ..interest
                };
                self.code.globals = vec![false; self.imported[3] + self.globals.len()];
                for body in 0..count as usize {
                    let ty = self.functions.get(self.imported[0] + body)?;
                    let params = self.types.get(*ty as usize)?.params;
                    self.code.read(cursor, params, interest)?;
                }
            }
            11 => {
                for _ in 0..count {
                    self.segment(cursor)?;
                }
            }
            13 => {
                for _ in 0..count {
                    cursor.byte()?;
                    let ty = cursor.u32()?;
                    self.used_types.push(ty);
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn constant(&mut self, cursor: &mut Cursor<'_>) -> Option<Option<u32>> {
        cursor.constant(&mut self.named_functions, &mut self.named_globals)
    }

    fn types(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        if cursor.bytes.get(cursor.at) == Some(&0x4e) {
            cursor.at += 1;
            for _ in 0..cursor.u32()? {
                self.sub_type(cursor, false)?;
            }
            Some(())
        } else {
            self.sub_type(cursor, true)
        }
    }

    fn sub_type(&mut self, cursor: &mut Cursor<'_>, plain: bool) -> Option<()> {
        let start = cursor.at;
        let mut plain = plain;
        let mut params = 0;
        let mut form = cursor.byte()?;
        if matches!(form, 0x4f | 0x50) {
            plain = false;
            for _ in 0..cursor.u32()? {
                cursor.u32()?;
            }
            form = cursor.byte()?;
        }
        match form {
            0x60 => {
                params = cursor.u32()?;
                for _ in 0..params {
                    cursor.value_type()?;
                }
                for _ in 0..cursor.u32()? {
                    cursor.value_type()?;
                }
            }
            0x5f => {
                plain = false;
                for _ in 0..cursor.u32()? {
                    field(cursor)?;
                }
            }
            0x5e => {
                plain = false;
                field(cursor)?;
            }
            _ => return None,
        }
        if self.types.len() >= MOST {
            return None;
        }
        self.types.push(Type {
            size: (cursor.at - start) as u32,
            params,
            plain,
        });
        Some(())
    }

    fn import(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        let start = cursor.at;
        let module = cursor.name()?;
        let name = cursor.name()?;
        let kind = cursor.byte()?;
        match kind {
            0 => {
                let ty = cursor.u32()?;
                self.functions.push(ty);
            }
            1 => table_type(cursor)?,
            2 => memory_type(cursor)?,
            3 => {
                cursor.value_type()?;
                cursor.byte()?;
            }
            4 => {
                cursor.byte()?;
                let ty = cursor.u32()?;
                self.used_types.push(ty);
            }
            _ => return None,
        }
        *self.imported.get_mut(usize::from(kind))? += 1;
        self.imports.push(Imported {
            module,
            name,
            size: (cursor.at - start) as u32,
            kind,
        });
        Some(())
    }

    /// A segment of elements (the specification, 5.5.12).
    fn elements(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        let flags = cursor.u32()?;
        if flags > 7 {
            return None;
        }
        let mut place = None;
        if flags & 1 == 0 {
            let table = if flags & 2 == 0 { 0 } else { cursor.u32()? };
            place = self.constant(cursor)?.filter(|_| table == 0);
        }
        if flags & 3 != 0 {
            if flags & 4 == 0 {
                cursor.byte()?;
            } else {
                cursor.value_type()?;
            }
        }
        for _ in 0..cursor.u32()? {
            if flags & 4 == 0 {
                let function = cursor.u32()?;
                self.elements.push((place, function));
            } else {
                let before = self.named_functions.len();
                self.constant(cursor)?;
                for function in self.named_functions.drain(before..) {
                    self.elements.push((place, function));
                }
            }
            place = place.and_then(|place| place.checked_add(1));
        }
        Some(())
    }

    fn segment(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        let start = cursor.at;
        let flags = cursor.u32()?;
        let mut address = None;
        match flags {
            0 => address = self.constant(cursor)?,
            1 => {}
            2 => {
                let memory = cursor.u32()?;
                address = self.constant(cursor)?.filter(|_| memory == 0);
            }
            _ => return None,
        }
        let contents = cursor.part()?.at;
        self.segments.push(Segment {
            address,
            start,
            contents,
            end: cursor.at,
        });
        Some(())
    }
}

fn name_in<'a>(names: &[(u32, &'a [u8])], index: u32) -> Option<&'a [u8]> {
    let at = names
        .binary_search_by_key(&index, |(index, _)| *index)
        .ok()?;
    Some(names[at].1)
}

fn called(name: Option<&[u8]>, space: &str, index: u32) -> String {
    match name {
        Some(name) => {
            let name = String::from_utf8_lossy(name);
            format!("{:#}", rustc_demangle::demangle(&name))
        }
        None => format!("{space}[{index}]"),
    }
}

fn field(cursor: &mut Cursor<'_>) -> Option<()> {
    match cursor.bytes.get(cursor.at)? {
        0x77 | 0x78 => cursor.at += 1,
        _ => cursor.value_type()?,
    }
    cursor.byte().map(drop)
}

fn table_type(cursor: &mut Cursor<'_>) -> Option<()> {
    cursor.value_type()?;
    limits(cursor)
}

fn memory_type(cursor: &mut Cursor<'_>) -> Option<()> {
    limits(cursor)
}

fn limits(cursor: &mut Cursor<'_>) -> Option<()> {
    let flags = cursor.byte()?;
    if flags > 0x0f {
        return None;
    }
    cursor.u64()?;
    if flags & 1 != 0 {
        cursor.u64()?;
    }
    // How large a page is.
    if flags & 8 != 0 {
        cursor.u32()?;
    }
    Some(())
}
