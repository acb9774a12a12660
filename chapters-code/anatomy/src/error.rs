//! The one error type.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a file cannot be taken apart, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// Where in the file, in bytes from its beginning.
    pub offset: u64,
    /// What is wrong there, as a sentence without its full stop.
    pub message: String,
}

impl Error {
    /// An error at an offset.
    pub(crate) fn at(offset: usize, message: impl Into<String>) -> Self {
        Self {
            offset: offset as u64,
            message: message.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at offset {:#x}: {}", self.offset, self.message)
    }
}

impl std::error::Error for Error {}

impl From<wasmparser::Error> for Error {
    fn from(error: wasmparser::Error) -> Self {
        Self {
            offset: error.offset(),
            message: error.message().to_string(),
        }
    }
}
