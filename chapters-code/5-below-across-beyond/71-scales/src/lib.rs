//! The scales of this book's page for a module of the reader's own: whose its bytes are, what keeps them, what is different in
//! another file, and a smaller file that does the same.
//!
//! A page asks for [`room`], writes the file there, and calls a question. Questions with a second input, an older file or a name,
//! find it where [`room_for_other`] said. As many bytes as a question returned are at [`answer`], in JSON. After [`shrink`], the
//! smaller file is at [`made`].

use std::sync::{Mutex, PoisonError};

use anatomy::{By, Cut, Diff, Error, Keep, Left, Options, Share, Why};
use serde::Serialize;

/// The file that is asked about.
static INPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// An older file, or a name.
static OTHER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// What was answered last.
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// The smaller file that was made last.
static MADE: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Makes room for a file of `len` bytes, and returns its address; 0 if there is no such room.
///
/// The memory may have grown: what JavaScript had of it is to be asked for again.
#[unsafe(no_mangle)]
pub extern "C" fn room(len: usize) -> *mut u8 {
    roomy(&INPUT, len)
}

/// The same for the second input.
#[unsafe(no_mangle)]
pub extern "C" fn room_for_other(len: usize) -> *mut u8 {
    roomy(&OTHER, len)
}

fn roomy(place: &Mutex<Vec<u8>>, len: usize) -> *mut u8 {
    let mut input = place.lock().unwrap_or_else(PoisonError::into_inner);
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
    address(&ANSWER)
}

/// Where the smaller file lies.
#[unsafe(no_mangle)]
pub extern "C" fn made() -> *const u8 {
    address(&MADE)
}

fn address(place: &Mutex<Vec<u8>>) -> *const u8 {
    let bytes = place.lock().unwrap_or_else(PoisonError::into_inner);
    bytes.as_ptr()
}

/// `{"error": …}`, or what was asked for.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer<T> {
    Said(T),
    Nothing { error: Error },
}

impl<T> From<Result<T, Error>> for Answer<T> {
    fn from(result: Result<T, Error>) -> Self {
        match result {
            Ok(said) => Answer::Said(said),
            Err(error) => Answer::Nothing { error },
        }
    }
}

/// What weighs how much: functions with their crates, data, other sections.
#[derive(Serialize)]
struct Weights {
    shares: Vec<Share>,
}

/// Whose the file's bytes are. Returns the size of the answer, in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn top() -> usize {
    answered(|file, _| anatomy::top(file, By::Function).map(|shares| Weights { shares }))
}

/// Why the thing whose name is the second input is in the file. Returns the size of the answer, in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn why() -> usize {
    answered(|file, name| -> Result<Why, Error> {
        anatomy::why(file, &String::from_utf8_lossy(name))
    })
}

/// What is different in the file from the second input, an older one. Returns the size of the answer, in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn diff() -> usize {
    answered(|file, older| -> Result<Diff, Error> { anatomy::diff(older, file) })
}

/// The receipt for a smaller file.
#[derive(Serialize)]
struct Receipt {
    /// The size of the smaller file, in bytes.
    size: usize,
    cuts: Vec<Cut>,
    left: Vec<Left>,
}

/// Makes a smaller file that does the same. Returns the size of the answer, in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn shrink() -> usize {
    answered(|file, _| {
        let shrunk = anatomy::shrink(file, &Options { keep: Keep::Needed })?;
        let receipt = Receipt {
            size: shrunk.bytes.len(),
            cuts: shrunk.cuts,
            left: shrunk.left,
        };
        *MADE.lock().unwrap_or_else(PoisonError::into_inner) = shrunk.bytes;
        Ok(receipt)
    })
}

/// Answers about the inputs; returns the size of the answer, in bytes.
fn answered<T: Serialize>(question: impl Fn(&[u8], &[u8]) -> Result<T, Error>) -> usize {
    let input = INPUT.lock().unwrap_or_else(PoisonError::into_inner);
    let other = OTHER.lock().unwrap_or_else(PoisonError::into_inner);
    let said = Answer::from(question(&input, &other));
    // What writes JSON to memory fails only for types that JSON cannot say, and these are none.
    let json = serde_json::to_vec(&said).unwrap_or_default();
    let len = json.len();
    *ANSWER.lock().unwrap_or_else(PoisonError::into_inner) = json;
    len
}
