//! What is measured of more than one step, or of no step at all: all modules on all engines, sizes through the
//! releases of Rust, what a machine finds by searching.
//!
//! In come steps and what `pipeline` makes of them; out go records in `chapters-code/studies/`, which are compared like
//! snapshots. A study is a file here, with a type that is a [`study::Study`].

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod corpus;
pub mod course;
mod crates;
pub mod estimates;
pub mod floor;
pub mod fuzz;
pub mod golf;
pub mod kinds;
pub mod matrix;
pub mod owners;
pub mod prices;
pub mod record;
pub mod releases;
pub mod remedies;
pub mod see;
pub mod settings;
pub mod study;
pub mod timeline;
pub mod trials;
pub mod weigh;
