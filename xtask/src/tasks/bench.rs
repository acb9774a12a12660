//! `cargo xtask bench`

use anyhow::Result;

use crate::house::House;

/// Measure the tools' speed
#[derive(clap::Args)]
pub struct Args {}

impl Args {
    /// Measures.
    ///
    /// # Errors
    /// If something measured fails.
    pub fn bench(&self, _house: &House) -> Result<()> {
        Ok(())
    }
}
