//! What people see: all of `wasm-diet`'s terminal, and how a call of WASI is told.

use std::fmt::Write as _;

pub use wasm_diet_terminal::*;

/// A noted call of WASI: the call itself, then a line for each piece of memory that it is about.
#[must_use]
pub fn traced(call: &outcome::TraceCall) -> String {
    let args: Vec<String> = call
        .args
        .iter()
        .map(|arg| format!("{} = {}", arg.name, arg.value))
        .collect();
    let mut text = format!("{}({})\n", call.function, args.join(", "));
    let pieces = call.memory.iter().chain(&call.after).collect::<Vec<_>>();
    let width = |pick: fn(&outcome::Piece) -> usize| {
        pieces.iter().map(|piece| pick(piece)).max().unwrap_or(0)
    };
    let what = width(|piece| piece.what.chars().count());
    for (pieces, arrow) in [(&call.memory, "→"), (&call.after, "←")] {
        for piece in pieces {
            _ = writeln!(
                text,
                "  {arrow} {:what$}  {:#x}: {}  {}",
                piece.what, piece.at, piece.bytes, piece.means
            );
        }
    }
    _ = writeln!(text, "  = {}", call.result);
    text
}

#[cfg(test)]
mod tests {
    use outcome::{Piece, TraceArg, TraceCall};

    use super::traced;

    #[test]
    fn a_call_of_wasi_is_told_with_its_memory() {
        let piece = |what: &str, at, bytes: &str, means: &str| Piece {
            what: what.into(),
            at,
            bytes: bytes.into(),
            means: means.into(),
        };
        let call = TraceCall {
            function: "fd_write".into(),
            args: [("fd", "1"), ("iovs", "0x10")]
                .map(|(name, value)| TraceArg {
                    name: name.into(),
                    value: value.into(),
                })
                .into(),
            memory: vec![piece("iovs[0]", 16, "00 01", "buf 0x100")],
            result: "success".into(),
            after: vec![piece("nwritten", 8, "02", "2")],
        };
        assert_eq!(
            traced(&call),
            "fd_write(fd = 1, iovs = 0x10)\n  → iovs[0]   0x10: 00 01  buf 0x100\n  ← nwritten  0x8: 02  2\n  = \
             success\n"
        );
    }
}
