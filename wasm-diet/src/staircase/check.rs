//! The user's own command that says whether a result still works.

use std::{
    io::{Read as _, Seek as _, SeekFrom},
    path::Path,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use super::cargo::{command, last_lines};

/// How many of the last lines of its output are shown.
const LINES: usize = 8;

/// A command to run on each result.
#[derive(Debug, Hash)]
pub struct Check {
    words: Vec<String>,
    limit: Duration,
}

impl Check {
    /// Splits a command as a shell does.
    ///
    /// # Errors
    /// If a quote is open.
    pub fn new(text: &str, seconds: u64) -> Result<Check> {
        let words = shlex::split(text).filter(|words| !words.is_empty());
        let words = words.with_context(|| {
            format!("--check {text}: this is no command; a quote is not closed, perhaps (a \\ in a path has to be doubled)")
        })?;
        Ok(Check {
            words,
            limit: Duration::from_secs(seconds),
        })
    }

    /// Its words.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Runs it in `folder` on a result: the reason why it does not pass, if it does not.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn run(&self, folder: &Path, wasm: &Path) -> Result<Option<String>> {
        let beside = |path: &Path| path.to_string_lossy().into_owned();
        let js = super::module::glue_of(wasm);
        let words = self.words.iter().map(|word| {
            word.replace("{wasm}", &beside(wasm))
                .replace("{js}", &beside(&js))
        });
        let words: Vec<String> = words.collect();
        // A file and no pipe: what it starts may keep a pipe open.
        let mut output = tempfile::tempfile().context("no temporary file can be made")?;
        let (stdout, stderr) = (output.try_clone()?, output.try_clone()?);
        let mut command = command(&words[0]);
        command
            .args(&words[1..])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => bail!(
                "--check: {} cannot be started: {error} (it is started without a shell: for a shell's own commands, \
                 write sh -c '...' or cmd /C ...)",
                words[0]
            ),
        };
        let started = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break Some(status);
            }
            if started.elapsed() > self.limit {
                _ = child.kill();
                _ = child.wait();
                break None;
            }
            thread::sleep(Duration::from_millis(10));
        };
        if status.is_some_and(|status| status.success()) {
            return Ok(None);
        }
        let mut said = Vec::new();
        output.seek(SeekFrom::Start(0))?;
        output.read_to_end(&mut said)?;
        let said = last_lines(&String::from_utf8_lossy(&said), LINES);
        let ended = match status {
            Some(status) => format!("the check failed ({status})"),
            None => format!(
                "the check took more than {} s (--check-seconds)",
                self.limit.as_secs()
            ),
        };
        Ok(Some(format!("{ended}\n{said}").trim_end().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Check;

    #[test]
    fn a_command_is_split_as_a_shell_does() {
        let check = Check::new("node 'my test.mjs' {wasm}", 1).expect("a command");
        assert_eq!(check.words(), ["node", "my test.mjs", "{wasm}"]);
        assert!(Check::new("node 'test", 1).is_err());
        assert!(Check::new("  ", 1).is_err());
    }

    #[test]
    fn it_passes_fails_or_takes_too_long() {
        let run = |text: &str, seconds| {
            let check = Check::new(text, seconds).expect("a command");
            check.run(Path::new("."), Path::new("a.wasm"))
        };
        assert_eq!(run("rustc --version", 60).expect("it runs"), None);
        let why = run("rustc {wasm}.nowhere", 60)
            .expect("it runs")
            .expect("no file");
        assert!(why.starts_with("the check failed (exit"), "{why}");
        assert!(why.contains("a.wasm.nowhere"), "{why}");
        let error = run("no-such-program {wasm}", 60).expect_err("no program");
        assert!(error.to_string().contains("cannot be started"), "{error}");
    }
}
