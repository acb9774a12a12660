//! Builds a program with a setting, from the command line alone.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Result, bail, ensure};
use pipeline::binaryen::{self};
use project::{paths::Project, toolchain::Toolchain};
use tempfile::TempDir;

use super::Said;
use crate::crates;

/// Builds one program.
pub(super) struct Builder<'a> {
    project: &'a Project,
    toolchain: &'a Toolchain,
    name: &'a str,
    /// For what lies beside the build.
    aside: TempDir,
}

/// Around rustc, it writes down how much processor time each call took; the last one is that of the program itself. Only a shell can
/// tell that without a library.
#[cfg(unix)]
const WRAPPER: &str = "#!/bin/sh\n\"$@\"\ncode=$?\ntimes > \"$TIMES\"\nexit $code\n";

impl<'a> Builder<'a> {
    pub(super) fn new(
        project: &'a Project,
        toolchain: &'a Toolchain,
        name: &'a str,
    ) -> Result<Builder<'a>> {
        let aside = tempfile::tempdir()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let wrapper = aside.path().join("wrapper");
            fs::write(&wrapper, WRAPPER)?;
            fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
        }
        Ok(Builder {
            project,
            toolchain,
            name,
            aside,
        })
    }

    /// The module, with the processor time that compiling and linking it took, where that can be told.
    pub(super) fn build(&self, setting: &Said) -> Result<(PathBuf, Option<Duration>)> {
        let folder = super::folder(self.project).join(self.name);
        let target = self.project.root().join("target/settings");
        // What it depends on may stay; the program itself is to be compiled now.
        let mut clean = self.toolchain.cargo(&folder);
        clean
            .args(["clean", "--quiet", "--release", "--package", self.name])
            .env("CARGO_TARGET_DIR", &target)
            .stdin(Stdio::null());
        ensure!(clean.status()?.success(), "cargo clean fails");
        let times = self.aside.path().join("times");
        let mut cargo = crates::release(self.toolchain, &folder, &target);
        cargo
            .env("CARGO_PROFILE_RELEASE_STRIP", "symbols")
            .env("RUSTFLAGS", setting.flags.join(" "))
            .env("TIMES", &times);
        if cfg!(unix) {
            cargo.env("RUSTC_WRAPPER", self.aside.path().join("wrapper"));
        }
        for (key, value) in &setting.profile {
            let name = key.to_uppercase().replace('-', "_");
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            if value == "immediate-abort" {
                cargo.arg("-Zpanic-immediate-abort");
            }
            cargo.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
        }
        if let Some(features) = &setting.build_std {
            cargo
                .arg("-Zbuild-std=std,panic_abort")
                .arg(format!("-Zbuild-std-features={}", features.join(",")));
        }
        let module = match crates::wasm(&mut cargo)? {
            Ok(module) => module,
            Err(first) => bail!("it does not build: {first}"),
        };
        let time = fs::read_to_string(&times).ok();
        let time = time.and_then(|text| processor_time(&text));
        // It is to stay when the next one is built.
        let kept = self.aside.path().join("module.wasm");
        fs::copy(module, &kept)?;
        Ok(match &setting.wasm_opt {
            Some(args) => (self.optimised(args, &kept)?, None),
            None => (kept, time),
        })
    }

    /// What wasm-opt makes of a module.
    fn optimised(&self, args: &[String], module: &Path) -> Result<PathBuf> {
        let out = self.aside.path().join("optimised.wasm");
        // What Rust's modules use; without the section `target_features` the optimiser is to be told.
        let features = [
            "--enable-bulk-memory-opt",
            "--enable-nontrapping-float-to-int",
        ];
        let args: Vec<&str> = args.iter().map(String::as_str).chain(features).collect();
        binaryen::wasm_opt(self.project, &args, module, &out)?;
        Ok(out)
    }
}

/// What the shell's `times` says of its children, in its second line: user and system.
fn processor_time(text: &str) -> Option<Duration> {
    let line = text.lines().nth(1)?;
    let seconds = line.split_whitespace().map(|time| {
        let (minutes, seconds) = time.strip_suffix('s')?.split_once('m')?;
        let seconds: f64 = seconds.replace(',', ".").parse().ok()?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds)
    });
    let seconds = seconds.sum::<Option<f64>>()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::processor_time;

    #[test]
    fn a_shell_tells_the_time_of_its_children() {
        let told = "0m0.001000s 0m0.002000s\n1m2.500000s 0m0.250000s\n";
        assert_eq!(processor_time(told), Some(Duration::from_millis(62_750)));
        assert_eq!(
            processor_time("0m0,001s 0m0,000s\n0m2,5s 0m0,5s\n"),
            Some(Duration::from_secs(3))
        );
        assert_eq!(processor_time(""), None);
    }
}
