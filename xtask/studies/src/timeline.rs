//! The size of a handful of programs through the releases of Rust: measured once, kept as data, checked when asked.

use std::{
    collections::BTreeMap,
    fs,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::{
    crates,
    record::Record,
    study::{Progress, Study},
};
use project::{
    paths::Project,
    terminal,
    toolchain::{Pin, Toolchain, clean},
};

pub use self::changes::{Change, LEAST, changes};
use self::programs::IMMEDIATE_ABORT;
pub use self::programs::{Built, PROGRAMS, Program, program, programs};

mod changes;
mod programs;

/// The first release that is measured: `1.58`.
pub const FIRST: u32 = 58;

/// All that was measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// The releases, the oldest first.
    pub releases: Vec<Release>,
    /// Looks into the two modules on both sides of a jump.
    #[serde(default)]
    pub jumps: Vec<Jump>,
}

/// What differs inside of a program's modules of two releases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jump {
    /// The program.
    pub program: String,
    /// The release before.
    pub from: String,
    /// The release after.
    pub to: String,
    /// How many functions are only in the module before, and how many only in the one after.
    pub gone: usize,
    /// See `gone`.
    pub come: usize,
    /// The functions whose sizes differ most: the name, and the sizes in bytes before and after (0 where there is
    /// none).
    pub functions: Vec<(String, u64, u64)>,
}

/// How many functions of a jump are kept.
const KEPT: usize = 12;

/// What one release of Rust makes of the programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The release, such as `1.79.0`.
    pub version: String,
    /// The day of the commit that it was made from, as `rustc -vV` tells it: some days before the release.
    pub date: String,
    /// That commit.
    pub commit: String,
    /// The LLVM in it.
    pub llvm: String,
    /// Its name for the target of WASI's commands.
    pub wasi: String,
    /// The programs, by name.
    pub programs: BTreeMap<String, Made>,
}

/// What became of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Made {
    /// A module.
    Module {
        /// Its size in bytes.
        size: u64,
        /// Its sections' sizes in bytes, headers included, by name.
        sections: BTreeMap<String, u64>,
    },
    /// It does not build.
    Fails {
        /// The first error.
        fails: String,
    },
}

impl Made {
    /// The module's size in bytes.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        match self {
            Made::Module { size, .. } => Some(*size),
            Made::Fails { .. } => None,
        }
    }
}

/// A release's number.
///
/// # Errors
/// If it is none.
pub fn minor(version: &str) -> Result<u32> {
    let numbers: Vec<&str> = version.split('.').collect();
    match numbers[..] {
        ["1", minor, patch] if patch.parse::<u32>().is_ok() => minor.parse().ok(),
        _ => None,
    }
    .with_context(|| {
        format!("`{version}` is no release of Rust: name all three numbers, such as 1.79.0")
    })
}

/// The record of sizes through the releases.
pub const RECORD: Record = Record::new("timeline", "cargo xtask timeline");

/// What was measured so far.
///
/// # Errors
/// If the file cannot be read.
pub fn read(project: &Project) -> Result<Timeline> {
    Ok(RECORD.load(project)?.unwrap_or_default())
}

/// Adds to what was measured: each release and each jump in its place.
///
/// # Errors
/// If the file cannot be read or written.
pub fn add(project: &Project, found: &Timeline) -> Result<()> {
    let merged = Again { releases: &[] }.merge(RECORD.load(project)?, found);
    RECORD.store(project, &merged)
}

/// The study: releases, and the jumps between them that are kept, measured again.
#[derive(Clone, Copy, Debug)]
pub struct Again<'a> {
    /// The releases.
    pub releases: &'a [String],
}

impl Study for Again<'_> {
    type Kept = Timeline;
    type Found = Timeline;

    fn record(&self) -> Record {
        RECORD
    }

    fn measure(&self, project: &Project, progress: Progress) -> Result<Timeline> {
        let releases = self.releases.iter().map(|version| {
            let measured = measure(project, version);
            progress(&format!("Rust {version}"));
            measured
        });
        let releases = releases.collect::<Result<_>>()?;
        let both = |jump: &Jump| {
            let mut ends = [&jump.from, &jump.to].into_iter();
            ends.all(|version| self.releases.contains(version))
        };
        let jumps = read(project)?.jumps.into_iter().filter(both);
        let jumps = jumps.map(|jump| look(project, &jump.program, &jump.from, &jump.to));
        Ok(Timeline {
            releases,
            jumps: jumps.collect::<Result<_>>()?,
        })
    }

    fn merge(&self, kept: Option<Timeline>, found: &Timeline) -> Timeline {
        let mut merged = kept.unwrap_or_default();
        let measured = |old: &Release| {
            let mut new = found.releases.iter();
            new.any(|new| new.version == old.version)
        };
        merged.releases.retain(|old| !measured(old));
        merged.releases.extend(found.releases.iter().cloned());
        let looked = |old: &Jump| found.jumps.iter().any(|new| new.is_about_what(old));
        merged.jumps.retain(|old| !looked(old));
        merged.jumps.extend(found.jumps.iter().cloned());
        let numbers = |version: &str| -> Vec<u32> {
            let numbers = version.split('.');
            numbers
                .map(|number| number.parse().unwrap_or_default())
                .collect()
        };
        merged
            .releases
            .sort_by_key(|release| numbers(&release.version));
        merged
            .jumps
            .sort_by_key(|jump| (numbers(&jump.to), jump.program.clone()));
        merged
    }

    fn compare(&self, kept: &Timeline, found: &Timeline) -> Result<Vec<String>> {
        let mut differences = Vec::new();
        for new in &found.releases {
            let old = kept.releases.iter().find(|old| old.version == new.version);
            if old != Some(new) {
                let what = format!("Rust {}", new.version);
                differences.push(difference(&what, &old, new)?);
            }
        }
        for new in &found.jumps {
            let old = kept.jumps.iter().find(|old| old.is_about_what(new));
            if old != Some(new) {
                let what = format!("{} from {} to {}", new.program, new.from, new.to);
                differences.push(difference(&what, &old, new)?);
            }
        }
        Ok(differences)
    }
}

impl Jump {
    fn is_about_what(&self, other: &Jump) -> bool {
        (&self.program, &self.from, &self.to) == (&other.program, &other.from, &other.to)
    }
}

fn difference<T: Serialize>(what: &str, old: &Option<&T>, new: &T) -> Result<String> {
    Ok(format!(
        "{what}: - is the file, + is what was measured\n{}",
        terminal::difference(
            &serde_json::to_string_pretty(old)?,
            &serde_json::to_string_pretty(new)?,
            true
        )
    ))
}

/// Looks into a program's modules of two releases: which functions came, went, grew and shrank. The modules are built
/// like the program but for stripping, which would take the names.
///
/// # Errors
/// If one does not build.
pub fn look(project: &Project, name: &str, from: &str, to: &str) -> Result<Jump> {
    let named = program(name)?.named();
    let (before, after) = (
        functions(project, &named, from)?,
        functions(project, &named, to)?,
    );
    let mut changed: Vec<(String, u64, u64)> = Vec::new();
    for name in before.keys().chain(after.keys()) {
        let (old, new) = (
            before.get(name).copied().unwrap_or_default(),
            after.get(name).copied().unwrap_or_default(),
        );
        if old != new {
            changed.push((name.clone(), old, new));
        }
    }
    changed.sort_by_key(|(name, old, new)| (std::cmp::Reverse(old.abs_diff(*new)), name.clone()));
    changed.dedup();
    let only = |one: &BTreeMap<String, u64>, other: &BTreeMap<String, u64>| {
        one.keys().filter(|name| !other.contains_key(*name)).count()
    };
    changed.truncate(KEPT);
    Ok(Jump {
        program: name.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        gone: only(&before, &after),
        come: only(&after, &before),
        functions: changed,
    })
}

/// The sizes of a module's functions by name. Those of one name (a generic one, compiled for several types) are added
/// up.
fn functions(project: &Project, program: &Program, version: &str) -> Result<BTreeMap<String, u64>> {
    let pin = pin(project, version, minor(version)?);
    let toolchain = Toolchain::ensure(&pin)?;
    let bytes = match compile(project, &toolchain, version, program)? {
        Ok(bytes) => bytes,
        Err(error) => bail!(
            "{} does not build with Rust {version}: {error}",
            program.name
        ),
    };
    let mut functions = BTreeMap::new();
    for item in anatomy::items(&bytes)? {
        if item.kind == "function" {
            // Without the hashes, which differ between any two releases.
            let name = format!("{:#}", rustc_demangle::demangle(&item.name));
            *functions.entry(name).or_default() += item.size;
        }
    }
    Ok(functions)
}

/// What a release needs to build its programs: itself, their targets, and std's sources if one compiles std anew.
#[must_use]
pub fn pin(project: &Project, version: &str, minor: u32) -> Pin {
    let mut targets: Vec<String> = Vec::new();
    let mut components = Vec::new();
    for program in programs(minor) {
        let triple = program.target.triple(minor);
        if !targets.iter().any(|target| target == triple) {
            targets.push(triple.into());
        }
        if program.own_std && components.is_empty() {
            components.push("rust-src".into());
        }
    }
    Pin {
        channel: version.to_owned(),
        targets,
        components,
        file: project.steps().join("timeline"),
    }
}

/// Builds all programs with a release that is installed.
///
/// # Errors
/// If cargo does not start, or builds something that is no module.
pub fn measure(project: &Project, version: &str) -> Result<Release> {
    let minor = minor(version)?;
    let toolchain = Toolchain::ensure(&pin(project, version, minor))?;
    let (date, commit, llvm) = about(&toolchain)?;
    let mut made = BTreeMap::new();
    for program in programs(minor) {
        let one = build(project, &toolchain, version, program)
            .with_context(|| format!("{} with Rust {version}", program.name))?;
        made.insert(program.name.to_owned(), one);
    }
    Ok(Release {
        version: version.to_owned(),
        date,
        commit,
        llvm,
        wasi: Built::Wasi.triple(minor).to_owned(),
        programs: made,
    })
}

/// The day of its commit, the commit and the LLVM of a toolchain.
fn about(toolchain: &Toolchain) -> Result<(String, String, String)> {
    let output = toolchain.rustc().arg("-vV").output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            .map(str::to_owned)
            .with_context(|| format!("`rustc -vV` of {toolchain} does not tell its {name}"))
    };
    Ok((
        line("commit-date")?,
        line("commit-hash")?,
        line("LLVM version")?,
    ))
}

/// The command that builds a program, as it is typed in its folder; the release is chosen by the toolchain's cargo.
fn command(cargo: &mut Command, program: &Program, minor: u32) {
    let mut flags = program.flags.join(" ");
    cargo
        .args(["build", "--release", "--message-format=json", "--target"])
        .arg(program.target.triple(minor))
        .stdin(Stdio::null());
    if program.own_std {
        cargo
            .arg("-Zbuild-std=std,panic_abort")
            .env("RUSTC_BOOTSTRAP", "1");
        if minor < IMMEDIATE_ABORT {
            cargo.arg("-Zbuild-std-features=panic_immediate_abort");
        } else {
            cargo.arg("-Zbuild-std-features=");
            flags.push_str(" -Zunstable-options -Cpanic=immediate-abort");
        }
    }
    cargo.env("RUSTFLAGS", flags);
    if program.lto {
        cargo.env("CARGO_PROFILE_RELEASE_LTO", "fat");
    }
    if program.small {
        cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z");
    }
}

fn build(
    project: &Project,
    toolchain: &Toolchain,
    version: &str,
    program: &Program,
) -> Result<Made> {
    let bytes = match compile(project, toolchain, version, program)? {
        Ok(bytes) => bytes,
        Err(fails) => return Ok(Made::Fails { fails }),
    };
    let anatomy = anatomy::take_apart(&bytes)?;
    let mut sections = BTreeMap::new();
    for section in anatomy.sections {
        *sections.entry(section.name).or_default() += section.size;
    }
    Ok(Made::Module {
        size: anatomy.size,
        sections,
    })
}

/// The module, or the first error.
fn compile(
    project: &Project,
    toolchain: &Toolchain,
    version: &str,
    program: &Program,
) -> Result<Result<Vec<u8>, String>> {
    let minor = minor(version)?;
    // A lock file of one release must not be there for the next.
    let folder = crates::copied(
        &project.steps().join("timeline").join(program.folder),
        false,
    )?;
    let target = folder.path().join("target");
    let mut cargo = toolchain.cargo(folder.path());
    command(&mut cargo, program, minor);
    cargo.env("CARGO_TARGET_DIR", &target);
    if let Err(first) = crates::built(&mut cargo)? {
        return Ok(Err(first));
    }
    let release = target.join(program.target.triple(minor)).join("release");
    Ok(Ok(fs::read(crates::module(&release, program.folder)?)?))
}

/// The releases that rustup has installed.
///
/// # Errors
/// If rustup cannot be asked.
pub fn installed() -> Result<Vec<String>> {
    let output = clean("rustup")
        .args(["toolchain", "list"])
        .output()
        .context("rustup does not start")?;
    ensure!(
        output.status.success(),
        "rustup does not list its toolchains"
    );
    let text = String::from_utf8_lossy(&output.stdout);
    let names = text
        .lines()
        .filter_map(|line| line.split(['-', ' ']).next());
    Ok(names
        .filter(|name| minor(name).is_ok())
        .map(str::to_owned)
        .collect())
}

/// The newest stable release that rustup offers.
///
/// # Errors
/// If rustup cannot be asked.
pub fn newest() -> Result<String> {
    let output = clean("rustup")
        .arg("check")
        .output()
        .context("rustup does not start")?;
    // stable-… - update available: 1.95.0 (… date) -> 1.99.1 (… date), or: stable-… - up to date: 1.99.1 (…)
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let stable = text.lines().find(|line| line.starts_with("stable"));
    let mut versions = stable
        .into_iter()
        .flat_map(|line| line.split_whitespace())
        .filter(|word| minor(word).is_ok());
    versions.next_back().map(str::to_owned).context(
        "`rustup check` does not tell the newest stable release; name releases, such as 1.79.0",
    )
}

/// Removes a toolchain.
///
/// # Errors
/// If rustup cannot.
pub fn remove(version: &str) -> Result<()> {
    let output = clean("rustup")
        .args(["toolchain", "uninstall", version])
        .output()
        .context("rustup does not start")?;
    ensure!(
        output.status.success(),
        "rustup cannot remove {version}: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}
