//! The small pieces of text that names and values are made of.

use wasmparser::{AbstractHeapType, HeapType, RefType, UnpackedIndex, ValType};

/// A number of bytes: "1 byte", "22 bytes".
pub(crate) fn bytes(n: usize) -> String {
    if n == 1 {
        "1 byte".to_string()
    } else {
        format!("{n} bytes")
    }
}

/// Text in quotes, with whatever cannot be printed written as an escape.  Bytes that are not UTF-8
/// become escapes as in the text format, `\ff`.
pub(crate) fn quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '\'' {
                out.push(c); // in double quotes it needs no escape
            } else {
                out.extend(c.escape_debug());
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\{byte:02x}"));
        }
    }
    out.push('"');
    out
}

/// Whether text reads well between quotes: UTF-8 without control characters, but for line ends
/// and tabs.
pub(crate) fn readable(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| {
        text.chars()
            .all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
    })
}

/// What kind of thing an import or export is, by its byte, in the text format's words.
pub(crate) fn keyword(kind: u8) -> &'static str {
    match kind {
        0 => "func",
        1 => "table",
        2 => "memory",
        3 => "global",
        _ => "tag",
    }
}

/// The same in the specification's words.
pub(crate) fn kind(kind: u8) -> &'static str {
    match kind {
        0 => "function",
        other => keyword(other),
    }
}

/// A value type as the text format writes it (the specification, "Types" in chapter 6).
pub(crate) fn value_type(ty: ValType) -> String {
    match ty {
        ValType::I32 => "i32".to_string(),
        ValType::I64 => "i64".to_string(),
        ValType::F32 => "f32".to_string(),
        ValType::F64 => "f64".to_string(),
        ValType::V128 => "v128".to_string(),
        ValType::Ref(ty) => ref_type(ty),
    }
}

/// A reference type as the text format writes it, with the short form where there is one.
pub(crate) fn ref_type(ty: RefType) -> String {
    match (ty.is_nullable(), ty.heap_type()) {
        (true, HeapType::Abstract { shared: false, ty }) => nullable(ty).to_string(),
        (true, heap) => format!("(ref null {})", heap_type(heap)),
        (false, heap) => format!("(ref {})", heap_type(heap)),
    }
}

/// A heap type as the text format writes it.
pub(crate) fn heap_type(ty: HeapType) -> String {
    match ty {
        HeapType::Abstract { shared: false, ty } => abstract_type(ty).to_string(),
        HeapType::Abstract { shared: true, ty } => format!("(shared {})", abstract_type(ty)),
        HeapType::Concrete(index) => type_index(index),
        HeapType::Exact(index) => format!("(exact {})", type_index(index)),
    }
}

/// The number of a type that the module defines.
fn type_index(index: UnpackedIndex) -> String {
    match index {
        UnpackedIndex::Module(index) => index.to_string(),
        // Only the validator makes the other forms, and it is not asked here.
        other => other.to_string(),
    }
}

/// The short form of a nullable reference to an abstract type.
fn nullable(ty: AbstractHeapType) -> &'static str {
    use AbstractHeapType as T;
    match ty {
        T::Func => "funcref",
        T::Extern => "externref",
        T::Any => "anyref",
        T::None => "nullref",
        T::NoExtern => "nullexternref",
        T::NoFunc => "nullfuncref",
        T::Eq => "eqref",
        T::Struct => "structref",
        T::Array => "arrayref",
        T::I31 => "i31ref",
        T::Exn => "exnref",
        T::NoExn => "nullexnref",
        T::Cont => "contref",
        T::NoCont => "nullcontref",
    }
}

/// The name of an abstract type.
fn abstract_type(ty: AbstractHeapType) -> &'static str {
    use AbstractHeapType as T;
    match ty {
        T::Func => "func",
        T::Extern => "extern",
        T::Any => "any",
        T::None => "none",
        T::NoExtern => "noextern",
        T::NoFunc => "nofunc",
        T::Eq => "eq",
        T::Struct => "struct",
        T::Array => "array",
        T::I31 => "i31",
        T::Exn => "exn",
        T::NoExn => "noexn",
        T::Cont => "cont",
        T::NoCont => "nocont",
    }
}

/// The longest signature that is written out, in bytes of text.
///
/// A module of a few megabytes could otherwise name a type of a thousand parameters in each of a
/// million imports, and fill the memory with copies of its text.
const LONGEST_SIGNATURE: usize = 200;

/// A function type, such as `(param i32 i32) (result i64)`, and nothing for `[] -> []`.
/// `None` where the text would be too long.
pub(crate) fn signature(params: &[String], results: &[String]) -> Option<String> {
    let mut parts = Vec::new();
    for (keyword, types) in [("param", params), ("result", results)] {
        if types.len() > LONGEST_SIGNATURE {
            return None;
        }
        if !types.is_empty() {
            parts.push(format!("({keyword} {})", types.join(" ")));
        }
    }
    let text = parts.join(" ");
    (text.len() <= LONGEST_SIGNATURE).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes() {
        assert_eq!(quoted(b"\0asm"), "\"\\0asm\"");
        assert_eq!(quoted(b"it's"), "\"it's\"");
        assert_eq!(quoted(b"a\"b\\c\n"), "\"a\\\"b\\\\c\\n\"");
        assert_eq!(quoted(b"\xffz"), "\"\\ffz\"");
        assert_eq!(quoted("\u{202e}".as_bytes()), "\"\\u{202e}\"");
    }

    #[test]
    fn long_signatures_are_not_written_out() {
        let types = |n| vec!["i32".to_string(); n];
        assert_eq!(signature(&[], &[]).as_deref(), Some(""));
        assert_eq!(
            signature(&types(2), &types(1)).as_deref(),
            Some("(param i32 i32) (result i32)")
        );
        assert!(signature(&types(40), &[]).is_some());
        assert_eq!(signature(&types(60), &[]), None);
    }
}
