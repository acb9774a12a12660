//! The commands, one module each.

pub mod bench;
pub mod book;
pub mod browse;
pub mod build;
pub mod bump;
pub mod cmdrun;
pub mod copy;
mod drift;
pub mod estimates;
pub mod floor;
pub mod golf;
pub mod header;
pub mod hostile;
pub mod inspect;
pub mod list;
pub mod matrix;
pub mod new;
pub mod run;
pub mod serve;
pub mod show;
pub mod timeline;
pub mod verify;
