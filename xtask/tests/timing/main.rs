//! The runner holds against hostile modules: whatever a module does, its run ends soon, with a named outcome, and
//! touches nothing of the machine.
//!
//! A program of its own, because these tests measure time, and cargo runs one test program after the other: in
//! `tests/tools` the compilers that other tests start would take the time away.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that goes wrong"
)]

mod damaged;
mod endings;
mod guest;
mod limits;
mod machine;
mod refused;
mod runner;
