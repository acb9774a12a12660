//! Whose code it is: the functions of a step's module by the crate that they come from, and the largest of them.
//!
//! Most modules are stripped, and a stripped function has no name. So a twin is built, with the same settings but for
//! stripping, whose code section has the same size: its functions are those of the step.

use std::{collections::BTreeMap, fs, process::Stdio};

use anyhow::{Result, bail};
use pipeline::{build, measure::Measured, snapshot};
use project::{
    discover,
    paths::Project,
    select,
    step::{Step, Target},
    toolchain::Toolchain,
};
use serde::{Deserialize, Serialize};

use crate::{
    crates,
    record::Record,
    study::{Progress, Study},
};

/// The record.
pub const RECORD: Record = Record::new("owners", "cargo xtask owners --accept");

/// Code sections of less are small enough to be read whole, in bytes.
const LEAST: u64 = 1000;

/// How many of the largest functions are kept.
const LARGEST: usize = 5;

/// Owners beyond these many are added up.
const OWNERS: usize = 7;

/// Whose code a step's module is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owners {
    /// The size of its code section in bytes, header included.
    pub code: u64,
    /// The owners with the sizes of their functions in bytes, the largest first.
    pub owners: Vec<(String, u64)>,
    /// The largest functions: owner, name, and size in bytes.
    pub largest: Vec<(String, String, u64)>,
}

impl Owners {
    /// Whether the owners' functions are all of the code section, but for its head: a byte, and two numbers of up to five.
    #[must_use]
    pub fn add_up(&self) -> bool {
        let sum: u64 = self.owners.iter().map(|(_, size)| size).sum();
        (sum..=sum + 11).contains(&self.code)
    }
}

/// What came of all steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct All {
    /// The steps whose code is known, by name.
    pub steps: BTreeMap<String, Owners>,
    /// The steps of which no twin has the same code, with the reason.
    pub unknown: BTreeMap<String, String>,
}

impl All {
    /// Takes over what was found of some steps.
    fn with(mut self, found: &All) -> All {
        self.steps
            .retain(|step, _| !found.unknown.contains_key(step));
        self.unknown
            .retain(|step, _| !found.steps.contains_key(step));
        self.steps.extend(found.steps.clone());
        self.unknown.extend(found.unknown.clone());
        self
    }
}

/// The study.
#[derive(Clone, Copy, Debug)]
pub struct Twins<'a> {
    /// Only these steps; all, if there are none.
    pub only: &'a [String],
}

impl Study for Twins<'_> {
    type Kept = All;
    type Found = All;

    fn record(&self) -> Record {
        RECORD
    }

    fn measure(&self, project: &Project, progress: Progress) -> Result<All> {
        let mut all = All::default();
        let steps = discover::steps(project)?;
        for step in select::select(&steps, self.only)? {
            let Some(code) = asked(step)? else { continue };
            progress(&step.path);
            match owners(project, step, code) {
                Ok(owners) => {
                    all.steps.insert(step.path.clone(), owners);
                }
                Err(why) => {
                    all.unknown.insert(step.path.clone(), format!("{why:#}"));
                }
            }
        }
        Ok(all)
    }

    fn merge(&self, kept: Option<All>, found: &All) -> All {
        match self.only {
            [] => found.clone(),
            _ => kept.unwrap_or_default().with(found),
        }
    }

    fn compare(&self, kept: &All, found: &All) -> Result<Vec<String>> {
        match self.only {
            [] => RECORD.differences(kept, found),
            _ => RECORD.differences(kept, &kept.clone().with(found)),
        }
    }
}

/// The size of a step's code section in bytes, if the step is asked about: one of today's compiler whose module is built by
/// cargo alone.
fn asked(step: &Step) -> Result<Option<u64>> {
    let plain = matches!(step.target, Target::Wasm(_))
        && step.is_today()
        && !step.pinned_itself()
        && step.settings.post_build.is_empty()
        && step.settings.bindgen.is_none();
    if !plain {
        return Ok(None);
    }
    let stored = snapshot::stored(step)?;
    let module = stored.as_ref().and_then(Measured::module);
    Ok(module
        .filter(|module| !module.is_component())
        .map(|module| code(&module.sections))
        .filter(|code| *code >= LEAST))
}

fn code(sections: &[anatomy::Section]) -> u64 {
    let code = sections.iter().filter(|section| section.name == "code");
    code.map(|section| section.size).sum()
}

/// Where the record is of other code than the steps have. Nothing is built for it.
///
/// # Errors
/// If the record or a snapshot cannot be read.
pub fn stale(project: &Project, steps: &[Step]) -> Result<Vec<String>> {
    let Some(all) = RECORD.load::<All>(project)? else {
        return Ok(Vec::new());
    };
    let mut stale = Vec::new();
    for (name, kept) in &all.steps {
        if !kept.add_up() {
            stale.push(format!(
                "has owners of {name} who do not add up to its code; cargo xtask owners --accept {name}"
            ));
        }
        let step = steps.iter().find(|step| step.path == *name);
        if step.map(asked).transpose()?.flatten() != Some(kept.code) {
            stale.push(format!(
                "is of other code of {name}; cargo xtask owners --accept {name}"
            ));
        }
    }
    Ok(stale)
}

/// What is known of a step, if something is.
///
/// # Errors
/// If the record cannot be read.
pub fn of(project: &Project, step: &Step) -> Result<Option<Owners>> {
    let all: All = RECORD.load(project)?.unwrap_or_default();
    Ok(all.steps.get(&step.path).cloned())
}

fn owners(project: &Project, step: &Step, wanted: u64) -> Result<Owners> {
    let Target::Wasm(triple) = &step.target else {
        bail!("it is not built for WebAssembly");
    };
    let target = project.root().join("target/twins");
    let mut cargo = Toolchain::ensure(&step.pin)?.cargo(&step.dir);
    cargo
        .envs(build::environment(step))
        // Without names there is nothing to learn, and with debug information the linker refuses to compress.
        .env("CARGO_PROFILE_RELEASE_STRIP", "debuginfo")
        .env("CARGO_TARGET_DIR", &target)
        .args(["build", "--release", "--message-format=json"])
        .stdin(Stdio::null());
    if let Err(first) = crates::built(&mut cargo)? {
        bail!("the twin does not build: {first}");
    }
    let module = crates::module(&target.join(triple).join("release"), &step.package)?;
    let bytes = fs::read(module)?;
    if code(&anatomy::take_apart(&bytes)?.sections) != wanted {
        bail!("the twin has other code");
    }
    let own = step.package.replace('-', "_");
    let wasi = triple.contains("wasi");
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    let mut functions = Vec::new();
    for item in anatomy::items(&bytes)? {
        if item.kind != "function" {
            continue;
        }
        // Demangled already, perhaps with a hash.
        let name = format!("{:#}", rustc_demangle::demangle(&item.name));
        let owner = owner(&name, &own, wasi);
        *sums.entry(owner.clone()).or_default() += item.size;
        functions.push((owner, name, item.size));
    }
    if sums.is_empty() {
        bail!("the twin has no names");
    }
    let mut owners: Vec<(String, u64)> = sums.into_iter().collect();
    owners.sort_by_key(|(name, size)| (std::cmp::Reverse(*size), name.clone()));
    if owners.len() > OWNERS {
        let rest = owners.split_off(OWNERS - 1);
        let sum = rest.iter().map(|(_, size)| size).sum();
        owners.push((format!("{} other crates", rest.len()), sum));
    }
    functions.sort_by_key(|(_, name, size)| (std::cmp::Reverse(*size), name.clone()));
    functions.truncate(LARGEST);
    Ok(Owners {
        code: wanted,
        owners,
        largest: functions,
    })
}

/// Whose function it is, by its name.
fn owner(name: &str, own: &str, wasi: bool) -> String {
    if !name.contains("::") {
        // Not a name of Rust's. On WASI it is the C library's; elsewhere there is none, and it is what the crate exports.
        return match name {
            "memcpy" | "memmove" | "memset" | "memcmp" | "bcmp" => "memcpy and the like",
            _ if wasi => "the C library",
            _ => "this crate",
        }
        .to_owned();
    }
    // `<alloc::vec::Vec<T> as core::ops::Drop>::drop` and `core::ptr::drop_in_place::<T>`: the first crate that is named.
    let path = name
        .split("::")
        .next()
        .unwrap_or_default()
        .rsplit(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_')
        .next()
        .unwrap_or_default();
    match path {
        "__rustc" => "std".to_owned(),
        // What a type of the language has of its own: `<[u8]>::to_vec`, `<str>::trim`.
        "" => "core".to_owned(),
        _ if path == own => "this crate".to_owned(),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Owners, owner};

    #[test]
    fn a_forged_figure_does_not_add_up() {
        let forged = |size| Owners {
            code: 1508,
            owners: vec![("core".into(), 1108), ("std".into(), size)],
            largest: Vec::new(),
        };
        assert!(forged(396).add_up());
        assert!(!forged(401).add_up() && !forged(300).add_up());
    }

    #[test]
    fn a_function_belongs_to_the_first_crate_in_its_name() {
        for (name, wasi, whose) in [
            ("mine::main", true, "this crate"),
            (
                "<alloc::vec::Vec<u8> as core::ops::Drop>::drop",
                true,
                "alloc",
            ),
            ("core::ptr::drop_in_place::<mine::Thing>", true, "core"),
            (
                "<&mut std::io::Stdout as core::fmt::Write>::write_str",
                true,
                "std",
            ),
            ("__rustc::__rust_alloc", false, "std"),
            ("<[u8]>::escape_ascii", false, "core"),
            ("dlmalloc", true, "the C library"),
            ("nth_prime", false, "this crate"),
            ("memcpy", true, "memcpy and the like"),
        ] {
            assert_eq!(owner(name, "mine", wasi), whose, "{name}");
        }
    }
}
