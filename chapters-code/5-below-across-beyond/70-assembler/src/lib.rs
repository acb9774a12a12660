//! The assembler of this book's editor: WebAssembly's text format in, a module out, and which bytes came from where.
//!
//! A page asks for [`room`], writes the text there, calls [`assemble`], and reads as many bytes of JSON as that returned at
//! [`answer`].

use std::{
    fmt::Write as _,
    sync::{Mutex, PoisonError},
};

use assemble::{Assembled, Fault};

/// The text that was put there.
static INPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// What was answered last.
static ANSWER: Mutex<String> = Mutex::new(String::new());

/// Makes room for a text of `len` bytes, and returns its address; 0 if there is no such room.
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

/// Assembles the text that was put there. Returns the size of the answer, in bytes:
/// `{"bytes": "0061736d…", "places": [[offset, line, column], …]}` or `{"error": {"line": …, "column": …, "message": "…"}}`.
#[unsafe(no_mangle)]
pub extern "C" fn assemble() -> usize {
    let input = INPUT.lock().unwrap_or_else(PoisonError::into_inner);
    let json = match Assembled::of(&input) {
        Ok(assembled) => success(&assembled),
        Err(fault) => failure(&fault),
    };
    let len = json.len();
    *ANSWER.lock().unwrap_or_else(PoisonError::into_inner) = json;
    len
}

fn success(assembled: &Assembled) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut json = String::with_capacity(assembled.bytes.len() * 2 + assembled.places.len() * 16);
    json.push_str(r#"{"bytes":""#);
    for byte in &assembled.bytes {
        json.push(DIGITS[usize::from(byte >> 4)].into());
        json.push(DIGITS[usize::from(byte & 15)].into());
    }
    json.push_str(r#"","places":["#);
    for (nth, place) in assembled.places.iter().enumerate() {
        let comma = if nth == 0 { "" } else { "," };
        _ = write!(
            json,
            "{comma}[{},{},{}]",
            place.offset, place.line, place.column
        );
    }
    json.push_str("]}");
    json
}

fn failure(fault: &Fault) -> String {
    let mut json = format!(
        r#"{{"error":{{"line":{},"column":{},"message":""#,
        fault.line, fault.column
    );
    for char in fault.message.chars() {
        match char {
            '"' | '\\' => {
                json.push('\\');
                json.push(char);
            }
            '\0'..' ' => _ = write!(json, "\\u{:04x}", u32::from(char)),
            _ => json.push(char),
        }
    }
    json.push_str(r#""}}"#);
    json
}
