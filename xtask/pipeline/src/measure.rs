//! What a snapshot holds: a step's module taken apart, and what building and running it did.

use std::{path::Path, sync::LazyLock};

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

use self::form::Form;
pub use self::rules::Rules;

mod form;
mod rules;

/// Modules up to this many bytes are kept in their snapshot whole.
pub const KEPT: usize = 1024;

/// The version of the snapshots' form.
const VERSION: u32 = 1;

/// Everything that is known of a step by measuring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Form", try_from = "Form")]
pub struct Measured {
    /// The release of Rust that built it.
    pub toolchain: String,
    /// The release of Binaryen, where one had a hand in it.
    pub binaryen: Option<String>,
    /// What was built.
    pub artifact: Artifact,
    /// What running it did.
    pub behaviour: Behaviour,
    /// What the step's script did, under node.
    pub script: Option<Script>,
}

/// What building a step makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Artifact {
    /// Nothing: it does not build. One line of the errors each.
    Nothing(Vec<String>),
    /// A module or a component.
    Module(Module),
    /// A program for this machine.
    Native(Native),
}

/// A module, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// Its size in bytes.
    pub size: u64,
    /// Its size in bytes after gzip, which is how a web server sends it, where the step asks for it.
    pub gzip: Option<u64>,
    /// The files that wasm-bindgen wrote, the module among them.
    pub glue: Vec<Glue>,
    /// The biggest items in it.
    pub items: Vec<Item>,
    /// The pieces of the file, in its order; their sizes add up to the module's.
    pub sections: Vec<Section>,
    /// What it asks of its host.
    pub imports: Vec<Import>,
    /// What it offers.
    pub exports: Vec<Export>,
    /// A module of at most [`KEPT`] bytes, in hexadecimal, 16 bytes a line.
    pub bytes: Vec<String>,
}

/// A program for this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Native {
    /// Its size, from and to, in bytes. It is a range because the machine's own linker has a say in it.
    pub range: [u64; 2],
    /// The dynamic libraries that it asks for.
    pub libraries: Vec<String>,
}

/// What running a step's artifact did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// It was not run.
    NotRun,
    /// It was run from its beginning.
    Command(Command),
    /// Functions that it exports were called.
    Calls {
        /// The engine, with its version.
        engine: String,
        /// The calls.
        calls: Vec<Call>,
    },
}

/// A run from the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The engine, with its version; none for a program for this machine.
    pub engine: Option<String>,
    /// What running it did, and its output.
    pub run: Run,
    /// The other runs of a program for this machine.
    pub also: Vec<ExtraRun>,
    /// What other engines did with it.
    pub elsewhere: Vec<OtherEngine>,
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
        let release = || {
            let own = step.settings.binaryen.clone();
            own.unwrap_or_else(|| binaryen::RELEASE.into())
        };
        let artifact = match built {
            Built::Fails(errors) => Artifact::Nothing(errors.clone()),
            Built::Skipped(_) => Artifact::Nothing(Vec::new()),
            Built::Program { bytes, .. } => {
                let size = bytes.len() as u64;
                Artifact::Native(Native {
                    range: [size - size * SLACK / 100, size + size * SLACK / 100],
                    libraries: native::libraries(bytes)?,
                })
            }
            Built::Module { file, bytes, .. } => Artifact::Module(Module::of(step, file, bytes)?),
        };
        Ok(Measured {
            toolchain: step.pin.channel.clone(),
            binaryen: (!step.settings.post_build.is_empty()).then(release),
            artifact,
            behaviour: Behaviour::NotRun,
            script: None,
        })
    }

    /// The module that was built, if one was.
    #[must_use]
    pub fn module(&self) -> Option<&Module> {
        match &self.artifact {
            Artifact::Module(module) => Some(module),
            Artifact::Nothing(_) | Artifact::Native(_) => None,
        }
    }

    /// What is inside the module; nothing, if no module was built.
    #[must_use]
    pub fn inside(&self) -> &Module {
        static NOTHING: LazyLock<Module> = LazyLock::new(Module::default);
        self.module().unwrap_or(&NOTHING)
    }

    /// The program for this machine that was built, if one was.
    #[must_use]
    pub fn native(&self) -> Option<&Native> {
        match &self.artifact {
            Artifact::Native(native) => Some(native),
            Artifact::Nothing(_) | Artifact::Module(_) => None,
        }
    }

    /// The module's size in bytes.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.module().map(|module| module.size)
    }

    /// The size of a program for this machine, from and to, in bytes.
    #[must_use]
    pub fn range(&self) -> Option<[u64; 2]> {
        self.native().map(|native| native.range)
    }

    /// Why nothing was built: one line of the errors each.
    #[must_use]
    pub fn errors(&self) -> &[String] {
        match &self.artifact {
            Artifact::Nothing(errors) => errors,
            Artifact::Module(_) | Artifact::Native(_) => &[],
        }
    }

    /// The run from the beginning, if there was one.
    #[must_use]
    pub fn command(&self) -> Option<&Command> {
        match &self.behaviour {
            Behaviour::Command(command) => Some(command),
            Behaviour::NotRun | Behaviour::Calls { .. } => None,
        }
    }

    /// What the run from the beginning did.
    #[must_use]
    pub fn run(&self) -> Option<&Run> {
        self.command().map(|command| &command.run)
    }

    /// The other runs of a program for this machine.
    #[must_use]
    pub fn also(&self) -> &[ExtraRun] {
        self.command().map_or(&[], |command| &command.also)
    }

    /// What other engines did with it.
    #[must_use]
    pub fn elsewhere(&self) -> &[OtherEngine] {
        self.command().map_or(&[], |command| &command.elsewhere)
    }

    /// The calls of exported functions.
    #[must_use]
    pub fn calls(&self) -> &[Call] {
        match &self.behaviour {
            Behaviour::Calls { calls, .. } => calls,
            Behaviour::NotRun | Behaviour::Command(_) => &[],
        }
    }

    /// The engine that ran it, with its version.
    #[must_use]
    pub fn engine(&self) -> Option<&str> {
        match &self.behaviour {
            Behaviour::Command(command) => command.engine.as_deref(),
            Behaviour::Calls { engine, .. } => Some(engine),
            Behaviour::NotRun => None,
        }
    }

    /// All that engines did with it.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        let calls = self.calls().iter().map(|call| &call.ran);
        let elsewhere = self.elsewhere().iter().map(|other| &other.ran);
        self.run().into_iter().chain(calls).chain(elsewhere)
    }

    /// Whether another measurement differs in nothing but the module's bytes and what follows from them: their number,
    /// and what is where.
    #[must_use]
    pub fn differs_in_bytes_alone(&self, other: &Measured) -> bool {
        let without_bytes = |measured: &Measured| {
            let mut measured = measured.clone();
            if let Artifact::Module(module) = &mut measured.artifact {
                *module = Module {
                    gzip: module.gzip.map(|_| 0),
                    imports: std::mem::take(&mut module.imports),
                    exports: std::mem::take(&mut module.exports),
                    ..Module::default()
                };
            }
            measured
        };
        without_bytes(self) == without_bytes(other)
    }

    /// What became of the step, in a few words: `exited 0`, `traps: …`, `does not build: …`,
    /// `refused by Binaryen: …`.
    #[must_use]
    pub fn outcome(&self) -> String {
        if let [first, more @ ..] = self.errors() {
            return match self.binaryen {
                // The compiler has built a module, and the optimiser does not accept it.
                Some(_) => format!("refused by Binaryen: {first}"),
                None => format!("does not build: {}", more.first().unwrap_or(first)),
            };
        }
        match (&self.behaviour, &self.script) {
            (Behaviour::Command(command), _) => {
                self.ended(&command.run, command.engine.as_deref().unwrap_or_default())
            }
            (Behaviour::Calls { calls, .. }, _) => match calls.first() {
                Some(call) => format!("`{}`: {}", call.call, call.summary()),
                None => "not run".into(),
            },
            (Behaviour::NotRun, Some(script)) => match script.code {
                Some(0) => "runs in JavaScript".into(),
                Some(code) => format!("fails in JavaScript with exit code {code}"),
                None => "stopped: its script took too long".into(),
            },
            (Behaviour::NotRun, None) => "not run".into(),
        }
    }

    /// What a run of it came to, in one line. A component has no `_start`.
    #[must_use]
    pub fn ended(&self, ran: &Run, engine: &str) -> String {
        let is_component = self.module().is_some_and(Module::is_component);
        if is_component && ran.outcome == Outcome::Returned {
            return "returned from `run`".into();
        }
        ran.summary(engine)
    }

    /// Whether the step came to a good end.
    #[must_use]
    pub fn succeeds(&self) -> bool {
        let ended_well = match &self.behaviour {
            Behaviour::NotRun => true,
            Behaviour::Command(command) => command.run.outcome.is_success(),
            Behaviour::Calls { calls, .. } => calls
                .first()
                .is_none_or(|call| call.ran.outcome.is_success()),
        };
        let script = self.script.as_ref();
        ended_well
            && script.is_none_or(|script| script.code == Some(0))
            && !matches!(self.artifact, Artifact::Nothing(_))
    }

    /// The size to draw and to compare with: a module's, or the middle of a native program's range.
    #[must_use]
    pub fn weight(&self) -> Option<u64> {
        match &self.artifact {
            Artifact::Nothing(_) => None,
            Artifact::Module(module) => Some(module.size),
            Artifact::Native(native) => Some(native.middle()),
        }
    }

    /// Takes over the range of another measurement of the same step, if this one's size lies in it: for a native
    /// program's size, that is what being the same means.
    pub fn settle(&mut self, stored: &Measured) {
        if let (Artifact::Native(native), Some(stored)) = (&mut self.artifact, stored.native())
            && (stored.range[0]..=stored.range[1]).contains(&native.middle())
        {
            native.range = stored.range;
        }
    }
}

impl Native {
    /// The middle of the range, in bytes.
    #[must_use]
    pub fn middle(&self) -> u64 {
        u64::midpoint(self.range[0], self.range[1])
    }
}

impl Module {
    /// Takes apart what a step built.
    fn of(step: &Step, file: &Path, bytes: &[u8]) -> Result<Module> {
        let mut items = Vec::new();
        if step.settings.items > 0 {
            items = anatomy::items(bytes)?;
            items.truncate(step.settings.items);
        }
        let anatomy = anatomy::take_apart(bytes)
            .with_context(|| format!("step {} builds something that is no module", step.path))?;
        Ok(Module {
            size: anatomy.size,
            gzip: match step.settings.gzip {
                true => Some(gzip::pack(bytes)?.len() as u64),
                false => None,
            },
            glue: match step.settings.bindgen {
                Some(_) => bindgen::glue(file.parent().context("a module lies in a folder")?)?,
                None => Vec::new(),
            },
            items,
            sections: anatomy.sections,
            imports: anatomy.imports,
            exports: anatomy.exports,
            bytes: if bytes.len() <= KEPT {
                to_hex(bytes)
            } else {
                Vec::new()
            },
        })
    }

    /// Whether it imports a function of WASI, of whichever edition.
    #[must_use]
    pub fn imports_wasi(&self) -> bool {
        let mut imports = self.imports.iter();
        imports.any(|import| import.module.starts_with("wasi"))
    }

    /// Its bytes, if they are few enough to be kept here.
    #[must_use]
    pub fn whole(&self) -> Option<Vec<u8>> {
        if self.bytes.is_empty() {
            return None;
        }
        let digits = self.bytes.iter().flat_map(|line| line.split(' '));
        digits
            .map(|byte| u8::from_str_radix(byte, 16).ok())
            .collect()
    }

    /// Whether it is a component, and not a module that a browser can run.
    #[must_use]
    pub fn is_component(&self) -> bool {
        let mut sections = self.sections.iter();
        sections.any(|section| section.name.starts_with("core ") || section.name == "component")
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
    use super::{Artifact, Measured};

    fn native(range: [u64; 2]) -> Measured {
        let json = format!(r#"{{"version":1,"toolchain":"1.99.1","size":null,"range":{range:?}}}"#);
        serde_json::from_str(&json).expect("the least that a measurement holds")
    }

    #[test]
    fn other_bytes_are_tolerated_and_another_outcome_is_not() {
        let one = |size: u32, outcome: &str| -> Measured {
            let json = format!(
                r#"{{"version":1,"toolchain":"1.99.1","size":{size},"bytes":["{size}"],"engine":"e 1","run":{{"outcome":"{outcome}"}}}}"#
            );
            serde_json::from_str(&json).expect("a measurement")
        };
        let here = one(97, "returned");
        assert!(here.differs_in_bytes_alone(&one(98, "returned")));
        assert!(!here.differs_in_bytes_alone(&one(97, "out of fuel")));
        let nothing = Measured {
            artifact: Artifact::Nothing(Vec::new()),
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
            assert_eq!(measured.native().map(|native| native.range), Some(expected));
        }
    }

    #[test]
    fn a_form_that_contradicts_itself_is_none() {
        let read = |more: &str| {
            let json = format!(r#"{{"version":1,"toolchain":"1.99.1",{more}}}"#);
            serde_json::from_str::<Measured>(&json).map_err(|error| error.to_string())
        };
        assert!(read(r#""size":null"#).is_ok());
        for (more, problem) in [
            (r#""size":97,"fails":["error"]"#, "`fails`"),
            (r#""size":97,"range":[90,110]"#, "a `size` and a `range`"),
            (r#""size":97,"engine":"e 1""#, "an `engine`, and no run"),
            (r#""size":97,"sise":98"#, "unknown field `sise`"),
        ] {
            let said = read(more).expect_err("it contradicts itself");
            assert!(said.contains(problem), "{said}");
        }
    }
}
