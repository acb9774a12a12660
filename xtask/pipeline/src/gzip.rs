//! Modules as files of gzip: in the repository, and as a web server sends them.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::Path,
};

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder, read::GzDecoder};

/// A module, gzipped: of the same bytes, and by the same release of flate2, always the same file.
///
/// # Errors
/// Never in practice: it is written to memory.
pub fn pack(module: &[u8]) -> Result<Vec<u8>> {
    // 255 is an unknown system, and the time is 0.
    let mut packed = GzBuilder::new()
        .operating_system(255)
        .write(Vec::new(), Compression::best());
    packed.write_all(module)?;
    Ok(packed.finish()?)
}

/// The module that a step's file has; none if there is no file.
///
/// # Errors
/// If the file is not gzip.
pub fn unpacked(file: &Path) -> Result<Option<Vec<u8>>> {
    if !file.is_file() {
        return Ok(None);
    }
    let mut module = Vec::new();
    GzDecoder::new(&fs::read(file)?[..])
        .read_to_end(&mut module)
        .with_context(|| format!("{} is not gzip", file.display()))?;
    Ok(Some(module))
}

#[cfg(test)]
mod tests {
    use super::{pack, unpacked};

    #[test]
    fn what_is_packed_can_be_unpacked_and_has_no_date() {
        let module = [b"\0asm\x01\0\0\0".as_slice(), &[7; 4000]].concat();
        let packed = pack(&module).expect("memory does not fail");
        assert_eq!(packed[4..8], [0; 4], "the time in gzip's head");
        assert_eq!(packed[9], 255, "the system in gzip's head");
        assert!(packed.len() < 100);
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.wasm.gz");
        assert_eq!(unpacked(&file).expect("no file is no error"), None);
        std::fs::write(&file, &packed).expect("a file");
        assert_eq!(unpacked(&file).expect("it is gzip"), Some(module));
        std::fs::write(&file, "no gzip").expect("a file");
        let error = unpacked(&file).expect_err("it is not gzip");
        assert!(format!("{error:#}").contains("a.wasm.gz is not gzip"));
    }
}
