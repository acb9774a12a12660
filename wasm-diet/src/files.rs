//! Files that are read and written: with errors that name them, never half, and never over what was read.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result, bail, ensure};

/// The largest file that is read: 1 GiB. Engines take less.
pub const LARGEST: u64 = 1 << 30;

/// A file, or with the name `-` what comes in on standard input.
///
/// # Errors
/// If it cannot be read, is no file, or is larger than [`LARGEST`].
pub fn read(name: &str) -> Result<Vec<u8>> {
    if name == "-" {
        let mut bytes = Vec::new();
        let mut input = std::io::stdin().lock().take(LARGEST + 1);
        input
            .read_to_end(&mut bytes)
            .context("standard input cannot be read")?;
        ensure!(
            bytes.len() as u64 <= LARGEST,
            "standard input is larger than 1 GiB, which no engine takes"
        );
        return Ok(bytes);
    }
    let about = match fs::metadata(name) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!("there is no file {name}")
        }
        about => about.with_context(|| format!("{name} cannot be read"))?,
    };
    ensure!(
        !about.is_dir(),
        "{name} is a folder; a .wasm file is wanted"
    );
    ensure!(
        about.len() <= LARGEST,
        "{name} is larger than 1 GiB, which no engine takes"
    );
    fs::read(name).with_context(|| format!("{name} cannot be read"))
}

/// What people call a file.
#[must_use]
pub fn called(name: &str) -> &str {
    match name {
        "-" => "standard input",
        name => name,
    }
}

/// Writes a file: beside it first, and then in its place, so that there is never half of it.
///
/// # Errors
/// If it would replace one of `inputs`, or it cannot be written; then what was there before is still there.
pub fn write(name: &Path, contents: &[u8], inputs: &[&str]) -> Result<()> {
    for input in inputs {
        let same = same(name, Path::new(input));
        ensure!(
            !same,
            "{} is what was read; name another file after -o",
            name.display()
        );
    }
    let folder = match name.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => bail!("{} is no name for a file", name.display()),
    };
    let problem = || format!("{} cannot be written", name.display());
    let mut file = tempfile::Builder::new()
        .prefix(".wasm-diet-")
        .tempfile_in(folder)
        .with_context(problem)?;
    file.write_all(contents).with_context(problem)?;
    readable(file.as_file()).with_context(problem)?;
    file.persist(name).with_context(problem)?;
    Ok(())
}

/// A temporary file can be read by its owner alone; a file that is made anew, by whom the system lets.
#[cfg(unix)]
fn readable(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
fn readable(_: &fs::File) -> std::io::Result<()> {
    Ok(())
}

/// Whether two names lead to one file.
fn same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{read, write};

    #[test]
    fn nothing_is_written_over_what_was_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let input = folder.path().join("a.wasm");
        fs::write(&input, "as it was").expect("a file");
        let name = input.to_str().expect("a name");
        let around = folder.path().join(".").join("a.wasm");
        let error = write(&around, b"new", &[name]).expect_err("it was read");
        assert!(error.to_string().contains("is what was read"), "{error}");
        let output = folder.path().join("b.wasm");
        write(&output, b"new", &[name]).expect("another file");
        write(&output, b"newer", &[name]).expect("and again");
        assert_eq!(fs::read(&output).expect("it is there"), b"newer");
        assert_eq!(fs::read(&input).expect("it is there"), b"as it was");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = read(folder.path().to_str().expect("a name")).expect_err("a folder");
        assert!(error.to_string().contains("is a folder"), "{error}");
        let error = read("nowhere.wasm").expect_err("no file");
        assert_eq!(error.to_string(), "there is no file nowhere.wasm");
        let nowhere = folder.path().join("no/where.wasm");
        assert!(write(&nowhere, b"", &[]).is_err());
    }
}
