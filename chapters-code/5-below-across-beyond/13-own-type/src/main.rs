//! Assembles `module.wat` into a module.
//!
//! `cargo run` writes `module.wasm`, `cargo run -- FILE` another file.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("module.wat");
    let out = env::args_os().nth(1).unwrap_or("module.wasm".into());
    fs::write(out, wat::parse_file(text)?)?;
    Ok(())
}
