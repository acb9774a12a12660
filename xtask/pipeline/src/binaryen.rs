//! Binaryen's tools at a pinned release. They come from npm and run under node, so they are the same on every platform:
//! no machine's own wasm-opt is ever used.

use anyhow::{Context, Result};

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
