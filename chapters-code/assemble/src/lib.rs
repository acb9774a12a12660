//! What a text assembles to, and which bytes of the module came from which place in the text.

use wasmparser::{
    BinaryReaderError, ConstExpr, DataKind as ParsedData, ElementItems, ElementKind,
    OperatorsReader, Parser, Payload, TableInit,
};
use wast::{
    Wat,
    core::{
        DataKind, ElemKind, ElemPayload, Expression, FuncKind, GlobalKind, Module, ModuleField,
        ModuleKind, TableKind,
    },
    parser::{self, ParseBuffer},
    token::Span,
};

/// The longest text, in bytes. What it is taken for while it is assembled takes some hundred times as much.
pub const LONGEST: usize = 1 << 20;

/// A module, and where its parts stand in the text.
pub struct Assembled {
    /// The module.
    pub bytes: Vec<u8>,
    /// Where fields of the module and instructions begin, in the order of the bytes.
    pub places: Vec<Place>,
}

/// Something that stands in the module and in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Where it begins in the module, in bytes.
    pub offset: u64,
    /// The line in which it begins in the text, from 1.
    pub line: usize,
    /// The column, from 1, in units of UTF-16, as JavaScript counts.
    pub column: usize,
}

/// Why a text is no module, and where.
#[derive(Debug)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in units of UTF-16.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

impl Assembled {
    /// Assembles a text.
    ///
    /// # Errors
    ///
    /// If it is not UTF-8, too long, or not the text of a core module.
    pub fn of(text: &[u8]) -> Result<Assembled, Fault> {
        let whole = |valid| Text {
            text: str::from_utf8(&text[..valid]).unwrap_or_default(),
        };
        if text.len() > LONGEST {
            return Err(Fault {
                line: 1,
                column: 1,
                message: format!("a text of more than {LONGEST} bytes is too long"),
            });
        }
        let text = match str::from_utf8(text) {
            Ok(text) => Text { text },
            Err(error) => {
                let valid = error.valid_up_to();
                return Err(whole(valid).fault(valid, "this is not UTF-8"));
            }
        };
        let fault = |error: wast::Error| text.fault(error.span().offset(), &error.message());
        let mut buffer = ParseBuffer::new(text.text).map_err(fault)?;
        buffer.track_instr_spans(true);
        let mut wat = parser::parse::<Wat>(&buffer).map_err(fault)?;
        let Wat::Module(module) = &mut wat else {
            return Err(text.fault(
                0,
                "only modules can be assembled here, and this is a component",
            ));
        };
        // This resolves all names, and puts what was abbreviated in full: for each entry of a section there then is a field.
        let bytes = module.encode().map_err(fault)?;
        let places = places(&text, module, &bytes);
        Ok(Assembled { bytes, places })
    }
}

/// Where the parts of a module stand in its text.
fn places(text: &Text<'_>, module: &Module<'_>, bytes: &[u8]) -> Vec<Place> {
    let ModuleKind::Text(fields) = &module.kind else {
        return Vec::new();
    };
    let mut pairs = Vec::new();
    // The walk ends where the module makes no sense to it; what came before is right all the same.
    _ = pair(fields, bytes, &mut pairs);
    // What nobody wrote, such as the type of a function that names none, has no place.
    pairs.retain(|&(_, span)| span.offset() > 0);
    // In the order of the text its lines and columns can be counted in one go.
    pairs.sort_by_key(|&(_, span)| span.offset());
    let mut reader = text.reader();
    let place = |(offset, span): (u64, Span)| {
        let (line, column) = reader.read_to(span.offset());
        Place {
            offset,
            line,
            column,
        }
    };
    let mut places: Vec<Place> = pairs.into_iter().map(place).collect();
    // Of two things that begin with the same byte, such as a segment and its offset, the one inside stays.
    places.sort();
    places.reverse();
    places.dedup_by_key(|place| place.offset);
    places.reverse();
    places
}

/// Walks over the module's bytes and over its fields at the same time. Each section holds the fields of its kind in their order.
fn pair(
    fields: &[ModuleField<'_>],
    bytes: &[u8],
    pairs: &mut Vec<(u64, Span)>,
) -> Result<(), BinaryReaderError> {
    macro_rules! all {
        ($($kind:ident)|+) => {
            fields.iter().filter(|field| matches!(field, $(ModuleField::$kind(_))|+))
        };
    }
    // Only some functions have a body; the others were made imports when names were resolved.
    let mut bodies = all!(Func);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::TypeSection(section) => {
                for (entry, field) in section.into_iter_with_offsets().zip(all!(Type | Rec)) {
                    pairs.push((entry?.0, span(field)));
                }
            }
            Payload::ImportSection(section) => {
                for (entry, field) in section.into_iter_with_offsets().zip(all!(Import)) {
                    pairs.push((entry?.0, span(field)));
                }
            }
            Payload::FunctionSection(section) => {
                for (entry, field) in section.into_iter_with_offsets().zip(all!(Func)) {
                    pairs.push((entry?.0, span(field)));
                }
            }
            Payload::MemorySection(section) => {
                for (entry, field) in section.into_iter_with_offsets().zip(all!(Memory)) {
                    pairs.push((entry?.0, span(field)));
                }
            }
            Payload::TagSection(section) => {
                for (entry, field) in section.into_iter_with_offsets().zip(all!(Tag)) {
                    pairs.push((entry?.0, span(field)));
                }
            }
            Payload::ExportSection(section) => {
                for (entry, field) in section.into_iter_with_offsets().zip(all!(Export)) {
                    pairs.push((entry?.0, span(field)));
                }
            }
            Payload::StartSection { range, .. } => {
                pairs.extend(all!(Start).map(|field| (range.start, span(field))));
            }
            Payload::TableSection(section) => {
                for (entry, field) in section.into_iter_with_offsets().zip(all!(Table)) {
                    let (offset, entry) = entry?;
                    pairs.push((offset, span(field)));
                    if let (TableInit::Expr(code), ModuleField::Table(table)) = (&entry.init, field)
                        && let TableKind::Normal {
                            init_expr: Some(expression),
                            ..
                        } = &table.kind
                    {
                        constant(expression, code, pairs)?;
                    }
                }
            }
            Payload::GlobalSection(section) => {
                for (entry, field) in section.into_iter_with_offsets().zip(all!(Global)) {
                    let (offset, entry) = entry?;
                    pairs.push((offset, span(field)));
                    if let ModuleField::Global(global) = field
                        && let GlobalKind::Inline(expression) = &global.kind
                    {
                        constant(expression, &entry.init_expr, pairs)?;
                    }
                }
            }
            Payload::ElementSection(section) => {
                for (entry, field) in section.into_iter_with_offsets().zip(all!(Elem)) {
                    let (offset, entry) = entry?;
                    pairs.push((offset, span(field)));
                    let ModuleField::Elem(elem) = field else {
                        continue;
                    };
                    if let (
                        ElementKind::Active { offset_expr, .. },
                        ElemKind::Active { offset, .. },
                    ) = (&entry.kind, &elem.kind)
                    {
                        constant(offset, offset_expr, pairs)?;
                    }
                    if let (ElementItems::Expressions(_, items), ElemPayload::Exprs { exprs, .. }) =
                        (entry.items, &elem.payload)
                    {
                        for (code, expression) in items.into_iter().zip(exprs) {
                            constant(expression, &code?, pairs)?;
                        }
                    }
                }
            }
            Payload::DataSection(section) => {
                for (entry, field) in section.into_iter_with_offsets().zip(all!(Data)) {
                    let (offset, entry) = entry?;
                    pairs.push((offset, span(field)));
                    if let ModuleField::Data(data) = field
                        && let (
                            ParsedData::Active { offset_expr, .. },
                            DataKind::Active { offset, .. },
                        ) = (&entry.kind, &data.kind)
                    {
                        constant(offset, offset_expr, pairs)?;
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                let Some(field) = bodies.next() else { break };
                pairs.push((body.range().start, span(field)));
                if let ModuleField::Func(func) = field
                    && let FuncKind::Inline { expression, .. } = &func.kind
                {
                    instructions(expression, body.get_operators_reader()?, pairs)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn constant(
    expression: &Expression<'_>,
    code: &ConstExpr<'_>,
    pairs: &mut Vec<(u64, Span)>,
) -> Result<(), BinaryReaderError> {
    instructions(expression, code.get_operators_reader(), pairs)
}

/// The instructions of an expression. Its last `end` stands in the module alone, and has no place in the text.
fn instructions(
    expression: &Expression<'_>,
    operators: OperatorsReader<'_>,
    pairs: &mut Vec<(u64, Span)>,
) -> Result<(), BinaryReaderError> {
    let spans = expression.instr_spans.iter().flatten();
    for (operator, &span) in operators.into_iter_with_offsets().zip(spans) {
        pairs.push((operator?.1, span));
    }
    Ok(())
}

/// Where a field begins in the text: its first word.
fn span(field: &ModuleField<'_>) -> Span {
    match field {
        ModuleField::Type(field) => field.span,
        ModuleField::Rec(field) => field.span,
        ModuleField::Import(field) => field.span,
        ModuleField::Func(field) => field.span,
        ModuleField::Table(field) => field.span,
        ModuleField::Memory(field) => field.span,
        ModuleField::Global(field) => field.span,
        ModuleField::Export(field) => field.span,
        ModuleField::Start(index) => index.span(),
        ModuleField::Elem(field) => field.span,
        ModuleField::Data(field) => field.span,
        ModuleField::Tag(field) => field.span,
        // No section is walked for these: where they come to lie is for the text to say.
        ModuleField::Custom(_) => Span::from_offset(0),
    }
}

/// The text, and where in it something is.
struct Text<'a> {
    text: &'a str,
}

impl<'a> Text<'a> {
    fn reader(&self) -> Reader<'a> {
        Reader {
            rest: self.text,
            read: 0,
            line: 1,
            column: 1,
        }
    }

    fn fault(&self, byte: usize, message: &str) -> Fault {
        let (line, column) = self.reader().read_to(byte);
        Fault {
            line,
            column,
            message: message.to_owned(),
        }
    }
}

/// Reads a text from its beginning and counts lines and columns.
struct Reader<'a> {
    rest: &'a str,
    read: usize,
    line: usize,
    column: usize,
}

impl Reader<'_> {
    /// Line and column of a byte that has not been passed yet.
    fn read_to(&mut self, byte: usize) -> (usize, usize) {
        while let Some(char) = self.rest.chars().next()
            && self.read + char.len_utf8() <= byte
        {
            self.rest = &self.rest[char.len_utf8()..];
            self.read += char.len_utf8();
            if char == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += char.len_utf16();
            }
        }
        (self.line, self.column)
    }
}
