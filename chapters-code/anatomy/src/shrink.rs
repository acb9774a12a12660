//! Makes a module or component smaller without changing what it does.
//!
//! A module is read once into [`module::Module`], in which every function is a run of bytes and a list of the places in
//! it that name something by its number.  The steps then decide what goes, and the module is written after each of
//! them: so each step's saving is measured.

mod alive;
mod body;
mod keep;
mod merge;
mod metadata;
mod module;
mod names;
mod numbers;
mod plan;
mod steps;
mod within;
mod write;
mod zeros;

use serde::{Deserialize, Serialize};
use wasmparser::{Validator, WasmFeatures};

use crate::error::Error;
use crate::frame::{self, CUSTOM, HEADER, Layer};

pub use keep::Keep;
pub use within::replace_modules;

/// How [`shrink`] should work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Which custom sections stay.
    pub keep: Keep,
}

/// What [`shrink`] made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shrunk {
    /// The module or component, which is never larger than it was.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// The receipt: the savings add up to the difference of the sizes.
    pub cuts: Vec<Cut>,
    /// What was not worked on, and why.
    pub left: Vec<Left>,
}

/// A line of the receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// The kind of finding that it deals with, one of [`FINDINGS`](crate::FINDINGS), or `custom` for a custom section
    /// that no finding speaks of.
    pub id: String,
    /// What was cut, as a few words.
    pub what: String,
    /// In which module or component of a component, such as `core module 0`; nothing for the file itself.
    pub place: String,
    /// How many of them; 0 if they were not counted.
    pub count: u64,
    /// How many bytes the file lost with them.
    pub saving: u64,
}

/// A module that was not worked on, apart from its custom sections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Which one, as in [`Cut::place`].
    pub place: String,
    /// Why, as a sentence without its full stop.
    pub why: String,
}

/// How deep components may lie in one another: deeper ones stay as they are.
const DEEPEST: usize = 20;

/// Makes a module or component smaller without changing what it does: with the same imports, its exports do the same.
///
/// Cut are, in this order:
///
/// 1. custom sections that [`Options::keep`] does not name;
/// 2. numbers that are longer than they have to be (`padding`);
/// 3. empty sections (`unused`);
/// 4. instructions without effect and locals that are never used (`unoptimised`);
/// 5. what no export, import, start function or active segment reaches: functions (`dead-functions`), tables with their
///    elements (`unused-table`), memories, globals, tags, data and types (`unused`);
/// 6. function types and functions that are there twice (`duplicates`);
/// 7. zeros at the ends of data segments (`zeros`).
///
/// Steps 2 to 7 are repeated until they find nothing more, and the receipt has their sums.
///
/// Imports and exports keep their names, their order and their types.  A program in WebAssembly cannot tell the
/// difference.  A host can, if it looks at what no standard promises: the numbers of functions, which JavaScript gives
/// as the `name` of an exported function and in backtraces, the offsets in backtraces, and how much memory and stack it
/// takes.  Two functions are merged only if at most one of them can be had as a reference, so that no host can find two
/// references equal that were not.
///
/// ```
/// let module = wat::parse_str(r#"(module (func $unused) (func $used (export "f")))"#)?;
/// let shrunk = anatomy::shrink(&module, &anatomy::Options::default())?;
/// let cuts: Vec<_> = shrunk.cuts.iter().map(|cut| (cut.id.as_str(), cut.saving)).collect();
/// assert_eq!(cuts, [("names", 24), ("dead-functions", 4)]);
/// assert_eq!(module.len() - shrunk.bytes.len(), 24 + 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the file is not valid (of a component, without the feature `components`: if a module in it is not): an engine
/// would not run it either.  A file of a proposal that is not known here counts as
/// such.  Nothing is half done: there is a result or there is an error.
pub fn shrink(bytes: &[u8], options: &Options) -> Result<Shrunk, Error> {
    frame::frames(bytes)?;
    let features = valid(bytes)?;
    let mut done = Shrunk {
        bytes: Vec::new(),
        cuts: Vec::new(),
        left: Vec::new(),
    };
    done.bytes = whole(bytes, 0, "", options, &mut done.cuts, &mut done.left)?;
    if done.bytes.len() >= bytes.len() {
        done.bytes = bytes.to_vec();
        done.cuts.clear();
    } else if let Err(error) = validated(&done.bytes, features) {
        // This would be a mistake in this crate: better no result than a wrong one.
        return Err(Error::at(
            0,
            format!(
                "the smaller file would be invalid, which is a mistake in `shrink`: {} at its offset {:#x}",
                error.message, error.offset
            ),
        ));
    }
    Ok(done)
}

/// Checks that the file is valid, and says with which features: those that are on by default, or else all.
fn valid(bytes: &[u8]) -> Result<WasmFeatures, Error> {
    let usual = WasmFeatures::default();
    let Err(error) = validated(bytes, usual) else {
        return Ok(usual);
    };
    let all = WasmFeatures::all();
    match validated(bytes, all) {
        Ok(()) => Ok(all),
        Err(_) => Err(error),
    }
}

/// Validates a file. Without this crate's feature `components`, of a component only the modules in it are looked at: of
/// what is around them, nothing but custom sections and sizes is changed.
fn validated(bytes: &[u8], features: WasmFeatures) -> Result<(), Error> {
    if cfg!(not(feature = "components")) && frame::frames(bytes)?.layer == Layer::Component {
        return within::each(bytes, &mut |module| validated(module, features));
    }
    let validated = Validator::new_with_features(features).validate_all(bytes);
    validated.map(drop).map_err(Error::from)
}

/// A module or component that begins at `at` of the file and ends with `bytes`.
fn whole(
    bytes: &[u8],
    at: usize,
    place: &str,
    options: &Options,
    cuts: &mut Vec<Cut>,
    left: &mut Vec<Left>,
) -> Result<Vec<u8>, Error> {
    let layout = frame::layout(bytes, at)?;
    if layout.layer == Layer::Module {
        return steps::module(bytes, at, place, options, cuts, left);
    }
    let mut out = bytes[at..at + HEADER].to_vec();
    let (mut customs, mut inner) = (Vec::new(), Vec::new());
    let mut numbers = [0u32; 2];
    for frame in &layout.frames {
        let number = match frame.kind() {
            "core module" => &mut numbers[0],
            "component" => &mut numbers[1],
            _ => {
                if frame.id == CUSTOM {
                    let name = frame.custom_name(bytes).unwrap_or_default();
                    if !options.keep.keeps(name) {
                        keep::cut(name, place, frame.end - frame.start, &mut customs);
                        continue;
                    }
                }
                section(frame.id, &bytes[frame.body..frame.end], &mut out);
                continue;
            }
        };
        let mut name = format!("{} {number}", frame.kind());
        *number += 1;
        if !place.is_empty() {
            name = format!("{place}: {name}");
        }
        let contents = if name.matches(": ").count() < DEEPEST {
            let bytes = &bytes[..frame.end];
            whole(bytes, frame.body, &name, options, &mut inner, left)?
        } else {
            bytes[frame.body..frame.end].to_vec()
        };
        section(frame.id, &contents, &mut out);
    }
    // What is cut inside makes numbers around it shorter.
    let accounted: u64 = customs.iter().chain(&inner).map(|cut| cut.saving).sum();
    let saving = ((bytes.len() - at) as u64)
        .checked_sub(out.len() as u64 + accounted)
        .ok_or_else(|| {
            Error::at(
                at,
                "the component would become larger, which is a mistake in `shrink`",
            )
        })?;
    cuts.append(&mut customs);
    cuts.append(&mut inner);
    if saving > 0 {
        cuts.push(Cut {
            id: "padding".to_string(),
            what: "sizes of a component's sections".to_string(),
            place: place.to_string(),
            count: 0,
            saving,
        });
    }
    Ok(out)
}

/// Writes a section with its id and its size.
fn section(id: u8, contents: &[u8], out: &mut Vec<u8>) {
    out.push(id);
    numbers::write_unsigned(contents.len() as u64, out);
    out.extend(contents);
}
