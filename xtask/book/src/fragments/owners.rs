//! Whose code it is: below a module drawn to scale, its code by owner, and the largest functions.

use std::fmt::Write as _;

use anyhow::Result;
use project::{
    markup::{attribute, cell, code},
    paths::Project,
    step::Step,
    terminal::{bytes, number, share},
};
use studies::owners;

use super::strip::{BAR, Part, part_of};

/// Pixels: the line of text above the bar.
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
        let part = Part {
            name: owner,
            hue: hue(owner),
            figure: format!("{owner}: {}, {}", bytes(*size), share(*size, whole)),
            from,
            size: *size,
        };
        part_of(&mut text, &part, whole, LABEL, LABEL + BAR + 14);
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
