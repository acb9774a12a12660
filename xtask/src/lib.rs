//! The tools behind `cargo xtask`: they build, measure and run the steps, compare them with their snapshots, and make
//! the book. One module per arrow of the pipe
//!
//! discover -> build -> measure -> run -> compare -> report
//!
//! with plain structs between them; no module knows the one that calls it. [`tasks`] has one module per command.

// What is printed may quote a module: `report` escapes it, and prints.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod binaryen;
pub mod bindgen;
pub mod book;
pub mod build;
pub mod check;
pub mod cmdrun;
pub mod compare;
pub mod copies;
pub mod copy;
pub mod discover;
pub mod drift;
pub mod elf;
pub mod engines;
pub mod escape;
pub mod estimates;
pub mod floor;
pub mod golf;
pub mod header;
pub mod history;
pub mod hostile;
pub mod house;
pub mod inputs;
pub mod kept;
pub mod live;
pub mod lock;
pub mod matrix;
pub mod measure;
pub mod node;
pub mod npm;
pub mod plain;
mod plot;
pub mod prepare;
pub mod remembered;
pub mod report;
pub mod run;
pub mod server;
pub mod shard;
pub mod show;
mod staircase;
pub mod summary;
pub mod tasks;
pub mod timeline;
pub mod toolchain;
pub mod verify;
