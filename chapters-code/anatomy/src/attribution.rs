//! Whose the bytes are: by function, by crate, by generic function; why something is there; and what a change of the
//! program changed.
//!
//! All of it rests on the same list of [`parts`], which cover the file: so what is counted adds up to the file's size.

mod bodies;
mod diff;
mod dominators;
mod edges;
mod matching;
mod names;
mod parts;
#[cfg(feature = "source")]
mod source;
mod top;
mod why;

pub use diff::{Arrival, Change, Delta, Diff, diff};
pub use dominators::{Node, dominators};
pub use edges::Edge;
pub use top::{By, Share, top};
pub use why::{Link, Reason, Thing, Why, why};
