//! How a reader takes a step along.

use std::fmt::Write as _;

use anyhow::{Result, ensure};
use pipeline::{bindgen, check, export, measure::Measured};
use project::{
    paths::Project,
    step::{Step, Target},
};

use super::Context;

/// What is shown.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Fragment {
    /// The commands that copy it out and build it
    Take { step: String },
    /// A task: to get from a step to what another one does in as few bytes, with the commands that check it
    Challenge { step: String, to: String },
    /// The command after the build
    PostBuild { step: String },
}

impl Fragment {
    pub(super) fn show(&self, context: &Context) -> Result<String> {
        match self {
            Fragment::Take { step } => take(context.project, context.step(step)?),
            Fragment::Challenge { step, to } => {
                challenge(context.measured(step)?, context.measured(to)?)
            }
            Fragment::PostBuild { step } => Ok(format!(
                "```sh\n{}\n```\n",
                post_build(context.step(step)?)?
            )),
        }
    }
}

/// A task that a reader can do before reading on, if both steps do the same.
fn challenge((from, start): (&Step, Measured), (to, goal): (&Step, Measured)) -> Result<String> {
    let differences = check::differences(&goal, &start);
    ensure!(
        differences.is_empty() && start.size() > goal.size(),
        "{} is no start for a reader who wants to reach {}: {}",
        from.path,
        to.path,
        differences.join("; ")
    );
    let name = |step: &Step| step.path.rsplit('/').next().unwrap_or_default().to_owned();
    Ok(format!(
        "**Try it first.** Take a step along, change it, and see how far you get. `check` builds your crate, runs it, and compares what it does and \
         how large it is with a later step of this leg:\n\n```sh\ncargo xtask copy {} ~/mine\ncargo xtask check {} ~/mine\n```\n",
        name(from),
        name(to)
    ))
}

/// The command after the build, with names that a reader's folder has.
pub fn post_build(step: &Step) -> Result<String> {
    ensure!(
        !step.settings.post_build.is_empty(),
        "{} has no command after the build",
        step.path
    );
    let module = match &step.target {
        Target::Wasm(triple) => built_module(step, triple)?,
        Target::Host | Target::Native(_) => "module.wasm".into(),
    };
    let release = step
        .settings
        .binaryen
        .as_deref()
        .unwrap_or(pipeline::binaryen::RELEASE);
    let words = step.settings.post_build.iter().map(|word| {
        word.replace("{module}", &module)
            .replace("{out}", "smaller.wasm")
    });
    let words: Vec<String> = words.collect();
    Ok(format!(
        "npx --package binaryen@{release} {}",
        words.join(" ")
    ))
}

/// The module that cargo builds, from a copy's own folder.
fn built_module(step: &Step, triple: &str) -> Result<String> {
    // A copy that brings other crates along is a workspace, and its target folder lies where that begins.
    let up = if export::companions(step)?.is_empty() {
        String::new()
    } else {
        "../".repeat(step.path.split('/').count())
    };
    Ok(format!(
        "{up}target/{triple}/release/{}.wasm",
        export::built_name(step)
    ))
}

/// The command that builds a step, as typed in its folder.
#[must_use]
pub fn build_command(step: &Step) -> String {
    let mut command = String::new();
    for (name, value) in &step.settings.env {
        _ = write!(command, "{name}={value} ");
    }
    command.push_str(match step.target {
        Target::Wasm(_) | Target::Native(_) => "cargo build --release",
        Target::Host => "cargo run",
    });
    command
}

pub(super) fn take(project: &Project, step: &Step) -> Result<String> {
    let numbered = step.path.rsplit('/').next().unwrap_or_default();
    let folder = numbered
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start_matches('-');
    let pin = step
        .pin
        .file
        .strip_prefix(project.root())
        .unwrap_or(&step.pin.file);
    let pin = pin.display().to_string().replace('\\', "/");
    let companions = export::companions(step)?;
    let mut text = String::from("```sh\n");
    let dir = if companions.is_empty() {
        _ = writeln!(text, "cp -r chapters-code/{} ~/{folder}", step.path);
        if !step.pin.file.starts_with(&step.dir) {
            _ = writeln!(text, "cp {pin} ~/{folder}/");
        }
        format!("~/{folder}")
    } else {
        let part = step.part();
        let others: Vec<String> = companions
            .iter()
            .map(|name| format!("chapters-code/{name}"))
            .collect();
        _ = write!(
            text,
            "mkdir -p ~/{folder}/{part}\ncp -r chapters-code/{} ~/{folder}/{part}/\ncp -r {} ~/{folder}/\ncp \
             chapters-code/Cargo.toml chapters-code/Cargo.lock {pin} ~/{folder}/\n",
            step.path,
            others.join(" "),
        );
        format!("~/{folder}/{}", step.path)
    };
    _ = writeln!(text, "cd {dir}\n{}", build_command(step));
    if !step.settings.post_build.is_empty() {
        _ = writeln!(text, "{}", post_build(step)?);
    }
    if let Some(release) = &step.settings.bindgen {
        let module = match &step.target {
            Target::Wasm(triple) => {
                format!("target/{triple}/release/{}.wasm", export::built_name(step))
            }
            _ => "module.wasm".into(),
        };
        _ = writeln!(
            text,
            "cargo install wasm-bindgen-cli --version {release} --locked\nwasm-bindgen {} --out-dir pkg {module}",
            bindgen::args(step).join(" ")
        );
    }
    if let Some(script) = &step.settings.script {
        let module = match &step.target {
            Target::Wasm(_) if !step.settings.post_build.is_empty() => "smaller.wasm".to_owned(),
            Target::Wasm(_) if step.settings.bindgen.is_some() => {
                format!("pkg/{}_bg.wasm", bindgen::name(step))
            }
            Target::Wasm(triple) => built_module(step, triple)?,
            _ => "module.wasm".into(),
        };
        _ = writeln!(text, "node {script} {module}");
    }
    text.push_str("```\n\n");
    _ = writeln!(
        text,
        "Or all of it with one command, lock file included: `cargo xtask copy {} ~/{folder}`.{}",
        // A period crate may be called like a step of today.
        if step.is_period() {
            &step.path
        } else {
            numbered
        },
        if step.settings.env.is_empty() {
            ""
        } else {
            " In PowerShell the variables are set on lines of their own first: `$env:NAME = \"value\"`."
        },
    );
    Ok(text)
}
