//! The price list of std: bars to scale, and the same as a table.

use std::fmt::Write as _;

use anyhow::{Result, bail, ensure};
use project::{
    markup::{attribute, html},
    paths::Project,
    terminal::number,
};
use studies::prices::{Price, Prices, RECORD};

use super::strip::percent;

/// What a page shows: a group of the list, all of it as a `table`, or inline, a figure of one entry.
pub(super) fn show(project: &Project, what: &[&str]) -> Result<String> {
    let prices: Prices = RECORD.stored(project)?;
    match what {
        ["table"] => Ok(table(&prices)),
        ["count"] => {
            let bought = prices.entries.iter().filter(|one| one.over.is_some());
            Ok(number(bought.count() as u64))
        }
        [name] => {
            let group = prices.groups.iter().find(|group| slug(group) == *name);
            match group {
                Some(group) => bars(&prices, group),
                None => bail!(
                    "the price list has no group `{name}`; it has {}",
                    prices
                        .groups
                        .iter()
                        .map(|group| slug(group))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            }
        }
        [name, figure] => inline(&prices, prices.entry(name)?, figure),
        _ => bail!("`show prices` takes a group, `table`, `count`, or an entry and a figure"),
    }
}

fn slug(group: &str) -> String {
    group.to_lowercase().replace(' ', "-")
}

/// A difference, with a sign if it is less than nothing.
fn signed(bytes: i64) -> String {
    let sign = if bytes < 0 { "−" } else { "" };
    format!("{sign}{}", number(bytes.unsigned_abs()))
}

/// Markdown with code in it, as HTML.
pub(super) fn title(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(nth, part)| match nth % 2 {
        0 => html(part),
        _ => format!("<code>{}</code>", html(part)),
    });
    parts.collect()
}

fn inline(prices: &Prices, entry: &Price, figure: &str) -> Result<String> {
    let of = |all: Option<[(&'static str, i64); 3]>, name: &str| {
        let all = all.into_iter().flatten();
        let mut found = all.filter(|(known, _)| *known == name);
        found.next().map(|(_, bytes)| bytes)
    };
    let found = match figure.split_once('-') {
        Some(("beside", name)) => of(prices.beside(entry), name),
        Some(("whole", "raw")) => Some(entry.weight.raw.cast_signed()),
        _ => of(prices.price(entry), figure),
    };
    ensure!(
        found.is_some(),
        "{} has no figure `{figure}`; an entry has raw, gzip, brotli, the same after beside-, and whole-raw",
        entry.name
    );
    Ok(signed(found.unwrap_or_default()))
}

/// The entries of a group below one another, on one scale.
fn bars(prices: &Prices, group: &str) -> Result<String> {
    let entries = prices.entries.iter().filter(|one| one.group == group);
    let priced: Vec<_> = entries
        .filter_map(|one| Some((one, prices.price(one)?, prices.beside(one)?)))
        .collect();
    let all = priced.iter().flat_map(|(_, price, _)| price);
    let most = all
        .map(|(_, bytes)| *bytes)
        .max()
        .unwrap_or_default()
        .max(1);
    let width = |bytes: i64| percent(bytes.max(0).unsigned_abs(), most.unsigned_abs());
    let mut text = String::from("\n<div class=\"prices\">\n");
    for (one, price, beside) in &priced {
        let [(_, raw), (_, gzip), (_, brotli)] = *price;
        let [(_, there), _, (_, there_packed)] = *beside;
        let also = there.clamp(0, raw.max(0));
        _ = write!(
            text,
            "<div id=\"price-{}\"><p>{}</p><div class=\"bars\" aria-hidden=\"true\">\
             <i class=\"raw\" style=\"width: {:.2}%\"><b style=\"width: {:.2}%\"></b></i>\
             <i class=\"gzip\" style=\"width: {:.2}%\"></i><i class=\"brotli\" style=\"width: {:.2}%\"></i></div>\
             <p><b>{}</b> raw, {} gzip, {} brotli; beside others {} raw, {} brotli",
            attribute(&one.name),
            title(&one.title),
            width(raw),
            percent(also.unsigned_abs(), raw.max(1).unsigned_abs()),
            width(gzip),
            width(brotli),
            signed(raw),
            signed(gzip),
            signed(brotli),
            signed(there),
            signed(there_packed),
        );
        if let Some(note) = &one.note {
            _ = write!(text, "; {}", title(note));
        }
        if let Some(instead) = &one.instead {
            let other = prices.entry(instead)?;
            _ = write!(
                text,
                "; instead: <a href=\"#price-{}\">{}</a>",
                attribute(instead),
                title(&other.title)
            );
        }
        text.push_str("</p></div>\n");
    }
    text.push_str("</div>\n");
    Ok(text)
}

/// All entries.
fn table(prices: &Prices) -> String {
    let mut text = String::from(
        "\n<details><summary>The whole list as a table, in bytes</summary>\n\n\
         | what | raw | gzip | brotli | beside, raw | beside, brotli |\n|---|--:|--:|--:|--:|--:|\n",
    );
    for one in &prices.entries {
        let (Some(price), Some(beside)) = (prices.price(one), prices.beside(one)) else {
            continue;
        };
        _ = write!(text, "| {} ", project::markup::cell(&one.title));
        for (_, bytes) in price.iter().chain([&beside[0], &beside[2]]) {
            _ = write!(text, "| {} ", signed(*bytes));
        }
        text.push_str("|\n");
    }
    text.push_str("\n</details>\n");
    text
}
