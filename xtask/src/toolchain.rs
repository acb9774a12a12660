//! The steps' compilers: which one a step is pinned to, whether it is there, and a cargo of it without our own leaking in.

use std::{
    collections::BTreeMap,
    env, fmt, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, OnceLock},
};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::report;

/// What a `rust-toolchain.toml` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The release, such as `1.99.1`.
    pub channel: String,
    /// Targets whose std it wants.
    pub targets: Vec<String>,
    /// Further components, such as `rust-src`.
    pub components: Vec<String>,
    /// The file that says so.
    pub file: PathBuf,
}

impl Pin {
    /// The pin of a step: its own, or the workspace's.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn of(step: &Path, workspace: &Path) -> Result<Pin> {
        let file = [step, workspace].map(|dir| dir.join("rust-toolchain.toml"));
        let file = file.into_iter().find(|file| file.is_file()).context(
            "chapters-code/rust-toolchain.toml is missing: it says which compiler builds the steps",
        )?;
        Pin::read(file)
    }

    fn read(file: PathBuf) -> Result<Pin> {
        #[derive(Deserialize)]
        struct Document {
            toolchain: Table,
        }
        #[derive(Deserialize)]
        struct Table {
            channel: String,
            #[serde(default)]
            targets: Vec<String>,
            #[serde(default)]
            components: Vec<String>,
        }
        let text = fs::read_to_string(&file).with_context(|| format!("{}", file.display()))?;
        let Document {
            toolchain:
                Table {
                    channel,
                    targets,
                    components,
                },
        } = toml::from_str(&text).with_context(|| format!("{}", file.display()))?;
        Ok(Pin {
            channel,
            targets,
            components,
            file,
        })
    }
}

/// An installed toolchain.
#[derive(Clone, Debug)]
pub struct Toolchain {
    dir: PathBuf,
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.dir.file_name().unwrap_or_default().display())
    }
}

impl Toolchain {
    /// The toolchain of a pin. Installs it, or what it lacks, with rustup, and says so.
    ///
    /// # Errors
    /// If rustup is missing or cannot install it.
    pub fn ensure(pin: &Pin) -> Result<Toolchain> {
        static FOUND: OnceLock<Mutex<BTreeMap<String, Toolchain>>> = OnceLock::new();
        let found = FOUND.get_or_init(Mutex::default);
        // Held while installing: two threads that want the same one must not both fetch it.
        let mut found = found
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let key = format!("{} {:?} {:?}", pin.channel, pin.targets, pin.components);
        if let Some(toolchain) = found.get(&key) {
            return Ok(toolchain.clone());
        }
        let toolchain = match Toolchain::installed(&pin.channel)? {
            Some(toolchain) if toolchain.lacks(pin).is_empty() => toolchain,
            other => {
                let what = other.map_or_else(Vec::new, |toolchain| toolchain.lacks(pin));
                install(pin, &what)?;
                let toolchain = Toolchain::installed(&pin.channel)?
                    .filter(|toolchain| toolchain.lacks(pin).is_empty())
                    .with_context(|| {
                        format!("rustup installed {}, and it is not complete", pin.channel)
                    })?;
                report::say(
                    "Installed",
                    &format!(
                        "Rust {}: {} MB in {}",
                        pin.channel,
                        size(&toolchain.dir) / 1_000_000,
                        toolchain.dir.display()
                    ),
                );
                toolchain
            }
        };
        found.insert(key, toolchain.clone());
        Ok(toolchain)
    }

    /// Whether a release is installed, with whatever targets.
    #[must_use]
    pub fn is_installed(channel: &str) -> bool {
        Toolchain::installed(channel).is_ok_and(|toolchain| toolchain.is_some())
    }

    /// Its compiler.
    #[must_use]
    pub fn rustc(&self) -> Command {
        clean(
            self.dir
                .join("bin")
                .join(format!("rustc{}", env::consts::EXE_SUFFIX)),
        )
    }

    fn installed(channel: &str) -> Result<Option<Toolchain>> {
        // To ask rustup takes as long as a build that has nothing to do, so first a look at where it puts them.
        if let Some(dir) = Toolchain::at_its_place(channel) {
            return Ok(Some(Toolchain { dir }));
        }
        let output = clean("rustup")
            .args(["which", "cargo", "--toolchain", channel])
            // Asking must not fetch: what is fetched is fetched below, where it is announced.
            .env("RUSTUP_AUTO_INSTALL", "0")
            .output();
        let output = output.with_context(|| {
            format!("rustup is not there: the steps are built by Rust {channel}, and rustup is what installs it (https://rustup.rs)")
        })?;
        if !output.status.success() {
            return Ok(None);
        }
        let cargo = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        let dir = cargo
            .parent()
            .and_then(Path::parent)
            .context("rustup names a cargo in no folder")?;
        Ok(Some(Toolchain {
            dir: dir.to_path_buf(),
        }))
    }

    /// The folder of a release, if rustup has just one of that number. (It appends the machine's triple.)
    fn at_its_place(channel: &str) -> Option<PathBuf> {
        let home = rustup_home()?;
        let named = |dir: &Path| {
            let name = dir.file_name().and_then(|name| name.to_str())?;
            name.strip_prefix(channel)?.strip_prefix('-').map(drop)
        };
        let all = fs::read_dir(home.join("toolchains"))
            .ok()?
            .filter_map(Result::ok);
        let mut fitting = all
            .map(|entry| entry.path())
            .filter(|dir| named(dir).is_some());
        let first = fitting.next()?;
        let cargo = first
            .join("bin")
            .join(format!("cargo{}", env::consts::EXE_SUFFIX));
        (fitting.next().is_none() && cargo.is_file()).then_some(first)
    }

    /// What the pin asks for and the toolchain has not.
    fn lacks(&self, pin: &Pin) -> Vec<String> {
        let lib = self.dir.join("lib/rustlib");
        let targets = pin
            .targets
            .iter()
            .filter(|target| !lib.join(target).join("lib").is_dir());
        let components = pin
            .components
            .iter()
            .filter(|component| match component.as_str() {
                "rust-src" => !lib.join("src/rust/library").is_dir(),
                _ => false,
            });
        targets.chain(components).cloned().collect()
    }

    /// The cargo of this toolchain, in `dir`, as if typed there: nothing of the cargo that started us comes along.
    #[must_use]
    pub fn cargo(&self, dir: &Path) -> Command {
        let mut cargo = clean(
            self.dir
                .join("bin")
                .join(format!("cargo{}", env::consts::EXE_SUFFIX)),
        );
        // What rustup's own proxy would set. Asking cargo directly saves the proxy's start, once for cargo and
        // once for each rustc.
        if let Some(name) = self.dir.file_name() {
            cargo.env("RUSTUP_TOOLCHAIN", name);
        }
        cargo.current_dir(dir);
        cargo
    }
}

/// A command without the variables by which cargo and rustup speak to what they start.
#[must_use]
pub fn clean(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let ours = text == "RUSTUP_TOOLCHAIN"
            || text.starts_with("RUSTC")
            || text.starts_with("RUSTDOC")
            || text == "RUSTFLAGS"
            || text == "CARGO"
            // CARGO_HOME stays: it says where the registry's copies are. So does what is about the network.
            || ["CARGO_BUILD_", "CARGO_ENCODED_", "CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_PROFILE_", "CARGO_TARGET_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
                .iter()
                .any(|prefix| text.starts_with(prefix))
            // Cargo tells its children where its libraries are; another toolchain's compiler must not load them.
            || ["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"].contains(&text) && env::var_os("CARGO").is_some();
        if ours {
            command.env_remove(name);
        }
    }
    command
}

/// The size of a folder's files, in bytes.
fn size(folder: &Path) -> u64 {
    let files = walkdir::WalkDir::new(folder).into_iter().flatten();
    files
        .filter_map(|entry| entry.metadata().ok())
        .filter(std::fs::Metadata::is_file)
        .map(|metadata| metadata.len())
        .sum()
}

/// Where rustup keeps its toolchains.
fn rustup_home() -> Option<PathBuf> {
    let home = env::var_os("RUSTUP_HOME").map(PathBuf::from);
    home.or_else(|| Some(env::home_dir()?.join(".rustup")))
}

fn install(pin: &Pin, lacking: &[String]) -> Result<()> {
    let what = if lacking.is_empty() {
        "it is not here".to_owned()
    } else {
        format!("it lacks {}", lacking.join(" and "))
    };
    let place = rustup_home().map_or("rustup's folder".into(), |home| {
        home.join("toolchains").display().to_string()
    });
    report::say(
        "Installing",
        &format!(
            "Rust {}, which a step is pinned to: {what} (with rustup, into {place}; some 600 MB there)",
            pin.channel
        ),
    );
    let mut rustup = clean("rustup");
    rustup.args([
        "toolchain",
        "install",
        &pin.channel,
        "--profile",
        "minimal",
        "--no-self-update",
    ]);
    for target in &pin.targets {
        rustup.args(["--target", target]);
    }
    for component in &pin.components {
        rustup.args(["--component", component]);
    }
    // Standard output is for results, such as JSON.
    rustup.stdout(std::io::stderr());
    let status = rustup.status().context("rustup does not start")?;
    ensure!(
        status.success(),
        "rustup could not install Rust {} with {} (see above); by hand: rustup toolchain install {} --profile minimal --target {}",
        pin.channel,
        pin.targets.join(", "),
        pin.channel,
        pin.targets.join(",")
    );
    Ok(())
}
