//! The instrument of this book's pages: it takes a module apart and says in JSON what it found.
//!
//! A page asks for [`room`], writes the module there, calls [`inspect`] or [`look`], and reads as many bytes as that returned
//! at [`answer`].

use std::sync::{Mutex, PoisonError};

use anatomy::{Error, Inspection, Line, Span};
use serde::Serialize;

/// The largest file whose every byte can be looked at, in bytes: each takes some hundred bytes of memory.
const LOOK: usize = 1 << 18;

/// The module that was put there.
static INPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// What was answered last.
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Makes room for a module of `len` bytes, and returns its address; 0 if there is no such room.
///
/// The memory may have grown: what JavaScript had of it is to be asked for again.
#[unsafe(no_mangle)]
pub extern "C" fn room(len: usize) -> *mut u8 {
    let mut input = INPUT.lock().unwrap_or_else(PoisonError::into_inner);
    input.clear();
    if input.try_reserve_exact(len).is_err() {
        return std::ptr::null_mut();
    }
    input.resize(len, 0);
    input.as_mut_ptr()
}

/// Where the answer lies.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    let answer = ANSWER.lock().unwrap_or_else(PoisonError::into_inner);
    answer.as_ptr()
}

/// `{"inspection": …}` or `{"error": …}`
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Inspected {
    Inspection(Inspection),
    Error(Error),
}

/// Where the module's bytes are, and which of them it could do without. Returns the size of the answer, in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn inspect() -> usize {
    answered(|module| match anatomy::inspect(module) {
        Ok(inspection) => Inspected::Inspection(inspection),
        Err(error) => Inspected::Error(error),
    })
}

/// `{"spans": …, "lines": …}` or `{"error": …}`
#[derive(Serialize)]
#[serde(untagged)]
enum Looked {
    Bytes {
        spans: Vec<Span>,
        lines: Vec<Line>,
        /// Why there are no lines.
        #[serde(skip_serializing_if = "Option::is_none")]
        unprinted: Option<String>,
    },
    Nothing {
        error: Error,
    },
}

/// What every single byte of the module is for, and the module as text. Returns the size of the answer, in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn look() -> usize {
    answered(|module| {
        if module.len() > LOOK {
            return Looked::Nothing {
                error: Error {
                    offset: 0,
                    message: format!(
                        "a file of more than {LOOK} bytes is too large to look at each of them"
                    ),
                },
            };
        }
        let spans = match anatomy::annotate(module) {
            Ok(spans) => spans,
            Err(error) => return Looked::Nothing { error },
        };
        let (lines, unprinted) = match anatomy::lines(module) {
            Ok(lines) => (lines, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        Looked::Bytes {
            spans,
            lines,
            unprinted,
        }
    })
}

/// Answers about the module that was put there; returns the size of the answer, in bytes.
fn answered<T: Serialize>(question: impl Fn(&[u8]) -> T) -> usize {
    let input = INPUT.lock().unwrap_or_else(PoisonError::into_inner);
    // What writes JSON to memory fails only for types that JSON cannot say, and these are none.
    let json = serde_json::to_vec(&question(&input)).unwrap_or_default();
    let len = json.len();
    *ANSWER.lock().unwrap_or_else(PoisonError::into_inner) = json;
    len
}
