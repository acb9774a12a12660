//! Settings to paste, by kind of program: each is a crate in `chapters-code/your-crate/`, built with cargo's own settings and with
//! those of the crate, run, and weighed.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use pipeline::{
    binaryen::{self},
    bindgen,
    engines::{self, Host},
    run::{self, Guest, Limits},
};
use project::{
    paths::Project,
    toolchain::{Pin, Toolchain, clean},
};
use serde::{Deserialize, Serialize};

use crate::{
    crates,
    record::Record,
    study::{Progress, Study},
    weigh::{self, Weight},
};

/// The folder of the crates, below that of the steps.
const FOLDER: &str = "your-crate";

/// The record.
pub const RECORD: Record = Record::new("kinds", "cargo xtask kinds --accept");

/// What cargo does if it is asked for nothing.
const DEFAULTS: [(&str, &str); 5] = [
    ("OPT_LEVEL", "3"),
    ("LTO", "false"),
    ("CODEGEN_UNITS", "16"),
    ("PANIC", "unwind"),
    ("STRIP", "debuginfo"),
];

/// What a crate says in `[package.metadata.kind]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Said {
    title: String,
    /// A function to call, and its answer; none for a command.
    call: Option<String>,
    #[serde(default)]
    answer: String,
    /// A script that node runs over the module.
    script: Option<String>,
    /// What a command reads.
    #[serde(default)]
    stdin: String,
    /// What the command or the script prints.
    #[serde(default)]
    prints: String,
    /// Whether wasm-bindgen goes over it.
    #[serde(default)]
    bindgen: bool,
    /// The arguments with which wasm-opt goes over it in the end.
    wasm_opt: Option<Vec<String>>,
}

/// A kind of program, and what its settings do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Its folder in `chapters-code/your-crate/`.
    pub name: String,
    /// What the page calls it.
    pub title: String,
    /// The commands that build it, from its folder.
    pub commands: Vec<String>,
    /// With cargo's own settings.
    pub before: Weight,
    /// With those of the crate.
    pub built: Weight,
    /// And with wasm-opt after that, where it can read the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimised: Option<Weight>,
    /// The SHA-256 of its files and of the compiler's release.
    pub source: String,
}

impl Kind {
    /// With all that its settings ask for.
    #[must_use]
    pub fn after(&self) -> &Weight {
        self.optimised.as_ref().unwrap_or(&self.built)
    }
}

/// The study.
#[derive(Clone, Copy, Debug)]
pub struct Kinds;

impl Study for Kinds {
    type Kept = Vec<Kind>;
    type Found = Vec<Kind>;

    fn record(&self) -> Record {
        RECORD
    }

    fn measure(&self, project: &Project, progress: Progress) -> Result<Vec<Kind>> {
        let toolchain = Toolchain::ensure(&Pin::of(&project.steps(), &project.steps())?)?;
        let host = engines::REFERENCE.host(project)?;
        let mut kinds = Vec::new();
        for name in names(project)? {
            progress(&name);
            let kind = kind(project, &toolchain, &host, &name);
            kinds.push(kind.with_context(|| format!("chapters-code/{FOLDER}/{name}"))?);
        }
        Ok(kinds)
    }

    fn merge(&self, _: Option<Vec<Kind>>, found: &Vec<Kind>) -> Vec<Kind> {
        found.clone()
    }

    fn compare(&self, kept: &Vec<Kind>, found: &Vec<Kind>) -> Result<Vec<String>> {
        RECORD.differences(kept, found)
    }
}

/// A kind's folder.
#[must_use]
pub fn folder(project: &Project, name: &str) -> PathBuf {
    project.steps().join(FOLDER).join(name)
}

/// The folders, by name; none, if the book has none.
fn names(project: &Project) -> Result<Vec<String>> {
    let all = project.steps().join(FOLDER);
    let mut names = Vec::new();
    if all.is_dir() {
        for entry in fs::read_dir(all)? {
            let entry = entry?;
            if entry.path().join("Cargo.toml").is_file() {
                names.push(entry.file_name().display().to_string());
            }
        }
    }
    names.sort();
    Ok(names)
}

fn said(project: &Project, name: &str) -> Result<Said> {
    let manifest = folder(project, name).join("Cargo.toml");
    let said = crates::said(&manifest, ["package", "metadata", "kind"])?;
    said.context("Cargo.toml has no [package.metadata.kind]")
}

fn kind(project: &Project, toolchain: &Toolchain, host: &Host, name: &str) -> Result<Kind> {
    let said = said(project, name)?;
    let aside = tempfile::tempdir()?;
    let made = |how: &str, module: PathBuf| -> Result<PathBuf> {
        if !said.bindgen {
            return Ok(module);
        }
        let out = aside.path().join(how);
        fs::create_dir(&out)?;
        bindgen::bound(project, &bindgen::our_release()?, name, &module, &out)
    };
    let weighed = |module: &Path| -> Result<Weight> {
        works(project, host, name, &said, module)?;
        weigh::weigh(project, module)
    };
    let (plain, _) = build(project, toolchain, name, true)?;
    let before = weighed(&made("before", plain)?).context("with cargo's own settings")?;
    let (plain, target) = build(project, toolchain, name, false)?;
    let module = made("after", plain)?;
    let built = weighed(&module)?;
    let optimised = match &said.wasm_opt {
        Some(args) => {
            binaryen::wasm_opt(project, args, &module, &module)?;
            Some(weighed(&module).context("after wasm-opt")?)
        }
        None => None,
    };
    Ok(Kind {
        name: name.to_owned(),
        title: said.title.clone(),
        commands: commands(name, &said, &target),
        before,
        built,
        optimised,
        source: source(project, name)?,
    })
}

/// What a reader types.
fn commands(name: &str, said: &Said, target: &str) -> Vec<String> {
    let mut commands = vec!["cargo build --release".to_owned()];
    // Names of libraries have no hyphens, those of programs do.
    let library = name.replace('-', "_");
    let is_command = said.call.is_none() && said.script.is_none();
    let file = if is_command { name } else { &library };
    let mut file = format!("target/{target}/release/{file}.wasm");
    if said.bindgen {
        commands.push(format!("wasm-bindgen --target web --out-dir pkg {file}"));
        file = format!("pkg/{library}_bg.wasm");
    }
    if let Some(args) = &said.wasm_opt {
        commands.push(format!("wasm-opt {} {file} -o {file}", args.join(" ")));
    }
    commands
}

/// Builds a crate, with cargo's own settings or those of the crate. Gives the module, and its target.
fn build(
    project: &Project,
    toolchain: &Toolchain,
    name: &str,
    plain: bool,
) -> Result<(PathBuf, String)> {
    let target = project.root().join("target/kinds");
    let mut cargo = crates::release(toolchain, &folder(project, name), &target);
    if plain {
        for (key, value) in DEFAULTS {
            cargo.env(format!("CARGO_PROFILE_RELEASE_{key}"), value);
        }
        cargo.env("RUSTFLAGS", "");
    }
    let module = match crates::wasm(&mut cargo)? {
        Ok(module) => module,
        Err(first) => bail!("it does not build: {first}"),
    };
    let below = module.strip_prefix(&target).unwrap_or(&module);
    let triple = below.iter().next().context("a module lies in a folder")?;
    Ok((module.clone(), triple.display().to_string()))
}

/// Runs a module, and compares with what it has to do.
fn works(project: &Project, host: &Host, name: &str, said: &Said, module: &Path) -> Result<()> {
    let limits = Limits {
        time: Duration::from_secs(120),
        ..Limits::default()
    };
    let ran = match &said.script {
        Some(script) => {
            let node = which::which("node").context("node is not on the PATH")?;
            let mut command = clean(node);
            command
                .arg(script)
                .arg(module)
                .current_dir(folder(project, name));
            run::native(&mut command, &limits)?
        }
        None => {
            let guest = Guest {
                call: said.call.clone(),
                stdin: said.stdin.clone(),
                ..Guest::default()
            };
            run::run_guest(host, module, &limits, &guest)?
        }
    };
    let answer = ran.values.join(" ");
    let printed = ran.stdout.replace("\r\n", "\n");
    ensure!(
        ran.outcome.is_success() && answer == said.answer && printed == said.prints,
        "{}; it gave {answer:?} and printed {printed:?}, not {:?} and {:?}: {}",
        ran.summary("wasmtime"),
        said.answer,
        said.prints,
        ran.stderr.trim()
    );
    Ok(())
}

fn source(project: &Project, name: &str) -> Result<String> {
    let pin = project.steps().join("rust-toolchain.toml");
    crates::hash([folder(project, name).as_path(), &pin])
}

/// Where the record is not of the crates as they are now. Nothing is built for it.
///
/// # Errors
/// If the record or a file cannot be read.
pub fn stale(project: &Project) -> Result<Vec<String>> {
    let kept: Vec<Kind> = RECORD.load(project)?.unwrap_or_default();
    let names = names(project)?;
    if !kept.iter().map(|kind| &kind.name).eq(&names) {
        return Ok(vec![format!(
            "has other crates than chapters-code/{FOLDER}/; cargo xtask kinds --accept"
        )]);
    }
    let mut stale = Vec::new();
    for kind in &kept {
        if kind.source != source(project, &kind.name)? {
            stale.push(format!(
                "is of another chapters-code/{FOLDER}/{}; cargo xtask kinds --accept",
                kind.name
            ));
        }
    }
    Ok(stale)
}

#[cfg(test)]
mod tests {
    use super::{Said, commands};

    #[test]
    fn a_reader_types_what_is_done_here() {
        let said: Said = toml::from_str(
            "title = \"\"\nscript = \"call.mjs\"\nbindgen = true\nwasm-opt = [\"-Oz\"]",
        )
        .expect("a kind");
        assert_eq!(
            commands("my-app", &said, "wasm32-unknown-unknown"),
            [
                "cargo build --release",
                "wasm-bindgen --target web --out-dir pkg target/wasm32-unknown-unknown/release/my_app.wasm",
                "wasm-opt -Oz pkg/my_app_bg.wasm -o pkg/my_app_bg.wasm",
            ]
        );
        let said: Said = toml::from_str("title = \"\"").expect("a kind");
        assert_eq!(
            commands("my-tool", &said, "wasm32-wasip1"),
            ["cargo build --release"]
        );
    }
}
