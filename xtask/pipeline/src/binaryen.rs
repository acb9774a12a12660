//! Binaryen's tools at a pinned release. They come from npm and run under node, so they are the same on every platform:
//! no machine's own wasm-opt is ever used.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::npm::{self, Package};
use project::{paths::Project, toolchain::clean};

/// The release that the book uses, where a step does not name another.
pub const RELEASE: &str = "132.0.0";

/// A tool that may be there or not.
#[derive(Debug)]
pub enum Tool {
    /// The command, to which arguments are added.
    Here(Command),
    /// What this machine lacks for it. Steps that need it are skipped, with a message; in CI that is an error.
    Missing(String),
}

/// A tool of Binaryen's, such as `wasm-opt`. Fetched by npm into `target/tools` where it is missing.
///
/// # Errors
/// If the release has no such tool, or npm cannot fetch it.
pub fn tool(project: &Project, release: &str, name: &str) -> Result<Tool> {
    let Ok(node) = which::which("node") else {
        return Ok(Tool::Missing(format!(
            "{name} runs under node, which is not on the PATH"
        )));
    };
    let package = match npm::package(project, "binaryen", release)? {
        Package::Here(package) => package,
        Package::Missing(why) => return Ok(Tool::Missing(format!("{name}: {why}"))),
    };
    let program = package.join("bin").join(name);
    ensure!(
        program.is_file(),
        "npm's binaryen {release} has no `{name}`: see `post-build` in the step's Cargo.toml"
    );
    let mut command = clean(node);
    command.arg(program);
    Ok(Tool::Here(command))
}
