//! The pictures that are shown with a link to a page: its module to scale with its size, or the book's staircase. Only a
//! published book has them, because a link to a picture has to have an address.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result};
use pipeline::{measure::Measured, snapshot};
use project::{
    files,
    step::Step,
    terminal::{bytes, number},
};

use crate::{
    canvas::{Canvas, Colour, LETTER, width},
    cmdrun,
    fragments::{
        place, size,
        strip::{self, Drawn, Row},
    },
    tree,
};

/// A card's width and height, in pixels: what those who show links ask for.
pub const SIZE: [u32; 2] = [1200, 630];

/// The folder, below the book's.
const FOLDER: &str = "cards";

/// What the book is about, in one line of large letters.
const SUBTITLE: &str = "Rust, WebAssembly, and where every byte went";

/// The card of a page without a step.
const BOOK: &str = "cards/book.png";

/// The colours of the theme navy.
const BACK: Colour = [22, 25, 35];
const FORE: Colour = [238, 240, 246];
const DIM: Colour = [160, 167, 186];
const LINKS: Colour = [90, 174, 219];
const PLAIN: Colour = [70, 74, 86];

/// Pixels at each side, and between them.
const MARGIN: u32 = 60;
const INNER: u32 = SIZE[0] - 2 * MARGIN;

/// A picture in the built book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Card {
    /// Its file, below the book's folder.
    pub(crate) file: String,
    /// What can be seen on it, in words.
    pub(crate) alt: String,
}

/// The cards of a built book.
pub(crate) struct Cards {
    /// By the page's file, which ends in .html.
    pages: BTreeMap<String, Card>,
    book: Card,
}

impl Cards {
    /// The card of a page.
    pub(crate) fn of(&self, page: &str) -> &Card {
        self.pages.get(page).unwrap_or(&self.book)
    }
}

/// Draws the cards into the folder of a built book with this title.
///
/// # Errors
/// If a snapshot cannot be read, or a file cannot be written.
pub(crate) fn lay_out(steps: &[Step], title: &str, folder: &Path) -> Result<Cards> {
    let mut pages = BTreeMap::new();
    for step in steps
        .iter()
        .filter(|step| step.is_today() && !step.is_guest())
    {
        let Some(measured) = snapshot::stored(step)? else {
            continue;
        };
        let page = step.page();
        let name = page.trim_end_matches(".md");
        let file = format!("{FOLDER}/{name}.png");
        let (picture, alt) = of_step(steps, step, &measured, title)?;
        files::put(&folder.join(&file), &picture)?;
        pages.insert(format!("{name}.html"), Card { file, alt });
    }
    let (picture, alt) = of_book(steps, title)?;
    files::put(&folder.join(BOOK), &picture)?;
    let book = Card {
        file: BOOK.into(),
        alt,
    };
    Ok(Cards { pages, book })
}

/// A step's card, and what is on it in words.
fn of_step(
    steps: &[Step],
    step: &Step,
    measured: &Measured,
    book: &str,
) -> Result<(Vec<u8>, String)> {
    let title = cmdrun::numbered(&step.page(), &place::plain(&step.title));
    let weight = place::weight(step)?;
    let mut canvas = Canvas::new(SIZE[0], SIZE[1], BACK);
    canvas.write([MARGIN, 48], 3, DIM, book);
    heading(&mut canvas, 96, &title);
    // The largest letters that leave it on one line.
    let room = INNER / width(weight.chars().count(), 1).max(1);
    canvas.write([MARGIN, 262], room.clamp(2, 11), FORE, &weight);

    let then = size::before(steps, step)?;
    let mut drawn = Vec::new();
    if let Some((title, measured, size)) = &then {
        drawn.push(Drawn {
            name: title.clone(),
            measured,
            size: *size,
        });
    }
    if let Some(size) = measured.size() {
        drawn.push(Drawn {
            name: "this step".into(),
            measured,
            size,
        });
    }
    let mut alt = format!("{title}: {weight}");
    let rows = match measured.size() {
        Some(_) => strip::rows(&drawn),
        None => Vec::new(),
    };
    if let Some((last, others)) = rows.split_last() {
        bars(&mut canvas, last, others);
        alt = format!("{alt}, of which {}", strip::shares(last.module));
    }
    Ok((canvas.png()?, alt))
}

/// The modules of a strip: the last row large at the bottom, and the others above it.
fn bars(canvas: &mut Canvas, last: &Row, others: &[Row]) {
    let bottom = SIZE[1] - 50;
    bar(canvas, last, bottom - 76, 76);
    let mut below = bottom - 76;
    // Where it is to scale itself, its size is said above.
    let labelled = last.whole != last.module.size || others.len() > 1;
    let label = |canvas: &mut Canvas, below: u32, text: &str| {
        let most = INNER / width(1, 2);
        canvas.write([MARGIN, below - 22], 2, DIM, &cut(text, most as usize));
    };
    if labelled {
        label(canvas, below, &last.label);
        below -= 26;
    }
    for row in others.iter().rev() {
        below -= 12;
        bar(canvas, row, below - 22, 22);
        below -= 22;
        // What is drawn again below has its size above.
        if !std::ptr::eq(row.module, last.module) {
            label(canvas, below, &row.label);
            below -= 26;
        }
    }
}

/// One module as a bar, with the names of its sections where there is room.
fn bar(canvas: &mut Canvas, row: &Row, y: u32, height: u32) {
    let x = |at: u64| -> u32 {
        let x = at * u64::from(INNER) / row.whole.max(1);
        u32::try_from(x).unwrap_or(INNER)
    };
    for piece in strip::pieces(row.module.measured, row.whole) {
        let (left, right) = (x(piece.offset), x(piece.offset + piece.size));
        // A pixel is left between two pieces, if there is more than one.
        let wide = right.saturating_sub(left + 1).max(1);
        let colour = strip::hue(&piece.name).map_or(PLAIN, section);
        canvas.fill([MARGIN + left, y], [wide, height], colour);
        let needed = |scale| width(piece.name.chars().count(), scale) + 8;
        if let Some(scale) = [3, 2].into_iter().find(|scale| needed(*scale) <= wide)
            && height > LETTER * 4
        {
            let inner = width(piece.name.chars().count(), scale);
            let place = [
                MARGIN + left + (wide - inner) / 2,
                y + (height - LETTER * scale) / 2,
            ];
            canvas.write(place, scale, FORE, &piece.name);
        }
    }
}

/// The book's card, and what is on it in words: the steps of its first part that work.
fn of_book(steps: &[Step], title: &str) -> Result<(Vec<u8>, String)> {
    let mut canvas = Canvas::new(SIZE[0], SIZE[1], BACK);
    heading(&mut canvas, 56, title);
    let sizes = staircase(steps)?;
    let [Some(first), Some(last)] = [sizes.first(), sizes.last()] else {
        return Ok((canvas.png()?, title.to_owned()));
    };
    canvas.write([MARGIN, 120], 3, DIM, SUBTITLE);
    stairs(&mut canvas, &sizes, [MARGIN, 180], [INNER, 360]);
    canvas.write([MARGIN, 562], 3, FORE, &bytes(*first));
    let right = bytes(*last);
    let x = SIZE[0] - MARGIN - width(right.chars().count(), 3);
    canvas.write([x, 562], 3, FORE, &right);
    let alt = format!(
        "{title}: {} programs that work, from {} down to {}, on a logarithmic scale",
        number(sizes.len() as u64),
        bytes(*first),
        bytes(*last)
    );
    Ok((canvas.png()?, alt))
}

/// The cover of the book with this title, as a PNG of 1200 by 1800 pixels.
///
/// # Errors
/// If a snapshot cannot be read.
pub fn cover(steps: &[Step], title: &str) -> Result<Vec<u8>> {
    let mut canvas = Canvas::new(SIZE[0], 1800, BACK);
    for (at, line) in (0_u32..).zip(lines(title, 12)) {
        canvas.write([MARGIN, 140 + at * 120], 11, LINKS, &line);
    }
    let sizes = staircase(steps)?;
    stairs(&mut canvas, &sizes, [MARGIN, 640], [INNER, 900]);
    if let [Some(first), Some(last)] = [sizes.first(), sizes.last()] {
        canvas.write([MARGIN, 1580], 4, FORE, &bytes(*first));
        let right = bytes(*last);
        let x = SIZE[0] - MARGIN - width(right.chars().count(), 4);
        canvas.write([x, 1580], 4, FORE, &right);
    }
    canvas.write([MARGIN, 1680], 3, DIM, SUBTITLE);
    canvas.png()
}

/// The sizes of the steps on the first part's pages that work, in reading order, in bytes.
fn staircase(steps: &[Step]) -> Result<Vec<u64>> {
    let part = steps.first().context("the book has no step")?.part();
    let mut sizes: Vec<u64> = Vec::new();
    for step in tree::of_part(steps, part) {
        if step.page().starts_with(&format!("{part}/"))
            && let Some(measured) = snapshot::stored(step)?.filter(Measured::succeeds)
        {
            sizes.extend(measured.size());
        }
    }
    Ok(sizes)
}

/// A bar for each size on a logarithmic scale, in a rectangle.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes of modules are far below 2^52, and a bar is as high as the picture at most"
)]
fn stairs(canvas: &mut Canvas, sizes: &[u64], [x, y]: [u32; 2], [wide, high]: [u32; 2]) {
    let count = u32::try_from(sizes.len()).unwrap_or(1).max(1);
    let most = sizes.iter().max().map_or(1.0, |most| *most as f64);
    // Of the smallest a tenth of the height is left.
    let least = sizes.iter().min().map_or(1.0, |least| *least as f64) / 3.0;
    for (at, size) in (0_u32..).zip(sizes) {
        let share = (*size as f64 / least).ln() / (most / least).ln().max(f64::MIN_POSITIVE);
        let height = ((f64::from(high) * share) as u32).clamp(1, high);
        let (left, right) = (at * wide / count, (at + 1) * wide / count);
        canvas.fill(
            [x + left, y + high - height],
            [right - left - 6, height],
            LINKS,
        );
    }
}

/// A title in large letters, on as many lines as it needs.
fn heading(canvas: &mut Canvas, y: u32, title: &str) {
    let (scale, lines) = [6, 5, 4]
        .into_iter()
        .map(|scale| (scale, lines(title, (INNER / width(1, scale)) as usize)))
        .find(|(scale, lines)| lines.len() <= if *scale == 6 { 2 } else { 3 })
        .unwrap_or_else(|| (3, lines(title, (INNER / width(1, 3)) as usize)));
    for (at, line) in (0_u32..).zip(&lines) {
        let y = y + at * (LETTER * scale + 12);
        canvas.write([MARGIN, y], scale, LINKS, line);
    }
}

/// A text in lines of no more than so many letters, where its words allow it.
fn lines(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A text of no more than so many letters: what is too long loses its middle, as its end is a size.
fn cut(text: &str, most: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= most {
        return text.to_owned();
    }
    let half = most.saturating_sub(3) / 2;
    let [start, end] = [&letters[..half], &letters[letters.len() - half..]];
    start.iter().chain(&['.'; 3]).chain(end).collect()
}

/// A section's colour on a page: its hue, as light as this and half transparent, over the page's own colour.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a colour is from 0 to 255"
)]
#[must_use]
pub fn tinted(hue: u32, lightness: f64, back: [u8; 3]) -> [u8; 3] {
    let chroma = 0.6 * lightness.min(1.0 - lightness);
    let part = |offset: u32| {
        let at = f64::from((offset * 30 + hue) % 360) / 30.0;
        lightness - chroma * (at - 3.0).min(9.0 - at).clamp(-1.0, 1.0)
    };
    let mut parts = [0, 8, 4].map(part).into_iter();
    back.map(|back| {
        let over = parts.next().unwrap_or_default() * 255.0;
        f64::midpoint(over, f64::from(back)).round() as u8
    })
}

/// A section's colour on a card: `hsl(HUE 60% 62% / 0.5)`, as in theme/book.css.
fn section(hue: u32) -> Colour {
    tinted(hue, 0.62, BACK)
}

#[cfg(test)]
mod tests {
    use project::{discover, paths::Project};

    use super::{cmdrun, cut, lines, place, section};
    use crate::canvas::{drawable, glyph};

    #[test]
    fn the_font_has_the_letters_of_all_titles() {
        let steps = discover::steps(&Project::here()).expect("the steps can be read");
        for step in steps {
            let title = cmdrun::numbered(&step.page(), &place::plain(&step.title));
            for letter in drawable(&title).chars() {
                assert!(
                    glyph(letter).is_some(),
                    "{title}: canvas::drawable has no stand-in for {letter}"
                );
            }
        }
    }

    #[test]
    fn text_fits_where_it_is_written() {
        assert_eq!(lines("a bc def", 4), ["a bc", "def"]);
        assert_eq!(lines("abcdef", 4), ["abcdef"]);
        assert_eq!(cut("abcdefgh", 8), "abcdefgh");
        assert_eq!(cut("abcdefghi", 7), "ab...hi");
    }

    #[test]
    fn a_hue_is_the_colour_that_a_browser_makes_of_it() {
        // hsl(0 60% 62%) is rgb(216, 100, 100), and half of it lies on rgb(22, 25, 35).
        assert_eq!(section(0), [119, 62, 67]);
        assert_ne!(section(120), section(240));
    }
}
