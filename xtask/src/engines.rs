//! The engines' host programs: built on demand, into a target folder of their own.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::{house::House, report, toolchain::clean};

/// The engines that have a host program in `xtask/engines/`, the reference first. `by-hand` is a host of the book's own, and
/// so has no engine's name.
pub const ENGINES: &[&str] = &["wasmtime", "by-hand", "wamr"];

/// What this machine lacks to build an engine's host, if it is not built already: the C tools that WAMR wants.
///
/// # Errors
/// If there is no such engine.
pub fn lacks(house: &House, engine: &str) -> Result<Option<String>> {
    known(engine)?;
    if engine != "wamr" || program(house, engine).is_file() {
        return Ok(None);
    }
    let lacking: Vec<&str> = [
        ("cmake", which::which("cmake").is_ok()),
        ("libclang", has_libclang()),
    ]
    .iter()
    .filter(|(_, here)| !here)
    .map(|(name, _)| *name)
    .collect();
    if lacking.is_empty() {
        return Ok(None);
    }
    Ok(Some(format!(
        "WAMR is built from its C source, which wants {} (Debian: apt-get install cmake libclang-dev)",
        lacking.join(" and ")
    )))
}

/// Whether bindgen will find libclang: where `LIBCLANG_PATH` says, or beside a `clang` or `llvm-config`, or where Linux
/// distributions put it.
fn has_libclang() -> bool {
    let named = |dir: &Path| {
        fs::read_dir(dir).is_ok_and(|entries| {
            entries.flatten().any(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                name.starts_with("libclang") && !name.ends_with(".a")
            })
        })
    };
    if let Some(dir) = env::var_os("LIBCLANG_PATH") {
        return named(Path::new(&dir));
    }
    let llvm = |parent: &str| {
        fs::read_dir(parent)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                name.starts_with("llvm").then(|| entry.path().join("lib"))
            })
    };
    [
        "/usr/lib",
        "/usr/lib64",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
    ]
    .iter()
    .map(PathBuf::from)
    .chain(llvm("/usr/lib"))
    .any(|dir| named(&dir))
        || which::which("clang").is_ok()
        || which::which("llvm-config").is_ok()
}

fn known(engine: &str) -> Result<()> {
    ensure!(
        ENGINES.contains(&engine),
        "there is no engine `{engine}`; there are: {}",
        ENGINES.join(", ")
    );
    Ok(())
}

/// Where an engine's host program lies once it is built.
fn program(house: &House, engine: &str) -> PathBuf {
    house
        .made("engines")
        .join("engine")
        .join(format!("host-{engine}{}", env::consts::EXE_SUFFIX))
}

/// The host program of an engine, compiled if it is not of these sources. Asked about it once per process.
///
/// # Errors
/// If there is no such engine, or its program does not compile.
pub fn host(house: &House, engine: &str) -> Result<PathBuf> {
    static BUILT: Mutex<Vec<(String, PathBuf)>> = Mutex::new(Vec::new());
    known(engine)?;
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
    let program = program(house, engine);
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
        match engine {
            "wamr" => "once; half a minute",
            _ => "once; two to five minutes",
        }
    };
    report::say("Compiling", &format!("the {engine} host ({what})"));
    // Which features of their common dependencies are compiled depends on all that is asked for at once. Apart, the second
    // host would have wasmtime compiled a second time.
    let together: &[&str] = match engine {
        "wasmtime" | "by-hand" => &["wasmtime", "by-hand"],
        _ => &[engine],
    };
    let output = cargo()
        .current_dir(tools.root())
        .args(["build", "--quiet", "--profile", "engine", "--target-dir"])
        .arg(&folder)
        .args(
            together
                .iter()
                .flat_map(|engine| ["--package".to_owned(), format!("host-{engine}")]),
        )
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
#[must_use]
pub fn cargo() -> std::process::Command {
    let mut cargo = clean(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // The toolchain that builds the tools is the one that started us, not whatever the folder's settings say.
    if let Some(toolchain) = env::var_os("RUSTUP_TOOLCHAIN") {
        cargo.env("RUSTUP_TOOLCHAIN", toolchain);
    }
    cargo
}

/// An engine's name and version: `wasmtime 48.0.8`.
///
/// # Errors
/// If it does not say.
pub fn version(house: &House, engine: &str) -> Result<String> {
    static KNOWN: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(version) = known.get(engine) {
        return Ok(version.clone());
    }
    // A crate that is the engine has its version in the lock file. Others have to be asked, which wants the host.
    let version = match engine {
        "wasmtime" => locked(engine)?,
        _ => asked(&host(house, engine)?)?,
    };
    known.insert(engine.to_owned(), version.clone());
    Ok(version)
}

/// What a host program says of its engine.
fn asked(host: &Path) -> Result<String> {
    let output = clean(host)
        .arg("--version-of-engine")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} does not start", host.display()))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    ensure!(
        output.status.success() && !version.is_empty(),
        "{} does not tell its engine's version",
        host.display()
    );
    Ok(version)
}

/// A package's name and version, from the tools' lock file.
fn locked(package: &str) -> Result<String> {
    let text = fs::read_to_string(House::here().root().join("Cargo.lock"));
    let lock: toml::Table = toml::from_str(&text.context("Cargo.lock")?).context("Cargo.lock")?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let named =
        |table: &&toml::Value| table.get("name").and_then(toml::Value::as_str) == Some(package);
    let version = packages
        .and_then(|packages| packages.iter().find(named))
        .and_then(|table| table.get("version")?.as_str());
    version
        .map(|version| format!("{package} {version}"))
        .with_context(|| format!("Cargo.lock does not name {package}"))
}
