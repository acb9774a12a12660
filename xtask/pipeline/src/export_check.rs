//! What a copier does: a step in an empty folder outside of the book, built there by the commands of its page.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::{
    bindgen, build,
    built::Built,
    export, inputs,
    measure::{Artifact, Measured},
    remembered, snapshot,
};
use project::{
    files,
    paths::{self, Dir, Project},
    step::{Step, Target},
    toolchain::Toolchain,
};

/// In which respect a copy is the same as its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Respect {
    /// It fails to build, as the step does.
    Failure,
    /// The module, or the program, has the same size.
    Size,
    /// The module has the same bytes.
    Bytes,
}

/// What a copy came to.
#[derive(Debug)]
pub enum Copied {
    /// The same as the step.
    Same(Respect),
    /// This machine lacks a tool for it.
    Skipped(String),
}

/// The name under which it is remembered that a copy was the same.
const COPIED: &str = "copied";

/// Copies a step out, builds it there and compares with its snapshot: the outcome, the size, and the bytes where the
/// snapshot has them. A copy that was the same is not built again before anything changes that the step is made from,
/// unless `fresh`.
///
/// # Errors
/// If the copy differs, or does not build where the step does.
pub fn check(project: &Project, step: &Step, fresh: bool) -> Result<Copied> {
    if let Some(why) = build::elsewhere(step) {
        return Ok(Copied::Skipped(why));
    }
    if let Some(why) = &step.settings.host_dependent
        && !paths::is_reference_host()
    {
        let why = format!("the snapshot is of Linux on x86-64, and the bytes differ here: {why}");
        return Ok(Copied::Skipped(why));
    }
    let stored =
        snapshot::stored(step)?.context("the step has no snapshot to compare its copy with")?;
    let toolchain = Toolchain::ensure(&step.pin)?;
    let inputs = inputs::of_copy(project, step, &toolchain)?;
    if !fresh && let Some(same) = remembered::load(project, step, COPIED, &inputs) {
        return Ok(Copied::Same(same));
    }
    let copied = {
        let _lock = build::one_at_a_time(project, step)?;
        let copied = build(project, step, &toolchain, &stored, fresh);
        // What cargo made of the copy has taken the place of what it made of the step, in the folder that they share,
        // and cargo does not notice.
        build::forget(&build::target_folder(project, step), &step.package)?;
        copied?
    };
    if let Copied::Same(same) = copied {
        remembered::keep(project, step, COPIED, &inputs, &same)?;
    }
    Ok(copied)
}

fn build(
    project: &Project,
    step: &Step,
    toolchain: &Toolchain,
    stored: &Measured,
    fresh: bool,
) -> Result<Copied> {
    let folder = tempfile::Builder::new().prefix("step-copy-").tempdir()?;
    let copy = folder.path().join("copy");
    export::copy(project, step, &copy)?;
    let crate_dir = export::crate_dir(step, &copy)?;
    // What the crate depends on may be shared with the step, compiled as it is: it spares each copy the building of
    // `wat`, or of std. The crate itself is built anew, for its path differs, and what is made of it lies apart.
    let target = project.target(Dir::Copies);
    let shared = build::target_folder(project, step);
    files::make_target_folder(&target)?;
    files::make_target_folder(&shared)?;
    let cargo = |args: &[&str]| {
        let mut cargo = toolchain.cargo(&crate_dir);
        // --locked: the lock file that comes along must be right as it is.
        cargo
            .args(args)
            .arg("--locked")
            .envs(build::environment(step))
            .env("CARGO_TARGET_DIR", &target)
            .env("CARGO_BUILD_BUILD_DIR", &shared)
            .stdin(Stdio::null());
        cargo
    };
    let module = crate_dir.join("copied.wasm");
    let file = match &step.target {
        Target::Wasm(triple) | Target::Native(triple) => {
            let built = output(&mut cargo(&["build", "--release"]))?;
            if let Err(words) = built {
                ensure!(
                    !stored.errors().is_empty(),
                    "the copy does not build, the step does:\n{words}"
                );
                return Ok(Copied::Same(Respect::Failure));
            }
            let folder = target.join(triple).join("release");
            match step.target {
                Target::Native(_) => folder.join(&step.package),
                // A library's file has its crate's name.
                _ => [&step.package, &bindgen::name(step)]
                    .map(|name| folder.join(format!("{name}.wasm")))
                    .into_iter()
                    .find(|file| file.is_file())
                    .context("the copy built no module")?,
            }
        }
        Target::Host => {
            let args = build::fill(&step.settings.module, &[("{module}", &module)])?;
            if let Err(words) = output(cargo(&["run"]).arg("--").args(args))? {
                bail!("the copy does not run:\n{words}");
            }
            module.clone()
        }
    };
    let file = if step.settings.post_build.is_empty() {
        file
    } else {
        // The copy's own files are what the tool reads.
        let copied = Step {
            dir: crate_dir.clone(),
            ..step.clone()
        };
        let out = crate_dir.join("optimised.wasm");
        match build::optimise_into(project, &copied, &file, &out, fresh)? {
            Built::Module { file, .. } | Built::Program { file, .. } => file,
            Built::Skipped(missing) => return Ok(Copied::Skipped(missing)),
            Built::Fails(_) if !stored.errors().is_empty() => {
                return Ok(Copied::Same(Respect::Failure));
            }
            Built::Fails(words) => bail!("the tool fails on the copy:\n{}", words.join("\n")),
        }
    };
    ensure!(
        stored.errors().is_empty(),
        "the copy builds, the step does not"
    );
    let file = if step.settings.bindgen.is_some() {
        let out = crate_dir.join("pkg");
        bindgen::bind(project, step, &file, &out)?;
        out.join(format!("{}_bg.wasm", bindgen::name(step)))
    } else {
        file
    };
    let bytes =
        std::fs::read(&file).with_context(|| format!("the copy built no {}", file.display()))?;
    let built = match step.target {
        Target::Native(_) => Built::Program { file, bytes },
        _ => Built::Module {
            file,
            bytes,
            program: None,
        },
    };
    let mut measured = Measured::of(step, &built)?;
    measured.settle(stored);
    alike(&measured.artifact, &stored.artifact).map(Copied::Same)
}

/// In what respect a copy's artifact is the step's.
fn alike(copy: &Artifact, step: &Artifact) -> Result<Respect> {
    match (copy, step) {
        (Artifact::Native(copy), Artifact::Native(step)) => {
            ensure!(
                copy == step,
                "the copy's program is not like the step's: {:?} instead of {:?} bytes",
                copy.range,
                step.range
            );
            Ok(Respect::Size)
        }
        (Artifact::Module(copy), Artifact::Module(step)) => {
            ensure!(
                copy.glue == step.glue,
                "wasm-bindgen writes other files for the copy"
            );
            ensure!(
                copy.size == step.size,
                "the copy has {} bytes, the snapshot {}",
                copy.size,
                step.size
            );
            ensure!(
                copy.gzip == step.gzip,
                "the copy has as many bytes as the snapshot, and others: gzip makes {} of them, and not {}",
                copy.gzip.unwrap_or_default(),
                step.gzip.unwrap_or_default()
            );
            ensure!(
                copy.bytes == step.bytes,
                "the copy has as many bytes as the snapshot, and others"
            );
            Ok(if step.bytes.is_empty() {
                Respect::Size
            } else {
                Respect::Bytes
            })
        }
        _ => bail!(
            "the copy builds something else than the step: a module, or a program for this machine"
        ),
    }
}

fn output(command: &mut Command) -> Result<Result<(), String>> {
    let output = command
        .output()
        .with_context(|| format!("{} does not start", command.get_program().display()))?;
    if output.status.success() {
        return Ok(Ok(()));
    }
    Ok(Err(String::from_utf8_lossy(&output.stderr)
        .trim()
        .to_owned()))
}
