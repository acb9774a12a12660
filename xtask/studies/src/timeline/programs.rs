//! The programs that are built with each release.

use anyhow::{Context, Result};

use super::FIRST;

/// What a program is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Built {
    /// WASI's commands: `wasm32-wasip1`, which used to be called `wasm32-wasi`.
    Wasi,
    /// WASI 0.2's components: `wasm32-wasip2`.
    Component,
    /// `wasm32-unknown-unknown`.
    Unknown,
}

impl Built {
    /// What a release calls the target. The name of WASI's changed with 1.78, whose std for the new name is not to be
    /// had everywhere.
    #[must_use]
    pub fn triple(self, minor: u32) -> &'static str {
        match self {
            Built::Wasi if minor < 79 => "wasm32-wasi",
            Built::Wasi => "wasm32-wasip1",
            Built::Component => "wasm32-wasip2",
            Built::Unknown => "wasm32-unknown-unknown",
        }
    }
}

/// One of the programs, in one of the ways to build it.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Its name in the data.
    pub name: &'static str,
    /// Its name on the page.
    pub title: &'static str,
    /// The crate's folder in `chapters-code/timeline/`.
    pub folder: &'static str,
    /// What it is built for.
    pub target: Built,
    /// Flags for rustc, beyond the crate's own.
    pub flags: &'static [&'static str],
    /// Whether it is built with LTO.
    pub lto: bool,
    /// Whether it is built for size, with opt-level "z".
    pub small: bool,
    /// Whether std is compiled anew, so that a panic ends the program at once and formats nothing.
    pub own_std: bool,
    /// The first release that can build it, by its second number.
    pub since: u32,
}

/// The linker's own way to strip: profiles can since 1.59 only.
const STRIP: &str = "-Clink-arg=--strip-all";

/// The first release of which std can be compiled anew here: the cargo before asks the registry's index by git.
const OWN_STD: u32 = 70;

/// The release from which immediate abort is a way to panic; before it was a feature of std.
pub(super) const IMMEDIATE_ABORT: u32 = 92;

/// Strips a component, whose linker hands `--strip-all` on to the linker of modules.
const STRIP_ALL: &str = "-Cstrip=symbols";

/// What most of the programs have in common.
const PLAIN: Program = Program {
    name: "",
    title: "",
    folder: "",
    target: Built::Wasi,
    flags: &[],
    lto: false,
    small: false,
    own_std: false,
    since: FIRST,
};

/// All programs.
pub const PROGRAMS: [Program; 11] = [
    Program {
        name: "empty",
        title: "empty program",
        folder: "empty",
        ..PLAIN
    },
    Program {
        name: "empty-stripped",
        title: "empty program, stripped",
        folder: "empty",
        flags: &[STRIP],
        ..PLAIN
    },
    Program {
        name: "component",
        title: "empty component, stripped",
        folder: "empty",
        target: Built::Component,
        flags: &[STRIP_ALL],
        since: 82,
        ..PLAIN
    },
    Program {
        name: "own-std",
        title: "empty program, std rebuilt to abort at once",
        folder: "empty",
        flags: &[STRIP],
        lto: true,
        small: true,
        own_std: true,
        since: OWN_STD,
        ..PLAIN
    },
    Program {
        name: "own-start",
        title: "own _start, stripped",
        folder: "own-start",
        flags: &[
            STRIP,
            "-Clink-self-contained=no",
            "-Clink-arg=--compress-relocations",
        ],
        lto: true,
        small: true,
        ..PLAIN
    },
    Program {
        name: "nth-prime",
        title: "lookup that may panic",
        folder: "nth-prime",
        target: Built::Unknown,
        ..PLAIN
    },
    Program {
        name: "nth-prime-stripped",
        title: "lookup, stripped",
        folder: "nth-prime",
        target: Built::Unknown,
        flags: &[STRIP],
        ..PLAIN
    },
    Program {
        name: "nth-prime-lto",
        title: "lookup, stripped, with LTO",
        folder: "nth-prime",
        target: Built::Unknown,
        flags: &[STRIP],
        lto: true,
        ..PLAIN
    },
    Program {
        name: "vec-lto",
        title: "Vec library, stripped, with LTO",
        folder: "vec",
        target: Built::Unknown,
        flags: &[STRIP],
        lto: true,
        ..PLAIN
    },
    Program {
        name: "hello",
        title: "Hello WASI! by hand",
        folder: "hello",
        target: Built::Unknown,
        ..PLAIN
    },
    Program {
        name: "hello-stripped",
        title: "Hello WASI!, stripped",
        folder: "hello",
        target: Built::Unknown,
        flags: &[STRIP],
        ..PLAIN
    },
];

/// The programs that a release can build.
pub fn programs(minor: u32) -> impl Iterator<Item = &'static Program> {
    PROGRAMS
        .iter()
        .filter(move |program| program.since <= minor)
}

impl Program {
    /// Whether its module has no custom sections.
    #[must_use]
    pub fn is_stripped(&self) -> bool {
        self.flags.contains(&STRIP) || self.flags.contains(&STRIP_ALL)
    }

    /// The same with names: without the flag that strips, which is the first.
    #[must_use]
    pub fn named(&self) -> Program {
        Program {
            flags: match self.flags {
                [STRIP | STRIP_ALL, rest @ ..] => rest,
                all => all,
            },
            ..*self
        }
    }
}

/// A program by its name.
///
/// # Errors
/// If there is none of that name.
pub fn program(name: &str) -> Result<&'static Program> {
    PROGRAMS
        .iter()
        .find(|program| program.name == name)
        .with_context(|| {
            let names: Vec<&str> = PROGRAMS.iter().map(|program| program.name).collect();
            format!(
                "there is no program `{name}`; there are: {}",
                names.join(", ")
            )
        })
}
