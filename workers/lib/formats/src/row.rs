//! A row as every format gives it, what may be wrong with one, and the names of its columns.
//!
//! Fields are text exactly as written; what they mean is checked elsewhere (`salur_domain::row`). An error quotes nothing of the row.

use std::fmt;

use salur_domain::{Rupiah, money, row::RowText};

use crate::{Format, Mapping};

/// Most columns of a header, most keys of an object.
pub const MAX_COLUMNS: usize = 64;

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
    /// Why the family is to be visited at home.
    pub home_visit: String,
    /// Amount.
    pub amount: String,
}

impl SubmittedRow {
    /// As the rules of one row take it.
    pub fn text<'a>(&'a self, amount: &'a Result<Rupiah, money::Error>) -> RowText<'a> {
        RowText {
            nik: &self.nik,
            kk: &self.kk,
            name: &self.name,
            birth_date: Some(&self.birth_date),
            sex: Some(&self.sex),
            address: &self.address,
            village: &self.village,
            home_visit: Some(&self.home_visit),
            amount,
        }
    }

    pub(crate) fn field_mut(&mut self, column: Column) -> &mut String {
        match column {
            Column::Id => &mut self.row_ref,
            Column::Nik => &mut self.nik,
            Column::Kk => &mut self.kk,
            Column::Name => &mut self.name,
            Column::BirthDate => &mut self.birth_date,
            Column::Sex => &mut self.sex,
            Column::Address => &mut self.address,
            Column::Village => &mut self.village,
            Column::HomeVisit => &mut self.home_visit,
            Column::Amount => &mut self.amount,
        }
    }

    /// Writes the constants of the mapping in, and calls a row without reference by its line.
    pub(crate) fn complete(mut self, line: u64, mapping: &Mapping) -> Self {
        for (column, text) in mapping.constants() {
            text.clone_into(self.field_mut(column));
        }
        self.row_ref = match self.row_ref.trim() {
            "" => line.to_string(),
            text => text.to_owned(),
        };
        self
    }
}

/// A row with its place ([`RowError::line`]), or what is wrong with it.
pub type RowResult = Result<(u64, SubmittedRow), RowError>;

/// What is wrong with a row, where, and what to do. Quotes nothing of the row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.told("line"))]
pub struct RowError {
    /// Where the row begins, from 1: the line of the file (CSV, JSON Lines), the row of the sheet (XLSX) or the number of the transaction
    /// (pain.001). 0 means the file as a whole.
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

impl RowError {
    /// An error of one row; the next one can be read.
    pub(crate) fn of_row(line: u64, column: Option<Column>, what: impl Into<String>, remedy: &'static str) -> Self {
        Self { line, column: column.map(Column::name), what: what.into(), remedy, fatal: false }
    }

    /// An error after which nothing can be read.
    pub(crate) fn of_file(line: u64, what: impl Into<String>, remedy: &'static str) -> Self {
        Self { line, column: None, what: what.into(), remedy, fatal: true }
    }

    /// The source failed while it was read.
    pub(crate) fn of_source(line: u64, error: &std::io::Error) -> Self {
        Self::of_file(line, format!("the file cannot be read: {}", error.kind()), "send it again")
    }

    pub(crate) fn with_column(self, column: Column) -> Self {
        Self { column: Some(column.name()), ..self }
    }

    /// The error in the words of the file's format: `row 5, column nik: ...` of a sheet.
    pub fn in_format(&self, format: Format) -> impl fmt::Display + '_ {
        self.told(match format {
            Format::Csv | Format::JsonLines => "line",
            Format::Xlsx => "row",
            Format::Pain001 => "transaction",
        })
    }

    fn told<'a>(&'a self, unit: &'a str) -> impl fmt::Display + 'a {
        fmt::from_fn(move |f| {
            match self.line {
                0 => write!(f, "file")?,
                line => write!(f, "{unit} {line}")?,
            }
            if let Some(column) = self.column {
                write!(f, ", column {column}")?;
            }
            write!(f, ": {}; {}", self.what, self.remedy)
        })
    }
}

/// The columns that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Id,
    Nik,
    Kk,
    Name,
    BirthDate,
    Sex,
    Address,
    Village,
    HomeVisit,
    Amount,
}

/// Something for each column.
pub(crate) type PerColumn<T> = [T; Column::ALL.len()];

impl Column {
    pub(crate) const ALL: [Self; 10] = [
        Self::Id,
        Self::Nik,
        Self::Kk,
        Self::Name,
        Self::BirthDate,
        Self::Sex,
        Self::Address,
        Self::Village,
        Self::HomeVisit,
        Self::Amount,
    ];
    /// A file without one of these is not a list of recipients.
    pub(crate) const REQUIRED: [Self; 5] = [Self::Nik, Self::Kk, Self::Name, Self::Village, Self::Amount];

    /// Its own name first, then what else it is called in the field.
    pub(crate) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Id => &["id"],
            Self::Nik => &["nik"],
            Self::Kk => &["kk", "no_kk"],
            Self::Name => &["name", "nama"],
            Self::BirthDate => &["birth_date", "tgl_lahir", "tanggal_lahir"],
            Self::Sex => &["sex", "jenis_kelamin"],
            Self::Address => &["address", "alamat"],
            Self::Village => &["village", "desa"],
            Self::HomeVisit => &["home_visit", "kunjungan_rumah"],
            Self::Amount => &["amount", "nominal"],
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        self.names()[0]
    }

    /// The column that a normal name ([`normal`]) belongs to.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.names().contains(&name))
    }
}

/// A name of a column in the form that names are compared in.
pub(crate) fn normal(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace([' ', '-'], "_")
}

/// Which field of a record is which column.
#[derive(Debug)]
pub(crate) struct Header {
    at: PerColumn<Option<usize>>,
    /// Fields of the header, known to us or not.
    pub(crate) fields: usize,
}

impl Header {
    /// From the names in their order; `line` is where they stand.
    pub(crate) fn read<'a>(line: u64, names: impl IntoIterator<Item = Option<&'a str>>, mapping: &Mapping) -> Result<Self, RowError> {
        let wrong = |column, what: String, remedy| RowError::of_file(line, what, remedy).with_column(column);
        let mut at = [None; Column::ALL.len()];
        let mut fields = 0;
        for (field, name) in names.into_iter().enumerate() {
            fields = field + 1;
            let Some(column) = name.and_then(|name| mapping.column(name)) else { continue };
            if mapping.constant(column).is_some() {
                return Err(wrong(column, IN_BOTH.to_owned(), "remove it from the file or from the mapping's constants"));
            }
            if at[column as usize].replace(field).is_some() {
                return Err(wrong(column, "the header has the column twice".to_owned(), "remove or rename one of them"));
            }
        }
        let there = |column: &Column| at[*column as usize].is_some() || mapping.constant(*column).is_some();
        match mapping.asked().find(|column| !there(column)) {
            Some(missing) => {
                let what = format!("the header lacks a column; it may be called {}", mapping.may_be_called(missing));
                Err(wrong(missing, what, "put the names of the columns into the first line"))
            }
            None => Ok(Self { at, fields }),
        }
    }

    /// The columns that are there, with their fields.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (Column, usize)> {
        Column::ALL.into_iter().zip(self.at).filter_map(|(column, at)| Some((column, at?)))
    }

    /// The column of a field.
    pub(crate) fn column_at(&self, field: usize) -> Option<Column> {
        self.columns().find(|(_, at)| *at == field).map(|(column, _)| column)
    }
}

pub(crate) const IN_BOTH: &str = "the file has a column that the mapping gives as a constant";
