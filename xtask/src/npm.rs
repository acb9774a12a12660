//! Packages from npm, each at an exact release and in a folder of its own below `target/tools`.

use std::{fs, path::PathBuf, sync::Mutex};

use anyhow::{Context, Result, bail};

use crate::{house::House, report, toolchain::clean};

/// A package that may be there or not.
#[derive(Debug)]
pub enum Package {
    /// The package's folder.
    Here(PathBuf),
    /// What this machine lacks for it.
    Missing(String),
}

/// A package, fetched if it is not there.
///
/// # Errors
/// If npm cannot fetch it.
pub fn package(house: &House, name: &str, release: &str) -> Result<Package> {
    // Two threads may want it at once.
    static FETCHING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = FETCHING.lock();
    let folder = house.made("tools").join(format!("{name}-{release}"));
    let package = folder.join("node_modules").join(name);
    // npm writes a package's manifest among the last; a fetch that was interrupted is fetched again.
    if package.join("package.json").is_file() {
        return Ok(Package::Here(package));
    }
    let Ok(npm) = which::which("npm") else {
        return Ok(Package::Missing(
            "it is fetched by npm, which is not on the PATH".into(),
        ));
    };
    report::say(
        "Installing",
        &format!("{name} {release} into {} (with npm)", house.shown(&folder)),
    );
    fs::create_dir_all(&folder)?;
    let output = clean(npm)
        .args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
        ])
        .arg(&folder)
        .arg(format!("{name}@{release}"))
        .output()
        .context("npm does not start")?;
    if !output.status.success() {
        bail!(
            "npm cannot install {name} {release}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(Package::Here(package))
}
