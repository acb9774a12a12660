//! `wasm-diet`: parses the command line, dispatches, and maps errors to exit codes.

use std::process::ExitCode;

use clap::Parser as _;
use wasm_diet::{
    budget::OverBudget,
    commands::{Cli, Refused},
};
use wasm_diet_terminal as terminal;

/// Exit codes: 0 as asked, 1 over a budget (or a check that failed), 2 an error.
fn main() -> ExitCode {
    // `wasm-diet top FILE | head` is over when head is.
    sigpipe::reset();
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::error(&error);
            if error.is::<OverBudget>() || error.is::<Refused>() {
                ExitCode::from(1)
            } else {
                ExitCode::from(2)
            }
        }
    }
}
