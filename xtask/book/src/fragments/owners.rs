//! Whose code it is: below a module drawn to scale, its code by owner, and the largest functions.

use std::fmt::Write as _;

use anyhow::Result;
use project::{
    markup::{attribute, cell, code, html},
    paths::Project,
    step::Step,
    terminal::{bytes, number, share},
};
use studies::owners;

/// Pixels: the bar, and its line of text above.
const BAR: u32 = 22;
const LABEL: u32 = 18;

/// The hue of an owner, in degrees; others are grey.
fn hue(owner: &str) -> Option<u32> {
    Some(match owner {
        "this crate" => 150,
        "std" => 245,
        "core" => 205,
        "alloc" => 285,
        "the C library" => 25,
        _ => return None,
    })
}

/// The bar and the table, if the step's functions are known.
pub(super) fn draw(project: &Project, step: &Step) -> Result<String> {
    let Some(known) = owners::of(project, step)? else {
        return Ok(String::new());
    };
    let whole: u64 = known.owners.iter().map(|(_, size)| size).sum();
    let said = known.owners.iter();
    let said = said.map(|(name, size)| format!("{name} {}", share(*size, whole)));
    let mut text = format!(
        "\n<svg class=\"strip\" role=\"group\" aria-label=\"The code by owner: {}.\" width=\"100%\" height=\"{}\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n<text class=\"of\" x=\"0\" y=\"13\">its code by owner: {}</text>\n",
        attribute(&said.collect::<Vec<_>>().join(", ")),
        LABEL + BAR + 20,
        bytes(whole),
    );
    let mut from = 0;
    for (owner, size) in &known.owners {
        piece(&mut text, owner, *size, from, whole);
        from += size;
    }
    text.push_str("</svg>\n");
    text.push_str(
        "\n<details class=\"figures\">\n<summary>The code by owner, and the largest functions</summary>\n\n\
         | owner | bytes | |\n|---|--:|--:|\n",
    );
    for (owner, size) in &known.owners {
        _ = writeln!(
            text,
            "| {owner} | {} | {} |",
            number(*size),
            share(*size, whole)
        );
    }
    text.push_str("\n| function | owner | bytes |\n|---|---|--:|\n");
    for (owner, name, size) in &known.largest {
        _ = writeln!(
            text,
            "| {} | {owner} | {} |",
            cell(&code(name)),
            number(*size)
        );
    }
    text.push_str("\n</details>\n");
    Ok(text)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sizes of modules are far below 2^52"
)]
fn piece(text: &mut String, owner: &str, size: u64, from: u64, whole: u64) {
    let percent = |part: u64| part as f64 * 100.0 / whole.max(1) as f64;
    let (x, width) = (percent(from), percent(size));
    let (class, style) = match hue(owner) {
        Some(hue) => ("piece", format!(" style=\"--hue: {hue}\"")),
        None => ("piece plain", String::new()),
    };
    let figure = format!("{owner}: {}, {}", bytes(size), share(size, whole));
    _ = write!(
        text,
        "<g class=\"{class}\"{style}><title>{}</title><rect x=\"{x:.3}%\" y=\"{LABEL}\" width=\"{width:.3}%\" height=\"{BAR}\"/>",
        html(&figure)
    );
    // A letter is about 7 pixels wide, and the picture at least 320.
    if width * 3.2 > owner.len() as f64 * 7.0 + 8.0 {
        _ = write!(
            text,
            "<text class=\"in\" x=\"{:.3}%\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            x + width / 2.0,
            LABEL + 15,
            html(owner)
        );
    }
    _ = writeln!(
        text,
        "<text class=\"figure\" x=\"0\" y=\"{}\">{}</text></g>",
        LABEL + BAR + 14,
        html(&figure)
    );
}
