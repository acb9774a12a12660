//! What there is: the book's folders, its steps with their settings, toolchains, and the terminal.
//!
//! In comes a folder with a book in it ([`paths::Project`]); out go its steps ([`discover`]) and the compilers that
//! they want ([`toolchain`]). Whatever is printed goes through [`terminal`].

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod discover;
pub mod files;
pub mod lock;
pub mod markup;
pub mod paths;
pub mod select;
pub mod step;
pub mod summary;
pub mod terminal;
pub mod toolchain;

pub use wasm_diet_terminal::escape;
