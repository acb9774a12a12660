//! A walk over a module's bytes that gives each its name.
//!
//! The rule that keeps every byte in exactly one span: bytes are only ever passed by [`Walk::put`],
//! which makes a span of all from the current place to the next.  Whatever reads ahead and then
//! finds that it does not understand the bytes says [`Stuck`] and has passed nothing; whoever knows
//! where the part ends then calls [`Walk::rest`].

use std::fmt::Display;

use wasmparser::{BinaryReader, FrameStack, FromReader, OperatorsReader, RefType, ValType};

use crate::component::Scopes;
use crate::facts::Facts;
use crate::instr;
use crate::leb;
use crate::spans::Span;
use crate::text;

/// The bytes at the current place cannot be decoded.
pub(crate) struct Stuck;

/// The state of a walk.
pub(crate) struct Walk<'a> {
    /// The whole file.
    pub bytes: &'a [u8],
    /// The current place: all bytes before it have their span.
    pub at: usize,
    /// Where the part that is being walked over ends: nothing at or behind it is read.
    pub end: usize,
    /// The name of the section that is being walked over.
    pub section: String,
    /// The spans so far, or `None` if only the facts are wanted.
    pub spans: Option<Vec<Span>>,
    /// What has been learnt so far.
    pub facts: Facts,
    /// What stands before a section's name: what the module or component lies in, and itself.
    pub prefix: String,
    /// In how many components that is.
    pub depth: usize,
    /// What has been learnt so far about the component.
    pub scopes: Scopes,
}

impl<'a> Walk<'a> {
    /// A walk from the beginning of the file.
    pub fn new(bytes: &'a [u8], with_spans: bool) -> Self {
        Self {
            bytes,
            at: 0,
            end: bytes.len(),
            section: String::new(),
            spans: with_spans.then(Vec::new),
            facts: Facts::default(),
            prefix: String::new(),
            depth: 0,
            scopes: Scopes::default(),
        }
    }

    /// The bytes from the current place to the end of the part.
    pub fn left(&self) -> &'a [u8] {
        &self.bytes[self.at..self.end]
    }

    /// The next byte.
    pub fn peek(&self) -> Result<u8, Stuck> {
        self.left().first().copied().ok_or(Stuck)
    }

    /// Passes the next `len` bytes, as one span.  No span is made of no bytes.
    pub fn put(&mut self, len: usize, what: impl Display, value: impl Display) {
        let to = self.at + len;
        if let Some(spans) = &mut self.spans
            && len > 0
        {
            spans.push(Span {
                offset: self.at as u64,
                bytes: self.bytes[self.at..to].to_vec(),
                section: self.section.clone(),
                what: what.to_string(),
                value: value.to_string(),
            });
        }
        self.at = to;
    }

    /// Passes all that is left of the part, undecoded.
    pub fn rest(&mut self) {
        let len = self.left().len();
        self.put(len, "contents", text::bytes(len));
    }

    /// Walks over a part of `len` bytes with `inner`, and passes what that leaves undecoded.
    pub fn part(&mut self, len: usize, inner: impl FnOnce(&mut Self) -> Result<(), Stuck>) {
        let end = std::mem::replace(&mut self.end, self.at + len);
        // That it got stuck is not an error: the bytes it did not pass become the rest.
        let _ = inner(self);
        self.rest();
        self.end = end;
    }

    /// Passes an unsigned number; `value` says it in words.
    fn unsigned(
        &mut self,
        bits: u32,
        what: impl Display,
        value: impl FnOnce(&Facts, u64) -> String,
    ) -> Result<u64, Stuck> {
        let (number, len) = leb::unsigned(self.left(), bits).ok_or(Stuck)?;
        let mut words = String::new();
        if self.spans.is_some() {
            words = value(&self.facts, number);
            words += &leb::note(len, leb::shortest_unsigned(&self.left()[..len]));
        }
        self.put(len, what, words);
        Ok(number)
    }

    /// Passes a number of at most 32 bits; `value` says it in words.
    pub fn number(
        &mut self,
        what: impl Display,
        value: impl FnOnce(&Facts, u32) -> String,
    ) -> Result<u32, Stuck> {
        // The cast loses nothing: the number has been read as one of 32 bits.
        self.unsigned(32, what, |facts, n| value(facts, n as u32))
            .map(|n| n as u32)
    }

    /// Passes a number of at most 64 bits; `value` says it in words.
    pub fn long_number(
        &mut self,
        what: impl Display,
        value: impl FnOnce(u64) -> String,
    ) -> Result<u64, Stuck> {
        self.unsigned(64, what, |_, n| value(n))
    }

    /// Passes a number of entries.
    pub fn count(&mut self, what: impl Display) -> Result<u32, Stuck> {
        self.number(what, |_, n| n.to_string())
    }

    /// Passes the index of one of the things called `space`, such as "function".
    pub fn index(&mut self, what: impl Display, space: &str) -> Result<u32, Stuck> {
        self.number(what, |_, n| format!("{space} {n}"))
    }

    /// Passes the index of a type.
    pub fn type_index(&mut self, what: impl Display) -> Result<u32, Stuck> {
        self.number(what, Facts::type_text)
    }

    /// Passes the length in bytes of what follows, all of which must be there.
    pub fn length(&mut self, what: impl Display) -> Result<usize, Stuck> {
        let (len, used) = leb::unsigned(self.left(), 32).ok_or(Stuck)?;
        let len = usize::try_from(len).map_err(|_| Stuck)?;
        if len > self.left().len() - used {
            return Err(Stuck);
        }
        self.number(what, |_, _| text::bytes(len))?;
        Ok(len)
    }

    /// Passes a name and the length before it (the specification, 5.2.4 Names).
    pub fn name(&mut self, length: impl Display, what: impl Display) -> Result<&'a [u8], Stuck> {
        let len = self.length(length)?;
        let name = &self.left()[..len];
        self.put(len, what, text::quoted(name));
        Ok(name)
    }

    /// Passes one byte, for which `value` has the words: `None` if it is not one it may be.
    pub fn byte(
        &mut self,
        what: impl Display,
        value: impl FnOnce(u8) -> Option<&'static str>,
    ) -> Result<u8, Stuck> {
        let byte = self.peek()?;
        let words = value(byte).ok_or(Stuck)?;
        self.put(1, what, words);
        Ok(byte)
    }

    /// Passes a value type, and gives its text.
    pub fn value_type(&mut self, what: impl Display) -> Result<String, Stuck> {
        let (ty, len) = self.read::<ValType>()?;
        let ty = text::value_type(ty);
        self.put(len, what, &ty);
        Ok(ty)
    }

    /// Passes a reference type, and gives its text.
    pub fn ref_type(&mut self, what: impl Display) -> Result<String, Stuck> {
        let (ty, len) = self.read::<RefType>()?;
        let ty = text::ref_type(ty);
        self.put(len, what, &ty);
        Ok(ty)
    }

    /// Reads ahead; gives the number of bytes also.
    fn read<T: FromReader<'a>>(&self) -> Result<(T, usize), Stuck> {
        let mut reader = BinaryReader::new(self.left(), self.at as u64);
        let value = reader.read().map_err(|_| Stuck)?;
        Ok((value, reader.current_position()))
    }

    /// Passes the instructions of an expression, up to the `end` that is its own
    /// (the specification, 5.4.9 Expressions).
    pub fn expression(&mut self) -> Result<(), Stuck> {
        let start = self.at;
        let mut reader = OperatorsReader::new(BinaryReader::new(self.left(), 0));
        loop {
            let op = reader.read().map_err(|_| Stuck)?;
            let to = start + reader.get_binary_reader().current_position();
            let mut words = String::new();
            if self.spans.is_some() {
                words = instr::text(&op, &self.bytes[self.at..to]);
            }
            self.put(to - self.at, "instruction", words);
            // The reader keeps the stack of open blocks: with the last, the expression ends.
            if reader.current_frame().is_none() {
                return Ok(());
            }
        }
    }
}
