//! What symbols say: how people write them, which crate they are of, which generic function they are an instance of.

/// A function's symbol, read.
pub(super) struct Symbol {
    /// Demangled, and without its hash.
    pub text: String,
    /// What language it was mangled in.
    pub language: Language,
}

/// What language a symbol is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Language {
    Rust,
    Cpp,
    /// It is not mangled.
    Plain,
}

/// How many digits the hash of Rust's older mangling has.
const HASH: usize = 16;

impl Symbol {
    /// Reads a symbol as it stands in a file: mangled, or as a linker has demangled it.
    pub fn read(raw: &[u8]) -> Self {
        let raw = String::from_utf8_lossy(raw);
        if let Ok(symbol) = rustc_demangle::try_demangle(&raw) {
            return Symbol {
                text: format!("{symbol:#}"),
                language: Language::Rust,
            };
        }
        if raw.starts_with("_Z") {
            return Symbol {
                text: cpp(&raw).unwrap_or_else(|| raw.into_owned()),
                language: Language::Cpp,
            };
        }
        if let Some(text) = without_hash(&raw) {
            return Symbol {
                text: text.to_owned(),
                language: Language::Rust,
            };
        }
        // What is demangled already: C++ writes the parameters behind a function's name, Rust does not.
        let path = raw.contains("::");
        let language = match raw.contains('(') && !raw.starts_with('<') {
            true if path => Language::Cpp,
            false if path => Language::Rust,
            _ => Language::Plain,
        };
        Symbol {
            text: raw.into_owned(),
            language,
        }
    }

    /// The generic function that it is an instance of, as `alloc::vec::Vec<…>::push`; nothing, if it is not a symbol
    /// of a language that has them.
    pub fn generic(&self) -> Option<String> {
        (self.language != Language::Plain).then(|| erase(&self.text))
    }

    /// The crate of a Rust function.
    pub fn krate(&self) -> Option<&str> {
        if self.language != Language::Rust {
            return None;
        }
        owner(&self.text, 0).map(|name| if name == "__rustc" { "std" } else { name })
    }
}

/// A name without the hash at its end, if there is one.
fn without_hash(name: &str) -> Option<&str> {
    let name = name.split_once(".llvm.").map_or(name, |(name, _)| name);
    let (path, hash) = name.rsplit_once("::h")?;
    let digits = hash.len() == HASH && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
    digits.then_some(path)
}

#[cfg(feature = "cpp")]
fn cpp(raw: &str) -> Option<String> {
    cpp_demangle::Symbol::new(raw).ok()?.demangle().ok()
}

#[cfg(not(feature = "cpp"))]
fn cpp(_: &str) -> Option<String> {
    None
}

/// How deep a path may lie in another's angle brackets.
const DEEPEST: u32 = 8;

/// The crates that are one with the language: an impl of somebody else's trait for their types is somebody else's.
const STANDARD: [&str; 3] = ["core", "alloc", "std"];

/// The crate that a path or a type begins with; for `<Type as Trait>` the type's, or the trait's where the type is the
/// standard library's or the language's.
fn owner(text: &str, depth: u32) -> Option<&str> {
    if depth > DEEPEST {
        return None;
    }
    let text = bare(text);
    let Some(inside) = text.strip_prefix('<') else {
        let end = text.find(|sign: char| !sign.is_alphanumeric() && sign != '_')?;
        return (end > 0 && text[end..].starts_with("::")).then_some(&text[..end]);
    };
    let inside = &inside[..closing(inside)];
    let (ty, of) = match inside.strip_prefix("impl ") {
        Some(impls) => match split(impls, " for ") {
            Some((of, ty)) => (ty, Some(of)),
            None => (impls, None),
        },
        None => match split(inside, " as ") {
            Some((ty, of)) => (ty, Some(of)),
            None => (inside, None),
        },
    };
    let own = owner(ty, depth + 1);
    let traits = of.and_then(|of| owner(of, depth + 1));
    match (own, traits) {
        (Some(own), Some(traits)) if STANDARD.contains(&own) && !STANDARD.contains(&traits) => {
            Some(traits)
        }
        (Some(own), _) => Some(own),
        (None, Some(traits)) => Some(traits),
        // What a type of the language has of its own: `<[u8]>::to_vec`.
        (None, None) => Some("core"),
    }
}

/// A type without what only points to it, or holds it.
fn bare(mut text: &str) -> &str {
    loop {
        let before = text;
        for sign in ["&", "*const ", "*mut ", "mut ", "dyn ", "[", "(", " "] {
            text = text.strip_prefix(sign).unwrap_or(text);
        }
        if let Some(lifetime) = text.strip_prefix('\'') {
            text = lifetime.split_once(' ').map_or("", |(_, rest)| rest);
        }
        if text == before {
            return text;
        }
    }
}

/// Where the angle bracket is closed that was opened before `text`, or its end.
fn closing(text: &str) -> usize {
    let mut depth = 1u32;
    let mut before = b' ';
    for (at, sign) in text.bytes().enumerate() {
        match sign {
            b'<' => depth += 1,
            b'>' if before != b'-' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
        before = sign;
    }
    text.len()
}

/// Splits at the first of these words that is in no angle brackets.
fn split<'t>(text: &'t str, words: &str) -> Option<(&'t str, &'t str)> {
    let mut depth = 0u32;
    let mut before = b' ';
    for (at, sign) in text.bytes().enumerate() {
        match sign {
            b'<' => depth += 1,
            b'>' if before != b'-' => depth = depth.saturating_sub(1),
            b' ' if depth == 0 && text[at..].starts_with(words) => {
                return Some((&text[..at], &text[at + words.len()..]));
            }
            _ => {}
        }
        before = sign;
    }
    None
}

/// A name with `<…>` for all generic arguments.
fn erase(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let inside = &from[1..];
        if out.ends_with("operator") {
            // C++: `operator<`, `operator<<`, `operator<=>`.
            let end = from.find(|sign| !"<>=".contains(sign));
            let (sign, behind) = from.split_at(end.unwrap_or(from.len()));
            out.push_str(sign);
            rest = behind;
        } else if inside.starts_with("impl ")
            || !out.ends_with(|sign: char| sign.is_alphanumeric() || "_:})".contains(sign))
        {
            // `<Type as Trait>`: not arguments, but the place where to look.
            out.push('<');
            rest = inside;
        } else {
            let end = closing(inside);
            out.push_str("<…>");
            rest = inside.get(end + 1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

/// Functions of the C library, of compiler-rt and of the start of a program: what these names begin with.
const LIBRARY: [&str; 15] = [
    "__wasi_",
    "__wasilibc_",
    "__wasm_",
    "__imported_wasi_",
    "__stdio_",
    "__main_",
    "__original_main",
    "undefined_weak:",
    "signature_mismatch:",
    "dlmalloc",
    "dlfree",
    "emscripten_",
    "_emscripten_",
    "_initialize",
    "_start",
];

/// The same: what these names are.
const FUNCTIONS: [&str; 66] = [
    "abort",
    "aligned_alloc",
    "atexit",
    "atoi",
    "bcmp",
    "calloc",
    "exit",
    "_Exit",
    "fclose",
    "fflush",
    "fopen",
    "fputc",
    "fputs",
    "fread",
    "free",
    "fwrite",
    "getcwd",
    "getenv",
    "isatty",
    "malloc",
    "memchr",
    "memcmp",
    "memcpy",
    "memmove",
    "memrchr",
    "memset",
    "posix_memalign",
    "printf",
    "fprintf",
    "vfprintf",
    "printf_core",
    "puts",
    "qsort",
    "read",
    "realloc",
    "sbrk",
    "snprintf",
    "vsnprintf",
    "sprintf",
    "strcat",
    "strchr",
    "strchrnul",
    "strcmp",
    "strcpy",
    "strdup",
    "strerror",
    "strlen",
    "strncmp",
    "strncpy",
    "strnlen",
    "strrchr",
    "strtod",
    "strtol",
    "strtoul",
    "wcrtomb",
    "wctomb",
    "write",
    "writev",
    "__lctrans",
    "__multi3",
    "__udivti3",
    "__divti3",
    "__umodti3",
    "__modti3",
    "__ashlti3",
    "__lshrti3",
];

/// Whether a plain name is one of the C library's or compiler-rt's.
pub(super) fn of_the_library(name: &str) -> bool {
    // A linker numbers what it has several of: `strlen.1`.
    let name = name.split_once('.').map_or(name, |(name, _)| name);
    FUNCTIONS.contains(&name) || LIBRARY.iter().any(|begins| name.starts_with(begins))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates() {
        for (name, whose) in [
            ("mine::main", Some("mine")),
            ("mine::main::{closure#0}", Some("mine")),
            (
                "<alloc::vec::Vec<u8> as core::ops::Drop>::drop",
                Some("alloc"),
            ),
            ("<alloc::vec::Vec<u8> as mine::Write>::write", Some("mine")),
            ("core::ptr::drop_in_place::<mine::Thing>", Some("core")),
            (
                "<&mut std::io::Stdout as core::fmt::Write>::write_str",
                Some("std"),
            ),
            ("<u32 as core::fmt::Display>::fmt", Some("core")),
            ("<u32 as mine::Show>::show", Some("mine")),
            ("<[mine::Thing] as core::fmt::Debug>::fmt", Some("mine")),
            (
                "<mine::f::{closure#0} as core::ops::FnOnce<()>>::call_once",
                Some("mine"),
            ),
            ("<T as alloc::string::ToString>::to_string", Some("alloc")),
            (
                "<&'a dyn mine::Trait as core::fmt::Debug>::fmt",
                Some("mine"),
            ),
            (
                "<<mine::A as mine::B>::C as core::fmt::Debug>::fmt",
                Some("mine"),
            ),
            ("<(A, fn(u8) -> u8) as mine::Trait>::f", Some("mine")),
            ("<[u8]>::escape_ascii", Some("core")),
            ("<impl mine::Trait for u8>::f", Some("mine")),
            (
                "core::fmt::num::<impl core::fmt::Display for u32>::fmt",
                Some("core"),
            ),
            ("__rustc::__rust_alloc", Some("std")),
            ("<", Some("core")),
        ] {
            let symbol = Symbol {
                text: name.to_owned(),
                language: Language::Rust,
            };
            assert_eq!(symbol.krate(), whose, "{name}");
        }
    }

    #[test]
    fn symbols() {
        for (raw, text, language) in [
            (
                "_ZN4core3fmt5write17h0123456789abcdefE",
                "core::fmt::write",
                Language::Rust,
            ),
            (
                "core::fmt::write::h0123456789abcdef",
                "core::fmt::write",
                Language::Rust,
            ),
            ("_RNvC6_123foo3bar", "123foo::bar", Language::Rust),
            ("memcpy", "memcpy", Language::Plain),
            (
                "std::string::append(char const*)",
                "std::string::append(char const*)",
                Language::Cpp,
            ),
            ("foo(int)", "foo(int)", Language::Plain),
        ] {
            let symbol = Symbol::read(raw.as_bytes());
            assert_eq!(
                (symbol.text.as_str(), symbol.language),
                (text, language),
                "{raw}"
            );
        }
    }

    #[test]
    fn generic_functions() {
        for (name, erased) in [
            (
                "core::ptr::drop_in_place::<mine::Thing<u8>>",
                "core::ptr::drop_in_place::<…>",
            ),
            (
                "<alloc::vec::Vec<u8> as core::ops::Drop>::drop",
                "<alloc::vec::Vec<…> as core::ops::Drop>::drop",
            ),
            (
                "mine::map::<fn(u8) -> u8>::{closure#0}",
                "mine::map::<…>::{closure#0}",
            ),
            (
                "a::<impl b::C<D> for E<F>>::g",
                "a::<impl b::C<…> for E<…>>::g",
            ),
            ("bool operator<<int>(int)", "bool operator<<int>(int)"),
            ("mine::main", "mine::main"),
            ("a<b", "a<…>"),
        ] {
            assert_eq!(erase(name), erased);
        }
    }
}
