//! Text that is safe to print. A module chooses its own names and messages, and a terminal obeys what it is sent: a
//! name such as `ESC ]0;…` would rename the reader's window. Control characters, and characters that hide or reorder
//! their neighbours, are written as `\u{1b}`, which is an escape in Rust and in WAT.
//!
//! The functions that print do so through these.

use std::{borrow::Cow, fmt::Write as _};

/// What a text of many lines needs: line ends, tabs, and the joiners of Persian, of Indic scripts and of emoji.
const TEXT: [&str; 5] = ["\n", "\t", "\r\n", "\u{200c}", "\u{200d}"];

/// A text for one line, such as a name or a cell of a table. Line ends and tabs are escaped, too: a name cannot
/// pretend to be the next line.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    all_but(text, &[])
}

/// A text of any number of lines.
#[must_use]
pub fn text(text: &str) -> Cow<'_, str> {
    all_but(text, &TEXT)
}

/// A text of any number of lines in which `styles`, such as `ESC [1m`, stay as they are.
#[must_use]
pub fn styled<'a>(text: &'a str, styles: &[&str]) -> Cow<'a, str> {
    all_but(text, &[&TEXT, styles].concat())
}

/// A JSON document with the same value. Only its strings hold such characters, and there each has an escape of JSON's
/// own.
#[must_use]
pub fn json(document: &str) -> Cow<'_, str> {
    escape(document, &["\n"], |c, escaped| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            _ = write!(escaped, "\\u{unit:04x}");
        }
    })
}

/// Escapes all but the sequences in `keep`.
fn all_but<'a>(text: &'a str, keep: &[&str]) -> Cow<'a, str> {
    escape(text, keep, |c, escaped| escaped.extend(c.escape_unicode()))
}

/// Writes each unsafe character with `write`, unless one of the sequences in `keep` begins with it.
fn escape<'a>(text: &'a str, keep: &[&str], write: fn(char, &mut String)) -> Cow<'a, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_unsafe(*c)) {
        escaped.push_str(&rest[..at]);
        let from = &rest[at..];
        let kept = keep.iter().find(|kept| from.starts_with(**kept));
        rest = if let Some(kept) = kept {
            escaped.push_str(kept);
            &from[kept.len()..]
        } else {
            write(c, &mut escaped);
            &from[c.len_utf8()..]
        };
    }
    escaped.push_str(rest);
    Cow::Owned(escaped)
}

/// Whether a terminal would obey a character, or show its neighbours in another order or not at all.
fn is_unsafe(c: char) -> bool {
    // C0, DEL and C1.
    c.is_control()
        || matches!(c,
            | '\u{ad}' // soft hyphen
            | '\u{61c}' // Arabic letter mark
            | '\u{180e}' // Mongolian vowel separator
            | '\u{200b}'..='\u{200f}' // zero-width space, joiners, marks of direction
            | '\u{2028}'..='\u{202e}' // separators of lines and paragraphs, embeddings, overrides
            | '\u{2060}'..='\u{206f}' // word joiner, invisible operators, isolates
            | '\u{feff}' // byte order mark
            | '\u{fff9}'..='\u{fffb}' // interlinear annotations
            | '\u{e0000}'..='\u{e007f}' // tags
        )
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{is_unsafe, json, line, styled, text};

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        assert_eq!(
            line("\u{1b}]0;owned\u{7}"),
            "\\u{1b}]0;owned\\u{7}",
            "renames the window"
        );
        assert_eq!(line("\u{9b}31m"), "\\u{9b}31m", "red, in C1");
        assert_eq!(line("a\u{7f}\0b"), "a\\u{7f}\\u{0}b");
        assert_eq!(line("a\u{202e}b\u{2066}"), "a\\u{202e}b\\u{2066}");
        assert_eq!(line("\u{200b}\u{feff}"), "\\u{200b}\\u{feff}");
        for c in ('\0'..=' ')
            .chain('\u{7f}'..='\u{9f}')
            .filter(|c| *c != ' ')
        {
            assert!(is_unsafe(c), "{c:?}");
        }
    }

    #[test]
    fn other_text_is_not_even_copied() {
        for same in [
            "",
            "env::abort",
            "91.3\u{a0}%",
            "größer → 漢字 א 🦀",
            r"\u{1b}",
        ] {
            assert!(matches!(line(same), Cow::Borrowed(_)), "{same}");
        }
    }

    #[test]
    fn a_text_has_lines_and_a_line_has_not() {
        let lines = "a\n\tb\r\nc\rd\u{200d}e";
        assert_eq!(text(lines), "a\n\tb\r\nc\\u{d}d\u{200d}e");
        assert_eq!(line(lines), "a\\u{a}\\u{9}b\\u{d}\\u{a}c\\u{d}d\\u{200d}e");
    }

    #[test]
    fn only_the_given_styles_stay() {
        let both = "\u{1b}[1mbold\u{1b}[8mhidden\u{1b}[0m\n";
        assert_eq!(
            styled(both, &["\u{1b}[1m", "\u{1b}[0m"]),
            "\u{1b}[1mbold\\u{1b}[8mhidden\u{1b}[0m\n"
        );
        assert_eq!(text(both), "\\u{1b}[1mbold\\u{1b}[8mhidden\\u{1b}[0m\n");
    }

    #[test]
    fn json_means_the_same() {
        let value = serde_json::json!({ "\u{9b}": "\u{1b}\u{7f}\u{202e}\u{e0041}\\\n" });
        let written = value.to_string();
        let escaped = json(&written);
        assert_eq!(
            escaped,
            "{\"\\u009b\":\"\\u001b\\u007f\\u202e\\udb40\\udc41\\\\\\n\"}"
        );
        assert_eq!(serde_json::from_str(&escaped).ok(), Some(value));
    }
}
