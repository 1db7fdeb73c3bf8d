//! The distribution list (*daftar nominatif*, danom): who receives a cheque, and where to sign for it.
//!
//! A4 lying, [`ROWS`] families a page, with the sum of the page and, at the end, of all, and places for those who hand out. A name or address is broken into
//! two lines, then smaller, then ends with an ellipsis; an empty address is a dash.

use pdf_writer::{Content, Str};
use salur_domain::Rupiah;

use super::{
    A4, Book, Entry, Heading,
    fonts::{Face, Sized},
};
use crate::{glyphs::Hand, terbilang};

/// Families of a page.
const ROWS: usize = 13;
const LEFT: usize = 36;
const RIGHT: usize = 806;
/// From the foot of the page.
const TABLE_TOP: usize = 478;
const HEAD_HEIGHT: usize = 18;
const ROW_HEIGHT: usize = 26;
const PADDING: usize = 4;
/// Left edges of the columns, and the right edge of the last.
const EDGES: [usize; 7] = [LEFT, 66, 256, 352, 566, 656, RIGHT];
const HEADS: [&str; 6] = ["No", "Nama lengkap", "NIK", "Alamat", "Jumlah", "Tanda tangan / cap jempol"];
const TITLE: &str = "DAFTAR NOMINATIF PENERIMA UNDANGAN (DANOM)";
const SECRET: &str =
    "Memuat data pribadi (UU 27/2022): hanya untuk petugas pembagian; simpan terkunci, musnahkan setelah laporan diterima.";

const TINY: Sized = Sized { face: Face::Text, size: 7 };
const SMALL: Sized = Sized { face: Face::Text, size: 8 };
const TEXT: Sized = Sized { face: Face::Text, size: 9 };
const STRONG: Sized = Sized { face: Face::Strong, size: 9 };
const HEADLINE: Sized = Sized { face: Face::Strong, size: 14 };

/// Pages of a list.
pub(super) const fn pages(entries: usize) -> usize {
    entries.div_ceil(ROWS)
}

struct Sheet {
    content: Content,
    bytes: Vec<u8>,
}

impl Sheet {
    fn write(&mut self, hand: &Sized, x: usize, y: usize, text: &str) {
        hand.face.font().encode(text, &mut self.bytes);
        self.content.begin_text().set_font(hand.face.name(), f32::from(hand.size));
        self.content.next_line(number(x), number(y)).show(Str(&self.bytes)).end_text();
    }

    fn write_right(&mut self, hand: &Sized, right: usize, y: usize, text: &str) {
        self.write(hand, right.saturating_sub(hand.width(text)), y, text);
    }

    /// A text in a cell whose upper edge is given: in one line, else in two, else in two small ones.
    fn cell(&mut self, hands: [&Sized; 2], column: usize, top: usize, text: &str) {
        let (x, width) = (EDGES[column] + PADDING, EDGES[column + 1] - EDGES[column] - 2 * PADDING);
        let [large, small] = hands;
        if large.width(text) <= width {
            return self.write(large, x, top - 16, text);
        }
        let wrapped = large.wrap(text, width, 2);
        let is_cut = wrapped.last().is_some_and(|last| last.ends_with('…'));
        let (hand, lines) = if is_cut { (small, small.wrap(text, width, 2)) } else { (large, wrapped) };
        for (row, words) in lines.iter().enumerate() {
            self.write(hand, x, top - 11 - 10 * row, words);
        }
    }

    fn across(&mut self, y: usize) {
        self.content.move_to(number(LEFT), number(y)).line_to(number(RIGHT), number(y));
    }
}

#[expect(clippy::cast_precision_loss, reason = "places on a page are below 1,000")]
fn number(points: usize) -> f32 {
    points as f32
}

/// Draws all pages of the list.
pub(super) fn draw(book: &mut Book, heading: &Heading, entries: &[Entry], sum: Rupiah, pages: usize) {
    let last = self::pages(entries.len()) - 1;
    for (at, rows) in entries.chunks(ROWS).enumerate() {
        let mut sheet = Sheet { content: Content::new(), bytes: Vec::new() };
        head(&mut sheet, heading, entries.len());
        grid(&mut sheet, rows.len());
        for (row, entry) in rows.iter().enumerate() {
            family(&mut sheet, TABLE_TOP - HEAD_HEIGHT - row * ROW_HEIGHT, at * ROWS + row + 1, entry);
        }
        let end = TABLE_TOP - HEAD_HEIGHT - rows.len() * ROW_HEIGHT;
        let of_page: i64 = rows.iter().map(|entry| entry.face.amount.get()).sum();
        let of_page = Rupiah::new(of_page).expect("a part of a sum that fits");
        sheet.write(&STRONG, LEFT + PADDING, end - 13, &format!("Jumlah halaman ini: {} keluarga", rows.len()));
        sheet.write_right(&STRONG, EDGES[5] - PADDING, end - 13, &of_page.to_string());
        if at == last {
            totals(&mut sheet, end - 26, entries.len(), sum);
        }
        foot(&mut sheet, heading, at + 1, pages);
        book.page((A4.1, A4.0), sheet.content, &[]);
    }
}

fn head(sheet: &mut Sheet, heading: &Heading, families: usize) {
    sheet.write(&HEADLINE, LEFT, 552, TITLE);
    let width = RIGHT - LEFT;
    let lines = [
        format!("{} – {}", heading.programme, heading.tranche),
        format!("{} ({}), {}", heading.village, heading.code, heading.regency),
        format!("Paket {}: {families} keluarga", short(heading.generation)),
    ];
    for (row, words) in lines.iter().enumerate() {
        let hand = if row == 1 { &STRONG } else { &TEXT };
        sheet.write(hand, LEFT, 534 - 14 * row, &hand.fit(words, width));
    }
    sheet.write(&TINY, LEFT, 490, SECRET);
}

/// Enough of a generation to tell the packs of a village apart by eye.
pub(super) fn short(generation: &str) -> &str {
    generation.get(..8).unwrap_or(generation)
}

/// The lines of the table and the heads of its columns.
fn grid(sheet: &mut Sheet, rows: usize) {
    let end = TABLE_TOP - HEAD_HEIGHT - rows * ROW_HEIGHT;
    sheet.content.set_fill_gray(0.9);
    sheet.content.rect(number(LEFT), number(TABLE_TOP - HEAD_HEIGHT), number(RIGHT - LEFT), number(HEAD_HEIGHT)).fill_nonzero();
    sheet.content.set_fill_gray(0.0).set_line_width(0.5);
    sheet.across(TABLE_TOP);
    for row in 0..=rows {
        sheet.across(TABLE_TOP - HEAD_HEIGHT - row * ROW_HEIGHT);
    }
    for x in EDGES {
        sheet.content.move_to(number(x), number(TABLE_TOP)).line_to(number(x), number(end));
    }
    sheet.content.stroke();
    for (column, words) in HEADS.iter().enumerate() {
        sheet.write(&STRONG, EDGES[column] + PADDING, TABLE_TOP - 12, words);
    }
}

fn family(sheet: &mut Sheet, top: usize, number: usize, entry: &Entry) {
    sheet.write_right(&TEXT, EDGES[1] - PADDING, top - 16, &number.to_string());
    sheet.cell([&TEXT, &TINY], 1, top, entry.name);
    sheet.cell([&SMALL, &TINY], 2, top, entry.face.masked_nik);
    sheet.cell([&SMALL, &TINY], 3, top, if entry.address.trim().is_empty() { "–" } else { entry.address });
    let amount = entry.face.amount.to_string();
    let hand = if TEXT.width(&amount) <= EDGES[5] - EDGES[4] - 2 * PADDING { &TEXT } else { &TINY };
    sheet.write_right(hand, EDGES[5] - PADDING, top - 16, &amount);
    sheet.write(&TINY, EDGES[5] + PADDING, top - 9, &number.to_string());
    if entry.face.specimen {
        sheet.write_right(&TINY, RIGHT - PADDING, top - 9, "CONTOH");
    }
}

fn totals(sheet: &mut Sheet, y: usize, families: usize, sum: Rupiah) {
    sheet.write(&STRONG, LEFT + PADDING, y, &format!("Jumlah seluruhnya: {families} keluarga, {sum}"));
    sheet.write(&SMALL, LEFT + PADDING, y - 12, &SMALL.fit(&format!("({})", terbilang::rupiah(sum)), RIGHT - LEFT));
    for (x, words) in [(LEFT, "Petugas yang membagikan,"), (310, "Kepala desa / lurah,"), (580, "Dibagikan tanggal:")] {
        sheet.write(&TEXT, x + PADDING, y - 28, words);
        sheet.write(&TEXT, x + PADDING, y - 58, "(..........................................)");
    }
}

fn foot(sheet: &mut Sheet, heading: &Heading, page: usize, pages: usize) {
    sheet.write(&TINY, LEFT, 16, &format!("Paket {} / {}", heading.code, heading.generation));
    sheet.write_right(&TINY, RIGHT, 16, &format!("Halaman {page} dari {pages}"));
}
