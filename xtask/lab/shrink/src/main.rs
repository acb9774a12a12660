//! Makes modules smaller: `shrink` by machine from any module down, `floor` by trying everything that could be smaller
//! than a small one. No engine's host, though it has one inside: what it finds is for wasmtime to confirm.
//!
//! ```text
//! lab-shrink shrink MODULE.wasm --out SMALLER.wasm --keep exit|output --attempts N --seed N [--seconds N]
//! lab-shrink floor MODULE.wasm
//! ```

mod floor;
mod guest;
mod preview1;
mod shrink;
mod sieve;

use std::process::ExitCode;

use clap::Parser;

/// Makes modules smaller.
#[derive(Parser)]
enum Command {
    Shrink(shrink::Args),
    Floor(floor::Args),
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Shrink(args) => shrink::shrink(&args),
        Command::Floor(args) => floor::floor(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
