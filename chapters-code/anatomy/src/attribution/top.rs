//! What weighs how much.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::names::{Language, of_the_library};
use super::parts::{Kind, Part, Whole};
use crate::error::Error;

/// What [`top`] puts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum By {
    /// Nothing: each function, data segment and other section stands for itself.
    Function,
    /// The functions of a crate.
    Crate,
    /// The instances of a generic function.
    Generic,
    /// Whole sections.
    Section,
    /// The code that comes from one source file, as the debug information in the file says.
    #[cfg(feature = "source")]
    Source,
}

/// Something with a share in a file's size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// What it is called: a function's name, demangled and without its hash, a crate, a section, a path.
    pub name: String,
    /// `function`, `crate`, `language`, `generic`, `data`, `custom section`, `section`, `framing` (what holds functions
    /// or data together) or `source`.
    pub kind: String,
    /// How many bytes are its own.
    pub size: u64,
    /// How many functions, data segments or other items that is.
    pub count: u64,
    /// The size of the largest of them, in bytes. For a generic function, that is about what a single copy would leave.
    pub largest: u64,
    /// Of a function by itself: its crate, or what [`By::Crate`] has in its place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// The one function or data segment that it is, by its number: `func[12]`, `data[0]`. `why` takes it for a name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
}

/// Says what weighs how much, the largest first. The sizes add up to the file's.
///
/// * By [`By::Function`]: like [`items`](crate::items), but without the hashes in names.
/// * By [`By::Crate`]: the crate of each Rust function, which is the one that its path begins with (`mine::f::{closure}`,
///   `core::ptr::drop_in_place::<mine::Thing>` is `core`'s). `<Type as Trait>::method` belongs to the crate of the type;
///   if that is `core`, `alloc` or `std`, or the type is one of the language's or a parameter, to the trait's. What has no
///   Rust symbol is of the kind `language`: `C or C++`, `C library` (with compiler-rt, and what starts a program),
///   `unmangled` (names without a path, such as those of `#[no_mangle]`), or `no name`.
/// * By [`By::Generic`]: functions whose names differ only in generic arguments are one. What is no instance of a
///   generic function has a count of 1.
/// * By [`By::Section`]: sections, with those of a component's modules.
#[cfg_attr(
    feature = "source",
    doc = "* By [`By::Source`]: the source file that code was compiled from; all else by section."
)]
///
/// Data segments belong to nobody: what is in them could be anybody's. They, custom sections and all other sections
/// stand beside the functions, whatever these are put together by.
///
/// ```
/// use anatomy::By;
/// let module = wat::parse_str(
///     r#"(module
///         (func $_ZN4core3fmt5write17h0123456789abcdefE)
///         (func $_ZN4mine4main17h0123456789abcdefE i32.const 1 drop)
///         (func $_ZN4mine4help17hfedcba9876543210E))"#,
/// )?;
/// let crates = anatomy::top(&module, By::Crate)?;
/// let mine = crates.iter().find(|share| share.name == "mine").unwrap();
/// assert_eq!((mine.size, mine.count, mine.largest), (9, 2, 6));
///
/// let sum: u64 = crates.iter().map(|share| share.size).sum();
/// assert_eq!(sum, module.len() as u64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Those of [`take_apart`](crate::take_apart).
#[cfg_attr(
    feature = "source",
    doc = "By source also if the file has no debug information that can be read; the message says how to get it."
)]
pub fn top(bytes: &[u8], by: By) -> Result<Vec<Share>, Error> {
    let whole = Whole::read(bytes)?;
    let mut shares = match by {
        By::Function => {
            let owners = Owners::new(&whole);
            let parts = whole.parts.iter().map(|part| Share {
                owner: (part.kind == Kind::Function).then(|| owners.of(part).1),
                ..share(&whole, part)
            });
            parts.collect()
        }
        By::Crate => crates(&whole),
        By::Generic => generics(&whole),
        By::Section => sections(&whole),
        #[cfg(feature = "source")]
        By::Source => super::source::shares(&whole)?,
    };
    // Framing may have nothing left in it.
    shares.retain(|share: &Share| share.size > 0);
    // What is equally large stays in the order of the file.
    shares.sort_by_key(|share| Reverse(share.size));
    Ok(shares)
}

/// A part by itself.
pub(super) fn share(whole: &Whole<'_>, part: &Part) -> Share {
    Share {
        name: whole.name(part),
        kind: part.kind.text().to_owned(),
        size: part.size as u64,
        count: 1,
        largest: part.size as u64,
        owner: None,
        id: whole.id(part),
    }
}

/// Shares, by kind and name, in the order in which they were first seen.
#[derive(Default)]
pub(super) struct Groups {
    known: HashMap<(&'static str, String), usize>,
    pub shares: Vec<Share>,
}

impl Groups {
    pub fn add(&mut self, kind: &'static str, name: String, size: u64) {
        let next = self.shares.len();
        let at = *self.known.entry((kind, name)).or_insert_with_key(|key| {
            self.shares.push(Share {
                name: key.1.clone(),
                kind: kind.to_owned(),
                size: 0,
                count: 0,
                largest: 0,
                owner: None,
                id: None,
            });
            next
        });
        let share = &mut self.shares[at];
        share.size += size;
        share.count += 1;
        share.largest = share.largest.max(size);
    }
}

/// The names of what is no crate.
const C: &str = "C or C++";
const LIBRARY: &str = "C library";
const UNMANGLED: &str = "unmangled";
const NO_NAME: &str = "no name";

/// Says of each function whose it is: the kind, and the name.
pub(super) struct Owners<'w, 'a> {
    whole: &'w Whole<'a>,
    /// Of each module, what its plain names are the names of.
    plain: Vec<Plain>,
}

#[derive(Clone, Copy, Default)]
struct Plain {
    rust: bool,
    cpp: bool,
    wasi: bool,
}

impl<'w, 'a> Owners<'w, 'a> {
    pub fn new(whole: &'w Whole<'a>) -> Self {
        let mut plain = vec![Plain::default(); whole.holders.len()];
        for (holder, plain) in whole.holders.iter().zip(&mut plain) {
            let Some((model, _)) = &holder.model else {
                continue;
            };
            plain.wasi = model
                .imports
                .iter()
                .any(|import| import.module.starts_with(b"wasi"));
            for frame in &holder.frames {
                if frame.custom_name(holder.bytes) == Some(b"producers") && frame.id == 0 {
                    let says = &holder.bytes[frame.body..frame.end];
                    let has = |word: &[u8]| says.windows(word.len()).any(|window| window == word);
                    plain.rust |= has(b"rustc");
                    plain.cpp |= has(b"clang");
                }
            }
        }
        for part in &whole.parts {
            if let Some(symbol) = whole.symbol(part) {
                let plain = &mut plain[part.holder as usize];
                plain.rust |= symbol.language == Language::Rust;
                plain.cpp |= symbol.language == Language::Cpp;
            }
        }
        Owners { whole, plain }
    }

    /// Whose a function is.
    pub fn of(&self, part: &Part) -> (&'static str, String) {
        let Some(symbol) = self.whole.symbol(part) else {
            return ("language", NO_NAME.to_owned());
        };
        if let Some(krate) = symbol.krate() {
            return ("crate", krate.to_owned());
        }
        let plain = self.plain[part.holder as usize];
        let exported = self.whole.holders[part.holder as usize].exported(part.index);
        let whose = match symbol.language {
            Language::Cpp => C,
            _ if of_the_library(&symbol.text) => LIBRARY,
            _ if plain.rust && plain.wasi && !exported => LIBRARY,
            _ if plain.rust || !plain.cpp => UNMANGLED,
            _ => C,
        };
        ("language", whose.to_owned())
    }
}

pub(super) fn crates(whole: &Whole<'_>) -> Vec<Share> {
    let owners = Owners::new(whole);
    let mut groups = Groups::default();
    for part in &whole.parts {
        let size = part.size as u64;
        match part.kind {
            Kind::Function => {
                let (kind, name) = owners.of(part);
                groups.add(kind, name, size);
            }
            Kind::Data => groups.add("data", "data segments".to_owned(), size),
            kind => groups.add(kind.text(), whole.name(part), size),
        }
    }
    groups.shares
}

fn generics(whole: &Whole<'_>) -> Vec<Share> {
    let mut groups = Groups::default();
    let mut shares = Vec::new();
    for part in &whole.parts {
        match whole.symbol(part).and_then(|symbol| symbol.generic()) {
            Some(name) => groups.add("generic", name, part.size as u64),
            None => shares.push(share(whole, part)),
        }
    }
    for share in &mut groups.shares {
        if share.count == 1 {
            share.kind = "function".to_owned();
        }
    }
    groups.shares.append(&mut shares);
    groups.shares
}

pub(super) fn sections(whole: &Whole<'_>) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    for part in &whole.parts {
        // What is in a section comes behind its framing.
        if matches!(part.kind, Kind::Function | Kind::Data)
            && let Some(section) = shares.last_mut()
        {
            section.size += part.size as u64;
            section.count += 1;
            section.largest = section.largest.max(part.size as u64);
            continue;
        }
        let holds =
            part.kind == Kind::Framing && whole.holders[part.holder as usize].model.is_some();
        let mut section = share(whole, part);
        if holds {
            section.kind = "section".to_owned();
            (section.count, section.largest) = (0, 0);
        }
        shares.push(section);
    }
    shares
}
