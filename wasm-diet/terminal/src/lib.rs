//! What people see: status lines, a progress bar, tables, differences. All of it on standard error but for results,
//! coloured at a terminal and plain elsewhere.
//!
//! All of it may quote a module, so all of it is escaped here (see [`escape`]), and the programs that use this crate
//! print with it alone.

#![forbid(unsafe_code)]

pub mod escape;

use std::{borrow::Cow, fmt::Write as _, io::IsTerminal, sync::LazyLock, time::Duration};

use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::Serialize;
use similar::{ChangeTag, TextDiff};

/// Good news.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Bad news.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Neither: skipped, new.
pub const NOTE: Style = AnsiColor::Yellow.on_default().bold();
/// What can be passed over.
pub const DIM: Style = AnsiColor::BrightBlack.on_default();

/// All progress bars, so that they stay below each other, and below what is printed meanwhile. Where standard error is
/// no terminal, none is drawn.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// The sequences that the styles above are made of.
const STYLES: [&str; 6] = [
    "\u{1b}[0m",
    "\u{1b}[1m",
    "\u{1b}[31m",
    "\u{1b}[32m",
    "\u{1b}[33m",
    "\u{1b}[90m",
];

/// Prints text to standard output.
#[expect(clippy::print_stdout, reason = "the text is escaped")]
pub fn out(text: &str) {
    print!("{}", escape::text(text));
}

/// Prints text to standard error.
#[expect(clippy::print_stderr, reason = "the text is escaped")]
pub fn err(text: &str) {
    eprint!("{}", escape::text(text));
}

/// Prints text with styles of this module in it to standard output. It cannot tell those from the same styles in a
/// module's text: what may quote one has to be escaped before, as [`paint`], [`table`] and [`difference`] do.
pub fn styled(text: &str) {
    anstream::print!("{}", escape::styled(text, &STYLES));
}

/// Formats a line, and prints it as [`out`] does.
#[macro_export]
#[doc(hidden)]
macro_rules! __outln {
    ($($arg:tt)*) => {
        $crate::out(&format!("{}\n", format_args!($($arg)*)))
    };
}
#[doc(inline)]
pub use __outln as outln;

/// Formats a line, and prints it as [`err`] does.
#[macro_export]
#[doc(hidden)]
macro_rules! __errln {
    ($($arg:tt)*) => {
        $crate::err(&format!("{}\n", format_args!($($arg)*)))
    };
}
#[doc(inline)]
pub use __errln as errln;

/// Formats a line, and prints it as [`styled`] does.
#[macro_export]
#[doc(hidden)]
macro_rules! __styledln {
    ($($arg:tt)*) => {
        $crate::styled(&format!("{}\n", format_args!($($arg)*)))
    };
}
#[doc(inline)]
pub use __styledln as styledln;

/// Prints a value as JSON to standard output.
///
/// # Errors
/// If the value cannot be written as JSON.
#[expect(clippy::print_stdout, reason = "the document is escaped")]
pub fn json(value: &impl Serialize) -> serde_json::Result<()> {
    let document = serde_json::to_string_pretty(value)?;
    println!("{}", escape::json(&document));
    Ok(())
}

/// Prints a program's output to standard output: to a file or a pipe as it is, at a terminal escaped.
#[expect(clippy::print_stdout, reason = "a file or a pipe gets all of it")]
pub fn pass_out(output: &str) {
    print!("{}", passed(output, std::io::stdout().is_terminal()));
}

/// The same for standard error.
#[expect(clippy::print_stderr, reason = "a file or a pipe gets all of it")]
pub fn pass_err(output: &str) {
    eprint!("{}", passed(output, std::io::stderr().is_terminal()));
}

fn passed(output: &str, terminal: bool) -> Cow<'_, str> {
    if terminal {
        escape::text(output)
    } else {
        Cow::Borrowed(output)
    }
}

/// A status line, as cargo writes them.
pub fn status(what: &str, text: &str) {
    let text = escape::text(text);
    BARS.suspend(|| anstream::eprintln!("{GOOD}{what:>12}{GOOD:#} {text}"));
}

/// A warning.
pub fn warn(text: &str) {
    let text = escape::text(text);
    BARS.suspend(|| anstream::eprintln!("{NOTE}     warning{NOTE:#} {text}"));
}

/// An error with its causes, one a line.
pub fn error(error: &anyhow::Error) {
    // What was printed already wants no second word.
    if error.is::<AlreadyReported>() {
        return;
    }
    let said = error.to_string();
    anstream::eprintln!("{BAD}error{BAD:#}: {}", escape::text(&said));
    for cause in error.chain().skip(1) {
        let said = cause.to_string();
        anstream::eprintln!("{DIM}   because{DIM:#} {}", escape::text(&said));
    }
}

/// An error that has been told in full: only the exit code is left to set.
#[derive(Debug)]
pub struct AlreadyReported;

impl std::fmt::Display for AlreadyReported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "see above")
    }
}

impl std::error::Error for AlreadyReported {}

/// A text of one line in a style.
#[must_use]
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{}{style:#}", escape::line(text))
}

/// A progress bar over `len` items; where standard error is no terminal, nothing is drawn.
#[must_use]
pub fn bar(len: usize) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{prefix:>12.green.bold} [{bar:27}] {pos}/{len} {wide_msg}");
    let bar = ProgressBar::new(len as u64).with_style(
        style
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> "),
    );
    drawn(bar)
}

/// A line about something that takes its time, with the time that it took so far; where standard error is no terminal,
/// nothing is drawn.
#[must_use]
pub fn spinner(what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:>12.green.bold} {msg} ({elapsed})");
    let spinner = ProgressBar::new_spinner()
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        .with_prefix(what);
    drawn(spinner)
}

fn drawn(bar: ProgressBar) -> ProgressBar {
    let bar = BARS.add(bar);
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(100));
    }
    bar
}

/// A number with a comma after each third digit from the right.
#[must_use]
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What part of the whole something is, in per cent: `91.3 %`. The space does not break: on a phone, the sign would
/// come to stand alone in the next line.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "sizes of modules are far below 2^52"
)]
pub fn share(part: u64, whole: u64) -> String {
    format!("{:.1}\u{a0}%", part as f64 * 100.0 / whole.max(1) as f64)
}

/// A number of bytes in words: `1 byte`, `1,234 bytes`.
#[must_use]
pub fn bytes(count: u64) -> String {
    format!(
        "{} {}",
        number(count),
        if count == 1 { "byte" } else { "bytes" }
    )
}

/// A difference in bytes with its sign: `−13,545`, `+18`, `±0`.
#[must_use]
pub fn change(from: u64, to: u64) -> String {
    match to.cmp(&from) {
        std::cmp::Ordering::Less => format!("−{}", number(from - to)),
        std::cmp::Ordering::Equal => "±0".into(),
        std::cmp::Ordering::Greater => format!("+{}", number(to - from)),
    }
}

/// The lines in which two texts differ, with two lines around each.
#[must_use]
pub fn difference(old: &str, new: &str, coloured: bool) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut text = String::new();
    for (at, group) in diff.grouped_ops(2).iter().enumerate() {
        if at > 0 {
            text.push_str("  ...\n");
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ("-", BAD),
                ChangeTag::Insert => ("+", GOOD),
                ChangeTag::Equal => (" ", Style::new()),
            };
            let line = escape::text(change.value().trim_end_matches('\n'));
            _ = if coloured {
                writeln!(text, "{style}{sign} {line}{style:#}")
            } else {
                writeln!(text, "{sign} {line}")
            };
        }
    }
    text
}

/// A cell of a table: one line.
#[derive(Clone)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A cell in a style.
    #[must_use]
    pub fn painted(style: Style, text: &str) -> Cell {
        Cell {
            text: escape::line(text).into_owned(),
            style,
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::painted(Style::new(), text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        text.as_str().into()
    }
}

/// A table with its columns aligned; numbers are right-aligned where `right` says so.
#[must_use]
pub fn table<C: Clone + Into<Cell>>(head: &[&str], right: &[bool], rows: &[Vec<C>]) -> String {
    let bold = Style::new().bold();
    let head = head.iter().map(|name| Cell::painted(bold, name)).collect();
    let rows = rows
        .iter()
        .map(|row| row.iter().cloned().map(Into::into).collect());
    let rows: Vec<Vec<Cell>> = std::iter::once(head).chain(rows).collect();
    let width = |cell: &Cell| cell.text.chars().count();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut widths = vec![0; columns];
    for row in &rows {
        for (at, cell) in row.iter().enumerate() {
            widths[at] = widths[at].max(width(cell));
        }
    }
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let fill = " ".repeat(widths[at] - width(cell));
            let cell = format!("{0}{1}{0:#}", cell.style, cell.text);
            if at > 0 {
                line.push_str("  ");
            }
            if right.get(at).copied().unwrap_or(false) {
                line.push_str(&fill);
                line.push_str(&cell);
            } else {
                line.push_str(&cell);
                line.push_str(&fill);
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use anstyle::Style;

    use super::{
        BAD, Cell, DIM, GOOD, NOTE, STYLES, change, difference, number, paint, passed, table,
    };

    #[test]
    fn thousands_are_told_apart() {
        assert_eq!(
            [0, 97, 1_234, 2_167_634].map(number),
            ["0", "97", "1,234", "2,167,634"]
        );
    }

    #[test]
    fn changes_have_a_sign() {
        assert_eq!(
            [change(5, 3), change(3, 3), change(3, 1003)],
            ["−2", "±0", "+1,000"]
        );
    }

    #[test]
    fn columns_line_up() {
        let rows = [vec!["a", "1"], vec!["long", "22"]];
        let plain =
            anstream::adapter::strip_str(&table(&["x", "n"], &[false, true], &rows)).to_string();
        assert_eq!(plain, "x      n\na      1\nlong  22\n");
    }

    #[test]
    fn each_style_is_made_of_sequences_that_stay() {
        for style in [GOOD, BAD, NOTE, DIM, Style::new().bold()] {
            let text = paint(style, "x");
            assert_eq!(crate::escape::styled(&text, &STYLES), text);
        }
    }

    #[test]
    fn what_is_painted_cannot_paint() {
        let red = "\u{1b}[31m\n";
        let shown = "\\u{1b}[31m\\u{a}";
        assert_eq!(paint(Style::new(), red), shown);
        assert_eq!(
            table(&["x"], &[false], &[vec![red]]),
            table(&["x"], &[false], &[vec![shown]])
        );
        let cell = |text| table(&[], &[], &[vec![Cell::painted(GOOD, text)]]);
        assert_eq!(cell(red), cell(shown));
        assert_eq!(difference("", red, false), "+ \\u{1b}[31m\n");
    }

    #[test]
    fn only_a_terminal_gets_a_programs_output_escaped() {
        let output = "a\tb\r\n\u{1b}]0;owned\u{7}\r\n";
        assert_eq!(passed(output, false), output);
        assert_eq!(passed(output, true), "a\tb\r\n\\u{1b}]0;owned\\u{7}\r\n");
    }
}
