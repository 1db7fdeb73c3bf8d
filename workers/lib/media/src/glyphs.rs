//! Text from committed bitmap strikes, so that drawing needs no font library and no hinting at run time.
//!
//! A strike is one face at one size, hinted for 1-bit drawing, in BDF 2.1 (Adobe, 1993) under `glyphs/`, made by `scripts/make-glyph-atlas`.
//! Ten lines of text cost about 0.02 ms. Strikes hold Latin-1 or less; other letters fold to what they resemble, and what resembles
//! nothing is a visible box, never a silent gap. Text is not shaped: Indonesian needs none. Bounded by the width it is given.

use std::borrow::Cow;

use crate::canvas::{Canvas, Ink};

/// Widest glyph a row of one machine word holds.
const GLYPH_WIDTH_MAX: usize = 64;
/// Characters of a text that are looked at: no line of a page holds more, and a longer text is cut anyway.
pub const TEXT_CHARS_MAX: usize = 400;

/// A glyph: how far it moves the pen, where its bitmap stands, and its rows, most significant bit left.
#[derive(Debug, Clone)]
struct Glyph {
    advance: usize,
    left: isize,
    top: isize,
    rows: Vec<u64>,
}

/// One face at one size.
#[derive(Debug)]
pub struct Strike {
    ascent: usize,
    glyphs: Vec<(char, Glyph)>,
    missing: Glyph,
}

impl Strike {
    /// Reads a committed strike. Panics where the file is not what the script makes, which the first test would show.
    pub fn parse(bdf: &str) -> Self {
        let mut lines = bdf.lines();
        let mut ascent = 0;
        let mut glyphs = Vec::new();
        while let Some(line) = lines.next() {
            if let Some(pixels) = line.strip_prefix("FONT_ASCENT ") {
                ascent = pixels.parse().expect("a strike states its ascent in pixels");
            } else if line.starts_with("STARTCHAR") {
                glyphs.push(parse_glyph(&mut lines));
            }
        }
        glyphs.sort_by_key(|(letter, _)| *letter);
        Self { ascent, missing: hollow_box(ascent), glyphs }
    }

    /// Pixels from the top of a line to its baseline.
    pub fn ascent(&self) -> usize {
        self.ascent
    }

    fn glyph(&self, letter: char) -> &Glyph {
        // ASCII stands at a fixed place in the strikes that hold all of it, and nearly all text is ASCII.
        let place = (letter as usize).wrapping_sub(' ' as usize);
        if let Some((found, glyph)) = self.glyphs.get(place)
            && *found == letter
        {
            return glyph;
        }
        self.glyphs.binary_search_by_key(&letter, |(known, _)| *known).map_or(&self.missing, |at| &self.glyphs[at].1)
    }

    /// Draws a text with its pen starting at (x, baseline); returns where the pen ends.
    pub fn draw(&self, canvas: &mut Canvas, x: usize, baseline: usize, text: &str, ink: Ink) -> usize {
        let mut pen = x;
        for letter in letters(text) {
            let glyph = self.glyph(letter);
            for (row, &bits) in glyph.rows.iter().enumerate() {
                let place = (pen.checked_add_signed(glyph.left), (baseline + row).checked_add_signed(-glyph.top));
                if let (Some(x), Some(y)) = place {
                    canvas.span(x, y, bits, ink);
                }
            }
            pen += glyph.advance;
        }
        pen
    }
}

/// A way to write whose letters have widths: one strike, or one face of a pack at one size.
pub trait Hand {
    /// Units of [`Hand::advance`] in a pixel.
    const UNITS: usize;

    /// How far a letter moves the pen, in units.
    fn advance(&self, letter: char) -> usize;

    /// Width of a text, in units.
    fn units(&self, text: &str) -> usize {
        letters(text).map(|letter| self.advance(letter)).sum()
    }

    /// Width of a text in pixels.
    fn width(&self, text: &str) -> usize {
        self.units(text).div_ceil(Self::UNITS)
    }

    /// The text, or as much of it as fits the width with an ellipsis at its end.
    fn fit<'a>(&self, text: &'a str, width: usize) -> Cow<'a, str> {
        let whole = text.chars().nth(TEXT_CHARS_MAX).is_none() && self.width(text) <= width;
        if whole {
            return Cow::Borrowed(text);
        }
        let room = (width * Self::UNITS).saturating_sub(self.advance('…'));
        let mut used = 0;
        let mut kept = String::new();
        for letter in text.chars().take(TEXT_CHARS_MAX) {
            used += self.units(letter.encode_utf8(&mut [0; 4]));
            if used > room {
                break;
            }
            kept.push(letter);
        }
        kept.truncate(kept.trim_end_matches([' ', ',']).len());
        kept.push('…');
        Cow::Owned(kept)
    }

    /// The text broken between words into at most `lines_max` lines of the width; what is left over ends the last line with an ellipsis.
    fn wrap<'a>(&self, text: &'a str, width: usize, lines_max: usize) -> Vec<Cow<'a, str>> {
        let mut lines = Vec::with_capacity(lines_max);
        let mut rest = text.trim();
        while !rest.is_empty() && lines.len() < lines_max {
            let end = if lines.len() + 1 == lines_max { rest.len() } else { self.line_end(rest, width) };
            lines.push(self.fit(&rest[..end], width));
            rest = rest[end..].trim_start();
        }
        lines
    }

    /// Where the first line of a text ends: after the last word that fits, or after the first word where none does.
    fn line_end(&self, text: &str, width: usize) -> usize {
        let room = width * Self::UNITS;
        let mut used = 0;
        let mut last_gap = None;
        for (at, letter) in text.char_indices().take(TEXT_CHARS_MAX) {
            if letter == ' ' {
                if used > room {
                    break;
                }
                last_gap = Some(at);
            }
            used += self.units(letter.encode_utf8(&mut [0; 4]));
        }
        let all_seen = text.chars().nth(TEXT_CHARS_MAX).is_none();
        if used <= room && all_seen { text.len() } else { last_gap.or_else(|| text.find(' ')).unwrap_or(text.len()) }
    }
}

impl Hand for Strike {
    const UNITS: usize = 1;

    fn advance(&self, letter: char) -> usize {
        self.glyph(letter).advance
    }
}

fn parse_glyph<'a>(lines: &mut impl Iterator<Item = &'a str>) -> (char, Glyph) {
    let mut letter = None;
    let mut glyph = Glyph { advance: 0, left: 0, top: 0, rows: Vec::new() };
    let number = |text: &str| text.parse::<isize>().expect("a glyph's measures are numbers");
    for line in lines.by_ref() {
        let mut words = line.split(' ');
        match words.next() {
            Some("ENCODING") => letter = words.next().and_then(|code| char::from_u32(code.parse().ok()?)),
            Some("DWIDTH") => glyph.advance = words.next().and_then(|width| width.parse().ok()).expect("an advance in pixels"),
            Some("BBX") => {
                let [width, height, left, bottom] = [(); 4].map(|()| words.next().map(number).expect("a box has four measures"));
                assert!(width.unsigned_abs() <= GLYPH_WIDTH_MAX, "a glyph is wider than a machine word");
                glyph.left = left;
                glyph.top = bottom + height;
            }
            Some("BITMAP") => break,
            _ => {}
        }
    }
    for row in lines.take_while(|line| *line != "ENDCHAR") {
        let bits = u64::from_str_radix(row, 16).expect("a row of hexadecimal digits");
        glyph.rows.push(bits << (64 - 4 * row.len()));
    }
    (letter.expect("a glyph names its character"), glyph)
}

/// What stands for a character that no strike holds: a hollow box, so that a reader sees that something is missing.
fn hollow_box(ascent: usize) -> Glyph {
    let (width, height) = (ascent / 2, ascent * 3 / 4);
    let edge = u64::MAX << (64 - width);
    let sides = 1 << 63 | 1 << (64 - width);
    let rows = (0..height).map(|y| if y == 0 || y + 1 == height { edge } else { sides }).collect();
    Glyph { advance: width + 2, left: 1, top: height.cast_signed(), rows }
}

/// Marks that change how others are shown and are nothing by themselves: combining marks, marks of zero width, marks that turn the direction.
const fn is_silent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{61c}' | '\u{feff}')
}

/// The characters of a text as strikes know them; combining marks and control characters vanish.
pub(crate) fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().take(TEXT_CHARS_MAX).filter(|letter| !is_silent(*letter)).filter_map(fold)
}

/// What the letters of Latin Extended-A, U+0100 to U+017F in order, resemble; `_` where one letter cannot say it.
const LATIN_EXTENDED_A: &[u8; 128] = b"AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi__JjKkkLlLlLlLlLlNnNnNnnNnOoOoOo__\
RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

fn fold(letter: char) -> Option<char> {
    Some(match letter {
        ' '..='~' => letter,
        '\t' | '\n' | '\r' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' => ' ',
        '\0'..='\u{9f}' | '\u{ad}' => return None,
        '\u{100}'..='\u{17f}' => match LATIN_EXTENDED_A[letter as usize - 0x100] {
            b'_' => letter,
            resembled => char::from(resembled),
        },
        '\u{2010}' | '\u{2011}' | '\u{2212}' => '-',
        '—' => '–',
        '‘' | '’' | 'ʼ' | 'ʻ' | '′' => '\'',
        '“' | '”' | '″' => '"',
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strike() -> Strike {
        Strike::parse(include_str!("../glyphs/text.bdf"))
    }

    fn ink(strike: &Strike, text: &str) -> Vec<u8> {
        let mut canvas = Canvas::new(200, 40);
        strike.draw(&mut canvas, 2, 30, text, Ink::Black);
        canvas.bytes().to_vec()
    }

    #[test]
    fn every_printable_letter_of_latin_1_has_a_glyph_of_its_own() {
        let strike = strike();
        for letter in ('!'..='~').chain('¡'..='ÿ').filter(|letter| *letter != '\u{ad}') {
            assert_ne!(ink(&strike, &letter.to_string()), ink(&strike, "\u{4e00}"), "{letter}");
        }
    }

    #[test]
    fn letters_beyond_the_strike_fold_or_show_a_box() {
        let strike = strike();
        for (text, same) in [("Čošić", "Cosic"), ("ŪmŁ", "UmL"), ("e\u{301}", "e"), ("’", "'"), ("ĞğĪĩŌőŽſ", "GgIiOoZs"), ("a\u{7}b", "ab")]
        {
            assert_eq!(ink(&strike, text), ink(&strike, same), "{text}");
        }
        assert_ne!(ink(&strike, "漢"), ink(&strike, ""));
        assert_eq!(strike.width("漢"), strike.width("字"));
    }

    #[test]
    fn what_intake_calls_printed_is_drawn_and_what_it_warns_of_is_a_box() {
        let strike = strike();
        let is_box =
            |letter: char| letters(&letter.to_string()).any(|letter| std::ptr::eq(strike.glyph(letter), &raw const strike.missing));
        for letter in ('\0'..='\u{ffff}').filter(|letter| !letter.is_control() && !is_silent(*letter) && *letter != '\u{ad}') {
            assert_eq!(is_box(letter), !salur_domain::name::is_printed(letter), "U+{:04X}", letter as u32);
        }
    }

    #[test]
    fn a_text_that_is_too_long_ends_within_its_width_and_shows_it() {
        let strike = strike();
        let long = "Kantor Pos Cabang Pembantu ".repeat(100);
        for width in [40, 200, 700] {
            let fitted = strike.fit(&long, width);
            assert!(strike.width(&fitted) <= width && fitted.ends_with('…'), "{width}: {fitted}");
        }
        assert_eq!(strike.fit("Membalong", 700), "Membalong");
    }

    #[test]
    fn wrapping_loses_no_word_until_the_last_line() {
        let strike = strike();
        let text = "Jalan Jenderal Sudirman Nomor 12 RT 003 RW 001 Desa Lalang Kecamatan Manggar";
        let lines = strike.wrap(text, 300, 9);
        assert!(lines.len() > 1 && lines.iter().all(|line| strike.width(line) <= 300));
        assert_eq!(lines.join(" "), text);
        let cut = strike.wrap(text, 300, 2);
        assert!(cut.len() == 2 && cut[1].ends_with('…') && strike.width(&cut[1]) <= 300, "{cut:?}");
        assert!(strike.wrap("  ", 300, 2).is_empty());
    }
}
