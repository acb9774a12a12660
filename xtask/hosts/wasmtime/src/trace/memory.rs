//! What a call finds in memory, and what it leaves there.

use std::fmt::Write as _;

use host::Guest;
use outcome::{Piece, TraceArg, TraceCall};
use wasmtime::Val;

use super::functions::{FILETYPE, Kind, Parameters, Shape, Strings, nth, result_of};

/// How many pieces of memory a call keeps.
pub(super) const PIECES: usize = 32;
/// How many bytes a piece of memory keeps.
pub(super) const BYTES: usize = 256;

/// What the arguments of `args_get` and `environ_get` do not tell: how many strings there are, and how many bytes.
#[derive(Clone, Copy, Default)]
pub(super) struct Given {
    args: (u32, u32),
    environ: (u32, u32),
}

impl Given {
    pub(super) fn to(guest: &Guest) -> Given {
        let count = |sizes: Vec<usize>| {
            let bytes = sizes.iter().map(|size| size + 1).sum::<usize>(); // each ends in a zero byte
            (sizes.len() as u32, bytes as u32)
        };
        let variables = guest.env().iter();
        Given {
            args: count(guest.args().map(str::len).collect()),
            environ: count(
                variables
                    .map(|(name, value)| name.len() + 1 + value.len())
                    .collect(),
            ),
        }
    }
}

/// A call before it is made.
pub(super) fn note(
    function: &str,
    table: Parameters,
    params: &[Val],
    memory: Option<&[u8]>,
) -> TraceCall {
    let args = params.iter().enumerate().map(|(i, value)| {
        let (name, kind) = table.get(i).copied().unwrap_or(("?", Kind::Number));
        let value = match (kind, value) {
            (Kind::Number, Val::I32(n)) => n.cast_unsigned().to_string(),
            (Kind::Delta, Val::I64(n)) => n.to_string(),
            (_, Val::I64(n)) => n.cast_unsigned().to_string(),
            (_, Val::I32(n)) => format!("{:#x}", n.cast_unsigned()),
            _ => "?".to_owned(),
        };
        TraceArg {
            name: name.to_owned(),
            value,
        }
    });
    let pieces = memory.map(|memory| Pieces::before(table, params, memory).kept);
    TraceCall {
        function: function.to_owned(),
        args: args.collect(),
        memory: pieces.unwrap_or_default(),
        result: "does not return".into(),
        after: Vec::new(),
    }
}

/// The pieces of memory that a call reads, or has written.
pub(super) struct Pieces<'a> {
    memory: &'a [u8],
    pub(super) kept: Vec<Piece>,
}

impl<'a> Pieces<'a> {
    fn before(table: Parameters, params: &[Val], memory: &'a [u8]) -> Self {
        let kept = Vec::new();
        let mut pieces = Self { memory, kept };
        for (i, (name, kind)) in table.iter().enumerate() {
            let (at, len) = (number(params, i), number(params, i + 1));
            match kind {
                Kind::Ciovecs => {
                    pieces.each_iovec(name, at, len, true, &mut |pieces, i, buf, len| {
                        pieces.text(&format!("buf of {name}[{i}]"), buf, len);
                    });
                }
                Kind::Iovecs => pieces.each_iovec(name, at, len, true, &mut |_, _, _, _| {}),
                Kind::Path => pieces.text(name, at, len),
                Kind::Subscriptions => {
                    for i in 0..number(params, 2) {
                        let means = |bytes: &[u8]| match bytes.get(8) {
                            Some(0) => format!(
                                "clock {}, timeout {}",
                                little(bytes, 16, 4),
                                little(bytes, 24, 8)
                            ),
                            Some(1) => format!("fd {} can be read", little(bytes, 16, 4)),
                            Some(2) => format!("fd {} can be written", little(bytes, 16, 4)),
                            _ => String::new(),
                        };
                        let at = at.saturating_add(i.saturating_mul(48));
                        if !pieces.piece(&format!("{name}[{i}]"), at, 48, means) {
                            break;
                        }
                    }
                }
                _ => {}
            }
        }
        pieces
    }

    pub(super) fn after(table: Parameters, params: &[Val], memory: &'a [u8], given: Given) -> Self {
        let kept = Vec::new();
        let mut pieces = Self { memory, kept };
        // How much was read into buffers: what the first result says, if there is one.
        let done = table
            .iter()
            .position(|(_, kind)| *kind == Kind::Out(Shape::U32))
            .and_then(|i| pieces.bytes(number(params, i), 4))
            .map(|bytes| little(bytes, 0, 4) as u32);
        for (i, (name, kind)) in table.iter().enumerate() {
            let (at, len) = (number(params, i), number(params, i + 1));
            let strings = |strings: Strings| match strings {
                Strings::Args => given.args,
                Strings::Environ => given.environ,
            };
            match *kind {
                Kind::Iovecs => {
                    let mut left = done.unwrap_or(0);
                    pieces.each_iovec(name, at, len, false, &mut |pieces, i, buf, len| {
                        let filled = len.min(left);
                        left -= filled;
                        if filled > 0 {
                            pieces.text(&format!("buf of {name}[{i}]"), buf, filled);
                        }
                    });
                }
                Kind::Buffer => pieces.text(name, at, done.unwrap_or(len).min(len)),
                Kind::Pointers(which) => {
                    let (count, _) = strings(which);
                    pieces.piece(name, at, count.saturating_mul(4), |bytes| {
                        let pointers = bytes
                            .chunks(4)
                            .map(|bytes| format!("{:#x}", little(bytes, 0, 4)));
                        pointers.collect::<Vec<_>>().join(", ")
                    });
                }
                Kind::Strings(which) => pieces.text(name, at, strings(which).1),
                Kind::Events => {
                    for i in 0..done.unwrap_or(0) {
                        let at = at.saturating_add(i.saturating_mul(32));
                        let means = |bytes: &[u8]| result_of(little(bytes, 8, 2) as i32);
                        if !pieces.piece(&format!("{name}[{i}]"), at, 32, means) {
                            break;
                        }
                    }
                }
                Kind::Out(shape) => {
                    pieces.piece(name, at, shape.size(), |bytes| meaning(shape, bytes));
                }
                _ => {}
            }
        }
        pieces
    }

    /// The array of iovecs at `at`: a piece for each if `shown`, and what `with` does with its buffer.
    fn each_iovec(
        &mut self,
        name: &str,
        at: u32,
        len: u32,
        shown: bool,
        with: &mut dyn FnMut(&mut Self, u32, u32, u32),
    ) {
        for i in 0..len {
            let at = at.saturating_add(i.saturating_mul(8));
            let iovec = self
                .bytes(at, 8)
                .map(|bytes| (little(bytes, 0, 4) as u32, little(bytes, 4, 4) as u32));
            if shown {
                let means = |_: &[u8]| match iovec {
                    Some((buf, len)) => format!("buf {buf:#x}, buf_len {len}"),
                    None => String::new(),
                };
                if !self.piece(&format!("{name}[{i}]"), at, 8, means) {
                    break;
                }
            }
            let Some((buf, len)) = iovec else { break };
            if self.kept.len() > PIECES {
                break;
            }
            with(self, i, buf, len);
        }
    }

    /// The bytes there, if they are all inside the memory.
    fn bytes(&self, at: u32, len: u32) -> Option<&'a [u8]> {
        let at = at as usize;
        self.memory.get(at..at.checked_add(len as usize)?)
    }

    /// Keeps bytes that may be a text.
    fn text(&mut self, what: &str, at: u32, len: u32) {
        self.piece(what, at, len, |bytes| {
            let kept = &bytes[..bytes.len().min(BYTES)];
            // A cut may fall into the middle of a letter.
            let text = match std::str::from_utf8(kept) {
                Ok(text) => Some(text),
                Err(error) if bytes.len() > BYTES && error.error_len().is_none() => {
                    std::str::from_utf8(&kept[..error.valid_up_to()]).ok()
                }
                Err(_) => None,
            };
            match text {
                Some(text) => format!("{text:?}"),
                None => format!("{} bytes, no text", bytes.len()),
            }
        });
    }

    /// Keeps a piece, and says whether another may follow.
    fn piece(&mut self, what: &str, at: u32, len: u32, means: impl Fn(&[u8]) -> String) -> bool {
        if self.kept.len() >= PIECES {
            if self.kept.len() == PIECES {
                self.keep("…", at, String::new(), "and more, left off".into());
            }
            return false;
        }
        let Some(bytes) = self.bytes(at, len) else {
            let means = format!("{len} bytes, beyond the memory's {}", self.memory.len());
            self.keep(what, at, String::new(), means);
            return false;
        };
        let mut means = means(bytes);
        if bytes.len() > BYTES {
            let _ = write!(means, " … ({} bytes in all)", bytes.len());
        }
        self.keep(what, at, hex(bytes), means);
        true
    }

    fn keep(&mut self, what: &str, at: u32, bytes: String, means: String) {
        self.kept.push(Piece {
            what: what.to_owned(),
            at: u64::from(at),
            bytes,
            means,
        });
    }
}

/// What a result in memory says.
fn meaning(shape: Shape, bytes: &[u8]) -> String {
    match shape {
        Shape::U16 | Shape::U32 | Shape::U64 => little(bytes, 0, bytes.len()).to_string(),
        Shape::Fdstat => format!(
            "filetype {}, flags {:#x}, rights {:#x}, inheriting {:#x}",
            nth(FILETYPE, little(bytes, 0, 1)),
            little(bytes, 2, 2),
            little(bytes, 8, 8),
            little(bytes, 16, 8)
        ),
        Shape::Filestat => format!(
            "filetype {}, size {}",
            nth(FILETYPE, little(bytes, 16, 1)),
            little(bytes, 32, 8)
        ),
        Shape::Prestat => format!(
            "preopentype {}, pr_name_len {}",
            nth("dir", little(bytes, 0, 1)),
            little(bytes, 4, 4)
        ),
    }
}

/// The first bytes, in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    let kept = &bytes[..bytes.len().min(BYTES)];
    let mut words = kept
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>();
    if bytes.len() > BYTES {
        words.push("…".to_owned());
    }
    words.join(" ")
}

/// A number in memory: its lowest byte comes first. Zero if it is not all there.
fn little(bytes: &[u8], at: usize, len: usize) -> u64 {
    let bytes = bytes.get(at..at + len).unwrap_or_default();
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The `i`th parameter, if it is an i32.
fn number(params: &[Val], i: usize) -> u32 {
    match params.get(i) {
        Some(Val::I32(number)) => number.cast_unsigned(),
        _ => 0,
    }
}
