//! What is done with files everywhere: written whole or not at all, and hashed.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Puts a file where others may be reading it at this moment: they find the whole of the old one or the whole of the
/// new one.
///
/// # Errors
/// If it cannot be written.
pub fn put(file: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(file).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let written = || -> Result<()> {
        let folder = file.parent().context("a file lies in a folder")?;
        fs::create_dir_all(folder)?;
        #[cfg_attr(
            not(unix),
            expect(unused_mut, reason = "there are no such permissions")
        )]
        let mut aside = tempfile::Builder::new();
        // Others may read it, as any file: a web server, for one.
        #[cfg(unix)]
        aside.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let aside = aside.tempfile_in(folder)?;
        fs::write(aside.path(), bytes)?;
        aside.persist(file)?;
        Ok(())
    };
    written().with_context(|| format!("cannot write {}", file.display()))
}

/// Makes a target folder that is not there yet, tagged as one that backups leave out, as cargo would.
///
/// Cargo makes a folder aside and moves it into place. If two of them do that at once, or the folder of one lies in the
/// other's, then one is moved away under the other's feet, which ends with "No such file or directory". A folder that
/// is there is left alone.
///
/// # Errors
/// If it cannot be made.
pub fn make_target_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)
        .and_then(|()| cachedir::ensure_tag(folder))
        .with_context(|| format!("cannot make the target folder {}", folder.display()))
}

/// Bytes as hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 of some bytes, in hexadecimal digits.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
