//! What the program `wasm-diet` is made of, for programs that want the same: `cargo xtask inspect` is one.
//!
//! All that is said of a module is [`anatomy`]'s. Here it is measured as a user waits for it ([`sizes`]), held against a
//! budget ([`budget`]), read and written without losing anything ([`files`]), and shown ([`report`]).

#![forbid(unsafe_code)]
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod binaryen;
pub mod budget;
pub mod commands;
pub mod files;
pub mod report;
pub mod sizes;
pub mod staircase;

/// The version of what `--json` prints. It changes when a key is renamed, removed or gets another meaning; keys that
/// are added do not change it.
pub const SCHEMA: u32 = 1;
