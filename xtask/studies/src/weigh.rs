//! What a module weighs: as it is, and as a server sends it. The one who compresses is `wasm-diet`, as everywhere in the project.

use std::{path::Path, process::Stdio};

use anyhow::{Context, Result, ensure};
use pipeline::programs;
use project::{paths::Project, toolchain::clean};
use serde::{Deserialize, Serialize};

/// A module's size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// As it is.
    pub raw: u64,
    /// After gzip, level 9.
    pub gzip: u64,
    /// After brotli, quality 11.
    pub brotli: u64,
}

impl Weight {
    /// What it is called how, the largest first.
    #[must_use]
    pub fn named(&self) -> [(&'static str, u64); 3] {
        [
            ("raw", self.raw),
            ("gzip", self.gzip),
            ("brotli", self.brotli),
        ]
    }

    /// By how much each is more than of another module, in bytes; less than 0 if it is less.
    #[must_use]
    pub fn over(&self, other: &Weight) -> [(&'static str, i64); 3] {
        let (own, other) = (self.named(), other.named());
        std::array::from_fn(|at| {
            (
                own[at].0,
                own[at].1.cast_signed() - other[at].1.cast_signed(),
            )
        })
    }
}

/// The part of what `wasm-diet inspect --json` prints that is needed here.
#[derive(Deserialize)]
struct Report {
    sizes: Weight,
}

/// Weighs a file.
///
/// # Errors
/// If `wasm-diet` does not compile, or the file is no module.
pub fn weigh(project: &Project, file: &Path) -> Result<Weight> {
    let output = clean(programs::WASM_DIET.compiled(project)?)
        .args(["inspect", "--json", "--compressed"])
        .arg(file)
        .stdin(Stdio::null())
        .output()
        .context("wasm-diet does not start")?;
    ensure!(
        output.status.success(),
        "wasm-diet cannot weigh {}: {}",
        file.display(),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    let report: Report = serde_json::from_slice(&output.stdout).context("what wasm-diet prints")?;
    Ok(report.sizes)
}

#[cfg(test)]
mod tests {
    use super::Weight;

    #[test]
    fn a_weight_can_be_less_than_another_in_one_way_and_more_in_another() {
        let [large, small] =
            [(9, 5, 3), (8, 6, 3)].map(|(raw, gzip, brotli)| Weight { raw, gzip, brotli });
        let over = large.over(&small);
        assert_eq!(over, [("raw", 1), ("gzip", -1), ("brotli", 0)]);
    }
}
