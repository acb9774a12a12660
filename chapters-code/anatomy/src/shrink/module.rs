//! A module, read so that it can be written again with less in it.

use wasm_encoder::reencode::Reencode as _;
use wasmparser::{
    CompositeInnerType, ConstExpr, Data, DataKind, Element, ElementItems, ElementKind, Export,
    Global, ImportSectionReader, MemoryType, Operator, Parser, Payload, RecGroup, Table, TagType,
    TypeRef,
};

use super::body::{Body, Reader};
use super::metadata::{self, Metadata};
use super::numbers::{Never, Recorder, SPACES, Space};

/// Why a module cannot be worked on, in a sentence without its full stop.
pub(super) struct Stuck(pub String);

impl From<wasmparser::Error> for Stuck {
    fn from(error: wasmparser::Error) -> Self {
        Stuck(error.message().to_string())
    }
}

impl From<wasm_encoder::reencode::Error<Never>> for Stuck {
    fn from(error: wasm_encoder::reencode::Error<Never>) -> Self {
        Stuck(error.to_string())
    }
}

/// Something in the order of the file.
pub(super) enum Part<'a> {
    /// A custom section, which stays as it is.
    Custom { name: &'a str, data: &'a [u8] },
    /// A custom section that speaks of places in the code.
    Metadata(Metadata<'a>),
    /// A section that is not custom, by its id.
    Known(u8),
}

/// A module.  Functions, tables, memories, globals and tags are those that are not imported.
#[derive(Default)]
pub(super) struct Module<'a> {
    pub parts: Vec<Part<'a>>,
    pub groups: Vec<RecGroup>,
    /// The group that each type is in.
    pub group_of: Vec<u32>,
    pub imports: Option<ImportSectionReader<'a>>,
    /// How many of each space are imported.
    pub imported: [u32; SPACES],
    /// The types of all functions, those imported first.
    pub types: Vec<u32>,
    pub tables: Vec<Table<'a>>,
    /// Of all tables, how many entries they have at least in the beginning.
    pub entries: Vec<u64>,
    pub memories: Vec<MemoryType>,
    /// Of all memories, how many bytes they have at least in the beginning.
    pub bytes: Vec<u64>,
    pub globals: Vec<Global<'a>>,
    pub tags: Vec<TagType>,
    pub exports: Vec<Export<'a>>,
    pub start: Option<u32>,
    pub elements: Vec<Element<'a>>,
    pub data_count: bool,
    pub bodies: Vec<Body<'a>>,
    pub data: Vec<Segment<'a>>,
}

/// A data segment.
pub(super) struct Segment<'a> {
    pub kind: DataKind<'a>,
    pub bytes: &'a [u8],
    /// Another address than the one in the file.
    pub address: Option<u64>,
}

impl<'a> Module<'a> {
    /// Reads a valid module.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Stuck> {
        let mut module = Module::default();
        let mut reader = Reader::default();
        let mut marks = metadata::Marks::default();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if let Some((id, _)) = payload.as_section()
                && id != 0
            {
                module.parts.push(Part::Known(id));
            }
            match payload {
                Payload::TypeSection(section) => {
                    for group in section {
                        let group = group?;
                        let number = module.groups.len() as u32;
                        module.group_of.extend(group.types().map(|_| number));
                        module.groups.push(group);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.clone().into_imports() {
                        module.import(import?.ty);
                    }
                    module.imports = Some(section);
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        module.types.push(ty?);
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        let table = table?;
                        module.entries.push(table.ty.initial);
                        module.tables.push(table);
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        let memory = memory?;
                        module.bytes.push(bytes_of(&memory));
                        module.memories.push(memory);
                    }
                }
                Payload::TagSection(section) => {
                    for tag in section {
                        module.tags.push(tag?);
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        module.globals.push(global?);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        module.exports.push(export?);
                    }
                }
                Payload::StartSection { func, .. } => module.start = Some(func),
                Payload::ElementSection(section) => {
                    for element in section {
                        module.elements.push(element?);
                    }
                }
                Payload::DataCountSection { .. } => module.data_count = true,
                Payload::CodeSectionStart { .. } => {
                    marks.sort();
                }
                Payload::CodeSectionEntry(function) => {
                    let number = module.imported[Space::Func as usize] + module.bodies.len() as u32;
                    let parameters = module.parameters(number)?;
                    let body = reader.read(&function, parameters, marks.of(number))?;
                    module.bodies.push(body);
                }
                Payload::DataSection(section) => {
                    for segment in section {
                        let Data { kind, data, .. } = segment?;
                        module.data.push(Segment {
                            kind,
                            bytes: data,
                            address: None,
                        });
                    }
                }
                Payload::CustomSection(custom) => {
                    module.parts.push(metadata::part(&custom, &mut marks)?)
                }
                Payload::Version { .. } | Payload::End(_) => {}
                other => {
                    return Err(Stuck(format!(
                        "has something that is not known here: {other:?}"
                    )));
                }
            }
        }
        Ok(module)
    }

    /// Notes an import.
    fn import(&mut self, ty: TypeRef) {
        let space = match ty {
            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                self.types.push(ty);
                Space::Func
            }
            TypeRef::Table(ty) => {
                self.entries.push(ty.initial);
                Space::Table
            }
            TypeRef::Memory(ty) => {
                self.bytes.push(bytes_of(&ty));
                Space::Memory
            }
            TypeRef::Global(_) => Space::Global,
            TypeRef::Tag(_) => Space::Tag,
        };
        self.imported[space as usize] += 1;
    }

    /// How many parameters a function has.
    pub fn parameters(&self, function: u32) -> Result<u32, Stuck> {
        let ty = self.types.get(function as usize).copied();
        let group = ty.and_then(|ty| Some((ty, *self.group_of.get(ty as usize)?)));
        let (ty, group) = group.ok_or_else(|| Stuck(format!("function {function} has no type")))?;
        let first = self.group_of.partition_point(|other| *other < group);
        let ty = self.groups[group as usize].types().nth(ty as usize - first);
        match ty.map(|ty| &ty.composite_type.inner) {
            Some(CompositeInnerType::Func(ty)) => Ok(ty.params().len() as u32),
            _ => Err(Stuck(format!(
                "the type of function {function} is not that of a function"
            ))),
        }
    }

    /// How many there are, with those that are imported.
    pub fn count(&self, space: Space) -> usize {
        let own = match space {
            Space::Func => return self.types.len(),
            Space::Table => self.tables.len(),
            Space::Memory => self.memories.len(),
            Space::Global => self.globals.len(),
            Space::Tag => self.tags.len(),
            Space::Type => return self.group_of.len(),
            Space::Data => return self.data.len(),
            Space::Elem => return self.elements.len(),
        };
        self.imported[space as usize] as usize + own
    }

    /// The number among those that are not imported.
    pub fn own(&self, space: Space, number: u32) -> Option<usize> {
        number
            .checked_sub(self.imported[space as usize])
            .map(|own| own as usize)
    }
}

/// The size of a memory in the beginning.
fn bytes_of(ty: &MemoryType) -> u64 {
    let log2 = ty.page_size_log2.unwrap_or(16);
    ty.initial.checked_shl(log2).map_or(u64::MAX, |bytes| {
        if bytes >> log2 == ty.initial {
            bytes
        } else {
            u64::MAX
        }
    })
}

/// The value of an expression that is one constant, as an address or a place in a table.
pub(super) fn constant(expression: &ConstExpr<'_>) -> Option<u64> {
    let mut ops = expression.get_operators_reader();
    let value = match ops.read().ok()? {
        Operator::I32Const { value } => u64::from(value as u32),
        Operator::I64Const { value } => value as u64,
        _ => return None,
    };
    matches!(ops.read().ok()?, Operator::End).then_some(value)
}

/// What an expression names.
pub(super) fn named(expression: &ConstExpr<'_>) -> Result<Vec<(Space, u32)>, Stuck> {
    let mut recorder = Recorder::default();
    recorder.const_expr(expression.clone())?;
    Ok(recorder.seen)
}

/// How many items an element segment has.
pub(super) fn items(element: &Element<'_>) -> u32 {
    match &element.items {
        ElementItems::Functions(functions) => functions.count(),
        ElementItems::Expressions(_, expressions) => expressions.count(),
    }
}

/// The table that an active element segment is for.
pub(super) fn table_of(element: &Element<'_>) -> Option<u32> {
    match element.kind {
        ElementKind::Active { table_index, .. } => Some(table_index.unwrap_or(0)),
        _ => None,
    }
}

/// Whether an element segment has one of these functions in it.
pub(super) fn names_any(element: &Element<'_>, functions: &[bool]) -> Result<bool, Stuck> {
    let mut recorder = Recorder::default();
    recorder.element_items(element.items.clone())?;
    let is_one = |(space, number): &(Space, u32)| {
        *space == Space::Func && functions.get(*number as usize).copied().unwrap_or(false)
    };
    Ok(recorder.seen.iter().any(is_one))
}
