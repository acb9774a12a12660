//! The engines' host programs: built on demand, into a target folder of their own.

use std::{env, fs, path::PathBuf, process::Stdio, sync::Mutex};

use anyhow::{Context, Result, bail, ensure};

use crate::{house::House, report, toolchain::clean};

/// The engines that have a host program in `xtask/engines/`, the reference first.
pub const ENGINES: &[&str] = &["wasmtime"];

/// The host program of an engine. Cargo is always asked whether it is up to date, once per process.
///
/// # Errors
/// If there is no such engine, or its program does not compile.
pub fn host(house: &House, engine: &str) -> Result<PathBuf> {
    static BUILT: Mutex<Vec<(String, PathBuf)>> = Mutex::new(Vec::new());
    ensure!(
        ENGINES.contains(&engine),
        "there is no engine `{engine}`; there are: {}",
        ENGINES.join(", ")
    );
    let mut built = BUILT
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((_, program)) = built.iter().find(|(name, _)| name == engine) {
        return Ok(program.clone());
    }
    let program = compile(house, engine)?;
    built.push((engine.to_owned(), program.clone()));
    Ok(program)
}

fn compile(house: &House, engine: &str) -> Result<PathBuf> {
    let tools = House::here();
    let folder = house.made("engines");
    let package = format!("host-{engine}");
    let program = folder
        .join("engine")
        .join(format!("{package}{}", env::consts::EXE_SUFFIX));
    if !program.is_file() {
        report::say(
            "Compiling",
            &format!("the {engine} host (once; two to five minutes)"),
        );
    }
    let output = cargo()
        .current_dir(tools.root())
        .args([
            "build",
            "--quiet",
            "--profile",
            "engine",
            "--package",
            &package,
            "--target-dir",
        ])
        .arg(&folder)
        .stdin(Stdio::null())
        .output()
        .context("cargo does not start")?;
    if !output.status.success() {
        bail!(
            "the {engine} host does not compile:\n{}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(program)
}

/// The tools' own cargo, without what it tells its children.
pub(crate) fn cargo() -> std::process::Command {
    let mut cargo = clean(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // The toolchain that builds the tools is the one that started us, not whatever the folder's settings say.
    if let Some(toolchain) = env::var_os("RUSTUP_TOOLCHAIN") {
        cargo.env("RUSTUP_TOOLCHAIN", toolchain);
    }
    cargo
}

/// An engine's name and version, from the tools' lock file: `wasmtime 48.0.8`.
///
/// # Errors
/// If the lock file does not name it.
pub fn version(engine: &str) -> Result<String> {
    let lock = House::here().root().join("Cargo.lock");
    let lock: toml::Table = toml::from_str(&fs::read_to_string(&lock).context("Cargo.lock")?)?;
    let packages = lock
        .get("package")
        .and_then(toml::Value::as_array)
        .context("Cargo.lock has no packages")?;
    let named =
        |package: &&toml::Value| package.get("name").and_then(toml::Value::as_str) == Some(engine);
    let version = packages
        .iter()
        .find(named)
        .and_then(|package| package.get("version")?.as_str());
    version
        .map(|version| format!("{engine} {version}"))
        .with_context(|| format!("Cargo.lock does not name {engine}"))
}
