//! The programs that are built with each release.

use anyhow::{Context, Result};

/// What a program is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Built {
    /// WASI's commands: `wasm32-wasip1`, which used to be called `wasm32-wasi`.
    Wasi,
    /// `wasm32-unknown-unknown`.
    Unknown,
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
}

/// The linker's own way to strip: profiles can since 1.59 only.
pub(super) const STRIP: &str = "-Clink-arg=--strip-all";

/// All programs.
pub const PROGRAMS: [Program; 8] = [
    Program {
        name: "empty",
        title: "empty program",
        folder: "empty",
        target: Built::Wasi,
        flags: &[],
        lto: false,
    },
    Program {
        name: "empty-stripped",
        title: "empty program, stripped",
        folder: "empty",
        target: Built::Wasi,
        flags: &[STRIP],
        lto: false,
    },
    Program {
        name: "own-start",
        title: "own _start, stripped",
        folder: "own-start",
        target: Built::Wasi,
        flags: &[
            STRIP,
            "-Clink-self-contained=no",
            "-Clink-arg=--compress-relocations",
        ],
        lto: true,
    },
    Program {
        name: "nth-prime",
        title: "lookup that may panic",
        folder: "nth-prime",
        target: Built::Unknown,
        flags: &[],
        lto: false,
    },
    Program {
        name: "nth-prime-stripped",
        title: "lookup, stripped",
        folder: "nth-prime",
        target: Built::Unknown,
        flags: &[STRIP],
        lto: false,
    },
    Program {
        name: "nth-prime-lto",
        title: "lookup, stripped, with LTO",
        folder: "nth-prime",
        target: Built::Unknown,
        flags: &[STRIP],
        lto: true,
    },
    Program {
        name: "hello",
        title: "Hello WASI! by hand",
        folder: "hello",
        target: Built::Unknown,
        flags: &[],
        lto: false,
    },
    Program {
        name: "hello-stripped",
        title: "Hello WASI!, stripped",
        folder: "hello",
        target: Built::Unknown,
        flags: &[STRIP],
        lto: false,
    },
];

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
