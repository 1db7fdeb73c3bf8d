//! The cheque's picture: the invitation that a family brings to the counter.
//!
//! 1240x600 pixels, 1 bit, about 105 x 51 mm at 300 dpi: a third of a printed page, a dozen kilobytes. It is a function of its face, to the
//! byte. What all cheques share is drawn once and copied. Every field has a place of fixed width: a longer text gets smaller, wraps or ends
//! with an ellipsis, and never runs into its neighbour or into the code. Bounded by the canvas and by the room of the code.

use std::sync::LazyLock;

use salur_domain::{Disposed, Disposition, Rupiah};

use crate::canvas::{Canvas, Ink, Rect};
use crate::glyphs::{Hand, Strike};
use crate::qr::Matrix;
use layout::{BAR, CODE_ROOM, FOLD, FRAME, FRAME_PIXELS, Paper, RULES, Style};

pub(crate) mod layout;

/// Width of the picture in pixels.
pub const WIDTH: usize = 1240;
/// Height of the picture in pixels.
pub const HEIGHT: usize = 600;
/// A module smaller than this is not read from folded paper by a cheap camera.
const MODULE_PIXELS_MIN: usize = 4;
/// 300 dots per inch, in dots per metre as PNG counts.
const DOTS_PER_METRE: u32 = 11_811;
/// Room for the first allocation of a picture.
const PNG_BYTES_USUAL: usize = 16 * 1024;

/// What stands on a cheque. All texts are shown as they are given: names and NIK come masked.
#[derive(Debug, Clone, Copy)]
pub struct Face<'a> {
    /// The programme's name.
    pub programme: &'a str,
    /// The tranche's name.
    pub tranche: &'a str,
    /// The recipient's name, masked.
    pub masked_name: &'a str,
    /// The recipient's NIK, masked.
    pub masked_nik: &'a str,
    /// What the family receives.
    pub amount: Rupiah,
    /// Where.
    pub pay_point: &'a str,
    /// Its address, up to two lines.
    pub pay_point_address: &'a str,
    /// From when to when, formatted: `14 Jul 2020 – 13 Agu 2020`.
    pub window: &'a str,
    /// The day and hour that the family is asked for, formatted; empty: none is told.
    pub slot: &'a str,
    /// Address of the page for complaints; empty: the social office is named.
    pub complaints: &'a str,
    /// The typable serial.
    pub serial: &'a str,
    /// The text of the code: `SLR1:..`.
    pub token: &'a str,
    /// Draws CONTOH across: an example that nobody is paid for.
    pub specimen: bool,
}

/// Why a cheque was not drawn.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The token needs more modules than the code's room has at a readable size.
    #[error("cheque token of {0} bytes is too long to print readably")]
    TokenTooLong(usize),
    /// The picture was not encoded.
    #[error("cheque picture was not encoded")]
    Encode(#[source] png::EncodingError),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

struct Strikes {
    small: Strike,
    text: Strike,
    strong: Strike,
    title: Strike,
    amount: Strike,
    serial: Strike,
}

static STRIKES: LazyLock<Strikes> = LazyLock::new(|| Strikes {
    small: Strike::parse(include_str!("../glyphs/small.bdf")),
    text: Strike::parse(include_str!("../glyphs/text.bdf")),
    strong: Strike::parse(include_str!("../glyphs/strong.bdf")),
    title: Strike::parse(include_str!("../glyphs/title.bdf")),
    amount: Strike::parse(include_str!("../glyphs/amount.bdf")),
    serial: Strike::parse(include_str!("../glyphs/serial.bdf")),
});
static TEMPLATE: LazyLock<Canvas> = LazyLock::new(|| template(false));
static SPECIMEN: LazyLock<Canvas> = LazyLock::new(|| template(true));

/// The cheque as PNG: 1240x600, greyscale, 1 bit.
pub fn draw_png(face: &Face) -> Result<Vec<u8>, Error> {
    encode(&draw(face)?)
}

/// The cheque as a canvas, for those who put it on a page.
pub fn draw(face: &Face) -> Result<Canvas, Error> {
    let mut canvas = if face.specimen { SPECIMEN.clone() } else { TEMPLATE.clone() };
    layout::write_texts(&mut canvas, face);
    draw_code(&mut canvas, face.token)?;
    Ok(canvas)
}

impl Paper for Canvas {
    type Hand = Strike;

    fn hand(&self, style: Style) -> &'static Strike {
        let strikes = &*STRIKES;
        match style {
            Style::Small => &strikes.small,
            Style::Text => &strikes.text,
            Style::Strong => &strikes.strong,
            Style::Title => &strikes.title,
            Style::Amount => &strikes.amount,
            Style::Serial => &strikes.serial,
        }
    }

    fn write(&mut self, style: Style, x: usize, baseline: usize, text: &str, ink: Ink) {
        self.hand(style).draw(self, x, baseline, text, ink);
    }
}

/// The code of a token and where it stands in its room: each module the same whole number of pixels, its quiet zone inside the room.
pub(crate) struct Code {
    /// Its modules.
    pub matrix: Matrix,
    /// Pixels of a module's side.
    pub module: usize,
    /// Without its quiet zone.
    pub place: Rect,
}

impl Code {
    /// The code of a token.
    pub(crate) fn of(token: &str) -> Result<Self, Error> {
        let matrix = Matrix::encode_signed(token).map_err(|_| Error::TokenTooLong(token.len()))?;
        let module = CODE_ROOM.width / matrix.side_with_quiet_zone();
        if module < MODULE_PIXELS_MIN {
            return Err(Error::TokenTooLong(token.len()));
        }
        let pixels = module * matrix.side();
        let (left, top) = (CODE_ROOM.x + (CODE_ROOM.width - pixels) / 2, CODE_ROOM.y + (CODE_ROOM.height - pixels) / 2);
        Ok(Self { matrix, module, place: Rect::new(left, top, pixels, pixels) })
    }
}

fn draw_code(canvas: &mut Canvas, token: &str) -> Result<(), Error> {
    let Code { matrix, module, place } = Code::of(token)?;
    for row in 0..matrix.side() {
        let words = stretch(matrix.row(row), module);
        for y in place.y + row * module..place.y + (row + 1) * module {
            for (at, bits) in words.iter().enumerate() {
                canvas.span(place.x + at * 64, y, *bits, Ink::Black);
            }
        }
    }
    Ok(())
}

/// A row of modules as pixels, 64 a word, most significant first.
fn stretch(modules: impl Iterator<Item = bool>, module: usize) -> [u64; CODE_ROOM.width.div_ceil(64)] {
    let mut words = [0; CODE_ROOM.width.div_ceil(64)];
    let dark = modules.enumerate().filter(|(_, dark)| *dark);
    for pixel in dark.flat_map(|(at, _)| at * module..(at + 1) * module) {
        words[pixel / 64] |= 1 << (63 - pixel % 64);
    }
    words
}

/// What all cheques share.
fn template(specimen: bool) -> Canvas {
    const DOT: usize = 5;
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    if specimen {
        draw_specimen(&mut canvas);
    }
    canvas.frame(FRAME, FRAME_PIXELS, Ink::Black);
    canvas.fill(BAR, Ink::Black);
    for rule in RULES {
        canvas.fill(rule, Ink::Black);
    }
    for y in (FOLD.y..FOLD.y + FOLD.height).step_by(2 * DOT) {
        canvas.fill(Rect::new(FOLD.x, y, FOLD.width, DOT), Ink::Black);
    }
    layout::write_labels(&mut canvas);
    canvas
}

/// CONTOH, large, rising across the left part in a screen of dots that leaves the text above it readable. The slope is the whole-number
/// rotation 24-7-25, so that the picture is the same on every machine.
fn draw_specimen(canvas: &mut Canvas) {
    /// 4.4 pixels for one of the strike, times the 25 of the rotation.
    const SCALE: isize = 110;
    let strike = &STRIKES.title;
    let (width, height) = (strike.width("CONTOH") + 2, strike.ascent() + 4);
    let mut word = Canvas::new(width, height);
    strike.draw(&mut word, 1, strike.ascent(), "CONTOH", Ink::Black);
    let (middle_x, middle_y) = (390_isize, 335_isize);
    for y in 80..HEIGHT - 12 {
        for x in (12..768_usize).filter(|x| y % 4 == 0 && (x + y / 4 % 2 * 2) % 4 < 2) {
            let (dx, dy) = (x.cast_signed() - middle_x, y.cast_signed() - middle_y);
            let along = (24 * dx - 7 * dy) / SCALE + width.cast_signed() / 2;
            let across = (7 * dx + 24 * dy) / SCALE + height.cast_signed() / 2;
            if let (Ok(u), Ok(v)) = (usize::try_from(along), usize::try_from(across))
                && word.is_ink(u, v)
            {
                canvas.dot(x, y, Ink::Black);
            }
        }
    }
}

fn encode(canvas: &Canvas) -> Result<Vec<u8>, Error> {
    let (width, height) = (u32::try_from(WIDTH).expect("small"), u32::try_from(HEIGHT).expect("small"));
    let mut bytes = Vec::with_capacity(PNG_BYTES_USUAL);
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_deflate_compression(png::DeflateCompression::FdeflateUltraFast);
    encoder.set_filter(png::Filter::Up);
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: DOTS_PER_METRE, yppu: DOTS_PER_METRE, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header().map_err(Error::Encode)?;
    writer.write_image_data(canvas.bytes()).map_err(Error::Encode)?;
    writer.finish().map_err(Error::Encode)?;
    Ok(bytes)
}
