//! One door for every format: which one a file is in, and its rows.

use std::io::{Read, Seek};

use crate::pain001::GroupHeader;
use crate::{Mapping, RowError, RowResult, csv, jsonl, pain001, xlsx};

/// How much of a file's beginning [`Format::of`] should be shown.
pub const FIRST_BYTES: usize = 512;
const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";
/// A ZIP, and the container of workbooks with a password or of before 2007, which the reader of XLSX refuses by name.
const BOOK_MARKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0"];

/// A format of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Comma, semicolon or tab separated: [`csv`].
    Csv,
    /// One JSON object a line: [`jsonl`].
    JsonLines,
    /// A sheet: [`xlsx`].
    Xlsx,
    /// ISO 20022 customer credit transfer initiation: [`pain001`].
    Pain001,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Csv, Self::JsonLines, Self::Xlsx, Self::Pain001];

    /// The format of a file: by how it begins, which cannot be misnamed, else by the end of its name.
    ///
    /// ```
    /// use salur_formats::Format;
    /// assert_eq!(Format::of("tahap4.csv", b"PK\x03\x04"), Some(Format::Xlsx));
    /// assert_eq!(Format::of("tahap4.csv", b"nik;kk"), Some(Format::Csv));
    /// assert_eq!(Format::of("tahap4", b"\xFF\xD8\xFF"), None);
    /// ```
    pub fn of(file_name: &str, first: &[u8]) -> Option<Self> {
        if BOOK_MARKS.iter().any(|mark| first.starts_with(mark)) {
            return Some(Self::Xlsx);
        }
        let text = first.strip_prefix(UTF8_MARK).unwrap_or(first).trim_ascii_start();
        match text.first() {
            Some(b'<') => return Some(Self::Pain001),
            Some(b'{' | b'[') => return Some(Self::JsonLines),
            _ => {}
        }
        let ending = file_name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
        let by_name = Self::ALL.into_iter().find(|format| format.endings().contains(&ending.as_str()));
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_list = line.iter().any(|byte| b",;\t".contains(byte)) && std::str::from_utf8(line).is_ok();
        by_name.or_else(|| is_list.then_some(Self::Csv))
    }

    /// The format that a `Content-Type` names; its parameters do not count.
    pub fn of_media_type(text: &str) -> Option<Self> {
        let name = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Self::ALL.into_iter().find(|format| format.media_types().contains(&name.as_str()))
    }

    /// Its media types, the usual one first.
    pub const fn media_types(self) -> &'static [&'static str] {
        match self {
            Self::Csv => &["text/csv", "application/csv", "text/tab-separated-values"],
            Self::JsonLines => &["application/jsonl", "application/x-ndjson", "application/x-jsonlines"],
            Self::Xlsx => &["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
            Self::Pain001 => &["application/xml", "text/xml"],
        }
    }

    /// Ends of file names, the usual one first.
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Csv => &["csv", "tsv", "txt"],
            Self::JsonLines => &["jsonl", "ndjson", "json"],
            Self::Xlsx => &["xlsx", "xlsm", "xls"],
            Self::Pain001 => &["xml"],
        }
    }

    /// Whether rows can be read while the file still arrives; an XLSX has its directory at the end.
    pub const fn streams(self) -> bool {
        !matches!(self, Self::Xlsx)
    }
}

/// The rows of a file, and what it says of itself.
pub struct List(Rows);

enum Rows {
    Plain(Box<dyn Iterator<Item = RowResult> + Send>),
    Message(Box<pain001::Rows<Box<dyn Read + Send>>>),
}

impl List {
    /// Names and control totals, where the format has them. Totals are compared at the end of the rows.
    pub fn header(&self) -> Option<&GroupHeader> {
        match &self.0 {
            Rows::Plain(_) => None,
            Rows::Message(rows) => Some(rows.header()),
        }
    }

    fn plain(rows: impl Iterator<Item = RowResult> + Send + 'static) -> Self {
        Self(Rows::Plain(Box::new(rows)))
    }
}

impl Iterator for List {
    type Item = RowResult;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Rows::Plain(rows) => rows.next(),
            Rows::Message(rows) => rows.next(),
        }
    }
}

/// The rows of a file.
pub fn open(format: Format, source: impl Read + Seek + Send + 'static, mapping: &Mapping) -> Result<List, RowError> {
    match format {
        Format::Xlsx => Ok(List::plain(xlsx::Rows::mapped(source, mapping)?)),
        _ => stream(format, source, mapping),
    }
}

/// The rows of what arrives; refuses what does not stream ([`Format::streams`]).
pub fn stream(format: Format, source: impl Read + Send + 'static, mapping: &Mapping) -> Result<List, RowError> {
    match format {
        Format::Csv => Ok(List::plain(csv::Rows::mapped(source, mapping)?)),
        Format::JsonLines => Ok(List::plain(jsonl::Rows::mapped(source, mapping)?)),
        Format::Pain001 => {
            let source: Box<dyn Read + Send> = Box::new(source);
            Ok(List(Rows::Message(Box::new(pain001::Rows::new(source)?))))
        }
        Format::Xlsx => Err(RowError::of_file(0, "an XLSX cannot be read while it arrives", "store it first, or send CSV")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn bytes_decide_before_names() {
        let cases: [(&str, &[u8], Option<Format>); 12] = [
            ("a.csv", b"nik,kk", Some(Format::Csv)),
            ("A.TSV", b"nik", Some(Format::Csv)),
            ("a", b"\xEF\xBB\xBFnik;kk\n\xFF", Some(Format::Csv)),
            ("a.csv", b"\xEF\xBB\xBF {\"nik\"", Some(Format::JsonLines)),
            ("a.json", b"", Some(Format::JsonLines)),
            ("a.csv", b"[{", Some(Format::JsonLines)),
            ("a.txt", b"\xEF\xBB\xBF\n<?xml", Some(Format::Pain001)),
            ("a.xml", b"\xFF\xFE<\0", Some(Format::Pain001)),
            ("a.xls", b"\xD0\xCF\x11\xE0", Some(Format::Xlsx)),
            ("a.xlsx", b"nik,kk", Some(Format::Xlsx)),
            ("a", b"", None),
            ("a.pdf", b"%PDF-1.7", None),
        ];
        for (name, first, format) in cases {
            assert_eq!(Format::of(name, first), format, "{name}");
        }
    }

    #[test]
    fn every_media_type_and_ending_means_one_format() {
        for format in Format::ALL {
            for name in format.media_types() {
                assert_eq!(Format::of_media_type(&format!("{}; charset=utf-8", name.to_uppercase())), Some(format));
            }
            for ending in format.endings() {
                assert_eq!(Format::of(&format!("a.{ending}"), b""), Some(format));
            }
        }
        assert_eq!(Format::of_media_type("image/png"), None);
    }

    #[test]
    fn every_format_says_of_an_empty_file_what_to_do() {
        for format in Format::ALL {
            let error = open(format, Cursor::new(Vec::new()), &Mapping::default()).err().expect("refused");
            assert!(error.fatal && !error.remedy.is_empty());
        }
        assert!(stream(Format::Xlsx, Cursor::new(Vec::new()), &Mapping::default()).is_err());
    }

    #[test]
    fn a_list_moves_to_another_thread() {
        let file = "nik,kk,name,village,amount\n1,2,3,4,5\n";
        let list = open(Format::Csv, Cursor::new(file), &Mapping::default()).expect("a header");
        assert_eq!(std::thread::spawn(move || list.count()).join().expect("no panic"), 1);
    }
}
