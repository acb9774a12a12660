//! What a snapshot holds: a step's module taken apart, and what building and running it did.

use anatomy::{Export, Import, Section};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::{binaryen, build::Built, discover::Step, run::Ran};

/// Modules up to this many bytes are kept in their snapshot whole.
pub const KEPT: usize = 1024;

/// The version of the snapshots' form.
pub const VERSION: u32 = 1;

/// Everything that is known of a step by measuring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The version of this form.
    pub version: u32,
    /// The release of Rust that built it.
    pub toolchain: String,
    /// The release of Binaryen, where one had a hand in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binaryen: Option<String>,
    /// The engine that ran it, with its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// Why it does not build, if it does not: one line of the errors each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fails: Vec<String>,
    /// What running it did, and its output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Ran>,
    /// The other runs of a program for the host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Also>,
    /// The module's size in bytes; none where nothing is built.
    pub size: Option<u64>,
    /// The pieces of the file, in its order; their sizes add up to the module's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<Section>,
    /// What it asks of its host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<Import>,
    /// What it offers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exports: Vec<Export>,
    /// A module of at most [`KEPT`] bytes, in hexadecimal, 16 bytes a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bytes: Vec<String>,
}

/// One of the other runs of a program for the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Also {
    /// Its arguments; `{host}` stands for the wasmtime host program.
    pub args: Vec<String>,
    /// Its exit code.
    pub code: Option<i32>,
    /// Its output.
    pub stdout: String,
}

impl Measured {
    /// Takes a build apart. What running it did is added by the caller.
    ///
    /// # Errors
    /// If the module is none.
    pub fn of(step: &Step, built: &Built) -> Result<Measured> {
        let mut measured = Measured {
            version: VERSION,
            toolchain: step.pin.channel.clone(),
            binaryen: (!step.settings.then.is_empty()).then(|| {
                step.settings
                    .binaryen
                    .clone()
                    .unwrap_or_else(|| binaryen::RELEASE.into())
            }),
            engine: None,
            fails: Vec::new(),
            run: None,
            also: Vec::new(),
            size: None,
            sections: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            bytes: Vec::new(),
        };
        match built {
            Built::Fails(errors) => measured.fails.clone_from(errors),
            Built::Skipped(_) => {}
            Built::Module { bytes, .. } => {
                let anatomy = anatomy::take_apart(bytes).with_context(|| {
                    format!("step {} builds something that is no module", step.path)
                })?;
                measured.size = Some(anatomy.size);
                measured.sections = anatomy.sections;
                measured.imports = anatomy.imports;
                measured.exports = anatomy.exports;
                if bytes.len() <= KEPT {
                    measured.bytes = to_hex(bytes);
                }
            }
        }
        Ok(measured)
    }

    /// The module, if it is small enough to be kept here.
    #[must_use]
    pub fn module(&self) -> Option<Vec<u8>> {
        if self.bytes.is_empty() {
            return None;
        }
        let digits = self.bytes.iter().flat_map(|line| line.split(' '));
        digits
            .map(|byte| u8::from_str_radix(byte, 16).ok())
            .collect()
    }

    /// What became of the step, in a few words: `exited 0`, `traps: …`, `does not build: …`.
    #[must_use]
    pub fn outcome(&self) -> String {
        match (&self.fails[..], &self.run) {
            ([first, ..], _) => format!("does not build: {}", self.fails.get(1).unwrap_or(first)),
            ([], Some(ran)) => ran.outcome.summary(),
            ([], None) => "not run".into(),
        }
    }
}

/// Bytes as lines of hexadecimal, 16 a line.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> Vec<String> {
    let line = |line: &[u8]| {
        line.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    bytes.chunks(16).map(line).collect()
}
