//! The book: what pages embed, the pictures, the checks of the text, and the pages' own server.
//!
//! In come snapshots and records; out go Markdown, HTML and findings. Nothing in here builds or runs a step.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod canvas;
pub mod cards;
pub mod cmdrun;
mod data;
pub mod fragments;
mod head;
mod lean;
pub mod lints;
pub mod mdbook;
pub mod server;
pub mod site;
pub mod staircase;
mod tree;
pub mod widget;
