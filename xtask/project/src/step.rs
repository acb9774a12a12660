//! What a step is, and what it says about itself.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::toolchain::Pin;

/// One step of the book.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its folder below `chapters-code/`, with slashes. Its page is `src/<path>.md`. On another toolchain than its
    /// own, the release follows: `PART/STEP@1.95.0`.
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
    /// The step on whose page this one is told of, where it has none of its own: `PART/STEP`.
    pub page: Option<String>,
    /// The title, where SUMMARY.md gives none because the step has no page of its own.
    pub title: Option<String>,
    /// The step to compare with, where it is not the one before; empty, if there is none.
    pub after: Option<String>,
    /// Environment variables of the build.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The command after the build: an optimiser of Binaryen's, with `{module}` and `{out}` for the files.
    #[serde(default)]
    pub post_build: Vec<String>,
    /// The release of Binaryen for `post-build`, where it is not the book's.
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
    /// Calls of exported functions, such as `add 40 2`, each in an instance of its own; they take the place of
    /// `_start`.
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
    pub keep_module: Option<bool>,
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

    /// The page that tells of the step, below the book's source folder: its own, or another step's.
    #[must_use]
    pub fn page(&self) -> String {
        let own = || self.own_path().to_owned();
        format!("{}.md", self.settings.page.clone().unwrap_or_else(own))
    }

    /// Whether the step is told of on another one's page.
    #[must_use]
    pub fn is_guest(&self) -> bool {
        self.settings.page.is_some()
    }

    /// The id of the place on another step's page that tells of this one: its folder's name.
    #[must_use]
    pub fn anchor(&self) -> &str {
        self.own_path().rsplit('/').next().unwrap_or_default()
    }

    /// What a link to the step leads to, below the book's source folder: its page, or its place on another's.
    #[must_use]
    pub fn place(&self) -> String {
        if self.is_guest() {
            format!("{}#{}", self.page(), self.anchor())
        } else {
            self.page()
        }
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

    /// The same step among today's, to be compared with its own snapshot. (Its compiler stays what it is.)
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

    /// Whether the step is a program that takes minutes to build and is not about how it runs: one that is also
    /// measured after gzip. What goes over all steps more than once (the other toolchains, the engines, the copies in
    /// `cargo test`) leaves those out.
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
