//! Writes the list of preview 1's functions, with their types, from the description that wasmi's WASI is made of: it lies in the
//! package `wasi-common`.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let file = wasi_common()?.join("witx/preview1/wasi_snapshot_preview1.witx");
    println!("cargo::rerun-if-changed={}", file.display());
    let document = witx::load(&[&file])?;
    let mut text = String::from("&[\n");
    for module in document.modules() {
        for function in module.funcs() {
            let (params, results) = function.wasm_signature();
            _ = writeln!(
                text,
                "Function {{ name: {:?}, params: &[{}], results: &[{}] }},",
                function.name.as_str(),
                types(&params),
                types(&results)
            );
        }
    }
    text.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::write(out.join("functions.rs"), text)?;
    Ok(())
}

fn types(types: &[witx::WasmType]) -> String {
    let types: Vec<&str> = types
        .iter()
        .map(|ty| match ty {
            witx::WasmType::I32 => "Type::I32",
            witx::WasmType::I64 => "Type::I64",
            witx::WasmType::F32 => "Type::F32",
            witx::WasmType::F64 => "Type::F64",
        })
        .collect();
    types.join(", ")
}

/// The folder of the package that carries the description.
fn wasi_common() -> Result<PathBuf> {
    let target = env::var("TARGET")?;
    let metadata = MetadataCommand::new()
        .other_options(["--offline", "--filter-platform", &target].map(str::to_owned))
        .exec()?;
    let package = metadata
        .packages
        .iter()
        .find(|package| package.name == "wasi-common");
    let manifest = &package.ok_or("there is no wasi-common")?.manifest_path;
    let folder: Option<&Path> = manifest.as_std_path().parent();
    Ok(folder.ok_or("a manifest lies in a folder")?.into())
}
