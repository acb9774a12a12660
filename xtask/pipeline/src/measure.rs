//! What a snapshot holds: a step's module taken apart, and what building and running it did.

use anatomy::{Export, Import, Item, Section};
use anyhow::{Context, Result};
use outcome::{Outcome, Run};
use serde::{Deserialize, Serialize};

use crate::{
    binaryen,
    bindgen::{self, Glue},
    built::Built,
    gzip, native,
    node::Script,
};
use project::step::Step;

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
    pub run: Option<Run>,
    /// The other runs of a program for the host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<ExtraRun>,
    /// The calls of exported functions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Call>,
    /// What the step's script did, under node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<Script>,
    /// What other engines did with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<OtherEngine>,
    /// The module's size in bytes; none where no module is built.
    pub size: Option<u64>,
    /// The module's size in bytes after gzip, which is how a web server sends it, where the step asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gzip: Option<u64>,
    /// A native program's size, from and to, in bytes. It is a range because the machine's own linker has a say in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<[u64; 2]>,
    /// The dynamic libraries that a native program asks for; none where there is no such program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub libraries: Option<Vec<String>>,
    /// The files that wasm-bindgen wrote, the module among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub glue: Vec<Glue>,
    /// The biggest items in the module.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
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
pub struct ExtraRun {
    /// Its arguments; `{host}` stands for the wasmtime host program.
    pub args: Vec<String>,
    /// Its exit code.
    pub code: Option<i32>,
    /// Its output.
    pub stdout: String,
}

/// A call of an exported function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The function's name and its arguments.
    pub call: String,
    /// What became of it.
    #[serde(flatten)]
    pub ran: Run,
}

impl Call {
    /// What became of it, in a few words: the values, or why there are none.
    #[must_use]
    pub fn summary(&self) -> String {
        match (&self.ran.outcome, &self.ran.values[..]) {
            (Outcome::Returned, []) => "returned".into(),
            (Outcome::Returned, values) => values.join(", "),
            (other, _) => other.summary(),
        }
    }
}

/// What another engine did with the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherEngine {
    /// The engine, with its version.
    pub engine: String,
    /// What running it did, and its output.
    #[serde(flatten)]
    pub ran: Run,
}

/// How far a native program's size may lie from the one that was accepted, in percent to each side.
const SLACK: u64 = 10;

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
            calls: Vec::new(),
            script: None,
            elsewhere: Vec::new(),
            size: None,
            gzip: None,
            range: None,
            libraries: None,
            glue: Vec::new(),
            items: Vec::new(),
            sections: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            bytes: Vec::new(),
        };
        match built {
            Built::Fails(errors) => measured.fails.clone_from(errors),
            Built::Skipped(_) => {}
            Built::Program { bytes, .. } => {
                let size = bytes.len() as u64;
                measured.range = Some([size - size * SLACK / 100, size + size * SLACK / 100]);
                measured.libraries = Some(native::libraries(bytes)?);
            }
            Built::Module { file, bytes, .. } => {
                if step.settings.bindgen.is_some() {
                    measured.glue =
                        bindgen::glue(file.parent().context("a module lies in a folder")?)?;
                }
                if step.settings.items > 0 {
                    measured.items = anatomy::items(bytes)?;
                    measured.items.truncate(step.settings.items);
                }
                let anatomy = anatomy::take_apart(bytes).with_context(|| {
                    format!("step {} builds something that is no module", step.path)
                })?;
                measured.size = Some(anatomy.size);
                if step.settings.gzip {
                    measured.gzip = Some(gzip::pack(bytes)?.len() as u64);
                }
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

    /// Whether another measurement differs in nothing but the module's bytes and what follows from them: their number,
    /// and what is where.
    #[must_use]
    pub fn differs_in_bytes_alone(&self, other: &Measured) -> bool {
        let without_bytes = |measured: &Measured| Measured {
            size: measured.size.map(|_| 0),
            gzip: measured.gzip.map(|_| 0),
            glue: Vec::new(),
            items: Vec::new(),
            sections: Vec::new(),
            bytes: Vec::new(),
            ..measured.clone()
        };
        without_bytes(self) == without_bytes(other)
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
        match (&self.fails[..], &self.run, &self.calls[..], &self.script) {
            ([first, ..], ..) => format!("does not build: {}", self.fails.get(1).unwrap_or(first)),
            ([], Some(ran), ..) => self.ended(ran, self.engine.as_deref().unwrap_or_default()),
            ([], None, [call, ..], _) => format!("`{}`: {}", call.call, call.summary()),
            ([], None, [], Some(Script { code: Some(0), .. })) => "runs in JavaScript".into(),
            ([], None, [], Some(Script { code, .. })) => match code {
                Some(code) => format!("fails in JavaScript with exit code {code}"),
                None => "stopped: its script took too long".into(),
            },
            ([], None, [], None) => "not run".into(),
        }
    }

    /// What a run of it came to, in one line. A component has no `_start`.
    #[must_use]
    pub fn ended(&self, ran: &Run, engine: &str) -> String {
        let component = self
            .exports
            .iter()
            .any(|export| export.name.starts_with("wasi:cli/run@"));
        if component && ran.outcome == Outcome::Returned {
            return "returned from `run`".into();
        }
        ran.summary(engine)
    }

    /// Whether the step came to a good end.
    #[must_use]
    pub fn succeeds(&self) -> bool {
        self.fails.is_empty()
            && self.run.as_ref().is_none_or(|ran| ran.outcome.is_success())
            && self
                .calls
                .first()
                .is_none_or(|call| call.ran.outcome.is_success())
            && self
                .script
                .as_ref()
                .is_none_or(|script| script.code == Some(0))
            && (self.size.is_some() || self.range.is_some())
    }

    /// The size to draw and to compare with: a module's, or the middle of a native program's range.
    #[must_use]
    pub fn weight(&self) -> Option<u64> {
        self.size
            .or_else(|| self.range.map(|[from, to]| u64::midpoint(from, to)))
    }

    /// Takes over the range of another measurement of the same step, if this one's size lies in it: for a native
    /// program's size, that is what being the same means.
    pub fn settle(&mut self, stored: &Measured) {
        if let (Some([from, to]), Some(range)) = (self.range, stored.range)
            && (range[0]..=range[1]).contains(&u64::midpoint(from, to))
        {
            self.range = Some(range);
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

#[cfg(test)]
mod tests {
    use super::Measured;

    fn native(range: [u64; 2]) -> Measured {
        let json = format!(r#"{{"version":1,"toolchain":"1.99.1","size":null,"range":{range:?}}}"#);
        serde_json::from_str(&json).expect("the least that a measurement holds")
    }

    #[test]
    fn other_bytes_are_tolerated_and_another_outcome_is_not() {
        let one = |size: u32, outcome: &str| -> Measured {
            let json = format!(
                r#"{{"version":1,"toolchain":"1.99.1","size":{size},"bytes":["{size}"],"run":{{"outcome":"{outcome}"}}}}"#
            );
            serde_json::from_str(&json).expect("a measurement")
        };
        let here = one(97, "returned");
        assert!(here.differs_in_bytes_alone(&one(98, "returned")));
        assert!(!here.differs_in_bytes_alone(&one(97, "out of fuel")));
        let nothing = Measured {
            size: None,
            ..one(97, "returned")
        };
        assert!(!here.differs_in_bytes_alone(&nothing));
    }

    #[test]
    fn a_native_size_inside_the_range_is_the_same_and_outside_it_is_not() {
        let stored = native([900, 1100]);
        for (range, expected) in [
            ([900, 1100], [900, 1100]),
            ([981, 1199], [900, 1100]),   // 1,090 bytes
            ([1000, 1220], [1000, 1220]), // 1,110 bytes
            ([720, 880], [720, 880]),     // 800 bytes
        ] {
            let mut measured = native(range);
            measured.settle(&stored);
            assert_eq!(measured.range, Some(expected));
        }
    }
}
