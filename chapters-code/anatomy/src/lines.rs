//! A module as text, line by line, and where in the file each line comes from.

use std::io;

use serde::{Deserialize, Serialize};
use wasmprinter::{Config, Print};

use crate::error::Error;
use crate::frame;

/// No text becomes longer than this, in bytes: a file of a few bytes can declare types that take megabytes to write
/// down.
const LONGEST: usize = 1 << 22;

/// A line of a module's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Where the bytes begin that the line was made from, in bytes from the beginning of the file; none where it
    /// stands for no bytes of its own, such as a closing parenthesis.
    pub offset: Option<u64>,
    /// The line, indented, without its end.
    pub text: String,
}

/// Writes a module down as text (the specification, chapter 6).
///
/// A component can be written down only if this crate was built with its feature `components`.
///
/// ```
/// let module = wat::parse_str("(module (memory 1))")?;
/// let lines = anatomy::lines(&module)?;
/// assert_eq!(lines[1].text.trim(), "(memory (;0;) 1)");
/// assert!(lines[1].offset.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the file is no module, if some of it cannot be decoded, or if the text would be longer than 4 MiB.
pub fn lines(bytes: &[u8]) -> Result<Vec<Line>, Error> {
    // This says in the same words as the other functions that a file is no module at all.
    frame::frames(bytes)?;
    let mut paper = Paper::default();
    match Config::new().print(bytes, &mut paper) {
        Ok(()) => Ok(paper.lines),
        Err(_) if paper.size > LONGEST => Err(Error::at(
            0,
            format!("the text would be longer than {LONGEST} bytes"),
        )),
        Err(error) => Err(match error.downcast::<wasmparser::Error>() {
            Ok(error) => error.into(),
            Err(error) => Error::at(0, error.to_string()),
        }),
    }
}

/// What wasmprinter writes on.
#[derive(Default)]
struct Paper {
    lines: Vec<Line>,
    size: usize,
}

impl Print for Paper {
    fn write_str(&mut self, text: &str) -> io::Result<()> {
        self.size += text.len();
        if self.size > LONGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        match self.lines.last_mut() {
            Some(line) => line.text.push_str(text),
            None => self.lines.push(Line {
                offset: None,
                text: text.to_string(),
            }),
        }
        Ok(())
    }

    fn newline(&mut self) -> io::Result<()> {
        // The line that follows is announced by `start_line`.
        Ok(())
    }

    fn start_line(&mut self, offset: Option<u64>) {
        self.lines.push(Line {
            offset,
            text: String::new(),
        });
    }
}
