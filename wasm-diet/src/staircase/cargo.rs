//! Cargo and rustc of the folder, started as if they were typed there.

use std::{
    env,
    ffi::OsStr,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use cargo_metadata::Message;

/// A command without what a cargo that started this program has set for it: that cargo's toolchain is not the folder's.
#[must_use]
pub(super) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    if env::var_os("CARGO").is_none() {
        return command;
    }
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(set_by_cargo) {
            command.env_remove(name);
        }
    }
    command
}

/// Whether a cargo or rustup sets this variable for what it starts.
fn set_by_cargo(name: &str) -> bool {
    const ALL: [&str; 12] = [
        "CARGO",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
        "OUT_DIR",
        "RUSTC",
        "RUSTDOC",
        "RUSTUP_TOOLCHAIN",
        "RUSTUP_TOOLCHAIN_SOURCE",
        "RUST_RECURSION_COUNT",
        "LD_LIBRARY_PATH",
        "DYLD_FALLBACK_LIBRARY_PATH",
    ];
    const BEGINNINGS: [&str; 3] = ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_"];
    ALL.contains(&name) || BEGINNINGS.iter().any(|start| name.starts_with(start))
}

/// What a program printed, if it ended well.
///
/// # Errors
/// If it cannot be started or ends with an error: its last lines are in the message.
pub(crate) fn ask(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{program} cannot be started"))?;
    ensure!(
        output.status.success(),
        "{program}: {}",
        last_lines(&String::from_utf8_lossy(&output.stderr), 5)
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The last lines of a text that are not empty.
#[must_use]
pub(super) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// What cargo is called with.
#[derive(Debug, Clone, Default)]
pub(super) struct Call {
    /// What comes after `cargo`.
    pub(super) args: Vec<String>,
    /// Variables of the environment.
    pub(super) env: Vec<(String, String)>,
}

/// What came of a call.
#[derive(Debug)]
pub(super) enum Built {
    /// A module or component.
    Module {
        /// Its file.
        file: PathBuf,
        /// How long cargo took, without the time in which it waited for another cargo.
        took: Duration,
        /// The level of optimisation that it was compiled with.
        opt_level: String,
    },
    /// Nothing.
    Failed {
        /// What cargo printed on standard error, all of it.
        said: String,
    },
}

/// Calls cargo. `progress` is told each of its status lines.
///
/// # Errors
/// If cargo cannot be started, or builds something else.
pub(super) fn build(
    folder: &Path,
    call: &Call,
    target: &str,
    progress: &dyn Fn(&str),
) -> Result<Built> {
    let started = Instant::now();
    let mut cargo = command("cargo");
    cargo
        .args(&call.args)
        .envs(call.env.iter().map(|(name, value)| (name, value)))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = cargo
        .spawn()
        .context("cargo cannot be started: is it on the PATH? https://rustup.rs installs it")?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        unreachable!("both are pipes")
    };
    // Both are read at once: a pipe that nobody empties stops the other end.
    let messages = thread::spawn(move || {
        let mut found = None;
        let mut stdout = BufReader::new(stdout);
        for message in Message::parse_stream(&mut stdout) {
            match message {
                Ok(Message::CompilerArtifact(artifact)) => found = Some(artifact),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        _ = std::io::copy(&mut stdout, &mut std::io::sink());
        found
    });
    let (said, waited) = said(stderr, progress);
    let status = child.wait().context("cargo is gone")?;
    let took = started.elapsed().saturating_sub(waited);
    let artifact = messages.join().ok().flatten();
    ensure!(
        status.code().is_some(),
        "cargo was ended by a signal; the same command goes on where this one was"
    );
    if !status.success() {
        return Ok(Built::Failed { said });
    }
    let file = artifact.as_ref().and_then(|artifact| {
        let mut files = artifact.filenames.iter();
        files.find(|file| file.extension() == Some("wasm"))
    });
    let (Some(file), Some(artifact)) = (file, &artifact) else {
        anyhow::bail!(
            "cargo built no file {target}.wasm; its last words: {}",
            last_lines(&said, 3)
        )
    };
    Ok(Built::Module {
        file: file.clone().into_std_path_buf(),
        took,
        opt_level: artifact.profile.opt_level.clone(),
    })
}

/// Reads what cargo says to its end, and how long it waited for another cargo.
fn said(stderr: impl std::io::Read, progress: &dyn Fn(&str)) -> (String, Duration) {
    const DOING: [&str; 5] = [
        "Blocking",
        "Compiling",
        "Downloaded",
        "Downloading",
        "Updating",
    ];
    let (mut all, mut waited, mut since) = (Vec::new(), Duration::ZERO, None);
    let mut stderr = BufReader::new(stderr);
    loop {
        let from = all.len();
        let read = stderr.read_until(b'\n', &mut all);
        waited += since
            .take()
            .map_or(Duration::ZERO, |since: Instant| since.elapsed());
        if !matches!(read, Ok(1..)) {
            break;
        }
        let line = String::from_utf8_lossy(&all[from..]);
        let line = line.trim();
        let (first, _) = line.split_once(' ').unwrap_or_default();
        if first == "Blocking" {
            since = Some(Instant::now());
        }
        if DOING.contains(&first) {
            progress(line);
        }
    }
    (String::from_utf8_lossy(&all).into_owned(), waited)
}

#[cfg(test)]
mod tests {
    use super::{last_lines, set_by_cargo};

    #[test]
    fn what_the_user_has_set_stays() {
        for name in [
            "RUSTUP_TOOLCHAIN",
            "CARGO",
            "CARGO_PKG_NAME",
            "CARGO_MANIFEST_DIR",
        ] {
            assert!(set_by_cargo(name), "{name}");
        }
        for name in [
            "RUSTFLAGS",
            "CARGO_HOME",
            "RUSTC_WRAPPER",
            "CARGO_PROFILE_RELEASE_LTO",
        ] {
            assert!(!set_by_cargo(name), "{name}");
        }
    }

    #[test]
    fn the_last_lines_are_those_with_something_on_them() {
        assert_eq!(last_lines("a\nb\n\nc\n\n", 2), "b\nc");
        assert_eq!(last_lines("a", 2), "a");
    }
}
