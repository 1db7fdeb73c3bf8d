//! One sheet as a stream: its rows, their cells as spreadsheets store them, and what each is as text.

use std::io::Read;

use super::workbook::broken;
use super::{MAX_CELL_BYTES, MAX_ROWS, MAX_SHEET_COLUMNS, PASTE_VALUES, SAVE_AGAIN};
use crate::RowError;
use crate::row::Column;
use crate::xml::{Step, Xml};

/// Numbers up to here are whole and exact: 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// The year 9999, as a day of a spreadsheet.
const LAST_DAY: f64 = 2_958_465.0;
const AS_TEXT: &str = "a spreadsheet keeps 15 digits of a number: format the column as text and enter it anew from the source";

/// Texts that cells refer to by number.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) text: String,
    pub(super) ends: Vec<u32>,
}

/// Which styles show a number as a date, and since when days are counted.
#[derive(Debug, Default)]
pub(super) struct Dates {
    pub(super) styles: Vec<bool>,
    pub(super) is_1904: bool,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Number(String),
    /// As `YYYY-MM-DD`.
    Date(String),
    Formula,
    Boolean,
    Error,
}

impl Value {
    /// The text of a column, or what is wrong and the remedy.
    pub(super) fn text(&self, column: Column) -> Result<String, (&'static str, &'static str)> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::Number(_) if matches!(column, Column::Nik | Column::Kk) => {
                Err(("the cell is a number, its last digits are lost", AS_TEXT))
            }
            Self::Number(text) => Ok(plain(text)),
            Self::Date(text) if column == Column::BirthDate => Ok(text.clone()),
            Self::Date(_) => Err(("the cell is a date", "format the column as text and enter it anew")),
            Self::Formula => Err(("the cell is a formula", PASTE_VALUES)),
            Self::Boolean => Err(("the cell is true or false", "format the column as text and enter it anew")),
            Self::Error => Err(("the cell holds an error such as #N/A", PASTE_VALUES)),
        }
    }
}

/// A number as digits where it is whole, else as it is stored: some software stores `300000` as `300000.0` or `3.0E5`.
fn plain(text: &str) -> String {
    match text.parse::<f64>() {
        Ok(number) if number.fract() == 0.0 && number.abs() < EXACT => format!("{number:.0}"),
        _ => text.to_owned(),
    }
}

/// Rows of a sheet.
pub(super) struct Sheet<R: Read> {
    xml: Xml<R>,
    shared: Shared,
    dates: Dates,
    path: Vec<Tag>,
    row: u64,
    cells: Vec<(usize, Value)>,
    cell: Cell,
}

/// The cell that is open.
#[derive(Debug, Default)]
struct Cell {
    column: usize,
    kind: String,
    is_date: bool,
    text: String,
    is_formula: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Row,
    Cell,
    Value,
    Formula,
    Spoken,
    Other,
}

impl Tag {
    fn of(name: &str, outer: Option<&Self>) -> Self {
        match (name, outer) {
            ("row", _) => Self::Row,
            ("c", Some(Self::Row)) => Self::Cell,
            ("v", Some(Self::Cell)) | ("t", Some(Self::Other)) => Self::Value,
            ("f", Some(Self::Cell)) => Self::Formula,
            ("rPh", _) => Self::Spoken,
            _ => Self::Other,
        }
    }
}

impl<R: Read> Sheet<R> {
    pub(super) fn new(part: R, shared: Shared, dates: Dates) -> Self {
        Self { xml: Xml::new(part), shared, dates, path: Vec::new(), row: 0, cells: Vec::new(), cell: Cell::default() }
    }

    /// Number of the row, from 1.
    pub(super) fn row(&self) -> u64 {
        self.row
    }

    /// Cells of the row that hold something, left to right, with their columns from 0.
    pub(super) fn cells(&self) -> impl Iterator<Item = (usize, &Value)> {
        self.cells.iter().map(|(column, value)| (*column, value))
    }

    /// Reads the next row that holds something; false at the end.
    pub(super) fn next_row(&mut self) -> Result<bool, RowError> {
        loop {
            match self.xml.step().map_err(|fault| RowError { line: self.row, ..broken(fault) })? {
                Step::End => return Ok(false),
                Step::Open => self.open()?,
                Step::Text => self.add_text()?,
                Step::Close => match self.path.pop() {
                    Some(Tag::Cell) => self.end_cell()?,
                    Some(Tag::Row) if !self.cells.is_empty() => return Ok(true),
                    _ => {}
                },
            }
        }
    }

    fn open(&mut self) -> Result<(), RowError> {
        let tag = Tag::of(self.xml.name(), self.path.last());
        self.path.push(tag);
        match tag {
            Tag::Row => self.open_row(),
            Tag::Cell => self.open_cell(),
            Tag::Formula => {
                self.cell.is_formula = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn open_row(&mut self) -> Result<(), RowError> {
        let number = match self.attribute("r")? {
            Some(text) => text.parse().ok().filter(|row| *row > self.row),
            None => Some(self.row + 1),
        };
        match number.filter(|row| *row <= MAX_ROWS) {
            Some(row) => self.row = row,
            None => return Err(self.wrong(format!("the row after it is out of order, or beyond {MAX_ROWS}"), SAVE_AGAIN)),
        }
        self.cells.clear();
        self.cell = Cell::default();
        Ok(())
    }

    fn open_cell(&mut self) -> Result<(), RowError> {
        let column = match self.attribute("r")? {
            Some(reference) => column(&reference),
            None => Some(self.cells.last().map_or(self.cell.column, |(column, _)| (column + 1).max(self.cell.column))),
        };
        let column = column.filter(|column| *column < MAX_SHEET_COLUMNS && self.cells.last().is_none_or(|(last, _)| column > last));
        let Some(column) = column else {
            return Err(self.wrong(format!("a cell is out of order, or beyond column {MAX_SHEET_COLUMNS}"), SAVE_AGAIN));
        };
        let style = self.attribute("s")?.and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
        let is_date = self.dates.styles.get(style).copied().unwrap_or(false);
        let kind = self.attribute("t")?.unwrap_or_default();
        self.cell = Cell { column, kind, is_date, ..Cell::default() };
        Ok(())
    }

    fn add_text(&mut self) -> Result<(), RowError> {
        if self.path.last() != Some(&Tag::Value) || self.path.contains(&Tag::Spoken) || !self.path.contains(&Tag::Cell) {
            return Ok(());
        }
        self.cell.text.push_str(self.xml.text());
        if self.cell.text.len() > MAX_CELL_BYTES {
            return Err(self.wrong("a cell is too long", "shorten it"));
        }
        Ok(())
    }

    fn end_cell(&mut self) -> Result<(), RowError> {
        let cell = std::mem::take(&mut self.cell);
        self.cell.column = cell.column + 1;
        if !cell.is_formula && cell.text.is_empty() {
            return Ok(());
        }
        let value = match cell.kind.as_str() {
            _ if cell.is_formula => Value::Formula,
            "s" => match self.shared.get(cell.text.trim()) {
                Some("") => return Ok(()),
                Some(text) => Value::Text(text.to_owned()),
                None => return Err(self.wrong("a cell refers to a text that is not there", SAVE_AGAIN)),
            },
            "b" => Value::Boolean,
            "e" => Value::Error,
            "d" => Value::Date(cell.text.chars().take(10).collect()),
            "n" | "" if cell.is_date => date(cell.text.trim(), self.dates.is_1904).map_or(Value::Error, Value::Date),
            "n" | "" => Value::Number(cell.text.trim().to_owned()),
            _ => Value::Text(cell.text),
        };
        self.cells.push((cell.column, value));
        Ok(())
    }

    fn attribute(&self, name: &str) -> Result<Option<String>, RowError> {
        self.xml.attribute(name).map_err(|fault| RowError { line: self.row, ..broken(fault) })
    }

    fn wrong(&self, what: impl Into<String>, remedy: &'static str) -> RowError {
        RowError::of_file(self.row, what, remedy)
    }
}

impl Shared {
    fn get(&self, number: &str) -> Option<&str> {
        let at: usize = number.parse().ok()?;
        let place = |at: usize| self.ends.get(at).map(|end| *end as usize);
        let begin = if at == 0 { 0 } else { place(at - 1)? };
        self.text.get(begin..place(at)?)
    }
}

/// Whether any cell of a sheet holds something.
pub(super) fn has_data(part: impl Read) -> Result<bool, RowError> {
    let mut xml = Xml::new(part);
    loop {
        match xml.step().map_err(broken)? {
            Step::End => return Ok(false),
            Step::Open if matches!(xml.name(), "v" | "is" | "f") => return Ok(true),
            _ => {}
        }
    }
}

/// The column of a reference like `AB12`, from 0.
fn column(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_uppercase);
    let number = letters.take(4).fold(0, |number, letter| number * 26 + usize::from(letter - b'A') + 1);
    number.checked_sub(1)
}

/// A day of a spreadsheet as `YYYY-MM-DD`. Days count from 30 December 1899 since the first spreadsheet held 1900 for a leap year.
pub(super) fn date(text: &str, is_1904: bool) -> Option<String> {
    let days: f64 = text.parse().ok().filter(|days| (0.0..=LAST_DAY).contains(days))?;
    let epoch = if is_1904 { chrono::NaiveDate::from_ymd_opt(1904, 1, 1) } else { chrono::NaiveDate::from_ymd_opt(1899, 12, 30) }?;
    // Whole, and at most LAST_DAY.
    let days: u64 = format!("{:.0}", days.floor()).parse().ok()?;
    epoch.checked_add_days(chrono::Days::new(days)).map(|date| date.to_string())
}
