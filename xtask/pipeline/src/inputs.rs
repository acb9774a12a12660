//! What a step is made from and run with, as a hash: where none of it has changed, nothing that comes of it has.
//!
//! Files count with their content. Programs that are too large to be read each time (compilers, engines, node) count
//! with what changes when another takes their place: path, size, and time of modification.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock, PoisonError},
    time::UNIX_EPOCH,
};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::{binaryen, engines, export};
use project::{
    files,
    paths::Project,
    step::Step,
    toolchain::{self, Toolchain},
};

/// To be counted up when what is remembered under a hash takes another form.
const FORM: &str = "the inputs of a step, 1";

/// The hash of everything that a step's module is built from.
///
/// # Errors
/// If a file cannot be read.
pub fn of_build(project: &Project, step: &Step, toolchain: &Toolchain) -> Result<String> {
    let mut hash = Hash::new(FORM);
    hash.text(&tools()?);
    hash.text(&project.root().display().to_string());
    hash.text(&step.path);
    hash.text(&format!("{:?}", step.pin));
    hash.folder(&step.dir)?;
    if !step.is_period() {
        for name in export::companions(step)? {
            hash.folder(&project.steps().join(name))?;
        }
        for name in ["Cargo.toml", "Cargo.lock"] {
            hash.file(&project.steps().join(name))?;
        }
    }
    // Cargo merges the settings of all folders above, and of its own.
    let above = step.dir.ancestors().skip(1).map(|dir| dir.join(".cargo"));
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    for folder in above.chain(home) {
        for name in ["config.toml", "config"] {
            hash.file(&folder.join(name))?;
        }
    }
    for (name, value) in environment() {
        hash.text(&format!("{name}={value}"));
    }
    for program in toolchain.programs() {
        hash.program(&program);
    }
    for target in &step.pin.targets {
        hash.program(&toolchain.std_of(target));
    }
    // What links programs for this machine: those of steps, and build scripts and procedural macros.
    hash.found("cc");
    if !step.settings.post_build.is_empty() {
        hash.text(binaryen::RELEASE);
        hash.found("node");
    }
    Ok(hash.finish())
}

/// The hash of everything that a copy of a step is built from and compared with: its snapshot, too.
///
/// # Errors
/// If a file cannot be read.
pub fn of_copy(project: &Project, step: &Step, toolchain: &Toolchain) -> Result<String> {
    let mut hash = Hash::new(&of_build(project, step, toolchain)?);
    hash.file(&step.snapshot())?;
    hash.file(&step.pin.file)?;
    Ok(hash.finish())
}

/// The hash of everything that measuring a step's module depends on, from the hash of what it is built from.
///
/// # Errors
/// If an engine's host cannot be compiled.
pub fn of_measuring(project: &Project, step: &Step, build: &str) -> Result<String> {
    let mut hash = Hash::new(build);
    let engines = &step.settings.engines;
    let engines = engines.iter().map(String::as_str);
    for engine in engines.chain([engines::REFERENCE.name]) {
        hash.program(engines::named(engine)?.host(project)?.file());
    }
    hash.found("node");
    Ok(hash.finish())
}

/// What stands for a program, or a folder, that is too large to be read.
#[must_use]
pub fn of_program(program: &Path) -> String {
    let mut hash = Hash::new("a program");
    hash.program(program);
    hash.finish()
}

/// The hash of the tools' own sources: what they do with a step may have changed with them.
fn tools() -> Result<String> {
    static TOOLS: OnceLock<Mutex<Option<String>>> = OnceLock::new();
    let known = TOOLS.get_or_init(Mutex::default);
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(hash) = &*known {
        return Ok(hash.clone());
    }
    let root = Project::here().root().to_path_buf();
    let mut hash = Hash::new("the tools");
    hash.file(&root.join("Cargo.lock"))?;
    for folder in [
        "xtask/outcome/src",
        "xtask/project/src",
        "xtask/pipeline/src",
        "chapters-code/anatomy/src",
    ] {
        hash.folder(&root.join(folder))?;
    }
    let hash = hash.finish();
    *known = Some(hash.clone());
    Ok(hash)
}

/// The variables that compilers, linkers and cargo listen to, as far as a step's cargo gets them.
fn environment() -> BTreeMap<String, String> {
    const HEARD: [&str; 11] = [
        "AR",
        "CARGO_",
        "CC",
        "CFLAGS",
        "CPATH",
        "CXX",
        "LD",
        "LIBRARY_PATH",
        "NODE_",
        "PKG_CONFIG",
        "SOURCE_DATE_EPOCH",
    ];
    // About the network and the terminal: none of it gets into a module.
    const NOT: [&str; 4] = ["CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTR", "CARGO_TERM_"];
    let text = |text: &OsStr| text.to_string_lossy().into_owned();
    env::vars_os()
        .map(|(name, value)| (text(&name), text(&value)))
        .filter(|(name, _)| {
            toolchain::is_passed_on(name)
                && HEARD.iter().any(|heard| name.starts_with(heard))
                && !NOT.iter().any(|not| name.starts_with(not))
        })
        .collect()
}

/// A hash in the making. Each part goes in with its length, so that no two lists of parts are the same bytes.
struct Hash(Sha256);

impl Hash {
    fn new(about: &str) -> Hash {
        let mut hash = Hash(Sha256::new());
        hash.text(about);
        hash
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A file's path and content; that it is missing, where it is.
    fn file(&mut self, file: &Path) -> Result<()> {
        self.bytes(file.as_os_str().as_encoded_bytes());
        match fs::read(file) {
            Ok(bytes) => self.bytes(&bytes),
            Err(_) if !file.is_file() => self.text("missing"),
            Err(error) => return Err(error).with_context(|| file.display().to_string()),
        }
        Ok(())
    }

    /// All files of a crate, but for what is built in its folder and what is remembered of it.
    fn folder(&mut self, folder: &Path) -> Result<()> {
        let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| entry.file_name() != "target") {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy();
            if entry.file_type().is_file()
                && !name.ends_with(".snap")
                && !name.ends_with(".snap.new")
            {
                self.file(entry.path())?;
            }
        }
        Ok(())
    }

    /// A program or folder, by its place, size and time.
    fn program(&mut self, program: &Path) {
        self.bytes(program.as_os_str().as_encoded_bytes());
        let metadata = fs::metadata(program).ok();
        let time = metadata.as_ref().and_then(|there| {
            let time = there.modified().ok()?;
            time.duration_since(UNIX_EPOCH).ok()
        });
        let size = metadata.map(|there| there.len());
        self.text(&format!("{size:?} {time:?}"));
    }

    /// The program that a name stands for here, if any.
    fn found(&mut self, name: &str) {
        match which::which(name) {
            Ok(program) => self.program(&program),
            Err(_) => self.text("not found"),
        }
    }

    fn finish(self) -> String {
        files::hex(&self.0.finalize())
    }
}
