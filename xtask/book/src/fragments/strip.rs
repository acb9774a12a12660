//! A module drawn to scale: its sections side by side, below those of the step before. Inline SVG without a view box, as
//! the staircase is: places across are percentages, and text keeps its size.

use std::fmt::Write as _;

use pipeline::measure::Measured;
use project::{
    markup::{attribute, html},
    terminal::{bytes, number, share},
};

/// The hues of the sections, in degrees: those of the byte view (`HUES` in `src/widgets/elements.mjs`; a test compares).
const HUES: [(&str, u32); 21] = [
    ("type", 215),
    ("import", 280),
    ("function", 185),
    ("table", 25),
    ("memory", 160),
    ("tag", 300),
    ("global", 45),
    ("export", 335),
    ("start", 0),
    ("element", 15),
    ("data count", 75),
    ("code", 245),
    ("data", 100),
    ("core module", 205),
    ("core instance", 240),
    ("core type", 225),
    ("component", 310),
    ("instance", 140),
    ("alias", 60),
    ("canon", 20),
    ("value", 120),
];

/// Sections of less than so many hundredths of a per cent of the picture are drawn together with their neighbours.
const THIN: u64 = 50;

/// A module that takes up less than this share of the scale, in per cent, is drawn once more, enlarged.
const SMALL: u64 = 12;

/// Pixels: a row with its line of text, and its bar.
const ROW: u32 = 44;
pub(super) const BAR: u32 = 22;

/// A piece of a bar: one section, or a few that are too thin to be seen.
pub(crate) struct Piece {
    pub(crate) name: String,
    /// Where it begins, in bytes.
    pub(crate) offset: u64,
    /// In bytes.
    pub(crate) size: u64,
    sections: usize,
}

/// The sections of a module, those together that are too thin in a picture that is `whole` bytes wide.
pub(crate) fn pieces(measured: &Measured, whole: u64) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let thin = |size: u64| size * 10_000 < whole * THIN;
    for section in &measured.inside().sections {
        let name = section.name.replace("custom \"", "").replace('"', "");
        match pieces.last_mut() {
            Some(last) if thin(last.size) && thin(section.size) || last.name == name => {
                if last.name != name {
                    last.name = format!(
                        "{} to {name}",
                        last.name.split(" to ").next().unwrap_or_default()
                    );
                }
                last.size += section.size;
                last.sections += 1;
            }
            _ => pieces.push(Piece {
                name,
                offset: section.offset,
                size: section.size,
                sections: 1,
            }),
        }
    }
    pieces
}

/// The hue of a section, if it is one of the standard ones.
pub(crate) fn hue(section: &str) -> Option<u32> {
    let found = HUES.iter().find(|(name, _)| *name == section);
    found.map(|(_, hue)| *hue)
}

/// What is drawn: a name, and a module with its size in bytes.
pub(crate) struct Drawn<'a> {
    pub(crate) name: String,
    pub(crate) measured: &'a Measured,
    pub(crate) size: u64,
}

/// A row of the picture.
pub(crate) struct Row<'a> {
    pub(crate) module: &'a Drawn<'a>,
    /// The row's width, in bytes.
    pub(crate) whole: u64,
    pub(crate) label: String,
}

/// The modules on one scale, below one another, and the last of them once more, enlarged, if it is small on it. Nothing,
/// if the last one has no sections.
pub(crate) fn rows<'a>(modules: &'a [Drawn<'a>]) -> Vec<Row<'a>> {
    let Some(last) = modules.last() else {
        return Vec::new();
    };
    if last.measured.inside().sections.is_empty() {
        return Vec::new();
    }
    let whole = modules.iter().map(|module| module.size).max().unwrap_or(1);
    let mut rows: Vec<Row> = modules
        .iter()
        .map(|module| Row {
            module,
            whole,
            label: format!("{}: {}", module.name, bytes(module.size)),
        })
        .collect();
    if last.size * 100 < whole * SMALL {
        rows.push(Row {
            module: last,
            whole: last.size,
            label: format!(
                "{}, enlarged {} times",
                last.name,
                number(whole / last.size.max(1))
            ),
        });
    }
    rows
}

/// The [`rows`] as a picture.
pub(super) fn draw(modules: &[Drawn]) -> String {
    let rows = rows(modules);
    if rows.is_empty() {
        return String::new();
    }
    let below = ROW * u32::try_from(rows.len()).unwrap_or(1);
    let height = below + 20;
    let said: Vec<String> = rows
        .iter()
        .take(modules.len())
        .map(|row| format!("{}, of which {}", row.label, shares(row.module)))
        .collect();
    let mut svg = format!(
        "<svg class=\"strip\" role=\"group\" aria-label=\"Modules to scale. {}.\" width=\"100%\" height=\"{height}\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n",
        attribute(&said.join(". "))
    );
    for (at, row) in rows.iter().enumerate() {
        let y = ROW * u32::try_from(at).unwrap_or_default();
        _ = writeln!(
            svg,
            "<text class=\"of\" x=\"0\" y=\"{}\">{}</text>",
            y + 13,
            html(&row.label)
        );
        for piece in pieces(row.module.measured, row.whole) {
            piece_of(
                &mut svg,
                &piece,
                row.module.size,
                row.whole,
                y + 18,
                below + 14,
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// The largest sections of a module, with their shares.
pub(crate) fn shares(module: &Drawn) -> String {
    let mut sections: Vec<&anatomy::Section> = module.measured.inside().sections.iter().collect();
    sections.sort_by_key(|section| std::cmp::Reverse(section.size));
    let largest = sections.iter().take(4).map(|section| {
        let name = section.name.replace('"', "");
        format!("{name} {}", share(section.size, module.size))
    });
    largest.collect::<Vec<_>>().join(", ")
}

/// The piece of a module in its bar: one section, or a few.
fn piece_of(svg: &mut String, piece: &Piece, size: u64, whole: u64, y: u32, below: u32) {
    let what = if piece.sections > 1 {
        format!("{} ({} sections)", piece.name, piece.sections)
    } else {
        piece.name.clone()
    };
    let part = Part {
        name: &piece.name,
        hue: hue(&piece.name),
        figure: format!("{what}: {}, {}", bytes(piece.size), share(piece.size, size)),
        from: piece.offset,
        size: piece.size,
    };
    part_of(svg, &part, whole, y, below);
}

/// A part of a bar.
pub(super) struct Part<'a> {
    /// Its name, which is written into it if there is room.
    pub(super) name: &'a str,
    /// Its hue, in degrees; grey without one.
    pub(super) hue: Option<u32>,
    /// What is said of it when it is pointed at.
    pub(super) figure: String,
    /// Where it begins, in bytes.
    pub(super) from: u64,
    /// Its size, in bytes.
    pub(super) size: u64,
}

/// Draws a part of a bar that is `whole` bytes wide and begins at `y`; `below` is the line for what is said of it.
pub(super) fn part_of(svg: &mut String, part: &Part, whole: u64, y: u32, below: u32) {
    let (x, width) = (percent(part.from, whole), percent(part.size, whole));
    let (class, style) = match part.hue {
        Some(hue) => ("piece", format!(" style=\"--hue: {hue}\"")),
        None => ("piece plain", String::new()),
    };
    let figure = html(&part.figure);
    _ = write!(
        svg,
        "<g class=\"{class}\"{style}><title>{figure}</title><rect x=\"{x:.3}%\" y=\"{y}\" width=\"{width:.3}%\" height=\"{BAR}\"/>",
    );
    // A letter is about 7 pixels wide, and the picture at least 320.
    if width * 3.2 > f64::from(u32::try_from(part.name.len()).unwrap_or(u32::MAX)) * 7.0 + 8.0 {
        _ = write!(
            svg,
            "<text class=\"in\" x=\"{:.3}%\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            x + width / 2.0,
            y + 15,
            html(part.name)
        );
    }
    _ = writeln!(
        svg,
        "<text class=\"figure\" x=\"0\" y=\"{below}\">{figure}</text></g>"
    );
}

/// A size as a share of the whole, in per cent.
#[expect(
    clippy::cast_precision_loss,
    reason = "sizes of modules are far below 2^52"
)]
pub(super) fn percent(part: u64, whole: u64) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use project::paths::Project;

    use super::HUES;

    #[test]
    fn a_section_has_the_colour_of_the_byte_view() {
        let file = Project::here().root().join("src/widgets/elements.mjs");
        let text = std::fs::read_to_string(file).expect("the file is there");
        let (_, hues) = text.split_once("const HUES = {").expect("it has hues");
        let (hues, _) = hues.split_once('}').expect("the table ends");
        let mut theirs: Vec<(String, u32)> = hues
            .split(',')
            .filter_map(|pair| {
                let (name, hue) = pair.split_once(':')?;
                Some((name.trim().replace('"', ""), hue.trim().parse().ok()?))
            })
            .collect();
        theirs.sort();
        let mut ours: Vec<(String, u32)> = HUES
            .iter()
            .map(|(name, hue)| ((*name).to_owned(), *hue))
            .collect();
        ours.sort();
        assert_eq!(ours, theirs);
    }
}
