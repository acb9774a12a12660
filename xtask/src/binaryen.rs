//! Binaryen's tools at a pinned release. They come from npm and run under node, so they are the same on every platform:
//! no machine's own wasm-opt is ever used.

use std::{path::Path, process::Command, sync::Mutex};

use anyhow::{Context, Result, bail, ensure};

use crate::{house::House, report, toolchain::clean};

/// The release that the book uses, where a step does not name another.
pub const RELEASE: &str = "132.0.0";

/// A tool that may be there or not.
#[derive(Debug)]
pub enum Tool {
    /// The command, to which arguments are added.
    Here(Command),
    /// What this machine lacks for it. Steps that want it are skipped, aloud; in CI that is an error.
    Missing(String),
}

/// A tool of Binaryen's, such as `wasm-opt`. Fetched by npm into `target/tools` where it is missing.
///
/// # Errors
/// If the release has no such tool, or npm cannot fetch it.
pub fn tool(house: &House, release: &str, name: &str) -> Result<Tool> {
    let Ok(node) = which::which("node") else {
        return Ok(Tool::Missing(format!(
            "{name} runs under node, which is not on the PATH"
        )));
    };
    let folder = house.made("tools").join(format!("binaryen-{release}"));
    let package = folder.join("node_modules/binaryen");
    if !package.join("package.json").is_file() {
        let Ok(npm) = which::which("npm") else {
            return Ok(Tool::Missing(format!(
                "{name} is fetched by npm, which is not on the PATH"
            )));
        };
        fetch(&npm, &folder, release)?;
    }
    let program = package.join("bin").join(name);
    ensure!(
        program.is_file(),
        "npm's binaryen {release} has no `{name}`: see `then` in the step's Cargo.toml"
    );
    let mut command = clean(node);
    command.arg(program);
    Ok(Tool::Here(command))
}

fn fetch(npm: &Path, folder: &Path, release: &str) -> Result<()> {
    // Two threads may want it at once.
    static FETCHING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = FETCHING.lock();
    if folder.join("node_modules/binaryen/package.json").is_file() {
        return Ok(());
    }
    report::say(
        "Installing",
        &format!("binaryen {release} into {} (with npm)", folder.display()),
    );
    std::fs::create_dir_all(folder)?;
    let output = clean(npm)
        .args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
        ])
        .arg(folder)
        .arg(format!("binaryen@{release}"))
        .output()
        .context("npm does not start")?;
    if !output.status.success() {
        bail!(
            "npm cannot install binaryen {release}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}
