//! The engines: what runs modules, each in a host program of its own.

use std::{
    collections::BTreeMap,
    env, fmt, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use project::paths::Project;

use crate::{
    npm::{self, Package},
    programs::{self, Program, host},
};

/// Playwright and the packages around it: it drives a browser that is there, and brings none. Their releases are in
/// `xtask/browser/package.json`.
///
/// # Errors
/// If npm cannot fetch them.
pub fn playwright(project: &Project) -> Result<Package> {
    npm::locked(project, &Project::here().root().join("xtask/browser"))
}

/// An engine.
#[derive(Debug, PartialEq, Eq)]
pub struct Engine {
    /// What it is called: in steps' settings, in the table of engines, and for `--engine`.
    pub name: &'static str,
    /// The engine in it that reads and runs modules: two names may share one.
    pub core: &'static str,
    /// Whose WASI it has.
    pub wasi: &'static str,
    host: Kind,
    /// What its version is asked of.
    version: Version,
}

/// What an engine's host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A program that is compiled.
    Program(&'static Program),
    /// The same, with an engine in C inside.
    InC(&'static Program),
    /// A script that node runs.
    Node,
    /// A script that node runs, and that has Chromium do the work.
    Browser,
}

/// Where an engine's version comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    /// The lock file: the engine is a crate of this name.
    Crate,
    /// The host.
    Host,
}

/// The engine that the book's outcomes are of.
pub static REFERENCE: &Engine = &ENGINES[0];

/// All engines, the reference first. `by-hand` and `page` have a WASI of the book's own (on wasmtime, and in a
/// browser), and so no engine's name. WAMR is there twice: as on a microcontroller, with a small libc of its own, and
/// as on a computer, with WASI.
pub static ENGINES: [Engine; 7] = [
    Engine {
        name: "wasmtime",
        core: "wasmtime",
        wasi: "wasmtime's own",
        host: Kind::Program(&programs::WASMTIME),
        version: Version::Crate,
    },
    Engine {
        name: "wasmi",
        core: "wasmi",
        wasi: "the crate `wasmi_wasi`",
        host: Kind::Program(&host("wasmi", 45, 200)),
        version: Version::Crate,
    },
    Engine {
        name: "wamr-wasi",
        core: "WAMR",
        wasi: "WAMR's own",
        host: Kind::InC(&host("wamr-wasi", 15, 50)),
        version: Version::Host,
    },
    Engine {
        name: "node",
        core: "V8",
        wasi: "node's own",
        host: Kind::Node,
        version: Version::Host,
    },
    Engine {
        name: "page",
        core: "V8",
        wasi: "this book's, in JavaScript",
        host: Kind::Browser,
        version: Version::Host,
    },
    Engine {
        name: "by-hand",
        core: "wasmtime",
        wasi: "this book's, in Rust",
        host: Kind::Program(&programs::BY_HAND),
        version: Version::Host,
    },
    Engine {
        name: "wamr",
        core: "WAMR",
        wasi: "none",
        host: Kind::InC(&programs::WAMR),
        version: Version::Host,
    },
];

/// The names of all engines.
#[must_use]
pub fn names() -> Vec<&'static str> {
    ENGINES.iter().map(|engine| engine.name).collect()
}

/// The engine of a name.
///
/// # Errors
/// If there is none; the error names all.
pub fn named(name: &str) -> Result<&'static Engine> {
    ENGINES
        .iter()
        .find(|engine| engine.name == name)
        .with_context(|| {
            format!(
                "there is no engine `{name}`; there are: {}",
                names().join(", ")
            )
        })
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Engine {
    /// The program that is compiled for it, if it is one.
    #[must_use]
    pub fn program(&self) -> Option<&'static Program> {
        match self.host {
            Kind::Program(program) | Kind::InC(program) => Some(program),
            Kind::Node | Kind::Browser => None,
        }
    }

    /// Whether it is made for a microcontroller: the only one with a device's limits.
    #[must_use]
    pub fn is_for_devices(&self) -> bool {
        self.host == Kind::InC(&programs::WAMR)
    }

    /// Whether it is a browser, which takes so long to start that one runs many modules.
    #[must_use]
    pub fn is_a_browser(&self) -> bool {
        matches!(self.host, Kind::Browser)
    }

    /// What this machine lacks for its host, if that is not compiled already.
    ///
    /// # Errors
    /// If playwright cannot be fetched for a reason of ours.
    pub fn lacks(&self, project: &Project) -> Result<Option<String>> {
        if let Kind::Node | Kind::Browser = self.host
            && which::which("node").is_err()
        {
            return Ok(Some(
                "its host runs under node, which is not on the PATH".into(),
            ));
        }
        match self.host {
            Kind::Program(_) | Kind::Node => Ok(None),
            Kind::Browser => {
                if chromium().is_none() {
                    return Ok(Some("it is Chromium, which is not on the PATH".into()));
                }
                Ok(match playwright(project)? {
                    Package::Here(_) => None,
                    Package::Missing(why) => Some(format!("Playwright drives the browser: {why}")),
                })
            }
            Kind::InC(_) if cfg!(windows) => Ok(Some("its host is for Linux and macOS".into())),
            Kind::InC(program) if program.is_compiled(project) => Ok(None),
            Kind::InC(_) => Ok(lacks_for_c()),
        }
    }

    /// Its host, compiled if it is not of these sources.
    ///
    /// # Errors
    /// If it does not compile.
    pub fn host(&self, project: &Project) -> Result<Host> {
        let script = |starts| {
            let hosts = Project::here().root().join("xtask/hosts");
            Host {
                file: hosts.join(self.name).join("host.mjs"),
                starts,
            }
        };
        Ok(match self.host {
            Kind::Program(program) | Kind::InC(program) => {
                Host::program(&program.compiled(project)?)
            }
            Kind::Node => script(Starts::InNode),
            Kind::Browser => script(Starts::InBrowser),
        })
    }

    /// Its name and version: `wasmtime 48.0.8`.
    ///
    /// # Errors
    /// If it does not say.
    pub fn version(&self, project: &Project) -> Result<String> {
        static KNOWN: Mutex<BTreeMap<&str, String>> = Mutex::new(BTreeMap::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(version) = known.get(self.name) {
            return Ok(version.clone());
        }
        // A crate that is the engine has its version in the lock file. Others have to be asked, which wants the host.
        let version = match self.version {
            Version::Crate => programs::locked(self.name)?,
            Version::Host => self.host(project)?.version()?,
        };
        known.insert(self.name, version.clone());
        Ok(version)
    }
}

/// A host program that is ready to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    file: PathBuf,
    starts: Starts,
}

/// How a host is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Starts {
    ByItself,
    InNode,
    InBrowser,
}

impl Host {
    /// A program that keeps to the hosts' command line.
    #[must_use]
    pub fn program(file: &Path) -> Host {
        Host {
            file: file.to_path_buf(),
            starts: Starts::ByItself,
        }
    }

    /// Its file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// How long it may take before it begins with the module: node has to start, and a browser takes its time.
    #[must_use]
    pub fn starting(&self) -> Duration {
        match self.starts {
            Starts::ByItself => Duration::ZERO,
            Starts::InNode => Duration::from_secs(20),
            // Its files are hundreds of megabytes, which a busy disk may have to bring first.
            Starts::InBrowser => Duration::from_secs(120),
        }
    }

    /// The command that starts it: itself, or node with it. Nothing of our environment is passed on but what it needs.
    ///
    /// # Errors
    /// If node or the browser is missing.
    pub fn command(&self) -> Result<Command> {
        if self.starts == Starts::ByItself {
            let mut command = Command::new(&self.file);
            command.env_clear();
            return Ok(command);
        }
        let node = which::which("node").context("node is not on the PATH")?;
        let mut command = Command::new(node);
        command.env_clear().arg("--no-warnings").arg(&self.file);
        if self.starts == Starts::InBrowser {
            for_a_browser(&mut command)?;
        }
        Ok(command)
    }

    /// What it says of its engine.
    fn version(&self) -> Result<String> {
        let output = self
            .command()?
            .arg("--version-of-engine")
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{} does not start", self.file.display()))?;
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        ensure!(
            output.status.success() && !version.is_empty(),
            "{} does not tell its engine's version: write `Engine::version` in the host, or say `Version::Crate` in \
             ENGINES if the engine is a crate of the same name, whose version Cargo.lock has",
            self.file.display()
        );
        Ok(version)
    }
}

/// What a script finds in its environment that has a browser do the work.
fn for_a_browser(command: &mut Command) -> Result<()> {
    let project = Project::here();
    let playwright = match playwright(&project)? {
        Package::Here(packages) => packages.join("playwright-core/index.js"),
        Package::Missing(why) => bail!("Playwright drives the browser: {why}"),
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
    Ok(())
}

/// Chromium, by the names that it goes by.
#[must_use]
pub fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome", "chrome"]
        .iter()
        .find_map(|name| which::which(name).ok())
}

/// What this machine lacks to compile WAMR.
fn lacks_for_c() -> Option<String> {
    let lacking: Vec<&str> = [
        ("cmake", which::which("cmake").is_ok()),
        ("libclang", has_libclang()),
    ]
    .iter()
    .filter(|(_, here)| !here)
    .map(|(name, _)| *name)
    .collect();
    (!lacking.is_empty()).then(|| {
        format!(
            "WAMR is built from its C source, which wants {} (Debian: apt-get install cmake libclang-dev)",
            lacking.join(" and ")
        )
    })
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
