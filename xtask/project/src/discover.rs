//! Finds the steps: the packages of the steps' workspace that have a `[package.metadata.chapter]` table,
//! in the reading order of SUMMARY.md. And the period crates in `chapters-code/then/`, each a workspace of its own.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use cargo_metadata::MetadataCommand;
use serde::{Deserialize, Serialize};

use crate::{paths::Project, summary, toolchain::Pin};

/// One step of the book.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its folder below `chapters-code/`, with slashes. Its page is `src/<path>.md`. On another toolchain than its own, the
    /// release follows: `PART/STEP@1.95.0`.
    pub path: String,
    /// The crate's folder.
    pub dir: PathBuf,
    /// The package's name, which is also the built file's.
    pub package: String,
    /// The title that SUMMARY.md gives it.
    pub title: String,
    /// The step that this one is compared with.
    pub previous: Option<String>,
    /// What cargo builds it for.
    pub target: Target,
    /// The compiler that builds it.
    pub pin: Pin,
    /// What no other file says about it.
    pub settings: Settings,
    /// Which of the three kinds of steps it is.
    pub edition: Edition,
}

/// The kinds of steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edition {
    /// One of today's, on the toolchain that it is pinned to.
    Today,
    /// One of today's, on another release of Rust.
    OnRelease {
        /// The release.
        release: String,
        /// The path of the same step on its own toolchain.
        of: String,
    },
    /// A period crate: a step of an article, on the toolchain of its day.
    Period {
        /// The article, by its anchor on the credits page.
        article: String,
    },
}

/// What a step's crate is compiled for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A wasm target: the build's result is the module.
    Wasm(String),
    /// The machine itself: a program that writes the module when it runs.
    Host,
    /// One kind of machine by name: the program itself is the result, and there is no module.
    Native(String),
}

impl Target {
    /// The target's name: a triple, or `host`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Target::Wasm(triple) | Target::Native(triple) => triple,
            Target::Host => "host",
        }
    }
}

/// `[package.metadata.chapter]`: what no other file says about a step.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The step to compare with, where it is not the page before.
    pub after: Option<String>,
    /// Environment variables of the build.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The command after the build: an optimiser of Binaryen's, with `{module}` and `{out}` for the files.
    #[serde(default)]
    pub then: Vec<String>,
    /// The release of Binaryen for `then`, where it is not the book's.
    pub binaryen: Option<String>,
    /// The arguments with which a program for the host writes its module; `{module}` stands for the file.
    #[serde(default = "just_the_module")]
    pub module: Vec<String>,
    /// Other runs of a program for the host; `{host}` stands for the wasmtime host program.
    #[serde(default)]
    pub also: Vec<Vec<String>>,
    /// Of a period crate: the figure that its article prints, such as `2.0M`. Without a unit it counts bytes.
    pub figure: Option<String>,
    /// Of a period crate: the step that continues it today.
    pub now: Option<String>,
    /// Of a period crate: what has changed since, and in which release.
    pub changed: Option<String>,
    /// Calls of exported functions, such as `add 40 2`, each in an instance of its own; they take the place of `_start`.
    #[serde(default)]
    pub calls: Vec<String>,
    /// A script in the step's folder that node runs with the module's path as its argument.
    pub script: Option<String>,
    /// How many of the module's biggest items the snapshot keeps.
    #[serde(default)]
    pub items: usize,
    /// Whether the snapshot keeps every call of WASI.
    #[serde(default)]
    pub trace: bool,
    /// The guest's arguments after its own name, which is `module`.
    #[serde(default)]
    pub args: Vec<String>,
    /// What the guest reads.
    #[serde(default)]
    pub stdin: String,
    /// The guest's environment.
    #[serde(default)]
    pub vars: BTreeMap<String, String>,
    /// The engines that run it, the main one first; none stands for the reference engine.
    #[serde(default)]
    pub engines: Vec<String>,
    /// What the microcontroller has, for an engine that is made for one.
    pub device: Option<Device>,
    /// The release of wasm-bindgen whose command line goes over the module after the build.
    pub bindgen: Option<String>,
    /// Whether the module is kept for the pages, where its size and kind do not say so already.
    pub kept: Option<bool>,
    /// Whether the step does not build: verify holds it against the snapshot.
    #[serde(default)]
    pub fails: bool,
    /// Why the module's bytes depend on the system that compiles it, if they do. What it does may not.
    pub host_dependent: Option<String>,
    /// Whether the snapshot holds the module's size after gzip.
    #[serde(default)]
    pub gzip: bool,
}

/// The limits of a small device.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Device {
    /// The module's heap, in KiB.
    pub heap_kib: Option<u32>,
    /// The stack of the module's calls, in KiB.
    pub stack_kib: Option<u32>,
    /// All the memory that the engine has, in KiB.
    pub pool_kib: Option<u32>,
}

fn just_the_module() -> Vec<String> {
    vec!["{module}".into()]
}

/// An article's own figure: quoted, never measured here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The article, by its anchor on the credits page.
    pub text: String,
    /// The figure, as it is printed there.
    pub figure: String,
}

impl Figure {
    /// The figure in bytes, as far as its rounding allows: `2.0M` counts units of 1,048,576 bytes.
    ///
    /// # Errors
    /// If it is not a number with an optional `K` or `M`.
    pub fn bytes(&self) -> Result<f64> {
        let (number, unit) = match self.figure.strip_suffix('M') {
            Some(number) => (number, 1_048_576.0),
            None => match self.figure.strip_suffix('K') {
                Some(number) => (number, 1024.0),
                None => (self.figure.as_str(), 1.0),
            },
        };
        let number: f64 = number
            .parse()
            .with_context(|| format!("the article's figure `{}` is not a size", self.figure))?;
        Ok(number * unit)
    }
}

impl Step {
    /// The part of the book that the step is in, such as `1-two-megabytes-to-97`.
    #[must_use]
    pub fn part(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    /// The step's page, below the book's source folder.
    #[must_use]
    pub fn page(&self) -> String {
        format!("{}.md", self.path)
    }

    /// The step's snapshot: `measured.snap`, or `measured.1.95.0.snap` on another toolchain than its own.
    #[must_use]
    pub fn snapshot(&self) -> PathBuf {
        match &self.edition {
            Edition::OnRelease { release, .. } => self.dir.join(format!("measured.{release}.snap")),
            Edition::Today | Edition::Period { .. } => self.dir.join("measured.snap"),
        }
    }

    /// The article that a period crate is about, by its anchor on the credits page.
    #[must_use]
    pub fn article(&self) -> Option<&str> {
        match &self.edition {
            Edition::Period { article } => Some(article),
            Edition::Today | Edition::OnRelease { .. } => None,
        }
    }

    /// Whether it is one of today's, on its own toolchain.
    #[must_use]
    pub fn is_today(&self) -> bool {
        self.edition == Edition::Today
    }

    /// Whether it is a period crate.
    #[must_use]
    pub fn is_period(&self) -> bool {
        matches!(self.edition, Edition::Period { .. })
    }

    /// Whether it is on another release than the one that it is pinned to.
    #[must_use]
    pub fn is_on_another(&self) -> bool {
        matches!(self.edition, Edition::OnRelease { .. })
    }

    /// The path of the step as it is on its own toolchain.
    #[must_use]
    pub fn own_path(&self) -> &str {
        match &self.edition {
            Edition::OnRelease { of, .. } => of,
            Edition::Today | Edition::Period { .. } => &self.path,
        }
    }

    /// The same step among today's, for whoever compares with its own snapshot. (Its compiler stays what it is.)
    #[must_use]
    pub fn among_todays(&self) -> Step {
        Step {
            path: self.own_path().to_owned(),
            edition: match &self.edition {
                Edition::OnRelease { .. } => Edition::Today,
                own => own.clone(),
            },
            ..self.clone()
        }
    }

    /// The same step on another release of Rust. A step with a toolchain of its own is about that one, and has none.
    #[must_use]
    pub fn at_release(&self, release: &str) -> Option<Step> {
        (!self.pinned_itself()).then(|| Step {
            path: format!("{}@{release}", self.own_path()),
            pin: Pin {
                channel: release.to_owned(),
                ..self.pin.clone()
            },
            edition: Edition::OnRelease {
                release: release.to_owned(),
                of: self.own_path().to_owned(),
            },
            ..self.clone()
        })
    }

    /// Whether the step is a program that takes minutes to build and is not about how it runs: one that is also measured after
    /// gzip. What goes over all steps more than once (the other toolchains, the engines, the copies in `cargo test`) leaves
    /// those out.
    #[must_use]
    pub fn is_heavy(&self) -> bool {
        self.settings.gzip
    }

    /// Whether the step has a `rust-toolchain.toml` of its own.
    #[must_use]
    pub fn pinned_itself(&self) -> bool {
        self.pin.file.starts_with(&self.dir)
    }

    /// The figure that a period crate's article prints.
    #[must_use]
    pub fn figure(&self) -> Option<Figure> {
        Some(Figure {
            text: self.article()?.to_owned(),
            figure: self.settings.figure.clone()?,
        })
    }
}

/// The figure that an article prints for what a step continues, and the period crate that reproduces it.
#[must_use]
pub fn printed<'a>(all: &'a [Step], step: &Step) -> Option<(&'a Step, Figure)> {
    all.iter().find_map(|then| {
        let continues =
            then.path == step.own_path() || then.settings.now.as_deref() == Some(step.own_path());
        continues
            .then(|| then.figure())
            .flatten()
            .map(|figure| (then, figure))
    })
}

/// All steps, in reading order; those that no page names come last.
///
/// # Errors
/// If the workspace or SUMMARY.md cannot be read, or a step's metadata say something unknown.
pub fn steps(project: &Project) -> Result<Vec<Step>> {
    let workspace = project.steps();
    let metadata = MetadataCommand::new()
        .manifest_path(workspace.join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".into()])
        .exec()
        .context("cargo cannot read the steps' workspace (chapters-code/Cargo.toml)")?;
    let summary = summary::read(project)?;

    let mut steps = Vec::new();
    for package in &metadata.packages {
        let Some(chapter) = package.metadata.get("chapter") else {
            continue;
        };
        let dir = package
            .manifest_path
            .parent()
            .context("a manifest lies in a folder")?
            .as_std_path();
        let path = dir
            .strip_prefix(&workspace)
            .or_else(|_| dir.strip_prefix(metadata.workspace_root.as_std_path()))
            .with_context(|| format!("{} is not below chapters-code/", dir.display()))?
            .display()
            .to_string()
            .replace('\\', "/");
        let settings: Settings = serde_json::from_value(chapter.clone()).with_context(|| {
            format!("chapters-code/{path}/Cargo.toml: [package.metadata.chapter]")
        })?;
        steps.push(Step {
            title: summary
                .title(&format!("{path}.md"))
                .unwrap_or(&path)
                .to_owned(),
            target: target(dir)?,
            pin: Pin::of(dir, &workspace)?,
            dir: dir.to_path_buf(),
            package: package.name.to_string(),
            previous: None,
            edition: Edition::Today,
            settings,
            path,
        });
    }
    steps.sort_by_key(|step| {
        (
            summary.position(&step.page()).unwrap_or(usize::MAX),
            step.path.clone(),
        )
    });
    connect(&mut steps)?;
    Ok(steps)
}

/// The steps, the period crates, and the steps on other toolchains as far as there are snapshots of them: everything that
/// pages can show.
///
/// # Errors
/// If any of them cannot be read.
pub fn everything(project: &Project) -> Result<Vec<Step>> {
    let mut all = steps(project)?;
    all.extend(period(project)?);
    let others: Vec<Step> = all.iter().flat_map(on_others).collect();
    all.extend(others);
    Ok(all)
}

/// A step on the other toolchains of which it has snapshots.
fn on_others(step: &Step) -> Vec<Step> {
    let names = fs::read_dir(&step.dir).into_iter().flatten().flatten();
    let mut releases: Vec<String> = names
        .filter_map(|entry| {
            let name = entry.file_name();
            let release = name
                .to_str()?
                .strip_prefix("measured.")?
                .strip_suffix(".snap")?;
            Some(release.to_owned())
        })
        .collect();
    releases.sort();
    releases
        .iter()
        .filter_map(|release| step.at_release(release))
        .collect()
}

/// The period crates, by article, each in the order of the numbers in its folders' names.
///
/// # Errors
/// If one cannot be read, or its metadata say something unknown.
pub fn period(project: &Project) -> Result<Vec<Step>> {
    #[derive(Deserialize)]
    struct Manifest {
        package: Package,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        description: Option<String>,
        metadata: Option<Metadata>,
    }
    #[derive(Deserialize)]
    struct Metadata {
        chapter: Option<Settings>,
    }
    let mut crates: Vec<Step> = Vec::new();
    for article in folders(&project.steps().join("then")) {
        let article_name = article.file_name().unwrap_or_default();
        let article_name = article_name.to_string_lossy().into_owned();
        for dir in folders(&article) {
            // A folder in which nothing is but what was built in one that is gone.
            let Ok(text) = fs::read_to_string(dir.join("Cargo.toml")) else {
                continue;
            };
            let below = dir.strip_prefix(project.steps())?;
            let path = below.display().to_string().replace('\\', "/");
            let Manifest { package } = toml::from_str(&text)
                .with_context(|| format!("chapters-code/{path}/Cargo.toml"))?;
            crates.push(Step {
                title: package.description.unwrap_or_else(|| path.clone()),
                target: target(&dir)?,
                pin: Pin::of(&dir, &project.steps())?,
                package: package.name,
                previous: crates
                    .last()
                    .filter(|before| before.dir.parent() == dir.parent())
                    .map(|before| before.path.clone()),
                settings: package
                    .metadata
                    .and_then(|metadata| metadata.chapter)
                    .unwrap_or_default(),
                edition: Edition::Period {
                    article: article_name.clone(),
                },
                dir,
                path,
            });
        }
    }
    Ok(crates)
}

/// The folders in a folder, by the number that their names begin with, then by name.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let number = |path: &PathBuf| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
        (digits.parse::<u32>().unwrap_or_default(), name)
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort_by_key(number);
    folders
}

/// Gives each step the one before it: the page before it in the same part, or what its metadata say.
fn connect(steps: &mut [Step]) -> Result<()> {
    for at in 0..steps.len() {
        let step = &steps[at];
        let previous = match &step.settings.after {
            Some(after) if !steps.iter().any(|other| &other.path == after) => bail!(
                "chapters-code/{}/Cargo.toml: after = \"{after}\" is no step; the nearest: {}",
                step.path,
                nearest(steps, after).join(", ")
            ),
            Some(after) if *after == step.path => {
                bail!(
                    "chapters-code/{}/Cargo.toml: the step comes after itself",
                    step.path
                )
            }
            Some(after) => Some(after.clone()),
            None => at
                .checked_sub(1)
                .map(|before| &steps[before])
                .filter(|before| before.part() == step.part())
                .map(|before| before.path.clone()),
        };
        steps[at].previous = previous;
    }
    Ok(())
}

/// The target that the step's own settings name.
fn target(dir: &Path) -> Result<Target> {
    #[derive(Deserialize, Default)]
    struct Config {
        #[serde(default)]
        build: Build,
    }
    #[derive(Deserialize, Default)]
    struct Build {
        target: Option<String>,
    }
    let file = dir.join(".cargo/config.toml");
    if !file.is_file() {
        return Ok(Target::Host);
    }
    let config: Config = toml::from_str(&fs::read_to_string(&file)?)
        .with_context(|| format!("{}", file.display()))?;
    Ok(match config.build.target {
        None => Target::Host,
        Some(triple) if triple.starts_with("wasm") => Target::Wasm(triple),
        Some(triple) => Target::Native(triple),
    })
}

/// The steps that `wanted` names; if it is empty, all of today's on their own toolchain. A name is a path or any part of one that only one has.
///
/// # Errors
/// If a name fits no step, with the nearest names, or more than one.
pub fn select<'a>(steps: &'a [Step], wanted: &[String]) -> Result<Vec<&'a Step>> {
    if wanted.is_empty() {
        let today = |step: &&Step| step.is_today();
        return Ok(steps.iter().filter(today).collect());
    }
    let mut chosen = Vec::new();
    for name in wanted {
        let step = find(steps, name)?;
        if !chosen.iter().any(|other: &&Step| other.path == step.path) {
            chosen.push(step);
        }
    }
    Ok(chosen)
}

/// The one step that `name` names.
///
/// # Errors
/// If it fits no step, with the nearest names, or more than one.
pub fn find<'a>(steps: &'a [Step], name: &str) -> Result<&'a Step> {
    // As completed by a shell, with or without the folder in front, or pasted from a page's address.
    let cut = name.replace('\\', "/");
    let cut = cut
        .trim_start_matches("./")
        .trim_start_matches("chapters-code/")
        .trim_start_matches("src/");
    let cut = cut
        .trim_end_matches('/')
        .trim_end_matches(".md")
        .trim_end_matches(".html");
    // A period crate's package, and a step on another toolchain, is called like a step of today, which comes first.
    if let Some(step) = steps
        .iter()
        .find(|step| step.path == cut || step.package == cut && !step.is_on_another())
    {
        return Ok(step);
    }
    // `03-strip` is a whole folder's name and beats being a part of others.
    let last = |step: &&Step| {
        step.path
            .rsplit('/')
            .next()
            .is_some_and(|folder| folder == cut)
    };
    if let Some(step) = steps.iter().find(last) {
        return Ok(step);
    }
    let fits = |step: &&Step| !cut.is_empty() && step.path.contains(cut);
    // Most of the period crates are called like a step of today.
    let today = |step: &&Step| step.is_today();
    let mut fitting: Vec<&Step> = steps.iter().filter(fits).filter(today).collect();
    if fitting.is_empty() {
        fitting = steps.iter().filter(fits).collect();
    }
    match fitting[..] {
        [step] => Ok(step),
        [] => bail!(
            "there is no step `{name}`; the nearest: {} (cargo xtask list shows all)",
            nearest(steps, cut).join(", ")
        ),
        _ => bail!(
            "`{name}` fits {} steps: {}; add a letter or two",
            fitting.len(),
            fitting
                .iter()
                .map(|step| step.path.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

/// The paths most like `name`, the likest first.
fn nearest(steps: &[Step], name: &str) -> Vec<String> {
    let likeness = |step: &Step| {
        let folder = step.path.rsplit('/').next().unwrap_or_default();
        let folder = folder.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
        [step.path.as_str(), folder, step.package.as_str()]
            .map(|text| strsim::jaro_winkler(text, name))
            .into_iter()
            .fold(0.0_f64, f64::max)
    };
    let mut all: Vec<(f64, &Step)> = steps.iter().map(|step| (likeness(step), step)).collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    all.into_iter()
        .take(3)
        .map(|(_, step)| step.path.clone())
        .collect()
}
