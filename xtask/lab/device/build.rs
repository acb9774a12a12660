//! Compiles the C program that `DEVICE_C` names, with the header that `MODULE_H` names, against WAMR's own headers,
//! which lie in the folder that `WAMR` names: the package `wamrx-sys`, which brings WAMR's source. Without `DEVICE_C`
//! there is nothing to compile.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    println!("cargo::rustc-check-cfg=cfg(device)");
    for name in ["DEVICE_C", "MODULE_H", "WAMR"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let Some(device) = env::var_os("DEVICE_C") else {
        return Ok(());
    };
    let given = |name| env::var_os(name).ok_or(format!("DEVICE_C is set, and {name} is not"));
    let (header, wamr) = (given("MODULE_H")?, PathBuf::from(given("WAMR")?));
    for file in [&device, &header] {
        println!("cargo::rerun-if-changed={}", Path::new(file).display());
    }

    // The program includes `module.h`, whatever the file is called here.
    let here = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::copy(header, here.join("module.h"))?;
    cc::Build::new()
        .file(device)
        .include(here)
        .include(wamr.join("wasm-micro-runtime/core/iwasm/include"))
        .warnings_into_errors(true)
        .try_compile("device")?;
    println!("cargo::rustc-cfg=device");
    Ok(())
}
