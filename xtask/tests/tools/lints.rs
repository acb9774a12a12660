//! That each lint can fail: a test breaks one thing in a small book, and verify has to be red and to name it. The files
//! are those of `xtask/book/src/lints/`.

mod belonging;
mod english;
mod links;
mod pages;
mod period;
mod records;
mod standalone;
mod trials;
mod typed;
