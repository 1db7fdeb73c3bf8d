//! Cheques on a page, three to an A4, with marks to cut along.
//!
//! The layout is the picture's, in its pixels, at [`SCALE`]. What all share is drawn once and named by each. A code is a picture of one bit a module, so that
//! each module is as sharp as the printer: at 150 dots per inch one of a usual token is six dots wide.

use pdf_writer::{Content, Finish, Name, Rect, Ref, Str, types::TextRenderingMode};

use super::{
    A4, Book, Entry, Error, Heading,
    fonts::{Face, Sized, deflate},
    list,
};
use crate::{
    canvas::{self, Ink},
    cheque::{
        Code, HEIGHT, WIDTH,
        layout::{self, BAR, FOLD, FRAME, FRAME_PIXELS, Paper, RULES, Style},
    },
    glyphs::Hand,
};

/// Cheques on a page.
pub(super) const A_PAGE: usize = 3;
/// Points of a pixel: seven of them, a module of a code of 53, are six dots of 150 to the inch.
const SCALE: f32 = 6.0 / 7.0 * 72.0 / 150.0;
const MARGIN: f32 = 14.0;
const SPECIMEN: &str = "CONTOH";
const SPECIMEN_SIZE: u8 = 170;
/// The whole-number rotation 24-7-25, as in the picture.
const RISE: [f32; 2] = [0.96, 0.28];

static HANDS: [Sized; 6] = [
    Sized { face: Face::Text, size: 19 },
    Sized { face: Face::Text, size: 23 },
    Sized { face: Face::Strong, size: 27 },
    Sized { face: Face::Strong, size: 39 },
    Sized { face: Face::Strong, size: 56 },
    Sized { face: Face::Serial, size: 30 },
];

/// Pixels as numbers of a page.
#[expect(clippy::cast_precision_loss, reason = "places on a page are below 10,000")]
fn number(pixels: usize) -> f32 {
    pixels as f32
}

/// Texts of a cheque, whose pixels count from above while a page counts from below.
struct Texts<'a> {
    content: &'a mut Content,
    style: Option<Style>,
    bytes: Vec<u8>,
}

impl Paper for Texts<'_> {
    type Hand = Sized;

    fn hand(&self, style: Style) -> &'static Sized {
        &HANDS[style as usize]
    }

    fn write(&mut self, style: Style, x: usize, baseline: usize, text: &str, ink: Ink) {
        let hand = &HANDS[style as usize];
        if self.style.replace(style) != Some(style) {
            self.content.set_font(hand.face.name(), f32::from(hand.size));
        }
        if ink == Ink::White {
            self.content.set_fill_gray(1.0);
        }
        hand.face.font().encode(text, &mut self.bytes);
        self.content.set_text_matrix([1.0, 0.0, 0.0, 1.0, number(x), number(HEIGHT - baseline)]).show(Str(&self.bytes));
        if ink == Ink::White {
            self.content.set_fill_gray(0.0);
        }
    }
}

fn write(content: &mut Content, texts: impl FnOnce(&mut Texts)) {
    content.begin_text();
    texts(&mut Texts { content, style: None, bytes: Vec::new() });
    content.end_text();
}

fn fill(content: &mut Content, rect: canvas::Rect) {
    let canvas::Rect { x, y, width, height } = rect;
    content.rect(number(x), number(HEIGHT - y - height), number(width), number(height)).fill_nonzero();
}

/// Draws all pages of cheques.
pub(super) fn draw(book: &mut Book, heading: &Heading, entries: &[Entry], pages: usize) -> Result<(), Error> {
    let pack = list::short(heading.generation);
    let shared = template(book, entries[0].face.specimen);
    for (sheet, three) in entries.chunks(A_PAGE).enumerate() {
        let mut content = Content::new();
        let mut pictures = vec![(Name(b"F"), shared)];
        marks(&mut content);
        for (at, entry) in three.iter().enumerate() {
            let number = sheet * A_PAGE + at;
            let code = Code::of(entry.face.token).map_err(|error| Error::Cheque(number + 1, error))?;
            let name = [Name(b"A"), Name(b"B"), Name(b"C")][at];
            pictures.push((name, picture(book, &code)));
            cheque(&mut content, at, entry, &code, name);
            remark(&mut content, at, &format!("Nomor {} dari {} – {} – paket {pack}", number + 1, entries.len(), heading.village));
        }
        let page = book.pages.len() + 1;
        remark(&mut content, A_PAGE, &format!("Halaman {page} dari {pages}"));
        book.page(A4, content, &pictures);
    }
    Ok(())
}

/// Left and lower edge of a place on the page, from above.
fn place(at: usize) -> (f32, f32) {
    let slot = A4.1 / number(A_PAGE);
    let (width, height) = (number(WIDTH) * SCALE, number(HEIGHT) * SCALE);
    ((A4.0 - width) / 2.0, A4.1 - slot * number(at) - (slot - height) / 2.0 - height)
}

fn cheque(content: &mut Content, at: usize, entry: &Entry, code: &Code, name: Name) {
    let (left, bottom) = place(at);
    content.save_state().transform([SCALE, 0.0, 0.0, SCALE, left, bottom]).x_object(Name(b"F"));
    write(content, |texts| layout::write_texts(texts, &entry.face));
    let canvas::Rect { x, y, width, height } = code.place;
    content.save_state().transform([number(width), 0.0, 0.0, number(height), number(x), number(HEIGHT - y - height)]);
    content.x_object(name).restore_state().restore_state();
}

/// A small line below a place, outside of what is cut out; the one after the last place stands at the foot of the page.
fn remark(content: &mut Content, at: usize, words: &str) {
    const HAND: Sized = Sized { face: Face::Text, size: 7 };
    let (left, bottom) = place(at.min(A_PAGE - 1));
    let words = HAND.fit(words, 480);
    let x = if at == A_PAGE { A4.0 - left - number(HAND.width(&words)) } else { left + 4.0 };
    let mut bytes = Vec::new();
    HAND.face.font().encode(&words, &mut bytes);
    content.begin_text().set_font(HAND.face.name(), f32::from(HAND.size)).next_line(x, bottom - 7.0).show(Str(&bytes)).end_text();
}

/// Where to cut: a dashed line across, and solid ends for who cuts many at once.
fn marks(content: &mut Content) {
    for at in 1..A_PAGE {
        let y = A4.1 * number(at) / number(A_PAGE);
        content.set_line_width(0.5).set_stroke_gray(0.0);
        content.move_to(0.0, y).line_to(MARGIN, y).move_to(A4.0 - MARGIN, y).line_to(A4.0, y).stroke();
        content.save_state().set_stroke_gray(0.6).set_dash_pattern([3.0, 3.0], 0.0);
        content.move_to(MARGIN, y).line_to(A4.0 - MARGIN, y).stroke().restore_state();
    }
}

/// The modules of a code, each a bit; clear is ink.
fn picture(book: &mut Book, code: &Code) -> Ref {
    let side = code.matrix.side();
    let mut bits = vec![0xff_u8; side.div_ceil(8) * side];
    for y in 0..side {
        for (x, _) in code.matrix.row(y).enumerate().filter(|(_, dark)| *dark) {
            bits[y * side.div_ceil(8) + x / 8] &= !(0x80 >> (x % 8));
        }
    }
    let id = book.object();
    let side = i32::try_from(side).expect("at most 177 modules");
    book.pdf.image_xobject(id, &bits).width(side).height(side).image_mask(true).bits_per_component(1);
    id
}

/// What all cheques share, as a form.
fn template(book: &mut Book, specimen: bool) -> Ref {
    const DOTS: [f32; 2] = [5.0, 5.0];
    let mut content = Content::new();
    if specimen {
        draw_specimen(&mut content);
    }
    let canvas::Rect { x, y, width, height } = FRAME;
    let inset = number(FRAME_PIXELS) / 2.0;
    content.set_line_width(number(FRAME_PIXELS));
    content
        .rect(number(x) + inset, number(HEIGHT - y - height) + inset, number(width) - 2.0 * inset, number(height) - 2.0 * inset)
        .stroke();
    fill(&mut content, BAR);
    for rule in RULES {
        fill(&mut content, rule);
    }
    let middle = number(FOLD.x) + number(FOLD.width) / 2.0;
    content.save_state().set_line_width(number(FOLD.width)).set_dash_pattern(DOTS, 0.0);
    content.move_to(middle, number(HEIGHT - FOLD.y)).line_to(middle, number(HEIGHT - FOLD.y - FOLD.height)).stroke().restore_state();
    write(&mut content, |texts| layout::write_labels(texts));
    let id = book.object();
    let packed = deflate(&content.finish(), flate2::Compression::best());
    let mut form = book.pdf.form_xobject(id, &packed);
    form.filter(pdf_writer::Filter::FlateDecode);
    form.bbox(Rect::new(0.0, 0.0, number(WIDTH), number(HEIGHT)));
    let mut resources = form.resources();
    let mut fonts = resources.fonts();
    for face in Face::ALL {
        fonts.pair(face.name(), book.fonts[face as usize]);
    }
    fonts.finish();
    resources.finish();
    form.finish();
    id
}

/// CONTOH, large and pale, rising across the left part.
fn draw_specimen(content: &mut Content) {
    let hand = Sized { face: Face::Strong, size: SPECIMEN_SIZE };
    let [along, up] = RISE;
    let half = number(hand.width(SPECIMEN)) / 2.0;
    let left = 390.0 - half * along + 60.0 * up;
    let bottom = number(HEIGHT) - 335.0 - half * up - 60.0 * along;
    content.save_state().set_fill_gray(0.86).begin_text().set_text_rendering_mode(TextRenderingMode::Fill);
    content.set_font(hand.face.name(), f32::from(hand.size)).set_text_matrix([along, up, -up, along, left, bottom]);
    content.show(Str(SPECIMEN.as_bytes()));
    content.end_text().restore_state();
}
