//! What is done to a module, step by step.

use wasmparser::ElementKind;

use super::alive;
use super::keep::{self, Fixed};
use super::merge;
use super::module::{Module, Part, Stuck};
use super::names;
use super::numbers::{Space, size_of_unsigned};
use super::plan::Plan;
use super::write::{Written, write};
use super::zeros;
use super::{Cut, Left, Options};
use crate::error::Error;
use crate::frame::{self, CUSTOM, HEADER};

/// Makes a module smaller that begins at `at` of the file and ends with `bytes`.
pub(super) fn module(
    bytes: &[u8],
    at: usize,
    place: &str,
    options: &Options,
    cuts: &mut Vec<Cut>,
    left: &mut Vec<Left>,
) -> Result<Vec<u8>, Error> {
    let layout = frame::layout(bytes, at)?;
    // Without the custom sections that do not stay.
    let mut fixed = None;
    let mut own = Vec::new();
    let mut out = bytes[at..at + HEADER].to_vec();
    for frame in &layout.frames {
        if frame.id == CUSTOM {
            let name = frame.custom_name(bytes).unwrap_or_default();
            if !options.keep.keeps(name) {
                keep::cut(name, place, frame.end - frame.start, &mut own);
                continue;
            }
            if let Some((what, why)) = keep::fixes(name) {
                let why = format!(
                    "its custom section `{}` {why}",
                    String::from_utf8_lossy(name)
                );
                fixed = fixed.max(Some((what, why)));
            }
        }
        out.extend(&bytes[frame.start..frame.end]);
    }
    if let Some((what, why)) = fixed {
        left.push(Left {
            place: place.to_string(),
            why,
        });
        if what == Fixed::All {
            return Ok(bytes[at..].to_vec());
        }
        cuts.append(&mut own);
        return Ok(out);
    }
    loop {
        match once(&out, place) {
            Ok((smaller, steps)) if smaller.len() < out.len() => {
                out = smaller;
                for step in steps {
                    add(step, &mut own);
                }
            }
            Ok(_) => break,
            Err(Stuck(why)) => {
                left.push(Left {
                    place: place.to_string(),
                    why,
                });
                break;
            }
        }
    }
    cuts.append(&mut own);
    Ok(out)
}

/// Adds to a line of the receipt, or begins one.
fn add(cut: Cut, cuts: &mut Vec<Cut>) {
    match cuts
        .iter_mut()
        .find(|other| other.id == cut.id && other.what == cut.what)
    {
        Some(other) => {
            other.count += cut.count;
            other.saving += cut.saving;
        }
        None => cuts.push(cut),
    }
}

/// A receipt that is being written.
struct Receipt<'p> {
    place: &'p str,
    /// The size after the last step.
    size: usize,
    cuts: Vec<Cut>,
}

impl Receipt<'_> {
    /// Adds a step, after which the module has this size.
    fn step(&mut self, id: &str, what: &str, count: u64, size: usize) -> Result<(), Stuck> {
        let saving = self
            .size
            .checked_sub(size)
            .ok_or_else(|| Stuck(format!("it would become larger without {what}")))?;
        self.size = size;
        if saving > 0 {
            self.cuts.push(Cut {
                id: id.to_string(),
                what: what.to_string(),
                place: self.place.to_string(),
                count,
                saving: saving as u64,
            });
        }
        Ok(())
    }
}

/// Does all steps once.
fn once(bytes: &[u8], place: &str) -> Result<(Vec<u8>, Vec<Cut>), Stuck> {
    let mut module = Module::read(bytes)?;
    for part in &module.parts {
        if let Part::Custom { name: "name", data } = part {
            names::check(data)?;
        }
    }
    let mut plan = Plan::new(&module);
    let mut receipt = Receipt {
        place,
        size: bytes.len(),
        cuts: Vec::new(),
    };
    let mut written = write(&module, &plan)?;
    let has_code = module
        .parts
        .iter()
        .any(|part| matches!(part, Part::Known(10)));
    let size = |written: &Written, of: fn(&super::body::Body<'_>) -> usize| {
        if !has_code {
            return written.bytes.len();
        }
        let whole = |contents: usize| size_of_unsigned(contents as u64) + contents;
        let bodies = module.bodies.iter().map(|body| whole(of(body)));
        let contents = size_of_unsigned(module.bodies.len() as u64) + bodies.sum::<usize>();
        written.bytes.len() - whole(written.code) + whole(contents)
    };
    receipt.step(
        "padding",
        "numbers that were longer than necessary",
        0,
        size(&written, |body| body.sizes.all),
    )?;
    let idle = module.bodies.iter().map(|body| body.idle).sum();
    receipt.step(
        "unoptimised",
        "instructions without effect",
        idle,
        size(&written, |body| body.sizes.tidy),
    )?;
    let spare = module.bodies.iter().map(|body| body.spare).sum();
    receipt.step(
        "unoptimised",
        "unused locals and groups of locals",
        spare,
        written.bytes.len(),
    )?;
    plan.empty = false;
    written = write(&module, &plan)?;
    receipt.step("unused", "empty sections", 0, written.bytes.len())?;

    let alive = alive::find(&module, &plan)?;
    let dead = |space: Space| -> Vec<u32> {
        let first = module.imported[space as usize];
        (first..module.count(space) as u32)
            .filter(|number| !alive.is_reached(space, *number))
            .collect()
    };
    let steps: [(&str, &str, &[Space]); 7] = [
        (
            "dead-functions",
            "functions that nothing reaches",
            &[Space::Func],
        ),
        (
            "unused-table",
            "tables and elements that nothing reaches",
            &[Space::Table, Space::Elem],
        ),
        ("unused", "memories that nothing reaches", &[Space::Memory]),
        (
            "unused",
            "data segments that nothing reaches",
            &[Space::Data],
        ),
        ("unused", "globals that nothing reaches", &[Space::Global]),
        ("unused", "tags that nothing reaches", &[Space::Tag]),
        ("unused", "types that nothing names", &[Space::Type]),
    ];
    for (id, what, spaces) in steps {
        let mut count = 0;
        for &space in spaces {
            for number in dead(space) {
                if space == Space::Elem && is_declaration(&module, number, alive.referenced())? {
                    continue;
                }
                plan.gone[space as usize][number as usize] = true;
                count += 1;
            }
        }
        if spaces.contains(&Space::Elem) {
            plan.declared = Some(alive.referenced().to_vec());
            count = count.max(1);
        }
        if count > 0 {
            written = write(&module, &plan)?;
            receipt.step(id, what, count, written.bytes.len())?;
        }
    }
    if plan.data_count && !alive.needs_data_count() {
        plan.data_count = false;
        written = write(&module, &plan)?;
        receipt.step(
            "unused",
            "the number of data segments in front of the code",
            1,
            written.bytes.len(),
        )?;
    }

    let merged = merge::types(&module, &mut plan);
    if merged > 0 {
        written = write(&module, &plan)?;
        receipt.step(
            "duplicates",
            "function types that were there twice",
            merged,
            written.bytes.len(),
        )?;
    }
    let (gone, same) = (
        plan.gone[Space::Func as usize].clone(),
        plan.same[Space::Func as usize].clone(),
    );
    let merged = merge::functions(&module, &mut plan)?;
    if merged > 0 {
        let smaller = write(&module, &plan)?;
        if smaller.bytes.len() < receipt.size {
            written = smaller;
            receipt.step(
                "duplicates",
                "functions that were there twice",
                merged,
                written.bytes.len(),
            )?;
        } else {
            // The numbers of those that stay are longer.
            plan.gone[Space::Func as usize] = gone;
            plan.same[Space::Func as usize] = same;
        }
    }
    let zeros = zeros::cut(&mut module, &alive, &mut plan);
    written = write(&module, &plan)?;
    receipt.step(
        "zeros",
        "zeros at the ends of data segments",
        zeros,
        written.bytes.len(),
    )?;
    Ok((written.bytes, receipt.cuts))
}

/// Whether a segment only says of functions that code may refer to them, and it does so.
fn is_declaration(module: &Module<'_>, number: u32, referenced: &[bool]) -> Result<bool, Stuck> {
    let element = &module.elements[number as usize];
    if !matches!(element.kind, ElementKind::Declared) {
        return Ok(false);
    }
    let any = super::module::names_any(element, referenced)?;
    Ok(any)
}
