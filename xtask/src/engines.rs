//! The engines' host programs: built on demand, into a target folder of their own.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Mutex, OnceLock, PoisonError},
};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::{house::House, report, toolchain::clean};

/// The engines that have a host program in `xtask/engines/`, the reference first.
pub const ENGINES: &[&str] = &["wasmtime"];

/// The host program of an engine, compiled if it is not of these sources. Asked about it once per process.
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
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
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
    // Cargo takes a quarter of a second to find that nothing has to be done, longer than verify has for all the steps. So
    // the sources are remembered that the program was compiled from: if they are the same, it is what they would make.
    let sources = sources(tools.root(), engine)?;
    let stamp = folder.join(format!("{package}.sources"));
    if program.is_file() && fs::read_to_string(&stamp).is_ok_and(|there| there == sources) {
        return Ok(program);
    }
    let what = if program.is_file() {
        "again, for its sources have changed"
    } else {
        "once; two to five minutes"
    };
    report::say("Compiling", &format!("the {engine} host ({what})"));
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
    fs::write(stamp, sources)?;
    Ok(program)
}

/// A hash of everything that a host program is compiled from.
fn sources(root: &Path, engine: &str) -> Result<String> {
    let mut hash = Sha256::new();
    for file in ["Cargo.toml", "Cargo.lock"] {
        hash.update(fs::read(root.join(file)).with_context(|| file.to_owned())?);
    }
    for entry in WalkDir::new(root.join("xtask/engines").join(engine)).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            hash.update(entry.path().as_os_str().as_encoded_bytes());
            hash.update(fs::read(entry.path())?);
        }
    }
    Ok(format!("{:x}", hash.finalize()))
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
    static LOCK: OnceLock<toml::Table> = OnceLock::new();
    // To read it takes longer than to run a small module, and every step asks.
    let lock = match LOCK.get() {
        Some(lock) => lock,
        None => {
            let text = fs::read_to_string(House::here().root().join("Cargo.lock"));
            let lock = toml::from_str(&text.context("Cargo.lock")?).context("Cargo.lock")?;
            LOCK.get_or_init(|| lock)
        }
    };
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let named =
        |package: &&toml::Value| package.get("name").and_then(toml::Value::as_str) == Some(engine);
    let version = packages
        .and_then(|packages| packages.iter().find(named))
        .and_then(|package| package.get("version")?.as_str());
    version
        .map(|version| format!("{engine} {version}"))
        .with_context(|| format!("Cargo.lock does not name {engine}"))
}
