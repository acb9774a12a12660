//! Takes the module of `program.rs` and leaves out what nothing in it refers to.
//! `cargo run` writes `module.wasm`, `cargo run -- FILE` another file.

use std::{env, error::Error, fs};

use walrus::{ModuleConfig, passes};

/// What the older compiler and its linker made of `program.rs`.
static BEFORE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/program.wasm"));

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::args_os().nth(1).unwrap_or("module.wasm".into());
    // walrus signs its work in a custom section, unless it is asked not to.
    let mut module = ModuleConfig::new()
        .generate_producers_section(false)
        .parse(BEFORE)?;
    passes::gc::run(&mut module);
    let after = module.emit_wasm();
    println!("{} bytes before, {} after", BEFORE.len(), after.len());
    fs::write(out, after)?;
    Ok(())
}
