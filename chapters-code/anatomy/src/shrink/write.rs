//! Writes a module with what a plan leaves of it.

use wasm_encoder::reencode::Reencode as _;
use wasm_encoder::{
    DataCountSection, ElementSection, Elements, Encode as _, ExportSection, FunctionSection,
    GlobalSection, ImportSection, MemorySection, Section, StartSection, TableSection, TagSection,
    TypeSection,
};
use wasmparser::{DataKind, Element, ElementItems, ElementKind};

use super::metadata::Metadata;
use super::module::{Module, Part, Stuck, constant, named};
use super::names;
use super::numbers::{Renumber, Space, write_signed, write_unsigned};
use super::plan::Plan;

/// A module, written.
pub(super) struct Written {
    pub bytes: Vec<u8>,
    /// How large the contents of the code section are.
    pub code: usize,
}

/// Marks, each with its offset in its function.
type Offsets = Vec<(u32, u32)>;

/// The ids of sections.
const CUSTOM: u8 = 0;
const CODE: u8 = 10;
const DATA: u8 = 11;

/// Writes the module.
pub(super) fn write(module: &Module<'_>, plan: &Plan) -> Result<Written, Stuck> {
    let mut numbers = plan.numbers();
    let (code, offsets) = code(module, plan, &mut numbers)?;
    let mut out = Vec::with_capacity(code.len() + code.len() / 4);
    out.extend(b"\0asm\x01\0\0\0");
    for part in &module.parts {
        match part {
            Part::Custom { name: "name", data } => {
                if let Some(contents) = names::write(data, module, plan, &numbers)? {
                    custom("name", &contents, &mut out);
                }
            }
            Part::Custom { name, data } => custom(name, data, &mut out),
            Part::Metadata(metadata) => {
                if let Some(contents) = about_code(metadata, plan, &numbers, &offsets) {
                    custom(metadata.name(), &contents, &mut out);
                }
            }
            Part::Known(CODE) => {
                if plan.empty || !code_is_empty(module, plan) {
                    section(CODE, &code, &mut out);
                }
            }
            Part::Known(id) => known(*id, module, plan, &mut numbers, &mut out)?,
        }
    }
    Ok(Written {
        bytes: out,
        code: code.len(),
    })
}

/// The contents of a custom section about code.
fn about_code(
    metadata: &Metadata<'_>,
    plan: &Plan,
    numbers: &Renumber,
    offsets: &[(u32, u32)],
) -> Option<Vec<u8>> {
    let number = |function| {
        (!plan.is_gone(Space::Func, function)).then(|| numbers.new_number(Space::Func, function))
    };
    let offset = |mark| {
        let at = offsets
            .binary_search_by_key(&mark, |(mark, _)| *mark)
            .ok()?;
        Some(offsets[at].1)
    };
    metadata.write(number, offset)
}

/// Whether no function with a body is left.
fn code_is_empty(module: &Module<'_>, plan: &Plan) -> bool {
    plan.left(Space::Func) == module.imported[Space::Func as usize] as usize
}

/// The contents of the code section, and the offsets of marks, in ascending order of their numbers.
fn code(
    module: &Module<'_>,
    plan: &Plan,
    numbers: &mut Renumber,
) -> Result<(Vec<u8>, Offsets), Stuck> {
    let mut offsets = Vec::new();
    let mut out = Vec::new();
    let mut body = Vec::new();
    let imported = module.imported[Space::Func as usize];
    write_unsigned(
        (plan.left(Space::Func) - imported as usize) as u64,
        &mut out,
    );
    for (number, function) in (imported..).zip(&module.bodies) {
        if plan.is_gone(Space::Func, number) {
            continue;
        }
        body.clear();
        function.write(numbers, &mut body, |mark, offset| {
            offsets.push((mark, offset))
        })?;
        write_unsigned(body.len() as u64, &mut out);
        out.extend(&body);
    }
    offsets.sort_unstable();
    Ok((out, offsets))
}

/// Writes a section other than custom ones and that of code.
fn known(
    id: u8,
    module: &Module<'_>,
    plan: &Plan,
    numbers: &mut Renumber,
    out: &mut Vec<u8>,
) -> Result<(), Stuck> {
    // Numbers and things of a space that are not imported and stay.
    fn own<'i, T>(
        list: &'i [T],
        space: Space,
        module: &Module<'_>,
        plan: &'i Plan,
    ) -> impl Iterator<Item = &'i T> {
        let first = module.imported[space as usize];
        (first..)
            .zip(list)
            .filter(move |(number, _)| !plan.is_gone(space, *number))
            .map(|(_, one)| one)
    }
    let mut put = |count: usize, section: &dyn Section| {
        if count > 0 || plan.empty {
            out.push(section.id());
            section.encode(out);
        }
    };
    match id {
        1 => {
            let mut types = TypeSection::new();
            let mut first = 0;
            for group in &module.groups {
                let count = group.types().len() as u32;
                // Of a group all types stay or none does; an empty one can be named by nothing.
                if count > 0 && !plan.is_gone(Space::Type, first) || count == 0 && plan.empty {
                    numbers.parse_recursive_type_group(types.ty(), group.clone())?;
                }
                first += count;
            }
            put(types.len() as usize, &types);
        }
        2 => {
            let mut imports = ImportSection::new();
            let mut count = 0;
            if let Some(section) = &module.imports {
                count = section.count() as usize;
                numbers.parse_import_section(&mut imports, section.clone())?;
            }
            put(count, &imports);
        }
        3 => {
            let mut functions = FunctionSection::new();
            let first = module.imported[Space::Func as usize] as usize;
            for &ty in own(&module.types[first..], Space::Func, module, plan) {
                functions.function(numbers.type_index(ty)?);
            }
            put(functions.len() as usize, &functions);
        }
        4 => {
            let mut tables = TableSection::new();
            for table in own(&module.tables, Space::Table, module, plan) {
                numbers.parse_table(&mut tables, table.clone())?;
            }
            put(tables.len() as usize, &tables);
        }
        5 => {
            let mut memories = MemorySection::new();
            for &memory in own(&module.memories, Space::Memory, module, plan) {
                memories.memory(numbers.memory_type(memory)?);
            }
            put(memories.len() as usize, &memories);
        }
        6 => {
            let mut globals = GlobalSection::new();
            for global in own(&module.globals, Space::Global, module, plan) {
                numbers.parse_global(&mut globals, global.clone())?;
            }
            put(globals.len() as usize, &globals);
        }
        7 => {
            let mut exports = ExportSection::new();
            for &export in &module.exports {
                numbers.parse_export(&mut exports, export)?;
            }
            put(module.exports.len(), &exports);
        }
        8 => {
            if let Some(start) = module.start {
                let function_index = numbers.function_index(start)?;
                put(1, &StartSection { function_index });
            }
        }
        9 => {
            let mut elements = ElementSection::new();
            for one in own(&module.elements, Space::Elem, module, plan) {
                element(one, plan, numbers, &mut elements)?;
            }
            put(elements.len() as usize, &elements);
        }
        DATA => {
            let contents = data(module, plan, numbers)?;
            if plan.left(Space::Data) > 0 || plan.empty {
                section(DATA, &contents, out);
            }
        }
        12 => {
            if plan.data_count {
                let count = plan.left(Space::Data) as u32;
                put(1, &DataCountSection { count });
            }
        }
        13 => {
            let mut tags = TagSection::new();
            for &tag in own(&module.tags, Space::Tag, module, plan) {
                tags.tag(numbers.tag_type(tag)?);
            }
            put(tags.len() as usize, &tags);
        }
        _ => {
            return Err(Stuck(format!(
                "has a section of a kind that is not known here, {id}"
            )));
        }
    }
    Ok(())
}

/// Writes an element segment.
fn element(
    element: &Element<'_>,
    plan: &Plan,
    numbers: &mut Renumber,
    out: &mut ElementSection,
) -> Result<(), Stuck> {
    let items = match (&element.kind, &plan.declared) {
        (ElementKind::Declared, Some(declared)) => some_items(element, declared, numbers)?,
        _ => numbers.element_items(element.items.clone())?,
    };
    match &element.kind {
        ElementKind::Active {
            table_index,
            offset_expr,
        } => {
            let table = numbers.table_index(table_index.unwrap_or(0))?;
            let offset = numbers.const_expr(offset_expr.clone())?;
            // That it is table 0 need not be said, and is not said if it need not be.
            out.active((table != 0).then_some(table), &offset, items)
        }
        ElementKind::Passive => out.passive(items),
        ElementKind::Declared => out.declared(items),
    };
    Ok(())
}

/// The items of a declared segment that code needs to be there.
fn some_items<'e>(
    element: &Element<'e>,
    declared: &[bool],
    numbers: &mut Renumber,
) -> Result<Elements<'e>, Stuck> {
    let needed = |function: u32| declared.get(function as usize).copied().unwrap_or(false);
    Ok(match &element.items {
        ElementItems::Functions(functions) => {
            let mut out = Vec::new();
            for function in functions.clone() {
                let function = function?;
                if needed(function) {
                    out.push(numbers.function_index(function)?);
                }
            }
            Elements::Functions(out.into())
        }
        ElementItems::Expressions(ty, expressions) => {
            let mut out = Vec::new();
            for expression in expressions.clone() {
                let expression = expression?;
                if named(&expression)?
                    .iter()
                    .any(|(space, number)| *space == Space::Func && needed(*number))
                {
                    out.push(numbers.const_expr(expression)?);
                }
            }
            Elements::Expressions(numbers.ref_type(*ty)?, out.into())
        }
    })
}

/// The contents of the data section.
fn data(module: &Module<'_>, plan: &Plan, numbers: &mut Renumber) -> Result<Vec<u8>, Stuck> {
    let mut out = Vec::new();
    write_unsigned(plan.left(Space::Data) as u64, &mut out);
    for (number, segment) in (0..).zip(&module.data) {
        if plan.is_gone(Space::Data, number) {
            continue;
        }
        match &segment.kind {
            DataKind::Passive => out.push(1),
            DataKind::Active {
                memory_index,
                offset_expr,
            } => {
                match numbers.memory_index(*memory_index)? {
                    0 => out.push(0),
                    memory => {
                        out.push(2);
                        write_unsigned(u64::from(memory), &mut out);
                    }
                }
                let mut expression = Vec::new();
                numbers
                    .const_expr(offset_expr.clone())?
                    .encode(&mut expression);
                match segment.address {
                    // Its first byte says whether it is of 32 or 64 bits; then `end`.
                    Some(address) if constant(offset_expr).is_some() => {
                        let wide = expression.first() == Some(&0x42);
                        out.extend(&expression[..1]);
                        let signed = if wide {
                            address as i64
                        } else {
                            i64::from(address as u32 as i32)
                        };
                        write_signed(signed, &mut out);
                        out.push(0x0b);
                    }
                    _ => out.extend(expression),
                }
            }
        }
        write_unsigned(segment.bytes.len() as u64, &mut out);
        out.extend(segment.bytes);
    }
    Ok(out)
}

/// Writes a custom section.
fn custom(name: &str, data: &[u8], out: &mut Vec<u8>) {
    let mut contents = Vec::with_capacity(name.len() + data.len() + 5);
    write_unsigned(name.len() as u64, &mut contents);
    contents.extend(name.as_bytes());
    contents.extend(data);
    section(CUSTOM, &contents, out);
}

/// Writes a section.
fn section(id: u8, contents: &[u8], out: &mut Vec<u8>) {
    out.push(id);
    write_unsigned(contents.len() as u64, out);
    out.extend(contents);
}
