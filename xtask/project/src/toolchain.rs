//! The steps' compilers: which one a step is pinned to, whether it is there, and a cargo of it without our own leaking
//! in.

use std::{
    collections::BTreeMap,
    env, fmt, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, OnceLock},
};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::{lock, terminal};

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

/// What is there of a release.
enum Found {
    /// Nothing.
    Nothing,
    /// A folder of this name without a compiler that works: an installation that was interrupted. rustup takes it for a
    /// toolchain with few components, and `rustup toolchain install` leaves it as it is.
    Torso(String),
    /// A compiler, with some targets and components.
    Compiler(Toolchain),
}

impl Toolchain {
    /// The toolchain of a pin. Installs it, or adds what it lacks, with rustup, and says so. A compiler that is there
    /// is never replaced: other processes may be running it.
    ///
    /// # Errors
    /// If rustup is missing or cannot install it.
    pub fn ensure(pin: &Pin) -> Result<Toolchain> {
        static KNOWN: OnceLock<Mutex<BTreeMap<String, Toolchain>>> = OnceLock::new();
        let known = KNOWN.get_or_init(Mutex::default);
        // Held while installing: two threads that want the same one must not both fetch it.
        let mut known = known
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let key = format!("{} {:?} {:?}", pin.channel, pin.targets, pin.components);
        if let Some(toolchain) = known.get(&key) {
            return Ok(toolchain.clone());
        }
        let toolchain = match Toolchain::find(&pin.channel)? {
            Found::Compiler(toolchain) if toolchain.lacks(pin).is_empty() => toolchain,
            _ => Toolchain::install(pin)?,
        };
        known.insert(key, toolchain.clone());
        Ok(toolchain)
    }

    /// Has rustup install whatever is missing, while no other process of ours does.
    fn install(pin: &Pin) -> Result<Toolchain> {
        let home = rustup_home().context("neither RUSTUP_HOME nor a home folder is known")?;
        let _lock = lock::exclusive(
            &home.join("xtask-install.lock"),
            "another Rust toolchain is installed",
        )?;
        // The process that held the lock may have installed the same.
        match Toolchain::find(&pin.channel)? {
            Found::Compiler(toolchain) if toolchain.lacks(pin).is_empty() => return Ok(toolchain),
            Found::Compiler(toolchain) => {
                let lacking = toolchain.lacks(pin);
                terminal::status(
                    "Installing",
                    &format!(
                        "what Rust {} lacks here: {}",
                        pin.channel,
                        lacking
                            .iter()
                            .map(Part::to_string)
                            .collect::<Vec<_>>()
                            .join(" and ")
                    ),
                );
                for part in &lacking {
                    part.add(&pin.channel)?;
                }
            }
            found => {
                if let Found::Torso(name) = found {
                    terminal::status(
                        "Removing",
                        &format!("what an interrupted installation left of Rust {name}"),
                    );
                    rustup(&["toolchain", "uninstall", &name])?;
                }
                terminal::status(
                    "Installing",
                    &format!(
                        "Rust {}, which steps are pinned to (with rustup, into {}; some 600 MB there)",
                        pin.channel,
                        home.join("toolchains").display()
                    ),
                );
                let mut args = vec![
                    "toolchain",
                    "install",
                    &pin.channel,
                    "--profile",
                    "minimal",
                    "--no-self-update",
                ];
                for target in &pin.targets {
                    args.extend(["--target", target]);
                }
                for component in &pin.components {
                    args.extend(["--component", component]);
                }
                rustup(&args)?;
            }
        }
        let toolchain = match Toolchain::find(&pin.channel)? {
            Found::Compiler(toolchain) => toolchain,
            _ => bail!("rustup installed {}, and there is no compiler", pin.channel),
        };
        let lacking = toolchain.lacks(pin);
        if let Some(part) = lacking.first() {
            bail!(
                "rustup installed {}, and {part} is still missing; by hand: {}",
                pin.channel,
                part.command(&pin.channel)
            );
        }
        terminal::status(
            "Installed",
            &format!(
                "Rust {}: {} MB in {}",
                pin.channel,
                size(&toolchain.dir) / 1_000_000,
                toolchain.dir.display()
            ),
        );
        Ok(toolchain)
    }

    /// Whether a release is installed, with whatever targets.
    #[must_use]
    pub fn is_installed(channel: &str) -> bool {
        matches!(Toolchain::find(channel), Ok(Found::Compiler(_)))
    }

    /// The programs that it builds with, and the compiler's library, which is most of it.
    #[must_use]
    pub fn programs(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.dir.join("lib")).into_iter().flatten();
        let library = entries.flatten().map(|entry| entry.path()).find(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            name.contains("rustc_driver")
        });
        let programs = ["cargo", "rustc"].map(|name| self.program(name));
        programs.into_iter().chain(library).collect()
    }

    /// The folder of a target's std.
    #[must_use]
    pub fn std_of(&self, target: &str) -> PathBuf {
        self.dir.join("lib/rustlib").join(target).join("lib")
    }

    /// Its compiler.
    #[must_use]
    pub fn rustc(&self) -> Command {
        clean(self.program("rustc"))
    }

    fn find(channel: &str) -> Result<Found> {
        // To ask rustup takes as long as a build that has nothing to do, so first a look at where it puts them.
        if let Some((dir, host)) = Toolchain::at_its_place(channel) {
            let toolchain = Toolchain { dir };
            return Ok(if toolchain.works(&host) {
                Found::Compiler(toolchain)
            } else {
                Found::Torso(toolchain.to_string())
            });
        }
        let output = clean("rustup")
            .args(["which", "cargo", "--toolchain", channel])
            // Asking must not fetch: what is fetched is fetched where it is announced.
            .env("RUSTUP_AUTO_INSTALL", "0")
            .output();
        let output = output.with_context(|| {
            format!("rustup is not there: the steps are built by Rust {channel}, and rustup is what installs it \
                (https://rustup.rs)")
        })?;
        if !output.status.success() {
            return Ok(Found::Nothing);
        }
        let cargo = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        let dir = cargo
            .parent()
            .and_then(Path::parent)
            .context("rustup names a cargo in no folder")?;
        Ok(Found::Compiler(Toolchain {
            dir: dir.to_path_buf(),
        }))
    }

    /// The folder of a release and the triple that rustup appends to its name, if there is just one of that number.
    fn at_its_place(channel: &str) -> Option<(PathBuf, String)> {
        let home = rustup_home()?;
        let all = fs::read_dir(home.join("toolchains"))
            .ok()?
            .filter_map(Result::ok);
        let mut fitting = all.filter_map(|entry| {
            let name = entry.file_name();
            let host = name.to_str()?.strip_prefix(channel)?.strip_prefix('-')?;
            Some((entry.path(), host.to_owned()))
        });
        let first = fitting.next()?;
        fitting.next().is_none().then_some(first)
    }

    /// Whether a compiler, a cargo and the host's std are there.
    fn works(&self, host: &str) -> bool {
        ["cargo", "rustc"]
            .iter()
            .all(|program| self.program(program).is_file())
            && self.has("rust-std", host)
    }

    /// One of its programs.
    fn program(&self, name: &str) -> PathBuf {
        self.dir
            .join("bin")
            .join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// Whether it has a component, of a target where it is one for targets. What rustup lists is whole: an interrupted
    /// installation leaves folders that it does not list.
    fn has(&self, component: &str, target: &str) -> bool {
        let lib = self.dir.join("lib/rustlib");
        let folder = match component {
            "rust-std" => lib.join(target).join("lib"),
            "rust-src" => lib.join("src/rust/library"),
            // No other is ever asked for.
            _ => lib.clone(),
        };
        let listed = match fs::read_to_string(lib.join("components")) {
            Ok(list) => list.lines().any(|line| {
                line == component
                    || line
                        .strip_prefix(component)
                        .is_some_and(|rest| rest.strip_prefix('-') == Some(target))
            }),
            // A toolchain that rustup was only told of has no list.
            Err(_) => true,
        };
        folder.is_dir() && listed
    }

    /// What the pin asks for and the toolchain has not.
    fn lacks(&self, pin: &Pin) -> Vec<Part> {
        let targets = pin
            .targets
            .iter()
            .filter(|target| !self.has("rust-std", target))
            .map(|target| Part::Target(target.clone()));
        let components = pin
            .components
            .iter()
            .filter(|component| !self.has(component, ""))
            .map(|component| Part::Component(component.clone()));
        targets.chain(components).collect()
    }

    /// The cargo of this toolchain, in `dir`, as if typed there: nothing of the cargo that started us comes along.
    #[must_use]
    pub fn cargo(&self, dir: &Path) -> Command {
        let mut cargo = clean(self.program("cargo"));
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
        if name.to_str().is_some_and(|name| !is_passed_on(name)) {
            command.env_remove(name);
        }
    }
    command
}

/// Whether what we start gets this variable of our environment: those by which cargo and rustup speak to their own
/// children stay behind.
#[must_use]
pub fn is_passed_on(name: &str) -> bool {
    // CARGO_HOME is passed on: it says where the registry's copies are. So is what is about the network.
    const THEIRS: [&str; 9] = [
        "CARGO_BUILD_",
        "CARGO_ENCODED_",
        "CARGO_MANIFEST_",
        "CARGO_PKG_",
        "CARGO_PROFILE_",
        "CARGO_TARGET_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
        "CARGO_PRIMARY_",
    ];
    // Cargo tells its children where its libraries are; another toolchain's compiler must not load them.
    let libraries = ["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"].contains(&name)
        && env::var_os("CARGO").is_some();
    !(["RUSTUP_TOOLCHAIN", "RUSTFLAGS", "CARGO"].contains(&name)
        || name.starts_with("RUSTC")
        || name.starts_with("RUSTDOC")
        || THEIRS.iter().any(|prefix| name.starts_with(prefix))
        || libraries)
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

/// Something that a toolchain may lack.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// The std of a target.
    Target(String),
    /// A component, such as `rust-src`.
    Component(String),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Target(name) => write!(f, "the target {name}"),
            Part::Component(name) => write!(f, "the component {name}"),
        }
    }
}

impl Part {
    fn args<'a>(&'a self, action: &'a str, channel: &'a str) -> [&'a str; 5] {
        let (kind, name) = match self {
            Part::Target(name) => ("target", name),
            Part::Component(name) => ("component", name),
        };
        [kind, action, "--toolchain", channel, name]
    }

    /// The command that adds it.
    fn command(&self, channel: &str) -> String {
        format!("rustup {}", self.args("add", channel).join(" "))
    }

    /// Adds it to a toolchain. Nothing else of the toolchain is touched.
    fn add(&self, channel: &str) -> Result<()> {
        rustup(&self.args("add", channel))
    }
}

/// Runs rustup, whose progress is shown on standard error.
fn rustup(args: &[&str]) -> Result<()> {
    let mut rustup = clean("rustup");
    // Standard output is for results, such as JSON.
    let status = rustup.args(args).stdout(std::io::stderr()).status();
    let status = status.context("rustup does not start (https://rustup.rs)")?;
    ensure!(
        status.success(),
        "`rustup {}` fails: the reason is above. What was installed before is still there, and the same command tries \
         again",
        args.join(" ")
    );
    Ok(())
}
