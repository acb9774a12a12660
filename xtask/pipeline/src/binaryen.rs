//! Binaryen's tools at a pinned release. They come from npm and run under node, so they are the same on every platform:
//! no machine's own wasm-opt is ever used.

use std::{ffi::OsStr, path::Path, process::Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::npm;
pub use crate::npm::Tool;
use project::paths::Project;

/// The release that the book uses, where a step does not name another.
pub const RELEASE: &str = "132.0.0";

/// A tool of Binaryen's, such as `wasm-opt`. Fetched by npm into `target/tools` where it is missing.
///
/// # Errors
/// If the release has no such tool, or npm cannot fetch it.
pub fn tool(project: &Project, release: &str, name: &str) -> Result<Tool> {
    npm::tool(project, "binaryen", release, name)
        .context("see `post-build` in the step's Cargo.toml")
}

/// Has the book's `wasm-opt` read a module from one file and write what it makes of it to another, which may be the same.
///
/// # Errors
/// If it is not there, or refuses the module: with its own words.
pub fn wasm_opt<A: AsRef<OsStr>>(
    project: &Project,
    args: &[A],
    from: &Path,
    to: &Path,
) -> Result<()> {
    let mut tool = match tool(project, RELEASE, "wasm-opt")? {
        Tool::Here(tool) => tool,
        Tool::Missing(why) => bail!("wasm-opt is not here: {why}"),
    };
    let output = tool
        .args(args)
        .arg(from)
        .arg("-o")
        .arg(to)
        .stdin(Stdio::null())
        .output()
        .context("wasm-opt does not start")?;
    ensure!(
        output.status.success(),
        "wasm-opt fails: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}
