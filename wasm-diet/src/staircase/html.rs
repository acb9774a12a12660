//! A staircase as one page that needs nothing else: no script, no font, no network.

use std::fmt::Write as _;

use super::{
    Staircase, paste,
    show::{Kind, change, lines, measure, stairs, summary},
};
use wasm_diet_terminal as terminal;

/// What the page looks like, by day and by night.
const STYLE: &str = "\
:root{color-scheme:light dark;--back:#fff;--text:#1c1e21;--dim:#5f6670;--line:#d9dde2;--bar:#2f6fb3;--last:#1f7a4d;--code:#f4f6f8}
@media (prefers-color-scheme:dark){:root{--back:#14171b;--text:#e6e8ea;--dim:#9aa3ad;--line:#333a42;--bar:#6aa5e3;--last:#58c08c;--code:#1e2329}}
body{background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem;line-height:1.3}h2{font-size:1.1rem;margin-top:2rem}
svg{width:100%;display:block}svg text{fill:var(--text);font:14px system-ui,sans-serif}svg .dim{fill:var(--dim)}
svg rect{fill:var(--bar)}svg rect.last{fill:var(--last)}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem;width:100%}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th:first-child,td:first-child,th:last-child,td:last-child{text-align:left}td:last-child{white-space:normal;min-width:10rem}
.kept td:first-child{font-weight:600}.not{color:var(--dim)}
pre{background:var(--code);padding:.8rem;overflow-x:auto;font-size:.85rem}code,pre{font-family:ui-monospace,monospace}
footer{color:var(--dim);font-size:.85rem;margin-top:2rem}";

/// The page.
#[must_use]
pub fn page(staircase: &Staircase) -> String {
    let title = escape(&summary(staircase));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n{STYLE}\n</style>\n</head>\n\
         <body>\n<h1>{title}</h1>\n"
    );
    picture(staircase, &mut page);
    table(staircase, &mut page);
    for note in &staircase.notes {
        _ = writeln!(page, "<p>{}</p>", escape(note));
    }
    let blocks = paste::blocks(staircase);
    if blocks.is_empty() {
        page.push_str("<p>Nothing that was tried makes it smaller.</p>\n");
    } else {
        page.push_str("<h2>The settings</h2>\n");
    }
    for block in blocks {
        _ = writeln!(
            page,
            "<p>{}</p>\n<pre><code>{}</code></pre>",
            escape(&block.where_to),
            escape(&block.text)
        );
    }
    if !staircase.settings.is_empty() {
        page.push_str("<h2>What is lost with them</h2>\n<div class=\"wide\"><table>\n");
        for setting in &staircase.settings {
            _ = writeln!(
                page,
                "<tr><td><code>{}</code></td><td>{}</td></tr>",
                escape(&setting.shown()),
                escape(setting.loses())
            );
        }
        page.push_str("</table></div>\n");
    }
    _ = writeln!(
        page,
        "<footer>{}, profile {}. Measured by wasm-diet {}; gzip at level 9, brotli at quality 11.</footer>\n</body>\n</html>",
        escape(
            staircase
                .compiler
                .version
                .lines()
                .next()
                .unwrap_or_default()
        ),
        escape(&staircase.project.profile),
        env!("CARGO_PKG_VERSION")
    );
    page
}

/// The stairs to scale: a bar for each setting that was kept. The text has the same size however wide the page is.
fn picture(staircase: &Staircase, page: &mut String) {
    const STAIR: usize = 64;
    let all = stairs(staircase);
    let largest = all.iter().map(|(_, size)| *size).max().unwrap_or(1).max(1);
    let said: Vec<String> = all
        .iter()
        .map(|(setting, size)| format!("{setting}: {}", terminal::bytes(*size)))
        .collect();
    _ = writeln!(
        page,
        "<svg height=\"{}\" role=\"img\" aria-label=\"{}\">",
        all.len() * STAIR,
        escape(&format!(
            "Bytes {}. {}",
            measure(staircase),
            said.join("; ")
        ))
    );
    let mut before = None;
    for (at, (setting, size)) in all.iter().enumerate() {
        let top = at * STAIR;
        let last = if at + 1 == all.len() {
            " class=\"last\""
        } else {
            ""
        };
        let change = before.map_or(String::new(), |before| {
            format!(" ({})", change(before, *size))
        });
        _ = writeln!(
            page,
            "<text y=\"{}\">{}</text><rect{last} y=\"{}\" width=\"{}%\" height=\"16\" rx=\"2\"/><text \
             class=\"dim\" y=\"{}\">{}{}</text>",
            top + 14,
            escape(setting),
            top + 20,
            // Thousandths, as a decimal of per cent.
            format_args!(
                "{}.{}",
                size * 1000 / largest / 10,
                size * 1000 / largest % 10
            ),
            top + 50,
            escape(&terminal::bytes(*size)),
            escape(&change),
        );
        before = Some(*size);
    }
    page.push_str("</svg>\n");
}

fn table(staircase: &Staircase, page: &mut String) {
    let lines = lines(staircase);
    let glue = lines.iter().any(|line| line.glue.is_some());
    page.push_str("<h2>All that was tried</h2>\n<div class=\"wide\"><table>\n<tr><th>setting</th><th>raw</th><th>gzip</th><th>brotli</th>");
    if glue {
        page.push_str("<th>JavaScript: raw</th><th>gzip</th><th>brotli</th>");
    }
    page.push_str("<th>change</th><th>time</th><th></th></tr>\n");
    for line in &lines {
        let class = match line.kind {
            Kind::Start => "start",
            Kind::Kept => "kept",
            Kind::Not | Kind::Broken => "not",
        };
        _ = write!(
            page,
            "<tr class=\"{class}\"><td><code>{}</code></td>",
            escape(&line.setting)
        );
        let [raw, gzip, brotli, change, time] = &line.numbers;
        let javascript = line
            .glue
            .clone()
            .unwrap_or_else(|| ["–"; 3].map(str::to_owned));
        let javascript = if glue { &javascript[..] } else { &[] };
        let cells = [raw, gzip, brotli]
            .into_iter()
            .chain(javascript)
            .chain([change, time]);
        for cell in cells {
            _ = write!(page, "<td>{}</td>", escape(cell.trim_end()));
        }
        let verdict = escape(&line.verdict);
        match line.why.as_ref().filter(|why| why.lines().count() > 1) {
            Some(why) => {
                _ = write!(
                    page,
                    "<td><details><summary>{verdict}</summary><pre>{}</pre></details></td>",
                    escape(why)
                );
            }
            None => _ = write!(page, "<td>{verdict}</td>"),
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table></div>\n");
    if lines.iter().any(|line| line.numbers[4].ends_with('*')) {
        page.push_str(
            "<p class=\"not\">* only what the step adds: the last crate linked again, or wasm-opt</p>\n",
        );
    }
}

/// A text in HTML, in an attribute, too. What a browser would hide or reorder is shown as an escape.
fn escape(text: &str) -> String {
    let text = terminal::escape::text(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn a_name_is_only_text() {
        assert_eq!(
            escape("<script>\"a\" & 'b'\u{202e}"),
            "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;\\u{202e}"
        );
    }
}
