//! Spans as plain text.

use crate::component;
use crate::spans::Span;

/// How many bytes a line shows.
const PER_LINE: usize = 8;
/// How many columns those take: two digits each, and a space between two.
const HEX: usize = PER_LINE * 3 - 1;
/// How many columns a line may take.
const LINE: usize = 90;
/// How many columns the name of a span gets at most; few names are longer.
const WHAT: usize = 30;

/// An annotated hex dump: the offset, the bytes, what they are for and what they say.
///
/// A span begins a line, which shows the offset of its first byte in hexadecimal, in bytes from the
/// beginning of the file, and at most 8 of its bytes.  The lines after it have the rest of its
/// bytes, and the rest of a value that is too long for one line.  A line such as `-- type section`
/// stands where a section begins.  No line is much longer than 90 columns, and none ends in a space.
///
/// ```
/// let module = wat::parse_str("(module (memory 1))")?;
/// print!("{}", anatomy::hex_dump(&anatomy::annotate(&module)?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn hex_dump(spans: &[Span]) -> String {
    // As many digits as the last offset has.
    let last = spans.last().map_or(0, |span| span.offset);
    let digits = format!("{last:04x}").len();
    let what_width = spans
        .iter()
        .map(|span| span.what.chars().count())
        .max()
        .unwrap_or(0)
        .min(WHAT);
    let value_width = LINE.saturating_sub(digits + HEX + what_width + 6).max(20);

    let mut out = String::new();
    let mut section = None;
    for span in spans {
        // Two custom sections of the same name may follow one another: each begins with its id.
        if section != Some(&span.section) || span.what == "section id" {
            section = Some(&span.section);
            out.push_str(&heading(&span.section));
            out.push('\n');
        }
        let mut bytes = span.bytes.chunks(PER_LINE);
        let mut values = wrap(&span.value, value_width).into_iter();
        let mut head = Some((format!("{:0digits$x}", span.offset), span.what.as_str()));
        loop {
            let (chunk, value) = (bytes.next(), values.next());
            if chunk.is_none() && value.is_none() {
                break;
            }
            let hex: Vec<_> = chunk
                .unwrap_or_default()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let (offset, what) = head.take().unwrap_or_default();
            let line = format!(
                "{offset:digits$}  {:HEX$}  {what:what_width$}  {}",
                hex.join(" "),
                value.unwrap_or_default()
            );
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out
}

/// The line before a section.
fn heading(section: &str) -> String {
    let (outer, section) = component::split(section);
    let line = if section == "header" {
        format!("-- {outer}header")
    } else if let Some(id) = section.strip_prefix("unknown ") {
        format!("-- {outer}unknown section {id}")
    } else if let Some(name) = section.strip_prefix("custom ") {
        format!("-- {outer}custom section {name}")
    } else {
        format!("-- {outer}{section} section")
    };
    // A custom section's name may be of any length; the line that follows has all of it.
    match line.char_indices().nth(LINE) {
        Some((cut, _)) => format!("{}…", line[..cut].trim_end()),
        None => line,
    }
}

/// Breaks a text into lines of at most `width` characters, at a space where there is one.
fn wrap(text: &str, width: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut left = text;
    while let Some((cut, _)) = left.char_indices().nth(width) {
        let end = if left[cut..].starts_with(' ') {
            cut
        } else {
            match left[..cut].rfind(' ') {
                None | Some(0) => cut,
                Some(space) => space,
            }
        };
        let (line, rest) = left.split_at(end);
        lines.push(line);
        left = rest.trim_start_matches(' ');
    }
    lines.push(left);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps() {
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("abcd", 4), ["abcd"]);
        assert_eq!(wrap("ab cd", 4), ["ab", "cd"]);
        assert_eq!(wrap("abcd ef", 4), ["abcd", "ef"]);
        assert_eq!(wrap("abcdef", 4), ["abcd", "ef"]);
        assert_eq!(wrap("äöüßé ñ", 4), ["äöüß", "é ñ"]);
        assert_eq!(wrap("      ", 4), ["    ", ""]);
    }
}
