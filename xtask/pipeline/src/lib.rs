//! The way of a step: build it ([`build`]), take what was built apart ([`measure`]), run it ([`run`]), compare what
//! was found with its snapshot ([`snapshot`]). [`verify`] goes all of the way.
//!
//! In come steps, from `project`; out go verdicts. Nothing in here knows the book or a command.

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod binaryen;
pub mod bindgen;
pub mod build;
pub mod built;
pub mod c_header;
pub mod check;
pub mod diagnostics;
pub mod engines;
pub mod export;
pub mod export_check;
pub mod gzip;
pub mod inputs;
pub mod measure;
pub mod modules;
pub mod native;
pub mod node;
pub mod npm;
pub mod prepare;
pub mod programs;
pub mod remembered;
pub mod run;
pub mod schedule;
pub mod snapshot;
pub mod source;
pub mod verify;
