//! `wasm-bindgen` as far as a step needs it: the same library does the work as in the command line of that name, with
//! the same settings, so the files are the same. The command line comes with web servers and test runners for
//! browsers, and takes several times as long to compile.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use wasm_bindgen_cli_support::Bindgen;

/// Writes the glue between a module and JavaScript.
#[derive(Parser)]
struct Args {
    /// What the glue is for
    #[arg(long)]
    target: Target,
    /// The names of the files, without their endings
    #[arg(long)]
    out_name: String,
    /// The folder for the files
    #[arg(long)]
    out_dir: PathBuf,
    /// The module, as cargo built it
    input: PathBuf,
}

/// What glue is written for.
#[derive(Clone, Copy, ValueEnum)]
enum Target {
    /// A page that loads it as an ES module
    Web,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut bindgen = Bindgen::new();
    match args.target {
        Target::Web => bindgen.web(true)?,
    };
    bindgen
        .input_path(args.input)
        .out_name(&args.out_name)
        // What the command line says to the library if it is not told otherwise.
        .typescript(true)
        .omit_default_module_path(false)
        .generate(args.out_dir)
}
