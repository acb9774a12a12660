//! Instructions in the words of the text format (the specification, "Instructions" in chapter 6).
//!
//! The list of all instructions is `wasmparser`'s: its macro `for_each_operator` gives for each the
//! name of a visitor's method, such as `visit_i32_const`, and the types of the immediates, which is
//! what follows the opcode.  The name in the text format follows from the former, and from the
//! latter how the bytes are laid out, which is needed to find numbers longer than they have to be.

use wasmparser::{
    BlockType, BrTable, Catch, Handle, HeapType, Ieee32, Ieee64, MemArg, MemArgOrdering,
    MemArgTarget, Operator, Ordering, RefType, ResumeTable, TryTable, V128, ValType,
};

use crate::leb;
use crate::text;

/// The instruction as the text format writes it.  `bytes` are all its bytes; where a number in
/// them is longer than it has to be, a note says so.
pub(crate) fn text(op: &Operator<'_>, bytes: &[u8]) -> String {
    let (method, immediates) = decompose(op);
    let mut out = mnemonic(method);
    match special(op) {
        Some(operands) => push_word(&mut out, &operands),
        None => {
            for immediate in &immediates {
                push_word(&mut out, &immediate.text());
            }
        }
    }
    let (used, shortest) = overlong(bytes, &immediates);
    out + &leb::note(used, shortest)
}

fn push_word(out: &mut String, word: &str) {
    if !word.is_empty() {
        out.push(' ');
        out.push_str(word);
    }
}

/// The name of the instruction's visitor method, and its immediates in the order of the bytes.
fn decompose<'o>(op: &'o Operator<'_>) -> (&'static str, Vec<&'o dyn Immediate>) {
    macro_rules! arms {
        ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })?
            => $visit:ident ($($ann:tt)*))*) => {
            match op {
                $(
                    Operator::$op $({ $($arg),* })? =>
                        (stringify!($visit), vec![$($($arg as &dyn Immediate),*)?]),
                )*
                // The enum is marked as one that may grow; the macro grows with it.
                _ => ("visit_unknown", Vec::new()),
            }
        };
    }
    wasmparser::for_each_operator!(arms)
}

/// The instruction's name: `visit_i32_load8_u` is `i32.load8_u`.
fn mnemonic(method: &str) -> String {
    /// What stands before the dot, where there is one.
    const NAMESPACES: [&str; 25] = [
        "i32", "i64", "f32", "f64", "v128", "i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2",
        "local", "global", "memory", "table", "data", "elem", "ref", "struct", "array", "i31",
        "any", "extern", "cont", "atomic",
    ];

    let name = method.strip_prefix("visit_").unwrap_or(method);
    // One instruction in the text format can be several opcodes.
    let name = match name {
        "typed_select" | "typed_select_multi" => "select",
        "ref_test_non_null" | "ref_test_nullable" => "ref_test",
        "ref_cast_non_null" | "ref_cast_nullable" => "ref_cast",
        "ref_cast_desc_eq_non_null" | "ref_cast_desc_eq_nullable" => "ref_cast_desc_eq",
        name => name,
    };
    match name.split_once('_') {
        Some((space, rest)) if NAMESPACES.contains(&space) => match rest.strip_prefix("atomic_") {
            // i32.atomic.rmw8.add_u, but i32.atomic.load8_u
            Some(rest) if rest.starts_with("rmw") => {
                format!("{space}.atomic.{}", rest.replacen('_', ".", 1))
            }
            Some(rest) => format!("{space}.atomic.{rest}"),
            None => format!("{space}.{rest}"),
        },
        _ => name.to_string(),
    }
}

/// The operands of the instructions that do not write them as they come in the binary format:
/// other order, parentheses, or nothing at all for a memory or table that is number 0.
fn special(op: &Operator<'_>) -> Option<String> {
    // An index before the others, left out if it is 0.
    let unless_0 = |index: u32, rest: String| match index {
        0 => rest,
        index => format!("{index} {rest}").trim_end().to_string(),
    };
    Some(match op {
        Operator::CallIndirect {
            type_index,
            table_index,
        }
        | Operator::ReturnCallIndirect {
            type_index,
            table_index,
        } => unless_0(*table_index, format!("(type {type_index})")),
        Operator::MemorySize { mem }
        | Operator::MemoryGrow { mem }
        | Operator::MemoryFill { mem }
        | Operator::MemoryDiscard { mem } => unless_0(*mem, String::new()),
        Operator::MemoryCopy {
            dst_mem: 0,
            src_mem: 0,
        }
        | Operator::TableCopy {
            dst_table: 0,
            src_table: 0,
        } => String::new(),
        Operator::MemoryInit { data_index, mem } => unless_0(*mem, data_index.to_string()),
        Operator::TableInit { elem_index, table } => unless_0(*table, elem_index.to_string()),
        Operator::AtomicFence {
            ordering: Ordering::SeqCst,
        } => String::new(),
        Operator::TypedSelect { ty } => format!("(result {})", text::value_type(*ty)),
        Operator::RefTestNonNull { hty }
        | Operator::RefCastNonNull { hty }
        | Operator::RefCastDescEqNonNull { hty } => format!("(ref {})", text::heap_type(*hty)),
        Operator::RefTestNullable { hty }
        | Operator::RefCastNullable { hty }
        | Operator::RefCastDescEqNullable { hty } => {
            format!("(ref null {})", text::heap_type(*hty))
        }
        _ => return None,
    })
}

/// How an immediate is laid out in bytes.
enum Layout {
    /// This many unsigned numbers in LEB128.
    Unsigned(u32),
    /// A signed number in LEB128.
    Signed,
    /// This many bytes that are no LEB128.
    Fixed(usize),
    /// A memory instruction's alignment, perhaps memory, and offset.
    MemArg,
    /// Something with parts; it is not looked into.
    Other,
}

/// What follows an opcode.
trait Immediate {
    /// As the text format writes it; nothing if it can be left out.
    fn text(&self) -> String;
    /// How its bytes are laid out.
    fn layout(&self) -> Layout;
}

/// Of the numbers in an instruction that are longer than they have to be: how many bytes they take,
/// and how many would do.
fn overlong(bytes: &[u8], immediates: &[&dyn Immediate]) -> (usize, usize) {
    let mut total = (0, 0);
    // `None` is where the bytes end or what follows is not looked into: what was found so far holds.
    let mut left = Some(bytes);
    if let Some((opcode, rest)) = bytes.split_first() {
        left = Some(rest);
        // After these opcodes a second one follows, a number itself.
        if matches!(opcode, 0xfb..=0xfe) {
            left = skip_number(rest, &mut total, leb::shortest_unsigned);
        }
    }
    for immediate in immediates {
        let Some(bytes) = left else { break };
        left = match immediate.layout() {
            Layout::Unsigned(n) => (0..n).try_fold(bytes, |bytes, _| {
                skip_number(bytes, &mut total, leb::shortest_unsigned)
            }),
            Layout::Signed => skip_number(bytes, &mut total, leb::shortest_signed),
            Layout::Fixed(n) => bytes.get(n..),
            Layout::MemArg => skip_memarg(bytes, &mut total),
            Layout::Other => None,
        };
    }
    total
}

/// Steps over a number, and counts it if it is longer than it has to be.
fn skip_number<'b>(
    bytes: &'b [u8],
    total: &mut (usize, usize),
    shortest: fn(&[u8]) -> usize,
) -> Option<&'b [u8]> {
    let (number, rest) = bytes.split_at(leb::length(bytes)?);
    let shortest = shortest(number);
    if number.len() > shortest {
        total.0 += number.len();
        total.1 += shortest;
    }
    Some(rest)
}

fn skip_memarg<'b>(bytes: &'b [u8], total: &mut (usize, usize)) -> Option<&'b [u8]> {
    // The number that has the alignment has flags as well, which say what follows: 64 or 32 an
    // index, 16 a byte of memory ordering.
    let flags = bytes.first()?;
    let mut rest = skip_number(bytes, total, leb::shortest_unsigned)?;
    if flags & 0b110_0000 != 0 {
        rest = skip_number(rest, total, leb::shortest_unsigned)?;
    }
    if flags & 0b1_0000 != 0 {
        rest = rest.get(1..)?;
    }
    skip_number(rest, total, leb::shortest_unsigned)
}

/// The immediates whose text is their value and whose layout is simple.
macro_rules! plain {
    ($($ty:ty: $layout:expr, |$value:ident| $text:expr;)*) => {
        $(
            impl Immediate for $ty {
                fn text(&self) -> String {
                    let $value = self;
                    $text
                }
                fn layout(&self) -> Layout {
                    $layout
                }
            }
        )*
    };
}

plain! {
    u32: Layout::Unsigned(1), |n| n.to_string();
    i32: Layout::Signed, |n| n.to_string();
    i64: Layout::Signed, |n| n.to_string();
    u8: Layout::Fixed(1), |n| n.to_string();
    [u8; 16]: Layout::Fixed(16), |lanes| lanes.map(|lane| lane.to_string()).join(" ");
    Ieee32: Layout::Fixed(4), |n| float32(n.bits());
    Ieee64: Layout::Fixed(8), |n| float64(n.bits());
    V128: Layout::Fixed(16), |n| vector(n);
    Ordering: Layout::Fixed(1), |order| ordering(*order).to_string();
    MemArg: Layout::MemArg, |arg| memarg(arg);
    RefType: Layout::Other, |ty| text::ref_type(*ty);
    ValType: Layout::Other, |ty| text::value_type(*ty);
    Vec<ValType>: Layout::Other, |types| {
        let types: Vec<_> = types.iter().map(|ty| text::value_type(*ty)).collect();
        format!("(result {})", types.join(" "))
    };
    TryTable: Layout::Other, |table| try_table(table);
    ResumeTable: Layout::Other, |table| resume_table(table);
}

impl Immediate for BlockType {
    fn text(&self) -> String {
        match self {
            BlockType::Empty => String::new(),
            BlockType::Type(ty) => format!("(result {})", text::value_type(*ty)),
            BlockType::FuncType(index) => format!("(type {index})"),
        }
    }

    fn layout(&self) -> Layout {
        match self {
            BlockType::FuncType(_) => Layout::Signed,
            _ => Layout::Other,
        }
    }
}

impl Immediate for HeapType {
    fn text(&self) -> String {
        text::heap_type(*self)
    }

    fn layout(&self) -> Layout {
        match self {
            HeapType::Concrete(_) => Layout::Signed,
            _ => Layout::Other,
        }
    }
}

impl Immediate for BrTable<'_> {
    fn text(&self) -> String {
        let mut labels: Vec<_> = self
            .targets()
            .filter_map(|label| Some(label.ok()?.to_string()))
            .collect();
        labels.push(self.default().to_string());
        labels.join(" ")
    }

    fn layout(&self) -> Layout {
        // The number of labels, the labels, the label for all other values.
        Layout::Unsigned(self.len().saturating_add(2))
    }
}

fn ordering(order: Ordering) -> &'static str {
    match order {
        Ordering::SeqCst => "seqcst",
        Ordering::AcqRel => "acqrel",
    }
}

fn memarg(arg: &MemArg) -> String {
    let mut words = Vec::new();
    match arg.target {
        MemArgTarget::Memory(0) => {}
        MemArgTarget::Memory(index) => words.push(index.to_string()),
        MemArgTarget::Array(index) => words.push(format!("(type {index})")),
    }
    if arg.offset != 0 {
        words.push(format!("offset={}", arg.offset));
    }
    // Left out if it is the size of what is loaded or stored.
    if arg.align != arg.max_align {
        words.push(match 1u64.checked_shl(arg.align.into()) {
            Some(align) => format!("align={align}"),
            None => format!("align=2^{}", arg.align),
        });
    }
    if let Some(MemArgOrdering::Op(order) | MemArgOrdering::Rmw(order)) = arg.ordering {
        words.push(ordering(order).to_string());
    }
    words.join(" ")
}

fn try_table(table: &TryTable) -> String {
    let mut words = vec![table.ty.text()];
    words.retain(|word| !word.is_empty());
    words.extend(table.catches.iter().map(|catch| match catch {
        Catch::One { tag, label } => format!("(catch {tag} {label})"),
        Catch::OneRef { tag, label } => format!("(catch_ref {tag} {label})"),
        Catch::All { label } => format!("(catch_all {label})"),
        Catch::AllRef { label } => format!("(catch_all_ref {label})"),
    }));
    words.join(" ")
}

fn resume_table(table: &ResumeTable) -> String {
    let words: Vec<_> = table
        .handlers
        .iter()
        .map(|handle| match handle {
            Handle::OnLabel { tag, label } => format!("(on {tag} {label})"),
            Handle::OnSwitch { tag } => format!("(on {tag} switch)"),
        })
        .collect();
    words.join(" ")
}

fn vector(value: &V128) -> String {
    let words: Vec<_> = value
        .bytes()
        .chunks(4)
        .map(|lane| {
            // The bytes of a lane come lowest first.
            let digits: String = lane.iter().rev().map(|b| format!("{b:02x}")).collect();
            format!("0x{digits}")
        })
        .collect();
    format!("i32x4 {}", words.join(" "))
}

/// A floating-point number from its bits.
fn float32(bits: u32) -> String {
    let value = f32::from_bits(bits);
    if value.is_nan() {
        nan(bits >> 31 != 0, u64::from(bits & 0x7f_ffff), 0x40_0000)
    } else {
        // The shortest digits that give back the same number, which Rust writes, are also the text
        // format's way of writing it.
        format!("{value:?}")
    }
}

/// A floating-point number from its bits.
fn float64(bits: u64) -> String {
    let value = f64::from_bits(bits);
    if value.is_nan() {
        let payload = bits & 0xf_ffff_ffff_ffff;
        nan(bits >> 63 != 0, payload, 0x8_0000_0000_0000)
    } else {
        format!("{value:?}")
    }
}

/// "Not a number", with its payload where that is not the usual one.
fn nan(negative: bool, payload: u64, usual: u64) -> String {
    let sign = if negative { "-" } else { "" };
    if payload == usual {
        format!("{sign}nan")
    } else {
        format!("{sign}nan:{payload:#x}")
    }
}
