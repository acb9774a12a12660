//! Who made a module. A file that was stripped does not say it, but often there are traces.

use super::contains;
use crate::frame::{CUSTOM, Layout};
use crate::model::Model;

/// Whose work a module is. Advice that only Rust can follow is for Rust's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Maker {
    /// At least in part Rust's.
    Rust,
    /// Something else's: C, C++, Go and others.
    Other,
    /// No trace tells.
    Unknown,
}

/// By what the producers say, or else by names, imports, exports and messages of panics. `speaks` says whether it has
/// messages of Rust's.
pub(super) fn of(bytes: &[u8], layout: &Layout, model: Option<&Model<'_>>, speaks: bool) -> Maker {
    let mut customs = layout.frames.iter().filter(|frame| frame.id == CUSTOM);
    let producers = customs.find(|frame| frame.custom_name(bytes) == Some(b"producers"));
    let said = producers.map_or(&[][..], |frame| &bytes[frame.body..frame.end]);
    let Some(model) = model else {
        return Maker::Unknown;
    };
    if speaks || contains(said, b"Rust") || is_rust(model) {
        Maker::Rust
    } else if contains(said, b"language") || is_of_another(model) {
        Maker::Other
    } else {
        Maker::Unknown
    }
}

/// Whether names are Rust's: their hashes tell, or those of wasm-bindgen.
fn is_rust(model: &Model<'_>) -> bool {
    let bindgen = |name: &[u8]| name.starts_with(b"__wbindgen") || name == b"wbg";
    model.names.iter().any(|(_, name)| has_hash(name))
        || model.imports.iter().any(|import| bindgen(import.module))
        || model.exports.iter().any(|export| bindgen(export.name))
}

/// Whether a name ends as Rust's do: `::h` and 16 digits, mangled `17h`, the digits and `E`; or whether it has the
/// mangling that came after.
fn has_hash(name: &[u8]) -> bool {
    let digits = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    let ends = |rest: &[u8], before: &[u8]| {
        rest.split_last_chunk::<16>()
            .is_some_and(|(front, hash)| front.ends_with(before) && digits(hash))
    };
    ends(name, b"::h")
        || name
            .strip_suffix(b"E")
            .is_some_and(|rest| ends(rest, b"17h"))
        || name.starts_with(b"_RNv")
        || name.starts_with(b"_RIN")
}

/// Whether something else has left traces: Emscripten, C with no `main`, Go, AssemblyScript.
fn is_of_another(model: &Model<'_>) -> bool {
    let imported = model.imports.iter().any(|import| {
        contains(import.name, b"emscripten")
            || matches!(import.module, b"gojs" | b"go")
            // Emscripten makes names short, from `a` on.
            || (import.module == b"a" && import.name.len() <= 2)
    });
    let exported = model.exports.iter().any(|export| {
        contains(export.name, b"emscripten")
            || matches!(
                export.name,
                b"__wasm_call_ctors"
                    | b"malloc"
                    | b"stackSave"
                    | b"__pin"
                    | b"asyncify_start_unwind"
            )
    });
    imported || exported
}
