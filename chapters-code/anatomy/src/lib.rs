//! Takes a WebAssembly module or component apart.
//!
//! Five questions are answered about the bytes of a module or component, each by one function:
//!
//! * [`take_apart`]: which sections is it made of, and what does it import and export?  Fast, even
//!   on a module of 20 MB, for the contents of functions and data are stepped over.
//! * [`annotate`]: what is every single byte for?  Meant for small modules: every instruction
//!   becomes a [`Span`], which takes some hundred bytes of memory.
//! * [`items`]: what weighs how much?  Functions and data by name, and whole sections.
//! * [`validate`]: would an engine accept it?
//! * [`inspect`]: which bytes could it do without?
//!
//! With the feature `shrink`, a function of that name takes out what it provably could do without.
//!
//! Each finding of [`inspect`] has an id, one of [`FINDINGS`].  The crate knows nothing of the book's steps: the program
//! that shows a finding says where to read about it.
//!
//! All but [`validate`] are structural.  They only ask that the file's framing holds (the header, and
//! sections that end where they say), and so also work for a module that no engine would accept.
//! No input makes any of them panic.
//!
//! All offsets and sizes are in bytes, and offsets count from the beginning of the file.
//! "The specification" is the WebAssembly core specification,
//! <https://webassembly.github.io/spec/core/>; its chapter 5 describes the binary format.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

/// The README's examples are tested like those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(feature = "attribution")]
mod attribution;
mod component;
mod custom;
mod dump;
mod error;
mod facts;
mod findings;
mod frame;
mod graph;
mod inspect;
mod instr;
mod items;
mod leb;
#[cfg(feature = "text")]
mod lines;
mod model;
mod outline;
mod scan;
mod sections;
#[cfg(feature = "shrink")]
mod shrink;
mod spans;
mod text;
mod walk;

#[cfg(feature = "attribution")]
pub use attribution::{
    Arrival, By, Change, Delta, Diff, Edge, Link, Node, Reason, Share, Thing, Why, diff,
    dominators, top, why,
};
pub use dump::hex_dump;
pub use error::Error;
pub use findings::FINDINGS;
pub use inspect::{Example, Finding, Inner, Inspection, VALIDATED, inspect};
pub use items::{Item, items};
#[cfg(feature = "text")]
pub use lines::{Line, lines};
pub use outline::{Anatomy, Export, Import, Section, take_apart, validate};
#[cfg(feature = "shrink")]
pub use shrink::{Cut, Keep, Left, Options, Shrunk, replace_modules, shrink};
pub use spans::{Span, annotate};
