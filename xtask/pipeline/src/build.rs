//! From a step to its module: cargo in the step's folder, and the optimiser that the step names.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::Message;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::{
    binaryen::{self, Tool},
    bindgen,
    built::Built,
    diagnostics, inputs,
};
use project::{
    files,
    lock::{self, Lock},
    paths::{Dir, Project},
    step::{Step, Target},
    toolchain::Toolchain,
};

/// Builds a step. If nothing has changed that it is made from, and what was made is still there, cargo is not asked,
/// unless `fresh`.
///
/// # Errors
/// If a tool is missing that cannot be done without, or does not start.
pub fn build(project: &Project, step: &Step, fresh: bool) -> Result<Built> {
    if let Some(why) = elsewhere(step) {
        return Ok(Built::Skipped(why));
    }
    let toolchain = Toolchain::ensure(&step.pin)?;
    let inputs = inputs::of_build(project, step, &toolchain)?;
    if !fresh && let Some(built) = Built::remembered(project, step, &inputs) {
        return Ok(built);
    }
    let built = {
        let _lock = one_at_a_time(project, step)?;
        from_inputs(project, step, &toolchain, fresh)?
    };
    // A failure may be chance: a full disk, say. `verify`, which knows what the step fails with, remembers it.
    if !matches!(built, Built::Fails(_)) {
        built.remember(project, step, &inputs)?;
    }
    Ok(built)
}

/// Keeps a step and its copy from being built at the same time: cargo calls what it makes of both by the same name, in
/// the folder that they share.
///
/// # Errors
/// If the lock cannot be taken.
pub(crate) fn one_at_a_time(project: &Project, step: &Step) -> Result<Lock> {
    let file = project
        .target(Dir::Locks)
        .join(format!("{}.lock", step.path));
    lock::exclusive(&file, &format!("{} is built", step.path))
}

/// Has cargo forget that it built a package of this name in a target folder. What it depends on stays.
///
/// # Errors
/// If what cargo wrote down of it cannot be removed.
pub(crate) fn forget(target: &Path, package: &str) -> Result<()> {
    let is_its = |name: &str| {
        let hash = name
            .strip_prefix(package)
            .and_then(|rest| rest.strip_prefix('-'));
        hash.is_some_and(|hash| {
            hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    let walk = WalkDir::new(target).min_depth(2).max_depth(4).into_iter();
    let walk = walk.filter_entry(|entry| {
        // .fingerprint/PACKAGE-HASH, in PROFILE or in TRIPLE/PROFILE.
        let name = entry.file_name().to_string_lossy();
        !["build", "deps", "examples", "incremental"].contains(&&*name)
    });
    let entries: Vec<_> = walk.filter_map(Result::ok).collect();
    for entry in entries {
        let inside = entry
            .path()
            .parent()
            .is_some_and(|dir| dir.ends_with(".fingerprint"));
        if inside && is_its(&entry.file_name().to_string_lossy()) {
            fs::remove_dir_all(entry.path())
                .with_context(|| format!("cannot remove {}", entry.path().display()))?;
        }
    }
    Ok(())
}

fn from_inputs(
    project: &Project,
    step: &Step,
    toolchain: &Toolchain,
    fresh: bool,
) -> Result<Built> {
    let first = match &step.target {
        Target::Wasm(triple) | Target::Native(triple) => compile(project, step, toolchain, triple),
        Target::Host => make(project, step, toolchain),
    };
    let first = first.with_context(|| format!("step {}", step.path))?;
    match first {
        Built::Module { file, .. } if step.settings.bindgen.is_some() => {
            bind(project, step, &file).with_context(|| format!("step {}", step.path))
        }
        Built::Module { file, .. } if !step.settings.post_build.is_empty() => {
            optimise(project, step, &file, fresh).with_context(|| format!("step {}", step.path))
        }
        other => Ok(other),
    }
}

/// Why a native step is not for this machine, if it is not.
#[must_use]
pub fn elsewhere(step: &Step) -> Option<String> {
    let Target::Native(triple) = &step.target else {
        return None;
    };
    let here = format!("{}-unknown-{}-gnu", env::consts::ARCH, env::consts::OS);
    (*triple != here).then(|| format!("it is a program for {triple}, and this machine is another"))
}

/// The cargo of a step, in its folder, with the step's environment.
///
/// # Errors
/// If the step's target folder cannot be made.
pub fn cargo(project: &Project, step: &Step, toolchain: &Toolchain) -> Result<Command> {
    let target = target_folder(project, step);
    files::make_target_folder(&target)?;
    let mut cargo = toolchain.cargo(&step.dir);
    cargo.envs(environment(step));
    cargo.env("CARGO_TARGET_DIR", target);
    Ok(cargo)
}

/// Where cargo builds a step: in the steps' one target folder, the same that it uses by itself, but for two kinds of
/// steps.
///
/// - Another compiler than the workspace's has a folder of its own. Cargo remembers one compiler's answers per folder,
///   and would ask both again and again. (And an old cargo had better not see what a new one keeps there.)
/// - So has a step that says of itself that it fails. It is compiled and linked every time, and holds the folder's
///   lock for as long.
#[must_use]
pub fn target_folder(project: &Project, step: &Step) -> PathBuf {
    let folder = project.steps_target();
    if step.pinned_itself() || step.is_on_another() {
        folder.join(&step.pin.channel)
    } else if step.settings.fails {
        folder.join("fails")
    } else {
        folder
    }
}

fn compile(project: &Project, step: &Step, toolchain: &Toolchain, triple: &str) -> Result<Built> {
    let output = cargo(project, step, toolchain)?
        .args(["build", "--release", "--message-format=json"])
        .stdin(Stdio::null())
        .output()
        .context("cargo does not start")?;
    if !output.status.success() {
        return failure(step, &output);
    }
    let profile = target_folder(project, step).join(triple).join("release");
    if let Target::Native(_) = step.target {
        let file = profile.join(&step.package);
        let bytes = fs::read(&file)
            .with_context(|| format!("cargo built it, but not as {}", file.display()))?;
        return Ok(Built::Program { file, bytes });
    }
    let file = profile.join(format!("{}.wasm", step.package));
    let file = if file.is_file() {
        file
    } else {
        profile.join(format!("{}.wasm", step.package.replace('-', "_")))
    };
    module(file, None)
}

/// Runs a program for the host that writes the module.
fn make(project: &Project, step: &Step, toolchain: &Toolchain) -> Result<Built> {
    // What a tool makes in its place afterwards lies where modules are looked for.
    let ending = if step.settings.post_build.is_empty() {
        "wasm"
    } else {
        "before.wasm"
    };
    let file = project
        .target(Dir::Modules)
        .join(format!("{}.{ending}", step.path));
    // Written aside: a program that writes nothing must not pass with what it wrote the last time, and a process that reads
    // the module meanwhile finds a whole one.
    let aside = tempfile::tempdir()?;
    let written = aside.path().join("module.wasm");
    let args = fill(&step.settings.module, &[("{module}", &written)])?;
    let output = cargo(project, step, toolchain)?
        .args(["run", "--message-format=json", "--"])
        .args(args)
        .stdin(Stdio::null())
        .output()
        .context("cargo does not start")?;
    if !output.status.success() {
        return failure(step, &output);
    }
    ensure!(
        written.is_file(),
        "`cargo run` succeeded and did not write the module: `module` in [package.metadata.chapter] says with which \
         arguments it does"
    );
    // The program's own output stands between cargo's messages, and is passed over.
    let program = Message::parse_stream(&output.stdout[..]).find_map(|message| match message {
        Ok(Message::CompilerArtifact(artifact)) => artifact.executable,
        _ => None,
    });
    files::put(&file, &fs::read(&written)?)?;
    module(file, program.map(Into::into))
}

fn module(file: PathBuf, program: Option<PathBuf>) -> Result<Built> {
    let bytes = fs::read(&file)
        .with_context(|| format!("cargo built it, but not as {}", file.display()))?;
    Ok(Built::Module {
        file,
        bytes,
        program,
    })
}

/// The errors of a failed build. A failure that is not the compiler's or the program's own (a broken manifest, no
/// network) is an error of ours, not a result.
fn failure(step: &Step, output: &Output) -> Result<Built> {
    let mut errors = Vec::new();
    for message in Message::parse_stream(&output.stdout[..]) {
        if let Ok(Message::CompilerMessage(message)) = message {
            let message = message.message;
            if message.level == cargo_metadata::diagnostic::DiagnosticLevel::Error {
                errors.extend(diagnostics::diagnostic(&message));
            }
        }
    }
    if errors.is_empty() {
        let words = String::from_utf8_lossy(&output.stderr);
        // A program that ran and failed says why on its last lines; so does cargo.
        bail!("cargo in {} fails:\n{}", step.dir.display(), words.trim());
    }
    Ok(Built::Fails(errors))
}

/// The command after the build.
fn optimise(project: &Project, step: &Step, module_file: &Path, fresh: bool) -> Result<Built> {
    let out = project
        .target(Dir::Modules)
        .join(format!("{}.wasm", step.path));
    optimise_into(project, step, module_file, &out, fresh)
}

/// The command after the build, which reads the step's files in its folder, and writes the module here. Unless
/// `fresh`, what it made of the same input before is taken.
///
/// # Errors
/// If the tool does not start, or succeeds and writes nothing.
pub(crate) fn optimise_into(
    project: &Project,
    step: &Step,
    module_file: &Path,
    out: &Path,
    fresh: bool,
) -> Result<Built> {
    let release = step
        .settings
        .binaryen
        .as_deref()
        .unwrap_or(binaryen::RELEASE);
    let [name, args @ ..] = &step.settings.post_build[..] else {
        bail!("`post-build` is empty")
    };
    // Node takes half a second to start. The key holds all that the result depends on: the tool, its arguments, and the
    // bytes of every file that they name.
    let mut key = Sha256::new();
    key.update(release);
    key.update(serde_json::to_vec(&step.settings.post_build)?);
    key.update(fs::read(module_file)?);
    for arg in args {
        if let Ok(bytes) = fs::read(step.dir.join(arg)) {
            key.update(bytes);
        }
    }
    let key = files::hex(&key.finalize());
    let remembered = project
        .target(Dir::Outcomes)
        .join(format!("post-build-{key}.wasm"));
    if !fresh && let Ok(bytes) = fs::read(&remembered) {
        files::put(out, &bytes)?;
        return Ok(Built::Module {
            file: out.to_path_buf(),
            bytes,
            program: None,
        });
    }
    let mut tool = match binaryen::tool(project, release, name)? {
        Tool::Here(tool) => tool,
        Tool::Missing(why) => return Ok(Built::Skipped(why)),
    };
    let aside = tempfile::tempdir()?;
    let written = aside.path().join("module.wasm");
    let output = tool
        .args(fill(
            args,
            &[("{module}", module_file), ("{out}", &written)],
        )?)
        .current_dir(&step.dir)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{name} does not start"))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        // The first complaint with the first line of the code that it is about, and the verdict after all of that code.
        let mut lines = words.lines();
        let first = lines.find(|line| line.contains("error in"));
        let first = first.map(|first| {
            let about = lines.next().unwrap_or_default();
            format!("{} {}", first.trim_end(), about.trim())
        });
        let verdict = words.lines().last().map(str::to_owned);
        let lines = first.into_iter().chain(verdict);
        return Ok(Built::Fails(
            lines.map(|line| diagnostics::text(&line)).collect(),
        ));
    }
    let bytes = fs::read(&written).with_context(|| format!("{name} wrote no {{out}}"))?;
    // A period crate says one module twice: as text, which is the article's way, and byte by byte, which is its own.
    if step.is_period() && !args.iter().any(|arg| arg.contains("{module}")) {
        ensure!(
            bytes == fs::read(module_file)?,
            "the program does not write what {name} makes of the text: {} and {} bytes",
            fs::metadata(module_file)?.len(),
            bytes.len()
        );
    }
    files::put(out, &bytes)?;
    files::put(&remembered, &bytes)?;
    Ok(Built::Module {
        file: out.to_path_buf(),
        bytes,
        program: None,
    })
}

/// wasm-bindgen after the build: it takes its notes out of the module and writes the glue beside it.
fn bind(project: &Project, step: &Step, module_file: &Path) -> Result<Built> {
    let out = project.target(Dir::Modules).join(&step.path);
    bindgen::bind(project, step, module_file, &out)?;
    module(out.join(format!("{}_bg.wasm", bindgen::name(step))), None)
}

/// Arguments with their placeholders filled in.
pub(crate) fn fill(args: &[String], places: &[(&str, &Path)]) -> Result<Vec<String>> {
    args.iter()
        .map(|arg| {
            let mut arg = arg.clone();
            for (place, path) in places {
                if arg.contains(place) {
                    let path = path
                        .to_str()
                        .with_context(|| format!("{} is not UTF-8", path.display()))?;
                    arg = arg.replace(place, path);
                }
            }
            Ok(arg)
        })
        .collect()
}

/// What a step adds to cargo's environment: what its metadata say, and, where it asks a stable compiler for what is
/// nightly's, that cargo has to ask that compiler anew. A target folder remembers what the compiler said of itself, but
/// not whether it had been allowed to tell all (such as `target_has_reliable_f16`), and what it said decides what a
/// std that is built along has in it.
pub fn environment(step: &Step) -> impl Iterator<Item = (&str, &str)> {
    let env = step.settings.env.iter();
    let asked = step.settings.env.contains_key("RUSTC_BOOTSTRAP");
    env.map(|(name, value)| (name.as_str(), value.as_str()))
        .chain(asked.then_some(("CARGO_CACHE_RUSTC_INFO", "0")))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::forget;

    #[test]
    fn a_package_is_forgotten_and_nothing_else() {
        let target = tempfile::tempdir().expect("a folder");
        let units = [
            ("debug/.fingerprint/sieve-0123456789abcdef", false),
            (
                "wasm32-wasip1/release/.fingerprint/sieve-fedcba9876543210",
                false,
            ),
            (
                "wasm32-wasip1/release/.fingerprint/sieve-std-0123456789abcdef",
                true,
            ),
            (
                "wasm32-wasip1/release/.fingerprint/serde-0123456789abcdef",
                true,
            ),
            ("wasm32-wasip1/release/deps/sieve-0123456789abcdef", true),
        ];
        for (unit, _) in units {
            fs::create_dir_all(target.path().join(unit)).expect("a folder");
        }
        forget(target.path(), "sieve").expect("folders that can be removed");
        for (unit, stays) in units {
            assert_eq!(target.path().join(unit).is_dir(), stays, "{unit}");
        }
    }
}
