//! Which source file code was compiled from, as DWARF's line table says (the DWARF standard, 6.2 Line Number
//! Information; for WebAssembly, addresses are offsets in the contents of the code section).

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};

use gimli::{
    AttributeValue, DebugLine, DebugLineOffset, DebugLineStr, DebugStr, EndianSlice,
    LineProgramHeader, LittleEndian,
};

use super::parts::{Holder, Kind, Part, Whole};
use super::top::{Groups, Share, share};
use crate::error::Error;

/// What says which code is from where.
const LINES: &[u8] = b".debug_line";

/// What belongs to no file.
const NO_SOURCE: &str = "no source";

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// The code by source file, all else by section.
pub(super) fn shares(whole: &Whole<'_>) -> Result<Vec<Share>, Error> {
    let tables: Vec<Option<Lines>> = whole.holders.iter().map(Lines::read).collect();
    if tables.iter().all(Option::is_none) {
        return Err(Error::at(
            0,
            "there is no debug information in it (no custom section `.debug_line` that can be read), so nothing says which \
             file code is from: build with `debug = \"line-tables-only\"` and `strip = \"none\"` in the profile, or with \
             `-C debuginfo=line-tables-only` and `-C strip=none`, and let no optimiser go over it after linking",
        ));
    }
    let mut groups = Groups::default();
    let mut shares = Vec::new();
    for part in &whole.parts {
        if part.kind == Kind::Function {
            match &tables[part.holder as usize] {
                Some(lines) => lines.function(whole, part, &mut groups),
                None => groups.add("source", NO_SOURCE.to_owned(), part.size as u64),
            }
        } else if part.kind == Kind::Data {
            groups.add("data", "data segments".to_owned(), part.size as u64);
        } else {
            shares.push(share(whole, part));
        }
    }
    groups.shares.append(&mut shares);
    Ok(groups.shares)
}

/// A run of code from one file; the addresses are offsets in the contents of the code section.
#[derive(Clone, Copy)]
struct Range {
    from: u32,
    to: u32,
    file: u32,
}

/// What a module's line table says.
#[derive(Default)]
struct Lines {
    /// In ascending order.
    ranges: Vec<Range>,
    /// What the files are called.
    files: Vec<String>,
    /// The same the other way round.
    known: HashMap<String, u32>,
}

impl Lines {
    /// Reads a module's line table, up to where it cannot be read; nothing if there is none, or nothing in it.
    fn read(holder: &Holder<'_>) -> Option<Self> {
        let section = |wanted: &[u8]| {
            let frame = holder
                .frames
                .iter()
                .find(|frame| frame.id == 0 && frame.custom_name(holder.bytes) == Some(wanted))?;
            let body = &holder.bytes[frame.body..frame.end];
            // The section's name comes before its contents.
            let (_, used) = crate::leb::unsigned(body, 32)?;
            body.get(used + wanted.len()..)
        };
        holder.model.as_ref()?;
        let code = holder.frames.iter().find(|frame| frame.kind() == "code")?;
        let table = section(LINES)?;
        let texts = Texts {
            text: DebugStr::from(section_or_none(section(b".debug_str"))),
            line: DebugLineStr::from(section_or_none(section(b".debug_line_str"))),
            left: Cell::new(4 * holder.bytes.len()),
        };
        // The first function begins behind their number; what lies before was code that the linker left out.
        let first = 1;
        let last = (code.end - code.body) as u64;
        let mut lines = Lines::default();
        let lines_section = DebugLine::new(table, LittleEndian);
        let mut at = 0usize;
        while at < table.len() {
            let Ok(program) = lines_section.program(DebugLineOffset(at), 4, None, None) else {
                break;
            };
            let length = match program.header().format() {
                gimli::Format::Dwarf32 => 4,
                gimli::Format::Dwarf64 => 12,
            };
            at = at
                .saturating_add(length)
                .saturating_add(program.header().unit_length());
            let mut files: HashMap<u64, u32> = HashMap::new();
            let mut rows = program.rows();
            // The address and the file of the row before, and whether the sequence is of code that is there.
            let mut before: Option<(u64, u64)> = None;
            let mut there = true;
            while let Ok(Some((header, row))) = rows.next_row() {
                let address = row.address();
                match before {
                    None => there = address >= first,
                    Some((from, file)) if there && from < address && address <= last => {
                        let file = *files
                            .entry(file)
                            .or_insert_with(|| lines.file(path(header, file, &texts)));
                        lines.add(from as u32, address as u32, file);
                    }
                    Some(_) => {}
                }
                before = (!row.end_sequence()).then(|| (address, row.file_index()));
            }
        }
        lines.known = HashMap::new();
        lines.ranges.sort_by_key(|range| range.from);
        (!lines.ranges.is_empty()).then_some(lines)
    }

    fn add(&mut self, from: u32, to: u32, file: u32) {
        if let Some(range) = self.ranges.last_mut()
            && (range.to, range.file) == (from, file)
        {
            range.to = to;
        } else {
            self.ranges.push(Range { from, to, file });
        }
    }

    /// The number of a file.
    fn file(&mut self, path: String) -> u32 {
        let next = self.files.len() as u32;
        *self.known.entry(path).or_insert_with_key(|path| {
            self.files.push(path.clone());
            next
        })
    }

    /// Gives each byte of a function to a file.
    fn function(&self, whole: &Whole<'_>, part: &Part, groups: &mut Groups) {
        let holder = &whole.holders[part.holder as usize];
        let Some(code) = holder.frames.get(part.frame as usize) else {
            return;
        };
        let from = (part.offset - code.body) as u32;
        let end = from + part.size as u32;
        // The last that begins before the function may reach into it.
        let mut at = self.ranges.partition_point(|range| range.from < from);
        if at > 0 && self.ranges[at - 1].to > from {
            at -= 1;
        }
        let mut sums: BTreeMap<u32, u64> = BTreeMap::new();
        let mut add = |file: u32, size: u32| {
            if size > 0 {
                *sums.entry(file).or_default() += u64::from(size);
            }
        };
        let mut done = from;
        let mut last = None;
        for range in &self.ranges[at..] {
            if range.from >= end {
                break;
            }
            let to = range.to.min(end);
            if to <= done {
                continue;
            }
            // A function's size and locals come before its first line; what else has none is of the line before.
            let start = range.from.max(done);
            add(last.unwrap_or(range.file), start - done);
            add(range.file, to - start);
            last = Some(range.file);
            done = to;
        }
        match last {
            Some(file) => add(file, end - done),
            None => groups.add("source", NO_SOURCE.to_owned(), part.size as u64),
        }
        for (file, size) in sums {
            groups.add("source", self.files[file as usize].clone(), size);
        }
    }
}

fn section_or_none(section: Option<&[u8]>) -> Slice<'_> {
    EndianSlice::new(section.unwrap_or_default(), LittleEndian)
}

/// Where the names of files are.
struct Texts<'a> {
    text: DebugStr<Slice<'a>>,
    line: DebugLineStr<Slice<'a>>,
    /// How many bytes of names may still be read. A file of a few megabytes could otherwise have a million names that are
    /// each a megabyte long, by sharing it.
    left: Cell<usize>,
}

impl<'a> Texts<'a> {
    fn read(&self, value: AttributeValue<Slice<'a>>) -> Option<Slice<'a>> {
        let left = self.left.get();
        if left == 0 {
            return None;
        }
        let text = match value {
            AttributeValue::String(text) => Some(text),
            AttributeValue::DebugStrRef(at) => self.text.get_str(at).ok(),
            AttributeValue::DebugLineStrRef(at) => self.line.get_str(at).ok(),
            _ => return None,
        };
        // A text without an end has been searched for it.
        let read = text.map_or(left, |text| text.len() + 1);
        self.left.set(left.saturating_sub(read));
        text
    }
}

/// The path of a file of a line table, shortened.
fn path(header: &LineProgramHeader<Slice<'_>>, file: u64, texts: &Texts<'_>) -> String {
    let whole = || {
        let entry = header.file(file)?;
        let name = texts
            .read(entry.path_name())?
            .to_string_lossy()
            .into_owned();
        if is_absolute(&name) {
            return Some(name);
        }
        let folder = entry.directory(header).and_then(|value| texts.read(value));
        Some(match folder {
            Some(folder) if !folder.is_empty() => format!("{}/{name}", folder.to_string_lossy()),
            _ => name,
        })
    };
    let short = whole().map(|path| shorten(&path));
    short
        .filter(|path| !path.is_empty())
        .unwrap_or_else(|| NO_SOURCE.to_owned())
}

fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '\\'])
        || path
            .get(1..3)
            .is_some_and(|drive| drive == ":\\" || drive == ":/")
}

/// How many folders and the file of another absolute path are left of it.
const TAIL: usize = 4;

/// A path without what is before the crate in it: `serde-1.0.228/src/de/mod.rs`, `library/core/src/fmt/mod.rs`.
fn shorten(path: &str) -> String {
    let path = path.replace('\\', "/");
    // Compilers are told to write `sdk:/v1/...` for the folder that they were built in.
    let absolute = is_absolute(&path) || path.contains(":/");
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let find = |words: &[&str]| {
        parts
            .windows(words.len())
            .rposition(|window| window == words)
    };
    // `/rustc/HASH/library/core/...`, and the same in a toolchain's folder.
    if let Some(at) = find(&["library"])
        && (parts.first() == Some(&"rustc") || find(&["rustlib", "src", "rust"]).is_some())
    {
        parts.drain(..at);
    } else if let Some(at) = find(&["registry", "src"]) {
        parts.drain(..parts.len().min(at + 3));
    } else if let Some(at) = find(&["git", "checkouts"]) {
        // The repository with a hash, then the commit.
        parts.drain(..at + 2);
        if parts.len() > 2 {
            parts.remove(1);
        }
    } else if let Some(at) = find(&["rust", "deps"]) {
        parts.drain(..at + 2);
    } else if absolute && parts.len() > TAIL {
        parts.drain(..parts.len() - TAIL);
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::shorten;

    #[test]
    fn paths() {
        for (path, short) in [
            (
                "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/fmt/mod.rs",
                "library/core/src/fmt/mod.rs",
            ),
            (
                "/home/me/.rustup/toolchains/nightly/lib/rustlib/src/rust/library/std/src/rt.rs",
                "library/std/src/rt.rs",
            ),
            (
                "/home/me/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/serde-1.0.228/src/de/mod.rs",
                "serde-1.0.228/src/de/mod.rs",
            ),
            (
                r"C:\Users\me\.cargo\registry\src\index.crates.io-1949cf8c6b5b557f\serde-1.0.228\src\lib.rs",
                "serde-1.0.228/src/lib.rs",
            ),
            (
                "/home/me/.cargo/git/checkouts/mine-0123/4567/src/lib.rs",
                "mine-0123/src/lib.rs",
            ),
            (
                "/rust/deps/dlmalloc-0.2.9/src/dlmalloc.rs",
                "dlmalloc-0.2.9/src/dlmalloc.rs",
            ),
            ("src/main.rs", "src/main.rs"),
            ("./src/../src/main.rs", "src/main.rs"),
            ("../other/src/lib.rs", "../other/src/lib.rs"),
            (
                "/home/runner/work/wasi-sdk/src/wasi-libc/dlmalloc/src/malloc.c",
                "wasi-libc/dlmalloc/src/malloc.c",
            ),
            (
                "wasisdk:/v33.0+m/src/wasi-libc/dlmalloc/src/malloc.c",
                "wasi-libc/dlmalloc/src/malloc.c",
            ),
            ("/a.c", "a.c"),
            ("", ""),
        ] {
            assert_eq!(shorten(path), short, "{path}");
        }
    }
}
