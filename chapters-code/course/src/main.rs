//! Assembles the texts of the golf course.
//!
//! `cargo run -- TEXT.wat MODULE.wasm [TEXT.wat MODULE.wasm]...`

use std::{env, error::Error, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<_> = env::args_os().skip(1).collect();
    for pair in files.chunks(2) {
        let [text, module] = pair else {
            return Err("each text needs a file for its module".into());
        };
        fs::write(module, wat::parse_file(text)?)?;
    }
    Ok(())
}
