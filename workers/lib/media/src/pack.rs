//! The pack of a village: the list by which cheques are handed out (*daftar nominatif*, danom), then the cheques, three to a page.
//!
//! PDF 1.7 with embedded fonts and text that can be searched. A function of its arguments, to the byte: it holds no date and no number of chance. Pages
//! are written as they are drawn, so memory is the file and little more: about 1.2 KB a cheque. Bounded by [`ENTRIES_MAX`].

mod cheques;
mod fonts;
mod list;

use flate2::Compression;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, TextStr};
use salur_domain::{Disposed, Disposition, Rupiah};

use crate::cheque::{self, Face};
use fonts::deflate;

/// Families of one pack: 6 MB of file, which the object store takes at once. What is more is the next pack.
pub const ENTRIES_MAX: usize = 5_000;
/// A4 in points.
const A4: (f32, f32) = (595.28, 841.89);
/// Objects of the three faces.
const FONT_OBJECTS: i32 = 9;

/// What stands above a list.
#[derive(Debug, Clone)]
pub struct Heading<'a> {
    /// The programme's name.
    pub programme: &'a str,
    /// The tranche's name.
    pub tranche: &'a str,
    /// Village and district: `Desa Lalang, Kecamatan Manggar`.
    pub village: &'a str,
    /// The village's ten digits.
    pub code: &'a str,
    /// Regency and province.
    pub regency: &'a str,
    /// Which cheques the pack holds.
    pub generation: &'a str,
}

/// One family.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// In full: the list is for who hands out.
    pub name: &'a str,
    /// Street, RT/RW; may be empty.
    pub address: &'a str,
    /// Its cheque.
    pub face: Face<'a>,
}

/// A pack, drawn.
#[derive(Debug)]
pub struct Pack {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its pages.
    pub pages: usize,
}

/// Why a pack was not drawn.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody, or more than [`ENTRIES_MAX`].
    #[error("a pack holds 1 to {ENTRIES_MAX} cheques, not {0}")]
    Count(usize),
    /// The amounts do not add up within 63 bits.
    #[error("the amounts of a pack do not fit 63 bits")]
    Sum,
    /// A cheque in it cannot be drawn.
    #[error("cheque {0} of a pack was not drawn")]
    Cheque(usize, #[source] cheque::Error),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// A file in the making: counts its objects, knows its pages.
struct Book {
    pdf: Pdf,
    next: i32,
    tree: Ref,
    fonts: [Ref; 3],
    pages: Vec<Ref>,
}

impl Book {
    fn begin(entries: usize) -> Self {
        const FIXED: usize = 96 * 1024;
        const OF_ENTRY: usize = 1_300;
        let mut book = Self {
            pdf: Pdf::with_capacity(FIXED + entries * OF_ENTRY),
            next: 2,
            tree: Ref::new(1),
            fonts: [Ref::new(1); 3],
            pages: Vec::new(),
        };
        let first = book.next;
        book.next += FONT_OBJECTS;
        for (at, face) in (0..).zip(fonts::Face::ALL) {
            let ids = [0, 1, 2].map(|part| Ref::new(first + 3 * at + part));
            face.embed(&mut book.pdf, ids);
            book.fonts[face as usize] = ids[0];
        }
        book
    }

    fn object(&mut self) -> Ref {
        let id = Ref::new(self.next);
        self.next += 1;
        id
    }

    /// Writes a page of this content, with pictures under their names.
    fn page(&mut self, (width, height): (f32, f32), content: Content, pictures: &[(Name, Ref)]) {
        let (page, stream) = (self.object(), self.object());
        let packed = deflate(&content.finish(), Compression::fast());
        self.pdf.stream(stream, &packed).filter(Filter::FlateDecode);
        let mut written = self.pdf.page(page);
        written.parent(self.tree).media_box(Rect::new(0.0, 0.0, width, height)).contents(stream);
        let mut resources = written.resources();
        let mut fonts = resources.fonts();
        for face in fonts::Face::ALL {
            fonts.pair(face.name(), self.fonts[face as usize]);
        }
        fonts.finish();
        if !pictures.is_empty() {
            resources.x_objects().pairs(pictures.iter().copied());
        }
        resources.finish();
        written.finish();
        self.pages.push(page);
    }

    fn finish(mut self, title: &str) -> Pack {
        let (catalog, info) = (self.object(), self.object());
        let pages = self.pages.len();
        self.pdf.pages(self.tree).count(i32::try_from(pages).expect("a pack has few pages")).kids(self.pages.iter().copied());
        self.pdf.catalog(catalog).pages(self.tree).lang(TextStr("id"));
        self.pdf.document_info(info).title(TextStr(title));
        Pack { bytes: self.pdf.finish(), pages }
    }
}

/// Draws a pack: entries stand in the order given, and are numbered in it.
pub fn draw(heading: &Heading, entries: &[Entry]) -> Result<Pack, Error> {
    if entries.is_empty() || entries.len() > ENTRIES_MAX {
        return Err(Error::Count(entries.len()));
    }
    let sum = Rupiah::sum(entries.iter().map(|entry| entry.face.amount)).map_err(|_| Error::Sum)?;
    let mut book = Book::begin(entries.len());
    let pages = list::pages(entries.len()) + entries.len().div_ceil(cheques::A_PAGE);
    list::draw(&mut book, heading, entries, sum, pages);
    cheques::draw(&mut book, heading, entries, pages)?;
    Ok(book.finish(&format!("{} – {} – {}", heading.programme, heading.tranche, heading.village)))
}
