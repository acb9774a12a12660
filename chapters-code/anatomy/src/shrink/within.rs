//! The core modules in a file, replaced by others.

use super::{DEEPEST, section};
use crate::error::Error;
use crate::frame::{self, HEADER, Layer};

/// Writes a file anew with each of its core modules replaced by what `replace` makes of it; of a module, that is the
/// file.  `replace` gets the module's name, such as `core module 0` or `component 0: core module 1` (nothing, if it is
/// the file), and its bytes.
///
/// With this a component's modules can be given to a program that reads modules alone, as Binaryen's `wasm-opt` does.
/// Whether the result is valid is not asked; [`validate`](crate::validate) does.
///
/// ```
/// let component = wat::parse_str("(component (core module) (core module))")?;
/// let mut names = Vec::new();
/// let same = anatomy::replace_modules(&component, |name, module| {
///     names.push(name.to_string());
///     Ok::<_, anatomy::Error>(module.to_vec())
/// })?;
/// assert_eq!(names, ["core module 0", "core module 1"]);
/// assert_eq!(same, component);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the file is no module and no component, its sections cannot be told apart, or `replace` has an error.
pub fn replace_modules<E: From<Error>>(
    bytes: &[u8],
    mut replace: impl FnMut(&str, &[u8]) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, E> {
    frame::frames(bytes)?;
    whole(bytes, 0, "", &mut replace)
}

fn whole<E: From<Error>>(
    bytes: &[u8],
    at: usize,
    place: &str,
    replace: &mut impl FnMut(&str, &[u8]) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, E> {
    let layout = frame::layout(bytes, at)?;
    if layout.layer == Layer::Module {
        return replace(place, &bytes[at..]);
    }
    let mut out = bytes[at..at + HEADER].to_vec();
    let mut numbers = [0u32; 2];
    for frame in &layout.frames {
        let number = match frame.kind() {
            "core module" => Some(&mut numbers[0]),
            "component" => Some(&mut numbers[1]),
            _ => None,
        };
        let Some(number) = number else {
            section(frame.id, &bytes[frame.body..frame.end], &mut out);
            continue;
        };
        let mut name = format!("{} {number}", frame.kind());
        *number += 1;
        if !place.is_empty() {
            name = format!("{place}: {name}");
        }
        let contents = if name.matches(": ").count() < DEEPEST {
            whole(&bytes[..frame.end], frame.body, &name, replace)?
        } else {
            bytes[frame.body..frame.end].to_vec()
        };
        section(frame.id, &contents, &mut out);
    }
    Ok(out)
}

/// Visits each core module of a file; offsets in errors are the file's. What lies deeper than [`DEEPEST`] is not
/// visited, because nothing is changed there.
pub(super) fn each(
    bytes: &[u8],
    visit: &mut impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    below(bytes, 0, 0, visit)
}

fn below(
    bytes: &[u8],
    at: usize,
    depth: usize,
    visit: &mut impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    if depth > DEEPEST {
        return Ok(());
    }
    let layout = frame::layout(bytes, at)?;
    if layout.layer == Layer::Module {
        return visit(&bytes[at..]).map_err(|mut error| {
            error.offset += at as u64;
            error
        });
    }
    for frame in &layout.frames {
        if matches!(frame.kind(), "core module" | "component") {
            below(&bytes[..frame.end], frame.body, depth + 1, visit)?;
        }
    }
    Ok(())
}
