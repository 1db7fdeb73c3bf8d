//! The statement as a PDF: A4, the fonts that every reader has, a table that goes on over pages.
//!
//! Written by hand since it is text and lines: PDF 1.4 (ISO 32000-1), Helvetica and Courier of the standard 14 in `WinAnsiEncoding`, streams not
//! compressed. Figures stand in Courier, whose characters are all 600/1000 of an em wide, so that they align without a table of widths.

use std::fmt::Write;

use super::{COLUMNS, Line, Paper, SUBTITLE, TITLE, reason};

/// A4 in points.
const PAGE: (f32, f32) = (595.0, 842.0);
const MARGIN: f32 = 50.0;
const LEADING: f32 = 14.0;
/// Where the columns begin, the last two where they end.
const COLUMN: [f32; 4] = [MARGIN, 240.0, 430.0, PAGE.0 - MARGIN];
/// Width of a Courier character in ems.
const COURIER: f32 = 0.6;
/// Characters of the first two columns that fit beside each other.
const FITS: [usize; 2] = [34, 34];

#[derive(Clone, Copy)]
enum Font {
    Text,
    Bold,
    Figures,
}

/// Pages under way.
struct Sheets {
    pages: Vec<String>,
    y: f32,
}

impl Paper {
    /// The PDF's bytes.
    pub fn pdf(&self) -> Vec<u8> {
        let mut sheets = Sheets { pages: vec![String::new()], y: PAGE.1 - MARGIN };
        sheets.text(Font::Bold, 16.0, MARGIN, TITLE);
        sheets.down(LEADING);
        sheets.text(Font::Text, 10.0, MARGIN, SUBTITLE);
        sheets.down(LEADING * 1.6);
        for (label, value) in self.facts() {
            sheets.text(Font::Text, 9.0, MARGIN, &label);
            sheets.text(Font::Bold, 9.0, 200.0, &clipped(&value, 70));
            sheets.down(LEADING);
        }
        sheets.down(LEADING * 0.5);
        sheets.heads();
        for group in self.lines.chunk_by(|a, b| a.regency == b.regency) {
            for (place, line) in group.iter().enumerate() {
                sheets.line(line, place == 0);
            }
            if group.len() > 1 {
                sheets.sum("", Self::total(group.iter()), Font::Text);
            }
            sheets.rule(0.3);
        }
        sheets.sum("Jumlah / Total", Self::total(self.lines.iter()), Font::Bold);
        sheets.signatures(self);
        document(&sheets.pages, &self.head.number)
    }
}

impl Sheets {
    fn down(&mut self, by: f32) {
        self.y -= by;
    }

    fn page(&mut self) -> &mut String {
        self.pages.last_mut().expect("there is always one")
    }

    fn text(&mut self, font: Font, size: f32, x: f32, text: &str) {
        let name = match font {
            Font::Text => "F1",
            Font::Bold => "F2",
            Font::Figures => "F3",
        };
        let y = self.y;
        writeln!(self.page(), "BT /{name} {size} Tf {x} {y} Td ({}) Tj ET", escaped(text)).expect("a string takes all");
    }

    /// Figures that end at `x`.
    fn figures(&mut self, x: f32, text: &str) {
        let width = (0..text.len()).fold(0.0, |width, _| width + COURIER * 9.0);
        self.text(Font::Figures, 9.0, x - width, text);
    }

    fn rule(&mut self, width: f32) {
        let y = self.y + LEADING - 4.0;
        let (from, to) = (MARGIN, PAGE.0 - MARGIN);
        writeln!(self.page(), "{width} w {from} {y} m {to} {y} l S").expect("a string takes all");
    }

    fn heads(&mut self) {
        self.text(Font::Bold, 9.0, COLUMN[0], COLUMNS[0]);
        self.text(Font::Bold, 9.0, COLUMN[1], COLUMNS[1]);
        self.text(Font::Bold, 9.0, 350.0, COLUMNS[2]);
        self.text(Font::Bold, 9.0, COLUMN[3] - 34.0, COLUMNS[3]);
        self.down(LEADING);
        self.rule(0.8);
    }

    /// Begins a page where a line would not fit.
    fn room(&mut self, lines: f32) {
        if self.y - lines * LEADING < MARGIN + LEADING {
            self.pages.push(String::new());
            self.y = PAGE.1 - MARGIN;
            self.heads();
        }
    }

    fn line(&mut self, line: &Line, is_first: bool) {
        self.room(1.0);
        if is_first {
            self.text(Font::Text, 9.0, COLUMN[0], &clipped(&format!("{} {}", line.regency, line.regency_name), FITS[0]));
        }
        self.text(Font::Text, 9.0, COLUMN[1], &clipped(&reason(line), FITS[1]));
        let families = if line.families == 0 { "-".to_owned() } else { thousands(line.families) };
        self.figures(COLUMN[2], &families);
        self.figures(COLUMN[3], &line.rupiah.to_string());
        self.down(LEADING);
    }

    fn sum(&mut self, label: &str, (families, rupiah): (i64, salur_domain::Rupiah), font: Font) {
        self.room(1.0);
        self.text(font, 9.0, COLUMN[0], label);
        self.figures(COLUMN[2], &thousands(families));
        self.figures(COLUMN[3], &rupiah.to_string());
        self.down(LEADING);
    }

    fn signatures(&mut self, paper: &Paper) {
        self.room(8.0);
        self.down(LEADING * 5.0);
        for (x, label, name) in [
            (MARGIN, "Disusun oleh / Prepared by", &paper.head.prepared_by),
            (330.0, "Disetujui oleh / Approved by", &paper.head.approved_by),
        ] {
            let y = self.y + LEADING;
            writeln!(self.page(), "0.5 w {x} {y} m {} {y} l S", x + 200.0).expect("a string takes all");
            self.text(Font::Bold, 9.0, x, name);
            self.down(LEADING);
            self.text(Font::Text, 8.0, x, label);
            self.down(-LEADING);
        }
    }
}

/// `8.700`
fn thousands(number: i64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).expect("digits")).collect();
    groups.join(".")
}

fn clipped(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 3).chain("...".chars()).collect()
}

/// A text as it stands in a PDF string; what `WinAnsi` does not have becomes a question mark.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '(' | ')' | '\\' => escaped.extend(['\\', character]),
            ' '..='~' => escaped.push(character),
            '\u{a0}'..='\u{ff}' => write!(escaped, "\\{:03o}", u32::from(character)).expect("a string takes all"),
            _ => escaped.push('?'),
        }
    }
    escaped
}

/// The file around the pages: catalogue, page tree, fonts, one content stream a page, cross-reference table.
fn document(pages: &[String], title: &str) -> Vec<u8> {
    let mut objects = vec!["<< /Type /Catalog /Pages 2 0 R >>".to_owned()];
    let kids: Vec<String> = (0..pages.len()).map(|page| format!("{} 0 R", 7 + 2 * page)).collect();
    objects.push(format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()));
    for font in ["Helvetica", "Helvetica-Bold", "Courier"] {
        objects.push(format!("<< /Type /Font /Subtype /Type1 /BaseFont /{font} /Encoding /WinAnsiEncoding >>"));
    }
    objects.push(format!("<< /Title ({}) /Producer (salur) >>", escaped(title)));
    for (place, page) in pages.iter().enumerate() {
        let fonts = "/Font << /F1 3 0 R /F2 4 0 R /F3 5 0 R >>";
        let (width, height) = PAGE;
        let stream = 8 + 2 * place;
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Resources << {fonts} >> /Contents {stream} 0 R >>"
        ));
        let foot = format!("BT /F1 8 Tf {MARGIN} 30 Td ({}   {} / {}) Tj ET\n", escaped(title), place + 1, pages.len());
        let content = format!("{page}{foot}");
        objects.push(format!("<< /Length {} >>\nstream\n{content}endstream", content.len()));
    }
    let mut file = String::from("%PDF-1.4\n");
    let mut offsets = Vec::with_capacity(objects.len());
    for (number, object) in (1..).zip(&objects) {
        offsets.push(file.len());
        write!(file, "{number} 0 obj\n{object}\nendobj\n").expect("a string takes all");
    }
    let table = file.len();
    write!(file, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).expect("a string takes all");
    for offset in offsets {
        writeln!(file, "{offset:010} 00000 n ").expect("a string takes all");
    }
    let size = objects.len() + 1;
    write!(file, "trailer\n<< /Size {size} /Root 1 0 R /Info 6 0 R >>\nstartxref\n{table}\n%%EOF\n").expect("a string takes all");
    file.into_bytes()
}
