//! `cargo xtask`: parses the command line, dispatches, and maps errors to exit codes.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use xtask::{house::House, report, tasks};

/// Builds, measures, runs and verifies the steps of "From 2 MB to 97 Bytes", and makes the book.
///
/// STEP is always a path below chapters-code/ or any part of one that fits a single step, such as `strip`.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    after_help = "Begin with:\n  cargo xtask serve     read the book at http://localhost:3000\n  cargo xtask verify    prove every number in it"
)]
struct Cli {
    /// Another folder with a book, for tests that break things in it
    #[arg(long, hide = true, global = true, value_name = "DIR")]
    root: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    List(tasks::list::Args),
    Build(tasks::build::Args),
    Verify(tasks::verify::Args),
    Run(tasks::run::Args),
    Inspect(tasks::inspect::Args),
    Show(tasks::show::Args),
    Cmdrun(tasks::cmdrun::Args),
    Serve(tasks::serve::Args),
    Book(tasks::book::Args),
    Browse(tasks::browse::Args),
    Copy(tasks::copy::Args),
    Header(tasks::header::Args),
    New(tasks::new::Args),
    Bump(tasks::bump::Args),
    Timeline(tasks::timeline::Args),
    Matrix(tasks::matrix::Args),
    Bench(tasks::bench::Args),
    Estimates(tasks::estimates::Args),
    Floor(tasks::floor::Args),
    Golf(tasks::golf::Args),
    Hostile(tasks::hostile::Args),
}

fn main() -> ExitCode {
    // `cargo xtask list | head` is over when head is.
    sigpipe::reset();
    match dispatch(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> anyhow::Result<()> {
    let house = match cli.root {
        Some(root) => House::elsewhere(&root)?,
        None => House::here(),
    };
    match cli.command {
        Command::List(args) => args.list(&house),
        Command::Build(args) => args.build(&house),
        Command::Verify(args) => args.verify(&house),
        Command::Run(args) => args.run(&house),
        Command::Inspect(args) => args.inspect(&house),
        Command::Show(args) => args.show(&house),
        Command::Cmdrun(args) => args.cmdrun(&house),
        Command::Serve(args) => args.serve(&house),
        Command::Book(args) => args.book(&house),
        Command::Browse(args) => args.browse(&house),
        Command::Copy(args) => args.copy(&house),
        Command::Header(args) => args.header(&house),
        Command::New(args) => args.create(&house),
        Command::Bump(args) => args.bump(&house),
        Command::Timeline(args) => args.timeline(&house),
        Command::Matrix(args) => args.matrix(&house),
        Command::Bench(args) => args.bench(&house),
        Command::Estimates(args) => args.estimates(&house),
        Command::Floor(args) => args.floor(&house),
        Command::Golf(args) => args.golf(&house),
        Command::Hostile(args) => args.hostile(&house),
    }
}
