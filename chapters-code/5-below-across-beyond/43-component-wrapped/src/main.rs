//! Puts a component around the module that rustc made of `program.rs`.
//! `cargo run` writes `module.wasm`, `cargo run -- FILE` another file.

use std::{env, error::Error, fs};

use wasm_encoder::{
    Alias, CanonicalFunctionSection, Component, ComponentAliasSection, ComponentExportKind,
    ComponentExportSection, ComponentInstanceSection, ComponentSectionId, ComponentTypeSection,
    ComponentValType, ExportKind, InstanceSection, ModuleArg, RawSection,
};

/// What rustc and its linker made of `program.rs`.
static MODULE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/program.wasm"));

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::args_os().nth(1).unwrap_or("module.wasm".into());
    fs::write(out, wrap(MODULE))?;
    Ok(())
}

/// A component that exports `run` of `wasi:cli/run`, made of the function `r` of a module.
fn wrap(module: &[u8]) -> Vec<u8> {
    let mut component = Component::new();
    component.section(&RawSection {
        id: ComponentSectionId::CoreModule.into(),
        data: module,
    });

    let mut instances = InstanceSection::new();
    instances.instantiate(0, [("", ModuleArg::Instance(0)); 0]);
    component.section(&instances);

    let mut aliases = ComponentAliasSection::new();
    aliases.alias(Alias::CoreInstanceExport {
        instance: 0,
        kind: ExportKind::Func,
        name: "r",
    });
    component.section(&aliases);

    let mut types = ComponentTypeSection::new();
    types.defined_type().result(None, None);
    types
        .function()
        .params([("", ComponentValType::Type(0)); 0])
        .result(Some(ComponentValType::Type(0)));
    component.section(&types);

    let mut functions = CanonicalFunctionSection::new();
    functions.lift(0, 1, []);
    component.section(&functions);

    let mut instances = ComponentInstanceSection::new();
    instances.export_items([("run", ComponentExportKind::Func, 0)]);
    component.section(&instances);

    let mut exports = ComponentExportSection::new();
    exports.export("wasi:cli/run@0.2.0", ComponentExportKind::Instance, 0, None);
    component.section(&exports);
    component.finish()
}
