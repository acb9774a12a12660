//! Compiles `src/program.rs` (the step before, as it was) for WASI, with the very settings of that step.

use std::{env, path::PathBuf, process::Command};

const FLAGS: [&str; 14] = [
    "--edition=2024",
    "--crate-name=program",
    "--target=wasm32-wasip1",
    "-C",
    "opt-level=z",
    "-C",
    "lto=fat",
    "-C",
    "strip=symbols",
    "-C",
    "link-self-contained=no",
    "-C",
    "link-arg=--compress-relocations",
    "src/program.rs",
];

fn main() {
    println!("cargo::rerun-if-changed=src/program.rs");
    let module =
        PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("program.wasm");
    let rustc = env::var_os("RUSTC").expect("cargo sets RUSTC");
    let status = Command::new(rustc)
        .args(FLAGS)
        .arg("-o")
        .arg(module)
        .status()
        .expect("rustc starts");
    assert!(
        status.success(),
        "src/program.rs does not compile for wasm32-wasip1"
    );
}
