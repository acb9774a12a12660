//! The programs beside the tools: the engines' hosts and a few others, compiled on demand, optimised, and into a
//! target folder of their own. None of them is in the tools' own dependencies, so that a reader of the book compiles no
//! engine.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use cargo_metadata::Message;
use project::{
    files, lock,
    paths::{Dir, Project},
    terminal,
    toolchain::clean,
};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

/// A program that is compiled from a folder of this repository.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    /// What it is called.
    pub name: &'static str,
    place: Place,
    /// Cargo's profile.
    profile: &'static str,
    /// About how long it takes to compile, in seconds, on a machine with two processors that has nothing else to do.
    pub seconds: u32,
    /// About how much disk it fills, in MB.
    pub megabytes: u32,
    /// Folders below the book's, besides its own, that it is compiled from.
    shares: &'static [&'static str],
    /// Another program, compiled in the same call of cargo: the features of what both depend on are decided by all
    /// that is asked for at once, and apart, the second would have wasmtime compiled a second time.
    with: Option<&'static str>,
}

/// Where a program's package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// `xtask/hosts/NAME`, an engine's host.
    Hosts,
    /// `xtask/lab/FOLDER`, by the folder's name.
    Lab(&'static str),
    /// A folder of its own, at the top: a tool that is also for people who do not have the book.
    Top,
}

/// The host of an engine, in `xtask/hosts/NAME`: about how many seconds it takes to compile, on a machine with two
/// processors that has nothing else to do, and about how many MB of disk it fills.
pub(crate) const fn host(name: &'static str, seconds: u32, megabytes: u32) -> Program {
    Program {
        name,
        place: Place::Hosts,
        profile: "engine",
        seconds,
        megabytes,
        shares: &["xtask/hosts/host", "xtask/outcome"],
        with: None,
    }
}

/// A program that is no host.
const fn lab(name: &'static str, folder: &'static str, seconds: u32, megabytes: u32) -> Program {
    Program {
        place: Place::Lab(folder),
        shares: &[],
        ..host(name, seconds, megabytes)
    }
}

/// What the programs about `anatomy` are compiled from.
const ANATOMY: &[&str] = &[
    "chapters-code/anatomy/Cargo.toml",
    "chapters-code/anatomy/src",
];

/// The reference engine's host.
pub static WASMTIME: Program = Program {
    with: Some("by-hand"),
    ..host("wasmtime", 220, 600)
};

/// The host with a WASI of the book's own, on wasmtime. It costs what wasmtime costs.
pub static BY_HAND: Program = Program {
    with: Some("wasmtime"),
    ..host("by-hand", 220, 600)
};

/// The host of WAMR as on a microcontroller.
pub static WAMR: Program = host("wamr", 15, 50);

/// What does what wasm-bindgen's command line does.
pub static BINDGEN: Program = lab("bindgen", "bindgen", 15, 100);

/// The searches of `cargo xtask golf` and `floor`, with wasmi inside.
pub static GOLF: Program = lab("golf", "shrink", 40, 150);

/// The program of `cargo xtask hostile`, with wasmi inside.
pub static HOSTILE: Program = Program {
    shares: &[
        "chapters-code/anatomy/Cargo.toml",
        "chapters-code/anatomy/src",
        "chapters-code/assemble",
        "xtask/lab/oracles",
    ],
    ..lab("hostile", "fuzz", 80, 200)
};

/// The program that makes modules for `cargo xtask bench`.
pub static BENCH: Program = Program {
    profile: "release",
    shares: ANATOMY,
    ..lab("bench", "bench", 30, 100)
};

/// The instrument as a tool of its own, optimised as `cargo install` does it. `cargo xtask inspect` starts it, and
/// `cargo xtask bench` times it.
pub static WASM_DIET: Program = Program {
    profile: "release",
    place: Place::Top,
    shares: ANATOMY,
    ..host("wasm-diet", 60, 150)
};

/// The programs that are compiled with another one, in one go.
static TOGETHER: [&Program; 2] = [&WASMTIME, &BY_HAND];

impl Program {
    /// What is done to have it, in words, with what comes along.
    #[must_use]
    pub fn announced(&self) -> String {
        let with = self.with.map(|other| format!(" and {other}"));
        format!("compile {}{}", self.name, with.unwrap_or_default())
    }

    /// Whether another one is compiled with it, in one go.
    #[must_use]
    pub fn brings(&self, other: &Program) -> bool {
        self.with == Some(other.name)
    }

    /// Its folder, below the book's.
    fn folder(&self) -> String {
        match self.place {
            Place::Hosts => format!("xtask/hosts/{}", self.name),
            Place::Lab(folder) => format!("xtask/lab/{folder}"),
            Place::Top => self.name.to_owned(),
        }
    }

    /// Its package, which is also its file's name.
    fn package(&self) -> String {
        match self.place {
            Place::Hosts => format!("host-{}", self.name),
            Place::Lab(folder) => format!("lab-{folder}"),
            Place::Top => self.name.to_owned(),
        }
    }

    /// What people are told that it is.
    fn title(&self) -> String {
        match self.place {
            Place::Hosts => format!("the {} host", self.name),
            Place::Lab(_) => format!("the {} program", self.name),
            Place::Top => self.name.to_owned(),
        }
    }

    /// Where it lies once it is compiled.
    fn file(&self, project: &Project) -> PathBuf {
        let name = format!("{}{}", self.package(), env::consts::EXE_SUFFIX);
        project.target(Dir::Engines).join(self.profile).join(name)
    }

    /// Whether it is there, compiled from these sources or from older ones.
    #[must_use]
    pub fn is_compiled(&self, project: &Project) -> bool {
        self.file(project).is_file()
    }

    /// The program, compiled if it is not of these sources. Asked about it once per process.
    ///
    /// # Errors
    /// If it does not compile.
    pub fn compiled(&'static self, project: &Project) -> Result<PathBuf> {
        static BUILT: Mutex<Vec<(&str, PathBuf)>> = Mutex::new(Vec::new());
        let built = || BUILT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, program)) = built().iter().find(|(name, _)| *name == self.name) {
            return Ok(program.clone());
        }
        // Others are asked for meanwhile, some of which are there.
        let program = self.compile(project)?;
        built().push((self.name, program.clone()));
        Ok(program)
    }

    fn compile(&self, project: &Project) -> Result<PathBuf> {
        let root = Project::here().root().to_path_buf();
        let folder = project.target(Dir::Engines);
        let program = self.file(project);
        // Cargo takes a quarter of a second to find that nothing has to be done, longer than verify has for all the
        // steps. So the sources are remembered that the program was compiled from: if they are the same, it is what
        // they would make.
        let sources = self.sources(&root)?;
        let stamp = |program: &Program| folder.join(format!("{}.sources", program.package()));
        let is_current = || {
            program.is_file() && fs::read_to_string(stamp(self)).is_ok_and(|there| there == sources)
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
        let what = if program.is_file() {
            "again, for its sources have changed".to_owned()
        } else {
            let minutes = self.seconds.div_ceil(60);
            let s = if minutes == 1 { "" } else { "s" };
            format!("once; about {minutes} minute{s}, or more where steps are built meanwhile")
        };
        let title = self.title();
        terminal::status("Compiling", &format!("{title} ({what})"));
        let others = TOGETHER.into_iter().filter(|other| self.brings(other));
        let programs: Vec<&Program> = [self].into_iter().chain(others).collect();
        let started = Instant::now();
        let mut cargo = cargo();
        cargo
            .current_dir(&root)
            .args(["build", "--profile", self.profile])
            .arg("--target-dir")
            .arg(&folder);
        for program in &programs {
            cargo.args(["--package", &program.package()]);
        }
        if let Err(words) = watched(&mut cargo, &title)? {
            bail!("{title} does not compile:\n{words}");
        }
        terminal::status(
            "Compiled",
            &format!("{title} in {} s", started.elapsed().as_secs()),
        );
        for program in programs {
            files::put(&stamp(program), program.sources(&root)?.as_bytes())?;
        }
        Ok(program)
    }

    /// A hash of everything that it is compiled from.
    fn sources(&self, root: &Path) -> Result<String> {
        let mut hash = Sha256::new();
        for file in ["Cargo.toml", "Cargo.lock"] {
            hash.update(fs::read(root.join(file)).with_context(|| file.to_owned())?);
        }
        let own = root.join(self.folder());
        let shared = self.shares.iter().map(|folder| root.join(folder));
        let entries = std::iter::once(own)
            .chain(shared)
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
}

/// Has cargo compile something that takes minutes, and shows how far it is: a line that changes at a terminal, and a
/// line now and then elsewhere. What cargo says if it fails.
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

/// Forgets what a build in another place left: CMake writes down the folder that WAMR is built in, and refuses to go
/// on in another one.
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
    WAMR.compiled(project)?;
    // Of what it has compiled already, cargo tells where the source lies. (`cargo metadata` does as well, and wants
    // all packages of all platforms for it.)
    let output = cargo()
        .current_dir(Project::here().root())
        .args(["build", "--quiet", "--profile", WAMR.profile])
        .args(["--package", &WAMR.package(), "--message-format=json"])
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
