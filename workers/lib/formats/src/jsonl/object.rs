//! One line to one row: a flat object, each key once.
//!
//! Values are taken as they are written (raw), so that a number keeps its digits and `300000.50` reaches the rules as what it is.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::row::{Column, IN_BOTH, MAX_COLUMNS};
use crate::{Mapping, RowError, SubmittedRow};

/// Reads one object.
pub(super) fn read(text: &str, line: u64, mapping: &Mapping) -> Result<SubmittedRow, RowError> {
    let mut object =
        Object { line, mapping, row: SubmittedRow::default(), seen: [false; Column::ALL.len()], others: Vec::new(), fault: None };
    let mut json = serde_json::Deserializer::from_str(text);
    if let Err(error) = (&mut object).deserialize(&mut json).and_then(|()| json.end()) {
        // What the parser says would quote the row.
        let what = match error.classify() {
            serde_json::error::Category::Data => "not a JSON object".to_owned(),
            _ => format!("not JSON from character {} on", error.column()),
        };
        return Err(RowError::of_row(line, None, what, "write one JSON object a line"));
    }
    let seen = object.seen;
    let there = |column: &Column| seen[*column as usize] || mapping.constant(*column).is_some();
    match (object.fault, mapping.asked().find(|column| !there(column))) {
        (Some(fault), _) => Err(fault),
        (None, Some(missing)) => {
            let what = format!("the object lacks a key; it may be called {}", mapping.may_be_called(missing));
            Err(RowError::of_row(line, Some(missing), what, "give every object every column"))
        }
        (None, None) => Ok(object.row),
    }
}

/// What was read of the object so far. After a fault the rest is only parsed.
struct Object<'a> {
    line: u64,
    mapping: &'a Mapping,
    row: SubmittedRow,
    seen: [bool; Column::ALL.len()],
    /// Keys that are no columns, at most [`MAX_COLUMNS`].
    others: Vec<String>,
    fault: Option<RowError>,
}

enum Key {
    Column(Column),
    Other(String),
}

impl Object<'_> {
    fn fault(&mut self, column: Option<Column>, what: &str, remedy: &'static str) {
        self.fault.get_or_insert_with(|| RowError::of_row(self.line, column, what, remedy));
    }

    fn take(&mut self, key: Key, value: &RawValue) {
        let column = match &key {
            Key::Column(column) => Some(*column),
            Key::Other(_) => None,
        };
        if value.get().starts_with(['{', '[']) {
            return self.fault(column, "the value is an object or a list", "write values as plain texts");
        }
        match key {
            Key::Column(column) => self.take_column(column, value.get()),
            Key::Other(name) if self.others.contains(&name) => self.fault(None, "a key stands twice", "remove or rename one of them"),
            Key::Other(_) if self.others.len() >= MAX_COLUMNS => {
                self.fault(None, "too many keys", "remove keys that are not needed");
            }
            Key::Other(name) => self.others.push(name),
        }
    }

    fn take_column(&mut self, column: Column, raw: &str) {
        if self.mapping.constant(column).is_some() {
            return self.fault(Some(column), IN_BOTH, "remove it from the file or from the mapping's constants");
        }
        if std::mem::replace(&mut self.seen[column as usize], true) {
            return self.fault(Some(column), "the key stands twice", "remove or rename one of them");
        }
        let text = match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw).ok(),
            Some(b'-' | b'0'..=b'9') if matches!(column, Column::Amount | Column::Id) => Some(raw.to_owned()),
            Some(b'-' | b'0'..=b'9') => {
                let remedy = "write it in quotation marks: large numbers lose digits, and leading zeros are dropped";
                return self.fault(Some(column), "the value is a number", remedy);
            }
            Some(b'n') => Some(String::new()),
            _ => None,
        };
        match text {
            Some(text) => *self.row.field_mut(column) = text,
            None => self.fault(Some(column), "the value is not a text", "write it in quotation marks"),
        }
    }
}

impl<'de> DeserializeSeed<'de> for &mut Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(KeyOf(self.mapping))? {
            if self.fault.is_some() {
                map.next_value::<IgnoredAny>()?;
            } else {
                self.take(key, map.next_value::<&RawValue>()?);
            }
        }
        Ok(())
    }
}

/// Reads a key.
struct KeyOf<'a>(&'a Mapping);

impl<'de> DeserializeSeed<'de> for KeyOf<'_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Key, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyOf<'_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, name: &str) -> Result<Key, E> {
        Ok(self.0.column(name).map_or_else(|| Key::Other(name.to_owned()), Key::Column))
    }
}
