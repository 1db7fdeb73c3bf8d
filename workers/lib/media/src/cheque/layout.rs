//! Where everything stands on the face of a cheque, in pixels of the picture: one layout for the picture and for printed pages.
//!
//! Every field has a place of fixed width: a longer text gets smaller, wraps or ends with an ellipsis, and never runs into its neighbour or into the code.

use super::{Face, HEIGHT, WIDTH};
use crate::{
    canvas::{Ink, Rect},
    glyphs::Hand,
    terbilang,
};

/// Room of the code with its quiet zone.
pub(crate) const CODE_ROOM: Rect = Rect::new(784, 80, 440, 440);
/// The bar on top, white on black.
pub(crate) const BAR: Rect = Rect::new(8, 8, WIDTH - 16, 64);
/// The edge.
pub(crate) const FRAME: Rect = Rect::new(8, 8, WIDTH - 16, HEIGHT - 16);
/// Thickness of the edge.
pub(crate) const FRAME_PIXELS: usize = 3;
/// Thin lines between the parts of the left side.
pub(crate) const RULES: [Rect; 4] = [
    Rect::new(LABEL_X, 140, LEFT_WIDTH, 2),
    Rect::new(LABEL_X, 216, LEFT_WIDTH, 2),
    Rect::new(LABEL_X, 330, LEFT_WIDTH, 2),
    Rect::new(LABEL_X, 480, LEFT_WIDTH, 2),
];
/// Where the left side ends: a dotted line from top to bottom.
pub(crate) const FOLD: Rect = Rect::new(774, 80, 2, 504);

const LABEL_X: usize = 40;
const VALUE_X: usize = 170;
const VALUE_WIDTH: usize = 590;
const LEFT_WIDTH: usize = VALUE_X + VALUE_WIDTH - LABEL_X;
const LINES_MAX: usize = 2;
const LEADING: usize = 25;
const TITLE: &str = "UNDANGAN PENERIMAAN BANTUAN SOSIAL TUNAI";
const BRING: &str = "Bawa: KTP asli dan Kartu Keluarga (KK)";
const PROXY: &str = "Berhalangan? Boleh diwakili anggota KK yang sama: bawa KTP berdua dan KK.";
const FREE: &str = "Tanpa biaya, tanpa potongan. Tidak dapat dipindahtangankan.";

/// A size and weight of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Small,
    Text,
    Strong,
    Title,
    Amount,
    Serial,
}

/// What a face is written on.
pub(crate) trait Paper {
    /// How it writes.
    type Hand: Hand + 'static;
    /// The hand of a style.
    fn hand(&self, style: Style) -> &'static Self::Hand;
    /// Writes a text whose pen starts at (x, baseline).
    fn write(&mut self, style: Style, x: usize, baseline: usize, text: &str, ink: Ink);
}

/// What all cheques share.
pub(crate) fn write_labels<P: Paper>(paper: &mut P) {
    centred(paper, Style::Title, BAR, 53, TITLE, Ink::White);
    for (baseline, label) in [(172, "Nama"), (204, "NIK"), (274, "Jumlah"), (360, "Tempat"), (441, "Waktu")] {
        paper.write(Style::Text, LABEL_X, baseline, label, Ink::Black);
    }
    paper.write(Style::Strong, LABEL_X, 508, BRING, Ink::Black);
    for (baseline, words) in [(531, PROXY), (553, FREE)] {
        line(paper, LABEL_X, baseline, LEFT_WIDTH, &[Style::Small], words);
    }
    centred(paper, Style::Small, CODE_ROOM, 542, "Nomor seri", Ink::Black);
}

/// What one cheque says.
pub(crate) fn write_texts<P: Paper>(paper: &mut P, face: &Face) {
    const VALUES: [Style; 3] = [Style::Strong, Style::Text, Style::Small];
    line(paper, LABEL_X, 104, LEFT_WIDTH, &VALUES, face.programme);
    line(paper, LABEL_X, 131, LEFT_WIDTH, &VALUES[1..], face.tranche);
    line(paper, VALUE_X, 172, VALUE_WIDTH, &VALUES, face.masked_name);
    line(paper, VALUE_X, 204, VALUE_WIDTH, &VALUES, face.masked_nik);
    line(paper, VALUE_X, 266, VALUE_WIDTH, &[Style::Amount, Style::Title], &face.amount.to_string());
    paragraph(paper, 294, &terbilang::rupiah(face.amount));
    line(paper, VALUE_X, 360, VALUE_WIDTH, &VALUES, face.pay_point);
    paragraph(paper, 386, face.pay_point_address);
    line(paper, VALUE_X, 441, VALUE_WIDTH, &VALUES, face.window);
    if !face.slot.is_empty() {
        paper.write(Style::Text, LABEL_X, 470, "Jadwal", Ink::Black);
        line(paper, VALUE_X, 470, VALUE_WIDTH, &VALUES, face.slot);
    }
    line(paper, LABEL_X, 575, LEFT_WIDTH, &[Style::Small], &complaints(face.complaints));
    centred(paper, Style::Serial, CODE_ROOM, 574, face.serial, Ink::Black);
}

/// How to complain: by the serial, which names nobody.
fn complaints(at: &str) -> String {
    match at {
        "" => "Pengaduan: dinas sosial setempat, sebutkan nomor seri.".to_owned(),
        at => format!("Pengaduan: {at} – sebutkan nomor seri."),
    }
}

/// A line in the largest of these styles that it fits.
fn line<P: Paper>(paper: &mut P, x: usize, baseline: usize, width: usize, styles: &[Style], words: &str) {
    let smallest = styles[styles.len() - 1];
    let style = styles.iter().copied().find(|style| paper.hand(*style).width(words) <= width).unwrap_or(smallest);
    let fitted = paper.hand(style).fit(words, width);
    paper.write(style, x, baseline, &fitted, Ink::Black);
}

/// Up to two lines in the column of values.
fn paragraph<P: Paper>(paper: &mut P, baseline: usize, words: &str) {
    let wrapped = paper.hand(Style::Text).wrap(words, VALUE_WIDTH, LINES_MAX);
    let is_cut = wrapped.last().is_some_and(|last| last.ends_with('…'));
    let (style, lines) =
        if is_cut { (Style::Small, paper.hand(Style::Small).wrap(words, VALUE_WIDTH, LINES_MAX)) } else { (Style::Text, wrapped) };
    for (row, words) in lines.iter().enumerate() {
        paper.write(style, VALUE_X, baseline + row * LEADING, words, Ink::Black);
    }
}

/// A text in the middle of a width.
fn centred<P: Paper>(paper: &mut P, style: Style, within: Rect, baseline: usize, text: &str, ink: Ink) {
    let hand = paper.hand(style);
    let text = hand.fit(text, within.width);
    let x = within.x + within.width.saturating_sub(hand.width(&text)) / 2;
    paper.write(style, x, baseline, &text, ink);
}
