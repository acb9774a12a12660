//! What each setting gives and takes: three programs built with one after the other, weighed, and run.
//!
//! The programs are in `chapters-code/settings/`, and `settings.toml` there has the settings. How long a program runs is told in the
//! instructions that wasmtime counts, which are the same on all machines. How long it takes to build is not: it is measured when a
//! record is written, told as a ratio, and compared with nothing.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use pipeline::{
    engines::{self, Host},
    run::{self, Guest, Limits},
};
use project::{
    files,
    paths::Project,
    toolchain::{Pin, Toolchain},
};
use serde::{Deserialize, Serialize};

use self::build::Builder;
use crate::{
    crates,
    record::Record,
    study::{Progress, Study},
    weigh::{self, Weight},
};

mod build;

/// The folder of the programs, below that of the steps.
const FOLDER: &str = "settings";

/// The programs, from the smallest to the largest.
pub const PROGRAMS: [&str; 3] = ["toy", "text", "instrument"];

/// The setting that times of building are told in shares of.
pub const FIRST: &str = "default";

/// The record.
pub const RECORD: Record = Record::new("settings", "cargo xtask settings --accept");

/// What `settings.toml` says of a setting.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Said {
    id: String,
    title: String,
    group: String,
    #[serde(default)]
    profile: BTreeMap<String, toml::Value>,
    #[serde(default)]
    flags: Vec<String>,
    build_std: Option<Vec<String>>,
    wasm_opt: Option<Vec<String>>,
    from: Option<String>,
    against: Option<String>,
    loses: String,
    #[serde(default)]
    not_for: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct All {
    setting: Vec<Said>,
}

/// What a program says in `[package.metadata.settings]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Program {
    title: String,
    call: String,
    answer: String,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What the pages call the programs.
    pub programs: BTreeMap<String, String>,
    /// Where times of building were measured: machine and day.
    pub built_on: String,
    /// The SHA-256 of the programs, the settings and the compiler's release.
    pub source: String,
    /// The settings, in the order of `settings.toml`.
    pub settings: Vec<Setting>,
}

/// A setting, with what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// What fragments call it.
    pub id: String,
    /// What pages call it, in Markdown.
    pub title: String,
    /// The heading that it stands under.
    pub group: String,
    /// The setting that it is compared with; the first is compared with none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// Whether stable Rust has it.
    pub stable: bool,
    /// What one loses.
    pub loses: String,
    /// By program.
    pub figures: BTreeMap<String, Figures>,
}

/// What came of one program with one setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// The module's size.
    pub weight: Weight,
    /// Instructions that wasmtime counted while it ran.
    pub steps: u64,
    /// Processor time to compile and link the program itself, in per cent of that of the first setting. Dependencies are not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<u64>,
}

impl Settings {
    /// The setting of an id.
    ///
    /// # Errors
    /// If there is none; the error names all.
    pub fn setting(&self, id: &str) -> Result<&Setting> {
        let found = self.settings.iter().find(|one| one.id == id);
        found.with_context(|| {
            let ids: Vec<&str> = self.settings.iter().map(|one| &*one.id).collect();
            format!("there is no setting `{id}`; there are {}", ids.join(", "))
        })
    }

    /// The same without what depends on the machine.
    fn anywhere(&self) -> Settings {
        let mut same = self.clone();
        same.built_on.clear();
        for figures in same
            .settings
            .iter_mut()
            .flat_map(|one| one.figures.values_mut())
        {
            figures.build = None;
        }
        same
    }
}

/// The study.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// Only these programs; all, if there are none.
    pub only: &'a [String],
    /// The day, for the record.
    pub today: &'a str,
    /// Whether to go on where a measurement of the same was interrupted.
    pub resume: bool,
}

/// What an interrupted measurement leaves for the next: one program with one setting.
#[derive(Serialize, Deserialize)]
struct Interim {
    source: String,
    figures: Figures,
    milliseconds: Option<u64>,
}

impl Study for Table<'_> {
    type Kept = Settings;
    type Found = Settings;

    fn record(&self) -> Record {
        RECORD
    }

    fn measure(&self, project: &Project, progress: Progress) -> Result<Settings> {
        let said = said(project)?;
        let toolchain = Toolchain::ensure(&Pin::of(&project.steps(), &project.steps())?)?;
        let host = engines::REFERENCE.host(project)?;
        let mut found = Settings {
            programs: BTreeMap::new(),
            built_on: format!("{}, {}", machine(), self.today),
            source: source(project)?,
            settings: said
                .iter()
                .map(|one| setting(one, &said))
                .collect::<Result<_>>()?,
        };
        for name in PROGRAMS {
            let program = program(project, name)?;
            found
                .programs
                .insert(name.to_owned(), program.title.clone());
            if !self.only.is_empty() && !self.only.iter().any(|only| only == name) {
                continue;
            }
            let builder = Builder::new(project, &toolchain, name)?;
            let mut first = None;
            for (one, kept) in said.iter().zip(&mut found.settings) {
                if one.not_for.iter().any(|not| not == name) {
                    continue;
                }
                progress(&format!("{name} with {}", one.id));
                let interim = project.root().join("target/settings/interim");
                let interim = interim.join(format!("{name}-{}.json", one.id));
                let (mut figures, time) = match self.resumed(&interim, &found.source) {
                    Some(there) => there,
                    None => {
                        let whole = settled(one, &said)?;
                        let measured = measured(project, &builder, &host, &program, &whole);
                        let (figures, time) =
                            measured.with_context(|| format!("{name} with {}", one.id))?;
                        let left = Interim {
                            source: found.source.clone(),
                            figures: figures.clone(),
                            milliseconds: time
                                .and_then(|time| u64::try_from(time.as_millis()).ok()),
                        };
                        files::put(&interim, &serde_json::to_vec(&left)?)?;
                        (figures, time)
                    }
                };
                // One that an optimiser goes over is not compiled for itself.
                let first = *first.get_or_insert(time);
                figures.build = share(time, first);
                kept.figures.insert(name.to_owned(), figures);
            }
        }
        Ok(found)
    }

    fn merge(&self, kept: Option<Settings>, found: &Settings) -> Settings {
        let mut merged = found.clone();
        let Some(kept) = kept.filter(|_| !self.only.is_empty()) else {
            return merged;
        };
        for one in &mut merged.settings {
            let Some(old) = kept.settings.iter().find(|old| old.id == one.id) else {
                continue;
            };
            for (program, figures) in &old.figures {
                if !self.only.contains(program) {
                    one.figures.insert(program.clone(), figures.clone());
                }
            }
        }
        merged
    }

    fn compare(&self, kept: &Settings, found: &Settings) -> Result<Vec<String>> {
        let found = self.merge(Some(kept.clone()), found);
        RECORD.differences(&kept.anywhere(), &found.anywhere())
    }
}

impl Table<'_> {
    /// What was measured before the interruption, if it is of the same files.
    fn resumed(&self, interim: &Path, source: &str) -> Option<(Figures, Option<Duration>)> {
        if !self.resume {
            return None;
        }
        let there: Interim = serde_json::from_slice(&fs::read(interim).ok()?).ok()?;
        let time = there.milliseconds.map(Duration::from_millis);
        (there.source == source).then_some((there.figures, time))
    }
}

/// A time in per cent of another one.
fn share(time: Option<Duration>, first: Option<Duration>) -> Option<u64> {
    let (time, first) = (time?.as_millis(), first?.as_millis().max(1));
    u64::try_from((time * 100 + first / 2) / first).ok()
}

fn machine() -> String {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{} on {} with {processors} processors",
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

fn folder(project: &Project) -> PathBuf {
    project.steps().join(FOLDER)
}

fn said(project: &Project) -> Result<Vec<Said>> {
    let file = folder(project).join("settings.toml");
    let text = fs::read_to_string(&file).with_context(|| project.shown(&file))?;
    let all: All = toml::from_str(&text).with_context(|| project.shown(&file))?;
    ensure!(
        all.setting.first().is_some_and(|one| one.id == FIRST),
        "{} has to begin with `{FIRST}`: the others are compared with it",
        project.shown(&file)
    );
    Ok(all.setting)
}

fn named<'a>(id: &str, all: &'a [Said]) -> Result<&'a Said> {
    let found = all.iter().find(|one| one.id == id);
    found.with_context(|| format!("settings.toml names `{id}`, and has no such setting"))
}

/// A setting with all that it begins with.
fn settled(one: &Said, all: &[Said]) -> Result<Said> {
    let Some(from) = &one.from else {
        return Ok(one.clone());
    };
    let before = all.iter().take_while(|other| other.id != one.id).count();
    let mut whole = settled(named(from, &all[..before])?, all)?;
    whole.profile.extend(one.profile.clone());
    whole.flags.extend(one.flags.clone());
    whole.build_std = one.build_std.clone().or(whole.build_std);
    whole.wasm_opt.clone_from(&one.wasm_opt);
    whole.id.clone_from(&one.id);
    Ok(whole)
}

fn setting(one: &Said, all: &[Said]) -> Result<Setting> {
    let against = one.against.as_ref().or(one.from.as_ref());
    if let Some(against) = against {
        named(against, all)?;
    }
    Ok(Setting {
        id: one.id.clone(),
        title: one.title.clone(),
        group: one.group.clone(),
        against: against.cloned(),
        stable: settled(one, all)?.build_std.is_none(),
        loses: one.loses.clone(),
        figures: BTreeMap::new(),
    })
}

fn program(project: &Project, name: &str) -> Result<Program> {
    let manifest = folder(project).join(name).join("Cargo.toml");
    let program = crates::said(&manifest, ["package", "metadata", "settings"]);
    let program = program.with_context(|| project.shown(&manifest))?;
    program.with_context(|| {
        format!(
            "{} has no [package.metadata.settings]",
            project.shown(&manifest)
        )
    })
}

/// Builds, weighs and runs a program.
fn measured(
    project: &Project,
    builder: &Builder,
    host: &Host,
    program: &Program,
    setting: &Said,
) -> Result<(Figures, Option<Duration>)> {
    let (module, time) = builder.build(setting)?;
    let guest = Guest {
        call: Some(program.call.clone()),
        count: true,
        ..Guest::default()
    };
    let limits = Limits {
        fuel: 1 << 40,
        time: Duration::from_secs(300),
        ..Limits::default()
    };
    let ran = run::run_guest(host, &module, &limits, &guest)?;
    let answer = ran.values.join(" ");
    ensure!(
        answer == program.answer,
        "`{}` gives {}, not {}",
        program.call,
        if answer.is_empty() {
            ran.summary("wasmtime")
        } else {
            answer
        },
        program.answer
    );
    let Some(steps) = ran.steps else {
        bail!("wasmtime did not count");
    };
    let figures = Figures {
        weight: weigh::weigh(project, &module)?,
        steps,
        build: None,
    };
    Ok((figures, time))
}

/// The SHA-256 of everything that the record depends on. The crate `anatomy` has features that the instrument does not ask
/// for, so it is not its sources that count, but the snapshots of two steps that are made of the same crate.
fn source(project: &Project) -> Result<String> {
    let steps = project.steps();
    let below = [
        FOLDER,
        "rust-toolchain.toml",
        "5-below-across-beyond/60-as-it-comes/measured.snap",
        "5-below-across-beyond/69-instrument/measured.snap",
        "2-the-library-way/40-sieve/src",
        "5-below-across-beyond/69-instrument/src",
    ];
    let paths = below.map(|path| steps.join(path));
    crates::hash(paths.iter().map(PathBuf::as_path))
}

/// Where the record is not of the programs and settings as they are now. Nothing is built for it.
///
/// # Errors
/// If the record or a file cannot be read.
pub fn stale(project: &Project) -> Result<Vec<String>> {
    // A book without these programs has nothing to be wrong about.
    if !folder(project).is_dir() {
        return Ok(Vec::new());
    }
    let kept: Option<Settings> = RECORD.load(project)?;
    Ok(match kept {
        None => vec![RECORD.missing()],
        Some(kept) if kept.source != source(project)? => vec![
            "is of other programs or settings than chapters-code/settings/ has; cargo xtask settings --accept"
                .to_owned(),
        ],
        Some(_) => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{All, settled, share};

    #[test]
    fn a_setting_comes_on_top_of_the_one_that_it_begins_with() {
        let all: All = toml::from_str(
            r#"
            [[setting]]
            id = "default"
            title = ""
            group = ""
            loses = ""
            profile = { opt-level = "z", lto = "fat" }
            [[setting]]
            id = "on-top"
            title = ""
            group = ""
            loses = ""
            from = "default"
            profile = { lto = "thin" }
            flags = ["-Ca"]
            "#,
        )
        .expect("settings");
        let whole = settled(&all.setting[1], &all.setting).expect("it begins with the first");
        let profile: Vec<String> = whole.profile.values().map(ToString::to_string).collect();
        assert_eq!(profile, ["\"thin\"", "\"z\""]);
        assert_eq!(whole.flags, ["-Ca"]);
        // What comes later is no beginning.
        assert!(settled(&all.setting[1], &all.setting[1..]).is_err());
    }

    #[test]
    fn a_time_is_a_share_of_the_first() {
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(share(ms(1500), ms(1000)), Some(150));
        assert_eq!(share(None, ms(1000)), None);
    }
}
