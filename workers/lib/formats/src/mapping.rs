//! A source's own names for our columns, in a TOML file kept with the source.
//!
//! `[columns]` says what the source calls a column of ours; the name then stands alone, our usual names for that column no longer count.
//! `[constants]` gives a column that the file lacks the same text in every row. What belongs to one person cannot be a constant. Applied to
//! CSV, JSON Lines and XLSX; pain.001 has fixed names. Bounds: [`MAX_BYTES`], [`MAX_TEXT`].
//!
//! ```
//! let mapping = salur_formats::Mapping::parse("[columns]\nnik = \"NIK KTP\"\n[constants]\namount = \"300000\"\n").unwrap();
//! let file = "NIK KTP,kk,nama,desa\n1902015204850007,1902010101010001,Siti Aminah,19.02.01.1001\n";
//! let (_, row) = salur_formats::csv::Rows::mapped(file.as_bytes(), &mapping).unwrap().next().unwrap().unwrap();
//! assert_eq!((row.nik.as_str(), row.amount.as_str()), ("1902015204850007", "300000"));
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::row::{Column, PerColumn, normal};

/// Largest mapping file.
pub const MAX_BYTES: usize = 64 * 1024;
/// Longest name of a column, longest constant, in characters.
pub const MAX_TEXT: usize = 300;
/// What may be the same for everybody.
const MAY_BE_CONSTANT: [Column; 4] = [Column::Sex, Column::Address, Column::Village, Column::Amount];

/// Why a text is no mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Larger than [`MAX_BYTES`].
    #[error("the mapping is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// Not TOML, or with tables other than the two.
    #[error("line {line}: the mapping is not TOML with tables [columns] and [constants] of texts, each key once")]
    Form {
        /// Where.
        line: usize,
    },
    /// A key that is none of our columns.
    #[error("the mapping names a column that does not exist, {key:?}; ours are {}", Column::ALL.map(Column::name).join(", "))]
    Unknown {
        /// As written, cut short.
        key: String,
    },
    /// One name of theirs for two of our columns.
    #[error("columns {first} and {second} are mapped to the same name")]
    Same {
        /// Ours.
        first: &'static str,
        /// Ours too.
        second: &'static str,
    },
    /// A column that is mapped and a constant as well.
    #[error("column {column} is both mapped and a constant")]
    Both {
        /// Ours.
        column: &'static str,
    },
    /// A constant for what belongs to one person.
    #[error("column {column} differs from row to row and cannot be a constant")]
    Constant {
        /// Ours.
        column: &'static str,
    },
    /// Empty, too long, or with control characters.
    #[error("the text of column {column} is empty, longer than {MAX_TEXT} characters or has control characters")]
    Text {
        /// Ours.
        column: &'static str,
    },
}

/// Their names and constants. [`Mapping::default`] changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Normal form, and as written.
    names: PerColumn<Option<(String, String)>>,
    constants: PerColumn<Option<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    columns: BTreeMap<String, String>,
    #[serde(default)]
    constants: BTreeMap<String, String>,
}

impl Mapping {
    /// From the text of a mapping file.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_BYTES {
            return Err(Error::TooLarge);
        }
        let line = |error: &toml::de::Error| error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        let file: File = toml::from_str(text).map_err(|error| Error::Form { line: line(&error) })?;
        let mut mapping = Self::default();
        for (column, text) in checked(file.columns)? {
            let name = normal(&text);
            if let Some((first, _)) = mapping.named().find(|(_, taken)| **taken == name) {
                return Err(Error::Same { first: first.name(), second: column.name() });
            }
            mapping.names[column as usize] = Some((name, text));
        }
        for (column, text) in checked(file.constants)? {
            if !MAY_BE_CONSTANT.contains(&column) {
                return Err(Error::Constant { column: column.name() });
            }
            if mapping.names[column as usize].is_some() {
                return Err(Error::Both { column: column.name() });
            }
            mapping.constants[column as usize] = Some(text);
        }
        Ok(mapping)
    }

    /// The column that a name in a file means.
    pub(crate) fn column(&self, name: &str) -> Option<Column> {
        let usual = |name: &str| Column::parse(name).filter(|column| self.names[*column as usize].is_none());
        // Most files are written in the normal form already.
        if *self == Self::NONE
            && let Some(column) = Column::parse(name)
        {
            return Some(column);
        }
        let name = normal(name);
        self.named().find(|(_, theirs)| **theirs == name).map(|(column, _)| column).or_else(|| usual(&name))
    }

    pub(crate) fn constant(&self, column: Column) -> Option<&str> {
        self.constants[column as usize].as_deref()
    }

    pub(crate) fn constants(&self) -> impl Iterator<Item = (Column, &str)> {
        Column::ALL.into_iter().filter_map(|column| Some((column, self.constant(column)?)))
    }

    /// The columns that a file must have: those that every list has, and those that the mapping names.
    pub(crate) fn asked(&self) -> impl Iterator<Item = Column> {
        Column::ALL.into_iter().filter(|column| Column::REQUIRED.contains(column) || self.names[*column as usize].is_some())
    }

    pub(crate) fn may_be_called(&self, column: Column) -> String {
        match &self.names[column as usize] {
            Some((_, written)) => written.clone(),
            None => column.names().join(" or "),
        }
    }

    const NONE: Self = Self { names: [const { None }; Column::ALL.len()], constants: [const { None }; Column::ALL.len()] };

    fn named(&self) -> impl Iterator<Item = (Column, &String)> {
        Column::ALL.into_iter().zip(&self.names).filter_map(|(column, name)| Some((column, &name.as_ref()?.0)))
    }
}

fn checked(table: BTreeMap<String, String>) -> Result<Vec<(Column, String)>, Error> {
    let mut columns = Vec::with_capacity(table.len());
    for (key, text) in table {
        let known = Column::ALL.into_iter().find(|column| column.name() == key);
        let column = known.ok_or_else(|| Error::Unknown { key: key.chars().take(40).collect() })?;
        if text.trim().is_empty() || text.chars().count() > MAX_TEXT || text.chars().any(char::is_control) {
            return Err(Error::Text { column: column.name() });
        }
        columns.push((column, text));
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Error {
        Mapping::parse(text).expect_err("refused")
    }

    #[test]
    fn their_name_replaces_ours_and_the_others_stay() {
        let mapping = Mapping::parse("[columns]\nnik = \"NIK KTP\"\nname = \"kk\"\nkk = \"No. KK\"").expect("a mapping");
        let found = |name| mapping.column(name).map(Column::name);
        assert_eq!(
            (found("nik-ktp"), found("nik"), found("KK"), found("no. kk"), found("Nominal")),
            (Some("nik"), None, Some("name"), Some("kk"), Some("amount"))
        );
    }

    #[test]
    fn what_could_be_misread_is_refused() {
        assert_eq!(refused("[columns]\nnikk = \"NIK\""), Error::Unknown { key: "nikk".to_owned() });
        assert_eq!(refused("[columns]\nnik = \"A b\"\nkk = \"a-B\""), Error::Same { first: "kk", second: "nik" });
        assert_eq!(refused("[columns]\nnik = \"A\"\nnik = \"B\""), Error::Form { line: 3 });
        assert_eq!(refused("[columns]\nnik = [\"A\", \"B\"]"), Error::Form { line: 2 });
        assert_eq!(refused("[colums]\nnik = \"A\""), Error::Form { line: 1 });
        assert_eq!(refused("separator = \";\""), Error::Form { line: 1 });
        assert_eq!(refused("[constants]\nnik = \"1902015204850007\""), Error::Constant { column: "nik" });
        assert_eq!(refused("[columns]\namount = \"A\"\n[constants]\namount = \"1\""), Error::Both { column: "amount" });
        assert_eq!(refused("[columns]\namount = \" \""), Error::Text { column: "amount" });
        assert_eq!(refused(&"#".repeat(MAX_BYTES + 1)), Error::TooLarge);
        assert_eq!(Mapping::parse(""), Ok(Mapping::default()));
    }
}
