//! A file's size as it is, and as a server sends it.

use std::{io::Write as _, thread};

use anyhow::{Context as _, Result, anyhow};
use flate2::{Compression, write::GzEncoder};
use serde::{Deserialize, Serialize};

/// Up to this many bytes a file is compressed without being asked to: brotli's best takes about two seconds for a
/// megabyte.
pub const COMPRESSED: usize = 1 << 20;

/// brotli's best, as files are compressed once and served often (RFC 7932 knows no levels; this is the program's).
const QUALITY: i32 = 11;

/// A window of 4 MiB, which every browser takes.
const WINDOW: i32 = 22;

/// What a file weighs, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// The file as it is.
    pub raw: u64,
    /// After gzip, level 9; none if it was not compressed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gzip: Option<u64>,
    /// After brotli, quality 11; none if it was not compressed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub brotli: Option<u64>,
}

impl Sizes {
    /// Only the size as it is.
    #[must_use]
    pub fn raw(bytes: &[u8]) -> Sizes {
        Sizes {
            raw: bytes.len() as u64,
            gzip: None,
            brotli: None,
        }
    }

    /// All three. Takes seconds for each megabyte.
    ///
    /// # Errors
    /// Never in practice: it is written to memory.
    pub fn all(bytes: &[u8]) -> Result<Sizes> {
        let (gzip, brotli) = thread::scope(|scope| {
            let gzip = scope.spawn(|| gzip(bytes));
            let brotli = brotli(bytes);
            (gzip.join(), brotli)
        });
        let gzip = gzip.map_err(|_| anyhow!("gzip did not end"))?;
        Ok(Sizes {
            raw: bytes.len() as u64,
            gzip: Some(gzip.context("gzip")?),
            brotli: Some(brotli.context("brotli")?),
        })
    }

    /// All three of a file of up to [`COMPRESSED`] bytes, or `if_asked`; else only the size as it is.
    ///
    /// # Errors
    /// Never in practice: it is written to memory.
    pub fn of(bytes: &[u8], asked: bool) -> Result<Sizes> {
        if asked || bytes.len() <= COMPRESSED {
            Sizes::all(bytes)
        } else {
            Ok(Sizes::raw(bytes))
        }
    }

    /// The three with what people call them, as far as they are known.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let named = [
            ("raw", Some(self.raw)),
            ("gzip", self.gzip),
            ("brotli", self.brotli),
        ];
        named
            .into_iter()
            .filter_map(|(name, size)| Some((name, size?)))
    }
}

fn gzip(bytes: &[u8]) -> std::io::Result<u64> {
    let mut packed = GzEncoder::new(Counted::default(), Compression::best());
    packed.write_all(bytes)?;
    Ok(packed.finish()?.0)
}

fn brotli(bytes: &[u8]) -> std::io::Result<u64> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: QUALITY,
        lgwin: WINDOW,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut packed = Counted::default();
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &params)?;
    Ok(packed.0)
}

/// How much was written.
#[derive(Default)]
struct Counted(u64);

impl std::io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{COMPRESSED, Sizes};

    #[test]
    fn what_repeats_itself_is_small_in_a_file_of_gzip_and_smaller_in_one_of_brotli() {
        let sizes = Sizes::all(&b"abcdefgh".repeat(1000)).expect("memory does not fail");
        let (gzip, brotli) = (sizes.gzip.expect("gzip"), sizes.brotli.expect("brotli"));
        assert_eq!(sizes.raw, 8000);
        assert!(brotli < gzip && gzip < 100, "{sizes:?}");
    }

    #[test]
    fn a_large_file_is_compressed_if_that_is_asked_for() {
        let large = vec![0; COMPRESSED + 1];
        let names = |sizes: Sizes| sizes.named().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(Sizes::of(&large, false).expect("raw")), ["raw"]);
        assert_eq!(
            names(Sizes::of(&large, true).expect("all")),
            ["raw", "gzip", "brotli"]
        );
    }
}
