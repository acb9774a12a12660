//! The tools' tests, in one program: each program with the tools in it takes seconds to link.
//!
//! A lint has its tests in `lints/`, a command in `commands/`, verify in `verify/`. What fragments show is in
//! `tests/fragments/`, and `fixture.rs` makes the small book that tests break.
//!
//! The steps have theirs in `tests/steps.rs`, which runs before this one and compiles the host programs that these use.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that goes wrong"
)]

mod commands;
mod engines;
mod estimates;
mod fixture;
mod fragments;
mod lints;
mod pages;
mod rooms;
#[cfg(target_os = "linux")]
mod toolchain;
mod verify;
