//! CSV (RFC 4180, leniently): rows of recipients as dinas sosial exports them.
//!
//! A header names the columns, in any order: `nik`, `kk` (`no_kk`), `name` (`nama`), `village` (`desa`), `amount` (`nominal`) must be there; `id`,
//! `birth_date` (`tgl_lahir`), `sex` (`jenis_kelamin`), `address` (`alamat`) may; others are ignored. Comma, semicolon and tab are told apart by it.
//! A byte order mark and either line end are fine. Bounds: [`MAX_ROW_BYTES`], [`MAX_COLUMNS`]; memory is one row. Fields are
//! text exactly as written; what they mean is checked elsewhere (`salur_domain::row`).

use std::io::Read;

mod records;
mod write;

pub use records::{MAX_COLUMNS, MAX_HEADER_BYTES, MAX_ROW_BYTES};
pub use write::Writer;

use records::{Record, Records};

/// A row as written, trimmed of nothing; columns that the file lacks are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubmittedRow {
    /// Upstream's own reference of the row; the line number where it has none.
    pub row_ref: String,
    /// National identity number.
    pub nik: String,
    /// Household card number.
    pub kk: String,
    /// Full name.
    pub name: String,
    /// Birth date.
    pub birth_date: String,
    /// `L` or `P`.
    pub sex: String,
    /// Street, RT/RW.
    pub address: String,
    /// Village code.
    pub village: String,
    /// Amount.
    pub amount: String,
}

/// What is wrong with a row, where, and what to do. Quotes nothing of the row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {what}; {remedy}", .column.map(|c| format!(", column {c}")).unwrap_or_default())]
pub struct RowError {
    /// Line of the file where the row begins, from 1.
    pub line: u64,
    /// The column, where one is at fault.
    pub column: Option<&'static str>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: &'static str,
    /// Nothing after it can be read.
    pub fatal: bool,
}

/// The columns that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Id,
    Nik,
    Kk,
    Name,
    BirthDate,
    Sex,
    Address,
    Village,
    Amount,
}

impl Column {
    const ALL: [Self; 9] =
        [Self::Id, Self::Nik, Self::Kk, Self::Name, Self::BirthDate, Self::Sex, Self::Address, Self::Village, Self::Amount];
    /// A file without one of these is not a list of recipients.
    const REQUIRED: [Self; 5] = [Self::Nik, Self::Kk, Self::Name, Self::Village, Self::Amount];

    /// Its own name first, then what else it is called in the field.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Id => &["id"],
            Self::Nik => &["nik"],
            Self::Kk => &["kk", "no_kk"],
            Self::Name => &["name", "nama"],
            Self::BirthDate => &["birth_date", "tgl_lahir", "tanggal_lahir"],
            Self::Sex => &["sex", "jenis_kelamin"],
            Self::Address => &["address", "alamat"],
            Self::Village => &["village", "desa"],
            Self::Amount => &["amount", "nominal"],
        }
    }

    const fn name(self) -> &'static str {
        self.names()[0]
    }

    fn parse(text: &str) -> Option<Self> {
        let name = text.trim().to_ascii_lowercase().replace([' ', '-'], "_");
        Self::ALL.into_iter().find(|column| column.names().contains(&name.as_str()))
    }
}

/// Which field of a record is which column.
#[derive(Debug)]
struct Header {
    at: [Option<usize>; Column::ALL.len()],
    fields: usize,
}

impl Header {
    fn read(record: &Record) -> Result<Self, RowError> {
        let wrong = |column, what: String, remedy| RowError { line: 1, column, what, remedy, fatal: true };
        let mut at = [None; Column::ALL.len()];
        for (field, text) in record.iter().enumerate() {
            let Some(column) = std::str::from_utf8(text).ok().and_then(Column::parse) else { continue };
            if at[column as usize].replace(field).is_some() {
                return Err(wrong(Some(column.name()), "the header has the column twice".to_owned(), "remove or rename one of them"));
            }
        }
        match Column::REQUIRED.into_iter().find(|column| at[*column as usize].is_none()) {
            Some(missing) => {
                let what = format!("the header lacks a column; it may be called {}", missing.names().join(" or "));
                Err(wrong(Some(missing.name()), what, "put the names of the columns into the first line"))
            }
            None => Ok(Self { at, fields: record.len() }),
        }
    }
}

/// The rows of a file, one by one.
///
/// ```
/// let file = "nik;kk;nama;desa;nominal\n1902015204850007;1902010101010001;Siti Aminah;19.02.01.1001;300000\n";
/// let mut rows = salur_formats::csv::Rows::new(file.as_bytes()).unwrap();
/// let (line, row) = rows.next().unwrap().unwrap();
/// assert_eq!((line, row.row_ref.as_str(), row.name.as_str(), row.amount.as_str()), (2, "2", "Siti Aminah", "300000"));
/// assert!(rows.next().is_none());
/// ```
pub struct Rows<R> {
    records: Records<R>,
    header: Header,
    record: Record,
    ended: bool,
}

impl<R: Read> Rows<R> {
    /// Reads the header.
    pub fn new(source: R) -> Result<Self, RowError> {
        let mut records = Records::new(source)?;
        let mut record = Record::new();
        records.next_into(&mut record)?;
        let header = Header::read(&record)?;
        Ok(Self { records, header, record, ended: false })
    }

    fn row(&self) -> Result<SubmittedRow, RowError> {
        let line = self.record.line;
        let wrong = |column, what: String, remedy| RowError { line, column, what, remedy, fatal: false };
        if self.record.len() != self.header.fields {
            let what = format!("the row has {} columns, the header {}", self.record.len(), self.header.fields);
            return Err(wrong(None, what, "write fields that hold the separator inside quotation marks"));
        }
        let field = |column: Column| -> Result<String, RowError> {
            let bytes = self.header.at[column as usize].map_or(&b""[..], |at| self.record.field(at));
            let text =
                std::str::from_utf8(bytes).map_err(|_| wrong(Some(column.name()), "not UTF-8".to_owned(), "save the file as CSV UTF-8"))?;
            Ok(text.to_owned())
        };
        let mut row_ref = field(Column::Id)?.trim().to_owned();
        if row_ref.is_empty() {
            row_ref = line.to_string();
        }
        Ok(SubmittedRow {
            row_ref,
            nik: field(Column::Nik)?,
            kk: field(Column::Kk)?,
            name: field(Column::Name)?,
            birth_date: field(Column::BirthDate)?,
            sex: field(Column::Sex)?,
            address: field(Column::Address)?,
            village: field(Column::Village)?,
            amount: field(Column::Amount)?,
        })
    }
}

impl<R: Read> Iterator for Rows<R> {
    /// The line where the row begins, and the row.
    type Item = Result<(u64, SubmittedRow), RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.records.next_into(&mut self.record) {
            Ok(true) => Some(self.row().map(|row| (self.record.line, row))),
            Ok(false) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = error.fatal;
                Some(Err(error))
            }
        }
    }
}

#[cfg(test)]
mod tests;
