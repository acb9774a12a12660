//! The program that readers start.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail, ensure};
use project::toolchain::clean;
use serde::Deserialize as _;
use serde_json::Value;

use super::{Cut, File, Promised, figure};
use crate::weigh::Weight;

/// `wasm-diet`, with a folder for what it writes.
pub(super) struct Diet {
    program: PathBuf,
    folder: tempfile::TempDir,
}

/// What it made of a file.
pub(super) struct Smaller {
    /// The smaller file's bytes.
    pub(super) bytes: Vec<u8>,
    /// What it said of it.
    receipt: Value,
}

impl Diet {
    /// # Errors
    /// If there is no place for temporary files.
    pub(super) fn new(program: PathBuf) -> Result<Diet> {
        let folder = tempfile::tempdir()?;
        Ok(Diet { program, folder })
    }

    /// Makes a module or component smaller. A second time nothing more goes.
    ///
    /// # Errors
    /// If the program fails, or does more the second time.
    pub(super) fn shrink(&self, bytes: &[u8]) -> Result<Smaller> {
        let receipt = self.shrunk(bytes)?;
        let smaller = fs::read(self.path("out.wasm"))?;
        self.shrunk(&smaller)?;
        let again = fs::read(self.path("out.wasm"))?;
        ensure!(
            again == smaller,
            "`shrink` makes {} bytes of what it has made {} of",
            again.len(),
            smaller.len()
        );
        Ok(Smaller {
            bytes: smaller,
            receipt,
        })
    }

    fn shrunk(&self, bytes: &[u8]) -> Result<Value> {
        let file = self.path("in.wasm");
        fs::write(&file, bytes)?;
        let out = self.path("out.wasm");
        let args = ["shrink".as_ref(), file.as_os_str(), "-o".as_ref()];
        self.json(&[&args[..], &[out.as_os_str()]].concat())
    }

    /// Compares a file with the smaller one: both are valid, and have the same imports and exports.
    ///
    /// # Errors
    /// If that is not so, or the program fails.
    pub(super) fn compare(&self, bytes: &[u8], smaller: &Smaller) -> Result<File> {
        let (before, after) = (self.inspect(bytes)?, self.inspect(&smaller.bytes)?);
        for said in [&before, &after] {
            if let Some(error) = said.get("invalid") {
                bail!("an engine will refuse it: {error}");
            }
        }
        for what in ["kind", "imports", "exports"] {
            ensure!(
                unnumbered(&before[what]) == unnumbered(&after[what]),
                "the smaller file has other {what}"
            );
        }
        let cuts = smaller.receipt["cuts"].as_array().into_iter().flatten();
        let mut most: Option<Cut> = None;
        for cut in cuts {
            let saving = figure(cut, "saving")?;
            if most.as_ref().is_none_or(|most| most.saving < saving) {
                let what = cut["what"].as_str().context("a cut has no text")?;
                let what = what.to_owned();
                most = Some(Cut { what, saving });
            }
        }
        Ok(File {
            before: sizes(&before)?,
            after: sizes(&after)?,
            promised: promised(&before)?,
            most,
            optimised: None,
        })
    }

    /// Inspects a file, with its sizes after compression.
    fn inspect(&self, bytes: &[u8]) -> Result<Value> {
        let file = self.path("in.wasm");
        fs::write(&file, bytes)?;
        self.json(&[
            "inspect".as_ref(),
            file.as_os_str(),
            "--compressed".as_ref(),
        ])
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn json(&self, args: &[&OsStr]) -> Result<Value> {
        let output = clean(&self.program)
            .args(args)
            .arg("--json")
            .stdin(Stdio::null())
            .output()
            .context("wasm-diet does not start")?;
        ensure!(
            output.status.success(),
            "wasm-diet fails ({}): {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
        serde_json::from_slice(&output.stdout).context("wasm-diet prints no JSON")
    }
}

/// Where files are for [`others`](super::others).
pub(super) fn wasm_in(folder: &Path) -> Result<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        all.push(fs::read(entry?.path())?);
    }
    // The largest first; the order in which they are compiled is up to node.
    all.sort_by_key(|bytes| (std::cmp::Reverse(bytes.len()), bytes.clone()));
    Ok(all)
}

/// The sizes in what `inspect --compressed` says.
fn sizes(said: &Value) -> Result<Weight> {
    Weight::deserialize(&said["sizes"]).context("wasm-diet prints other sizes")
}

fn promised(said: &Value) -> Result<Promised> {
    let mut promised = Promised::default();
    for finding in said["findings"].as_array().into_iter().flatten() {
        let saving = figure(finding, "saving")?;
        promised.findings += 1;
        if finding["exact"].as_bool() == Some(true) {
            promised.exact += saving;
        } else {
            promised.estimated += saving;
        }
    }
    Ok(promised)
}

/// The same without the numbers of types, which name those that are too long to be written: they are counted anew.
fn unnumbered(value: &Value) -> String {
    let text = value.to_string();
    let mut parts = text.split("(type ");
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        all += "(type ";
        all += part.trim_start_matches(|sign: char| sign.is_ascii_digit());
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{promised, unnumbered};
    use crate::corpus::Promised;

    #[test]
    fn types_are_counted_anew_and_names_are_not() {
        let of = |kind: &str| unnumbered(&json!([{ "name": "f", "kind": kind }]));
        assert_eq!(of("func (type 12)"), of("func (type 3)"));
        assert_ne!(of("func (param i32)"), of("func (param i64)"));
    }

    #[test]
    fn what_is_exact_is_told_from_what_is_estimated() {
        let said = json!({ "findings": [
            { "saving": 5, "exact": true }, { "saving": 7, "exact": false }, { "saving": 0, "exact": false },
        ] });
        let promised = promised(&said).expect("numbers");
        let expected = Promised {
            findings: 3,
            exact: 5,
            estimated: 7,
        };
        assert_eq!(promised, expected);
    }
}
