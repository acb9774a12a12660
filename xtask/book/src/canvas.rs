//! A picture of rectangles and of letters eight pixels wide, as a PNG.

use anyhow::Result;
use font8x8::legacy::{BASIC_LEGACY, LATIN_LEGACY, NOTHING_TO_DISPLAY};

/// Red, green and blue.
pub(crate) type Colour = [u8; 3];

/// A letter's width and height, in pixels, before it is enlarged.
pub(crate) const LETTER: u32 = 8;

/// A picture of so many pixels, with a palette.
pub(crate) struct Canvas {
    width: u32,
    height: u32,
    /// Row by row, a colour each.
    pixels: Vec<u8>,
    /// The colours, the background first.
    palette: Vec<Colour>,
}

impl Canvas {
    /// A picture of one colour.
    pub(crate) fn new(width: u32, height: u32, background: Colour) -> Canvas {
        Canvas {
            width,
            height,
            pixels: vec![0; width as usize * height as usize],
            palette: vec![background],
        }
    }

    /// The place of a colour in the palette. A card has a few dozen colours; what no longer fits is the background.
    fn index(&mut self, colour: Colour) -> u8 {
        let there = self.palette.iter().position(|other| *other == colour);
        let at = there.unwrap_or_else(|| {
            self.palette.push(colour);
            self.palette.len() - 1
        });
        u8::try_from(at).unwrap_or_default()
    }

    /// Fills a rectangle, as far as it is on the picture.
    pub(crate) fn fill(&mut self, [x, y]: [u32; 2], [width, height]: [u32; 2], colour: Colour) {
        let colour = self.index(colour);
        let [left, right] = [x, x.saturating_add(width)].map(|x| x.min(self.width) as usize);
        for row in y..y.saturating_add(height).min(self.height) {
            let start = row as usize * self.width as usize;
            self.pixels[start + left..start + right].fill(colour);
        }
    }

    /// Writes a line of text, each pixel of a letter as a square of `scale` pixels.
    pub(crate) fn write(&mut self, [x, y]: [u32; 2], scale: u32, colour: Colour, text: &str) {
        for (at, letter) in (0_u32..).zip(drawable(text).chars()) {
            let left = x + at * width(1, scale);
            for (row, line) in (0_u32..).zip(glyph(letter).unwrap_or(NOTHING_TO_DISPLAY)) {
                for column in (0..LETTER).filter(|column| line >> column & 1 == 1) {
                    let place = [left + column * scale, y + row * scale];
                    self.fill(place, [scale, scale], colour);
                }
            }
        }
    }

    /// The picture as a file.
    pub(crate) fn png(&self) -> Result<Vec<u8>> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_palette(self.palette.concat());
        // Most rows are like the one above.
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::Up);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(file)
    }
}

/// The width of so many letters, in pixels.
pub(crate) fn width(letters: usize, scale: u32) -> u32 {
    u32::try_from(letters).unwrap_or(u32::MAX / LETTER / scale) * LETTER * scale
}

/// The text in letters that the font has, where a letter has a stand-in.
pub(crate) fn drawable(text: &str) -> String {
    text.replace(['’', '‘'], "'")
        .replace(['“', '”'], "\"")
        .replace(['−', '–', '—'], "-")
        .replace('…', "...")
        .replace('→', "->")
        .replace('\u{a0}', " ")
}

/// The letter's rows, the leftmost pixel in the lowest bit; none if the font does not have it.
pub(crate) fn glyph(letter: char) -> Option<[u8; 8]> {
    let at = u32::from(letter) as usize;
    let latin = || LATIN_LEGACY.get(at.checked_sub(0xa0)?);
    BASIC_LEGACY.get(at).or_else(latin).copied()
}

#[cfg(test)]
mod tests {
    use super::{Canvas, glyph};

    #[test]
    fn a_picture_is_what_was_drawn() {
        let mut canvas = Canvas::new(40, 20, [0, 0, 0]);
        canvas.fill([30, 10], [100, 100], [1, 2, 3]);
        canvas.write([2, 2], 2, [9, 9, 9], "I’");
        let file = canvas.png().expect("it can be written");
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().expect("it is a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("it is small")];
        reader.next_frame(&mut pixels).expect("it has a picture");
        let at = |x: usize, y: usize| &pixels[3 * (y * 40 + x)..][..3];
        assert_eq!(at(29, 10), [0, 0, 0]);
        assert_eq!(at(30, 10), [1, 2, 3]);
        assert_eq!(at(39, 19), [1, 2, 3]);
        // The letter's middle, two pixels for each of its own.
        assert_eq!(at(2 + 2 * 3, 2 + 2 * 3), [9, 9, 9]);
        assert_eq!(at(2, 2 + 2 * 3), [0, 0, 0]);
    }

    #[test]
    fn the_font_has_the_letters_of_western_europe() {
        for letter in "aZ9#~é×".chars() {
            assert!(glyph(letter).is_some(), "{letter}");
        }
        assert!(glyph('→').is_none());
    }
}
