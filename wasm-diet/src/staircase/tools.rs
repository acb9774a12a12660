//! Programs that are there: wasm-bindgen, and the folder's compiler.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::{
    cargo::{ask, command},
    project::Project,
    steps::Compiler,
};
use crate::binaryen::Tool;

/// The folder's compiler.
///
/// # Errors
/// If there is none.
pub(super) fn compiler(project: &Project) -> Result<Compiler> {
    let rustc = || {
        let mut rustc = command("rustc");
        rustc.current_dir(&project.folder);
        rustc
    };
    let version =
        ask(rustc().arg("-vV")).context("rustc is not there; https://rustup.rs installs it")?;
    let cfg = ask(rustc().args(["--print", "cfg", "--target", &project.triple]))?;
    let sysroot = ask(rustc().args(["--print", "sysroot"]))?;
    let release = version
        .lines()
        .find_map(|line| line.strip_prefix("release: "));
    let release = release.context("rustc -vV names no release")?;
    let minor = release
        .split('.')
        .nth(1)
        .and_then(|minor| minor.parse().ok());
    Ok(Compiler {
        minor: minor
            .with_context(|| format!("rustc's release is {release}, which is no number"))?,
        nightly: release.contains('-') && !release.contains("-beta"),
        version,
        sysroot: sysroot.trim().into(),
        cfg: cfg.lines().map(str::to_owned).collect(),
    })
}

/// wasm-bindgen of a release: the program that is named, or one on the PATH; or why there is none.
///
/// # Errors
/// If the program that is named is none, or of another release.
pub(super) fn wasm_bindgen(named: Option<&str>, release: &str) -> Result<Result<Tool, String>> {
    let install = format!("cargo install wasm-bindgen-cli --version {release}");
    let why = match Tool::find(named.unwrap_or("wasm-bindgen")) {
        Some(tool) if tool.version.split_whitespace().nth(1) == Some(release) => {
            return Ok(Ok(tool));
        }
        Some(tool) => format!(
            "the program is {} and the crate is linked with wasm-bindgen {release}, and both have to be the same: {install}",
            tool.version
        ),
        None => format!("the program wasm-bindgen is not there: {install}"),
    };
    if let Some(named) = named {
        bail!("--wasm-bindgen {named}: {why}");
    }
    Ok(Err(why))
}

/// Why the standard library's sources are not there, if they are not.
pub(super) fn no_sources(compiler: &Compiler) -> Option<String> {
    let sources = compiler.sysroot.join("lib/rustlib/src/rust/library");
    (!sources.is_dir()).then(|| {
        "the standard library's sources are not there: rustup component add rust-src".to_owned()
    })
}

/// What to type if a target is not installed.
pub(super) fn no_target(compiler: &Compiler, triple: &str) -> Option<String> {
    let std = Path::new("lib/rustlib").join(triple);
    (!compiler.sysroot.join(std).is_dir())
        .then(|| format!("{triple} is not installed: rustup target add {triple}"))
}
