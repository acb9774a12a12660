//! A snapshot's JSON: one object, in which a key that does not apply is missing.

use anatomy::{Export, Import, Item, Section};
use outcome::Run;
use serde::{Deserialize, Serialize};

use super::{
    Artifact, Behaviour, Call, Command, ExtraRun, Measured, Module, Native, OtherEngine, VERSION,
};
use crate::{bindgen::Glue, node::Script};

/// The keys in their order.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    version: u32,
    toolchain: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    binaryen: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    engine: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fails: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<Run>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    also: Vec<ExtraRun>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    calls: Vec<Call>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    script: Option<Script>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    elsewhere: Vec<OtherEngine>,
    size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gzip: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    range: Option<[u64; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    libraries: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    glue: Vec<Glue>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    items: Vec<Item>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sections: Vec<Section>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    imports: Vec<Import>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    exports: Vec<Export>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bytes: Vec<String>,
}

impl From<Measured> for Form {
    fn from(measured: Measured) -> Form {
        let mut form = Form {
            version: VERSION,
            toolchain: measured.toolchain,
            binaryen: measured.binaryen,
            script: measured.script,
            ..Form::default()
        };
        match measured.artifact {
            Artifact::Nothing(errors) => form.fails = errors,
            Artifact::Native(native) => {
                form.range = Some(native.range);
                form.libraries = Some(native.libraries);
            }
            Artifact::Module(module) => {
                form.size = Some(module.size);
                form.gzip = module.gzip;
                form.glue = module.glue;
                form.items = module.items;
                form.sections = module.sections;
                form.imports = module.imports;
                form.exports = module.exports;
                form.bytes = module.bytes;
            }
        }
        match measured.behaviour {
            Behaviour::NotRun => {}
            Behaviour::Command(command) => {
                form.engine = command.engine;
                form.run = Some(command.run);
                form.also = command.also;
                form.elsewhere = command.elsewhere;
            }
            Behaviour::Calls { engine, calls } => {
                form.engine = Some(engine);
                form.calls = calls;
            }
        }
        form
    }
}

impl TryFrom<Form> for Measured {
    type Error = String;

    /// A form that contradicts itself is an error, which names the two keys.
    fn try_from(form: Form) -> Result<Measured, String> {
        if form.version != VERSION {
            return Err(format!(
                "it is of form {}, and these tools know form {VERSION}",
                form.version
            ));
        }
        let artifact = match (form.size, form.range) {
            (None, None) => Artifact::Nothing(form.fails),
            _ if !form.fails.is_empty() => {
                return Err("it has `fails`, and something that was built".into());
            }
            (Some(_), Some(_)) => return Err("it has a `size` and a `range`".into()),
            (None, Some(range)) => Artifact::Native(Native {
                range,
                libraries: form.libraries.unwrap_or_default(),
            }),
            (Some(size), None) => Artifact::Module(Module {
                size,
                gzip: form.gzip,
                glue: form.glue,
                items: form.items,
                sections: form.sections,
                imports: form.imports,
                exports: form.exports,
                bytes: form.bytes,
            }),
        };
        let behaviour = match (form.run, form.engine, form.calls) {
            (None, None, calls) if calls.is_empty() => Behaviour::NotRun,
            (Some(run), engine, calls) if calls.is_empty() => Behaviour::Command(Command {
                engine,
                run,
                also: form.also,
                elsewhere: form.elsewhere,
            }),
            (None, Some(engine), calls) if !calls.is_empty() => Behaviour::Calls { engine, calls },
            (None, Some(_), _) => return Err("it has an `engine`, and no run".into()),
            (None, None, _) => return Err("it has `calls`, and no `engine`".into()),
            (Some(_), ..) => return Err("it has a `run` and `calls`".into()),
        };
        Ok(Measured {
            toolchain: form.toolchain,
            binaryen: form.binaryen,
            artifact,
            behaviour,
            script: form.script,
        })
    }
}
