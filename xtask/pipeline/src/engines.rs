//! The engines' host programs: built on demand, into a target folder of their own.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::Message;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::npm::{self, Package};
use project::{
    files, lock,
    paths::{Dir, Project},
    terminal,
    toolchain::clean,
};

/// The engines that have a host program in `xtask/engines/`, the reference first. `by-hand` and `page` have a WASI of the book's
/// own (on wasmtime, and in a browser), and so no engine's name. WAMR is there twice: as on a microcontroller, with a small
/// libc of its own, and as on a computer, with WASI.
pub const ENGINES: &[&str] = &[
    "wasmtime",
    "wasmi",
    "wamr-wasi",
    "node",
    "page",
    "by-hand",
    "wamr",
];

/// The release of playwright-core: it drives a browser that is there, and brings none.
pub const PLAYWRIGHT: &str = "1.65.1";

/// Whether an engine's host is a script that node runs, and not a program that is compiled.
fn is_script(engine: &str) -> bool {
    matches!(engine, "node" | "page")
}

/// Chromium, by the names that it goes by.
#[must_use]
pub fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome", "chrome"]
        .iter()
        .find_map(|name| which::which(name).ok())
}

/// What this machine lacks to build an engine's host, if it is not built already: the C tools that WAMR wants.
///
/// # Errors
/// If there is no such engine.
pub fn lacks(project: &Project, engine: &str) -> Result<Option<String>> {
    known(engine)?;
    if is_script(engine) {
        if which::which("node").is_err() {
            return Ok(Some(
                "its host runs under node, which is not on the PATH".into(),
            ));
        }
        if engine == "page" {
            if chromium().is_none() {
                return Ok(Some("it is Chromium, which is not on the PATH".into()));
            }
            if let Package::Missing(why) = npm::package(project, "playwright-core", PLAYWRIGHT)? {
                return Ok(Some(format!("playwright-core drives the browser: {why}")));
            }
        }
        return Ok(None);
    }
    if engine.starts_with("wamr") && cfg!(windows) {
        return Ok(Some("its host is for Linux and macOS".into()));
    }
    if !engine.starts_with("wamr") || program(project, engine).is_file() {
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
                // libclang.so, libclang-14.so.1, libclang.dylib; libclang-cpp is another library.
                name.starts_with("libclang")
                    && !name.starts_with("libclang-cpp")
                    && !name.starts_with("libclang_rt")
                    && !name.ends_with(".a")
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

/// The profile that a host program is built with. One is timed against tools as cargo installs them.
fn profile(engine: &str) -> &'static str {
    match engine {
        "inspect" => "release",
        _ => "engine",
    }
}

/// Where an engine's host program lies once it is built.
fn program(project: &Project, engine: &str) -> PathBuf {
    project
        .target(Dir::Engines)
        .join(profile(engine))
        .join(format!("host-{engine}{}", env::consts::EXE_SUFFIX))
}

/// Whether the program of an engine, or another that is compiled like the hosts, is there: of these sources or of older ones.
#[must_use]
pub fn is_compiled(project: &Project, engine: &str) -> bool {
    program(project, engine).is_file()
}

/// The host program of an engine, compiled if it is not of these sources. Asked about it once per process.
///
/// # Errors
/// If there is no such engine, or its program does not compile.
pub fn host(project: &Project, engine: &str) -> Result<PathBuf> {
    static BUILT: Mutex<Vec<(String, PathBuf)>> = Mutex::new(Vec::new());
    known(engine)?;
    if is_script(engine) {
        return Ok(Project::here()
            .root()
            .join("xtask/engines")
            .join(engine)
            .join("host.mjs"));
    }
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, program)) = built.iter().find(|(name, _)| name == engine) {
        return Ok(program.clone());
    }
    let program = compile(project, engine)?;
    built.push((engine.to_owned(), program.clone()));
    Ok(program)
}

/// How long a host may take before it begins with the module: node has to start, and a browser takes its time.
#[must_use]
pub fn starting(host: &Path) -> Duration {
    if host.extension().is_none_or(|extension| extension != "mjs") {
        Duration::ZERO
    } else if host.parent().is_some_and(|folder| folder.ends_with("page")) {
        // Its files are hundreds of megabytes, which a busy disk may have to bring first.
        Duration::from_secs(120)
    } else {
        Duration::from_secs(20)
    }
}

/// The program of `cargo xtask golf` and `floor`, compiled like the hosts. It is not one of them: it has wasmi inside.
///
/// # Errors
/// If it does not compile.
pub fn golf(project: &Project) -> Result<PathBuf> {
    compile(project, "golf")
}

/// The program of `cargo xtask hostile`, compiled like the hosts. It is not one of them: it has wasmi inside.
///
/// # Errors
/// If it does not compile.
pub fn hostile(project: &Project) -> Result<PathBuf> {
    compile(project, "hostile")
}

/// The program that does what wasm-bindgen's command line does.
///
/// # Errors
/// If it does not compile.
pub fn bindgen(project: &Project) -> Result<PathBuf> {
    compile(project, "bindgen")
}

/// The program that `cargo xtask bench inspect` times.
///
/// # Errors
/// If it does not compile.
pub fn inspect(project: &Project) -> Result<PathBuf> {
    compile(project, "inspect")
}

/// The command that starts a host: itself, or node with it. Nothing of our environment is passed on but what it needs.
///
/// # Errors
/// If node or the browser is missing.
pub fn command(host: &Path) -> Result<Command> {
    if host.extension().is_none_or(|extension| extension != "mjs") {
        let mut command = Command::new(host);
        command.env_clear();
        return Ok(command);
    }
    let node = which::which("node").context("node is not on the PATH")?;
    let mut command = Command::new(node);
    command.env_clear().arg("--no-warnings").arg(host);
    if host.parent().is_some_and(|folder| folder.ends_with("page")) {
        let project = Project::here();
        let playwright = match npm::package(&project, "playwright-core", PLAYWRIGHT)? {
            Package::Here(folder) => folder.join("index.js"),
            Package::Missing(why) => bail!("playwright-core drives the browser: {why}"),
        };
        command
            .env("PLAYWRIGHT", playwright)
            .env(
                "CHROMIUM",
                chromium().context("Chromium is not on the PATH")?,
            )
            .env(
                "HOST",
                project.steps().join("3-wasi-by-hand/19-js-host/host.mjs"),
            );
        // A browser wants a folder of its own for what it keeps.
        for name in [
            "HOME",
            "PATH",
            "TMPDIR",
            "TEMP",
            "TMP",
            "LOCALAPPDATA",
            "XDG_RUNTIME_DIR",
        ] {
            if let Some(value) = env::var_os(name) {
                command.env(name, value);
            }
        }
    }
    Ok(command)
}

/// Programs whose features of common dependencies depend on all that is asked for at once. Compiled apart, the second would
/// have wasmtime compiled a second time.
const TOGETHER: [&str; 2] = ["wasmtime", "by-hand"];

fn compile(project: &Project, engine: &str) -> Result<PathBuf> {
    let root = Project::here().root().to_path_buf();
    let folder = project.target(Dir::Engines);
    let program = program(project, engine);
    // Cargo takes a quarter of a second to find that nothing has to be done, longer than verify has for all the steps. So
    // the sources are remembered that the program was compiled from: if they are the same, it is what they would make.
    let sources = sources(&root, engine)?;
    let stamp = |engine: &str| folder.join(format!("host-{engine}.sources"));
    let is_current = || {
        program.is_file() && fs::read_to_string(stamp(engine)).is_ok_and(|there| there == sources)
    };
    if is_current() {
        return Ok(program);
    }
    let _lock = lock::exclusive(
        &folder.join("compiling.lock"),
        "other host programs are compiled",
    )?;
    if is_current() {
        return Ok(program);
    }
    files::make_target_folder(&folder)?;
    forget_another_place(&folder)?;
    let name = match engine {
        "bindgen" | "golf" | "hostile" | "inspect" => format!("the {engine} program"),
        _ => format!("the {engine} host"),
    };
    let what = if program.is_file() {
        "again, for its sources have changed"
    } else {
        match engine {
            "wasmtime" | "by-hand" => "once; two to five minutes",
            "golf" | "hostile" => "once; two minutes",
            "wasmi" => "once; a minute",
            _ => "once; half a minute",
        }
    };
    terminal::status("Compiling", &format!("{name} ({what})"));
    let engines = if TOGETHER.contains(&engine) {
        &TOGETHER[..]
    } else {
        &[engine][..]
    };
    let started = Instant::now();
    let mut cargo = cargo();
    cargo
        .current_dir(&root)
        .args(["build", "--profile", profile(engine)])
        .arg("--target-dir")
        .arg(&folder);
    for engine in engines {
        cargo.args(["--package", &format!("host-{engine}")]);
    }
    let built = watched(&mut cargo, &name)?;
    if let Err(words) = built {
        bail!("{name} does not compile:\n{words}");
    }
    terminal::status(
        "Compiled",
        &format!("{name} in {} s", started.elapsed().as_secs()),
    );
    for engine in engines {
        files::put(&stamp(engine), self::sources(&root, engine)?.as_bytes())?;
    }
    Ok(program)
}

/// Has cargo compile something that takes minutes, and shows how far it is: a line that changes at a terminal, and a line
/// now and then elsewhere. What cargo says if it fails.
fn watched(cargo: &mut Command, name: &str) -> Result<Result<(), String>> {
    /// Where standard error is no terminal, so often a line is printed.
    const NOW_AND_THEN: Duration = Duration::from_secs(60);
    let mut child = cargo
        .args(["--quiet", "--message-format=json-render-diagnostics"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cargo does not start")?;
    let stderr = child.stderr.take();
    let words = thread::spawn(move || {
        let mut words = String::new();
        if let Some(mut stderr) = stderr {
            // What cannot be read was not said.
            _ = stderr.read_to_string(&mut words);
        }
        words
    });
    let spinner = terminal::spinner("Compiling");
    let mut crates = 0_u32;
    let mut told = Instant::now();
    let messages = BufReader::new(child.stdout.take().context("cargo's messages")?);
    for message in messages.lines() {
        crates += u32::from(message?.contains(r#""reason":"compiler-artifact""#));
        spinner.set_message(format!("{name}: {crates} crates"));
        if spinner.is_hidden() && told.elapsed() > NOW_AND_THEN {
            terminal::status("Compiling", &format!("{name}: {crates} crates so far"));
            told = Instant::now();
        }
    }
    spinner.finish_and_clear();
    let status = child.wait()?;
    let words = words.join().unwrap_or_default();
    Ok(if status.success() {
        Ok(())
    } else {
        Err(words.trim().to_owned())
    })
}

/// Forgets what a build in another place left: CMake writes down the folder that WAMR is built in, and refuses to go on in
/// another one.
fn forget_another_place(folder: &Path) -> Result<()> {
    let place = folder.join("place");
    let here = folder.as_os_str().as_encoded_bytes();
    if fs::read(&place).is_ok_and(|there| there == here) {
        return Ok(());
    }
    for below in ["build", ".fingerprint"] {
        let entries = fs::read_dir(folder.join("engine").join(below));
        for entry in entries.into_iter().flatten().flatten() {
            if entry
                .file_name()
                .to_string_lossy()
                .starts_with("wamrx-sys-")
            {
                fs::remove_dir_all(entry.path())
                    .with_context(|| format!("{} cannot be removed", entry.path().display()))?;
            }
        }
    }
    files::put(&place, here)
}

/// The folder of the package that WAMR's source and headers come in. WAMR is compiled first if it is not.
///
/// # Errors
/// If it does not compile.
pub fn wamr_source(project: &Project) -> Result<PathBuf> {
    host(project, "wamr")?;
    // Of what it has compiled already, cargo tells where the source lies. (`cargo metadata` does as well, and wants all packages
    // of all platforms for it.)
    let output = cargo()
        .current_dir(Project::here().root())
        .args(["build", "--quiet", "--profile", profile("wamr")])
        .args(["--package", "host-wamr", "--message-format=json"])
        .arg("--target-dir")
        .arg(project.target(Dir::Engines))
        .stdin(Stdio::null())
        .output()
        .context("cargo does not start")?;
    let manifest = Message::parse_stream(&output.stdout[..]).find_map(|message| match message {
        Ok(Message::CompilerArtifact(artifact)) if artifact.target.name == "wamrx_sys" => {
            Some(artifact.manifest_path)
        }
        _ => None,
    });
    let manifest = manifest.with_context(|| {
        format!(
            "cargo does not tell where WAMR's source lies:\n{}",
            String::from_utf8_lossy(&output.stderr).trim()
        )
    })?;
    let folder = manifest.parent().context("a manifest lies in a folder")?;
    Ok(folder.into())
}

/// A hash of everything that a host program is compiled from.
fn sources(root: &Path, engine: &str) -> Result<String> {
    let mut hash = Sha256::new();
    for file in ["Cargo.toml", "Cargo.lock"] {
        hash.update(fs::read(root.join(file)).with_context(|| file.to_owned())?);
    }
    // The two WAMRs share a file.
    let folders = match engine {
        "wamr-wasi" => vec!["wamr-wasi", "wamr"],
        _ => vec![engine],
    };
    let mut folders: Vec<PathBuf> = folders
        .iter()
        .map(|folder| root.join("xtask/engines").join(folder))
        .collect();
    // These two are about the crate that takes modules apart.
    if matches!(engine, "hostile" | "inspect") {
        let anatomy = root.join("chapters-code/anatomy");
        folders.extend([anatomy.join("Cargo.toml"), anatomy.join("src")]);
    }
    let entries = folders
        .iter()
        .flat_map(|folder| WalkDir::new(folder).sort_by_file_name());
    for entry in entries {
        let entry = entry?;
        if entry.file_type().is_file() {
            // Below the book's folder: a checkout that is moved has the same sources.
            let below = entry.path().strip_prefix(root)?;
            hash.update(below.as_os_str().as_encoded_bytes());
            hash.update(fs::read(entry.path())?);
        }
    }
    Ok(files::hex(&hash.finalize()))
}

/// The tools' own cargo, without what it tells its children.
#[must_use]
pub fn cargo() -> Command {
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
pub fn version(project: &Project, engine: &str) -> Result<String> {
    static KNOWN: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(version) = known.get(engine) {
        return Ok(version.clone());
    }
    // A crate that is the engine has its version in the lock file. Others have to be asked, which wants the host.
    let version = match engine {
        "wasmtime" | "wasmi" => locked(engine)?,
        _ => asked(&host(project, engine)?)?,
    };
    known.insert(engine.to_owned(), version.clone());
    Ok(version)
}

/// What a host program says of its engine.
fn asked(host: &Path) -> Result<String> {
    let output = command(host)?
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
pub(crate) fn locked(package: &str) -> Result<String> {
    let text = fs::read_to_string(Project::here().root().join("Cargo.lock"));
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::forget_another_place;

    #[test]
    fn what_cmake_wrote_down_in_another_place_is_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = |place: &str| {
            let build = folder.path().join(place).join("engine/build");
            build.join("wamrx-sys-0123/out/build/CMakeCache.txt")
        };
        let other = cache("before").with_file_name("other");
        for file in [cache("before"), other] {
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, "/before").expect("a file");
        }
        let kept = folder.path().join("before/engine/build/serde-0123");
        fs::create_dir_all(&kept).expect("a folder");

        // Where it was built, it stays.
        let before = folder.path().join("before");
        fs::write(before.join("place"), before.as_os_str().as_encoded_bytes()).expect("a file");
        forget_another_place(&before).expect("nothing to do");
        assert!(cache("before").is_file());

        // The checkout is moved.
        let after = folder.path().join("after");
        fs::rename(&before, &after).expect("a move");
        forget_another_place(&after).expect("a folder that can be removed");
        assert!(!cache("after").exists());
        assert!(after.join("engine/build/serde-0123").is_dir());
        let place = fs::read(after.join("place")).expect("a note of the place");
        assert_eq!(place, after.as_os_str().as_encoded_bytes());
    }
}
