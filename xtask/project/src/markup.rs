//! Text that goes into Markdown and HTML.

use pulldown_cmark_escape::{escape_html, escape_html_body_text};

/// As code within a line of Markdown, also if it holds backticks itself.
#[must_use]
pub fn code(text: &str) -> String {
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

/// In a cell of a table in Markdown.
#[must_use]
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Between tags of HTML.
#[must_use]
pub fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    // A string takes all that is written to it.
    let _ = escape_html_body_text(&mut escaped, text);
    escaped
}

/// As the value of an attribute in HTML, all on one line: a block of HTML in Markdown ends at the first empty one.
#[must_use]
pub fn attribute(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let _ = escape_html(&mut escaped, text);
    escaped.replace('\n', "&#10;")
}

#[cfg(test)]
mod tests {
    use super::{attribute, cell, code, html};

    #[test]
    fn a_text_stays_a_text() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("`a`"), "`` `a` ``");
        assert_eq!(cell("a|b"), "a\\|b");
        assert_eq!(html("<a> & \"b\""), "&lt;a&gt; &amp; \"b\"");
        assert_eq!(attribute("\"<a>\n&"), "&quot;&lt;a&gt;&#10;&amp;");
    }
}
