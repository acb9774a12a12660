//! The way of a step: build it ([`build`]), take what was built apart ([`measure`]), run it ([`run`]), compare what was found with its
//! snapshot ([`compare`]). [`verify`] goes all of the way.
//!
//! In come steps, from `project`; out go verdicts. Nothing in here knows the book or a command.

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod binaryen;
pub mod bindgen;
pub mod build;
pub mod built;
pub mod compare;
pub mod copies;
pub mod copy;
pub mod elf;
pub mod engines;
pub mod gzip;
pub mod header;
pub mod inputs;
pub mod kept;
pub mod measure;
pub mod node;
pub mod npm;
pub mod plain;
pub mod prepare;
pub mod remembered;
pub mod run;
pub mod schedule;
pub mod source;
pub mod verify;
