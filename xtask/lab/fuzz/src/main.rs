//! Makes inputs that mean harm, thousands of them, and gives them to everything that takes modules or texts: this
//! machine's anatomy and `wat`, and the instrument and the assembler as modules, on wasmi. None of them may panic,
//! trap, hang or take memory without end. No engine's host, though it has one inside.
//!
//! ```text
//! lab-fuzz run --seeds DIR --seed N --count N --out DIR [--instrument FILE] [--assembler FILE]
//! lab-fuzz check FILE... [--instrument FILE] [--assembler FILE]
//! lab-fuzz make --seeds DIR --seed N --index N --out FILE
//! ```

mod guest;
mod input;
mod limit;
mod modules;
mod random;
mod seeds;
mod supervise;
mod texts;
mod worker;

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result};
use clap::Parser;
use input::Input;
use seeds::Seeds;
use worker::Guests;

/// Makes inputs that mean harm, and tries them.
#[derive(Parser)]
enum Command {
    /// Try many
    Run(supervise::Args),
    /// Try those in files
    Check {
        /// Modules (*.wasm) and texts (*.wat)
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        guests: Guests,
    },
    /// Write one
    Make {
        #[arg(long)]
        seeds: PathBuf,
        #[arg(long)]
        seed: u64,
        /// Its number
        #[arg(long)]
        index: u64,
        #[arg(long)]
        out: PathBuf,
    },
    /// Be a worker of `run`
    #[command(hide = true)]
    Work {
        #[arg(long)]
        seeds: PathBuf,
        #[command(flatten)]
        guests: Guests,
        #[arg(long)]
        seed: u64,
        #[arg(long)]
        from: u64,
        #[arg(long)]
        to: u64,
        #[arg(long)]
        worker: u64,
        #[arg(long)]
        workers: u64,
    },
}

fn main() -> ExitCode {
    match dispatch(Command::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

fn dispatch(command: Command) -> Result<bool> {
    match command {
        Command::Run(args) => supervise::run(&args),
        Command::Check { files, guests } => worker::check(&files, &guests),
        Command::Make {
            seeds,
            seed,
            index,
            out,
        } => {
            let input = Input::make(&Seeds::read(&seeds)?, seed, index);
            fs::write(&out, &input.bytes)
                .with_context(|| format!("{} cannot be written", out.display()))?;
            println!("{}: {} bytes", input.how, input.bytes.len());
            Ok(true)
        }
        Command::Work {
            seeds,
            guests,
            seed,
            from,
            to,
            worker,
            workers,
        } => worker::work(&seeds, &guests, seed, (from, to), (worker, workers)).map(|()| true),
    }
}
