//! Compiles `src/program.rs` to a core module, which knows nothing of components.

use std::{env, path::PathBuf, process::Command};

const FLAGS: [&str; 15] = [
    "--edition=2024",
    "--crate-name=program",
    "--crate-type=cdylib",
    "--target=wasm32-unknown-unknown",
    "-C",
    "opt-level=z",
    "-C",
    "lto=fat",
    "-C",
    "strip=symbols",
    "-C",
    "link-arg=--compress-relocations",
    "-C",
    "link-arg=-zstack-size=0",
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
        "src/program.rs does not compile for wasm32-unknown-unknown"
    );
}
