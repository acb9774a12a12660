//! Compiles the C program that `DEVICE_C` names, with the header that `MODULE_H` names, against WAMR's own headers. They
//! lie in the package that also brings WAMR's source. Without the two variables there is nothing to compile.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    println!("cargo::rustc-check-cfg=cfg(device)");
    for name in ["DEVICE_C", "MODULE_H"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let (Some(device), Some(header)) = (env::var_os("DEVICE_C"), env::var_os("MODULE_H")) else {
        return Ok(());
    };
    for file in [&device, &header] {
        println!("cargo::rerun-if-changed={}", Path::new(file).display());
    }

    // The program includes `module.h`, whatever the file is called here.
    let here = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::copy(header, here.join("module.h"))?;
    cc::Build::new()
        .file(device)
        .include(here)
        .include(wamr()?.join("wasm-micro-runtime/core/iwasm/include"))
        .warnings_into_errors(true)
        .try_compile("device")?;
    println!("cargo::rustc-cfg=device");
    Ok(())
}

/// The folder of the package that WAMR comes in.
fn wamr() -> Result<PathBuf> {
    let metadata = MetadataCommand::new()
        .other_options(["--offline".to_owned()])
        .exec()?;
    let package = metadata
        .packages
        .iter()
        .find(|package| package.name == "wamrx-sys");
    let manifest = &package.ok_or("there is no wamrx-sys")?.manifest_path;
    Ok(manifest
        .parent()
        .ok_or("a manifest lies in a folder")?
        .into())
}
