//! The shape of a setup file. Each table is read alone, so that one mistake does not hide the others; unknown keys are refused.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use toml::{Table, Value};

use super::check::Problem;

/// `[programme]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    pub code: String,
    pub name: String,
    pub approval_threshold: i64,
    #[serde(default)]
    pub excludes: Vec<String>,
}

/// `[[tranche]]`, its allocations taken out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tranche {
    pub id: i32,
    pub code: String,
    pub name: String,
    pub amount: i64,
    #[serde(deserialize_with = "moment")]
    pub opens_at: String,
    #[serde(deserialize_with = "moment")]
    pub closes_at: String,
    #[serde(deserialize_with = "moment")]
    pub returns_at: String,
    pub cheques_stored: bool,
    #[serde(default)]
    pub specimen: bool,
}

/// `[[tranche.allocation]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allocation {
    pub regency: String,
    pub amount: i64,
    pub document: String,
}

/// `[[pay_point]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayPoint {
    pub code: String,
    pub kind: String,
    pub name: String,
    pub address: String,
    pub latitude: f64,
    pub longitude: f64,
    pub radius_m: i32,
    pub utc_offset_minutes: i32,
    #[serde(deserialize_with = "moment")]
    pub opens: String,
    #[serde(deserialize_with = "moment")]
    pub closes: String,
    pub villages: Vec<String>,
    pub per_hour: Option<i32>,
    pub per_day: Option<i32>,
    #[serde(default)]
    pub closed: Vec<String>,
    #[serde(default)]
    pub visits: Vec<String>,
}

/// `[[office]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Office {
    pub code: String,
    pub name: String,
    pub regency: String,
}

/// `[[teller]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Teller {
    pub code: String,
    pub name: String,
    pub office: String,
    pub float: i64,
}

/// `[[device]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    pub code: String,
    pub pay_point: String,
    pub public_key: String,
}

/// `[[source]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub name: String,
    pub description: String,
}

/// A row and its path: `pay_point[3]`.
pub type Placed<T> = (String, T);

/// The tables of a file that could be read.
#[derive(Debug, Default)]
pub struct File {
    pub programme: Option<Programme>,
    pub tranches: Vec<(String, Tranche, Vec<Placed<Allocation>>)>,
    pub pay_points: Vec<Placed<PayPoint>>,
    pub offices: Vec<Placed<Office>>,
    pub tellers: Vec<Placed<Teller>>,
    pub devices: Vec<Placed<Device>>,
    pub sources: Vec<Placed<Source>>,
}

const TABLES: [&str; 7] = ["programme", "tranche", "pay_point", "office", "teller", "device", "source"];

/// Reads a file; what cannot be read is a problem each. An error where the text is no TOML at all.
pub fn read(text: &str) -> Result<(File, Vec<Problem>), Problem> {
    let mut problems = Vec::new();
    let mut file = File::default();
    let not_toml =
        |error: toml::de::Error| Problem::new("", format!("not TOML: {}", error.to_string().trim_end()), "correct the line shown");
    let mut root: Table = text.parse().map_err(not_toml)?;
    for key in root.keys().filter(|key| !TABLES.contains(&key.as_str())) {
        problems.push(Problem::new(key, "unknown table".into(), "use programme, tranche, pay_point, office, teller, device or source"));
    }
    match root.remove("programme") {
        Some(value) => file.programme = one("programme", value, &mut problems),
        None => problems.push(Problem::new("programme", "missing".into(), "add the table [programme]")),
    }
    if !root.contains_key("tranche") {
        problems.push(Problem::new("tranche", "missing".into(), "add at least one table [[tranche]]"));
    }
    for (path, mut value) in list(&mut root, "tranche", "", &mut problems) {
        let mut inner = value.as_table_mut().map(std::mem::take).unwrap_or_default();
        let allocations = many(&mut inner, "allocation", &path, &mut problems);
        if let Some(tranche) = one(&path, Value::Table(inner), &mut problems) {
            file.tranches.push((path, tranche, allocations));
        }
    }
    file.pay_points = many(&mut root, "pay_point", "", &mut problems);
    file.offices = many(&mut root, "office", "", &mut problems);
    file.tellers = many(&mut root, "teller", "", &mut problems);
    file.devices = many(&mut root, "device", "", &mut problems);
    file.sources = many(&mut root, "source", "", &mut problems);
    Ok((file, problems))
}

fn many<T: DeserializeOwned>(table: &mut Table, key: &str, within: &str, problems: &mut Vec<Problem>) -> Vec<Placed<T>> {
    let values = list(table, key, within, problems);
    values.into_iter().filter_map(|(path, value)| Some((path.clone(), one(&path, value, problems)?))).collect()
}

/// The tables of an array, with their paths.
fn list(table: &mut Table, key: &str, within: &str, problems: &mut Vec<Problem>) -> Vec<Placed<Value>> {
    let path = if within.is_empty() { key.to_owned() } else { format!("{within}.{key}") };
    match table.remove(key) {
        None => Vec::new(),
        Some(Value::Array(values)) => values.into_iter().enumerate().map(|(at, value)| (format!("{path}[{at}]"), value)).collect(),
        Some(_) => {
            problems.push(Problem::new(&path, "not a list of tables".into(), "write its name in double brackets: [[..]]"));
            Vec::new()
        }
    }
}

/// One table; toml names the key at fault in a last line "in `key`".
fn one<T: DeserializeOwned>(path: &str, value: Value, problems: &mut Vec<Problem>) -> Option<T> {
    let error = match value.try_into() {
        Ok(row) => return Some(row),
        Err(error) => error.to_string(),
    };
    let (what, field) = match error.trim_end().rsplit_once("in `") {
        Some((what, key)) => (what.trim_end(), format!("{path}.{}", key.trim_end_matches('`'))),
        None => (error.trim_end(), path.to_owned()),
    };
    problems.push(Problem::new(&field, what.to_owned(), "see docs/setup.example.toml"));
    None
}

/// A time as TOML writes it or as text.
fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Value::deserialize(from)? {
        Value::Datetime(moment) => Ok(moment.to_string()),
        Value::String(text) => Ok(text),
        _ => Err(serde::de::Error::custom("expected a time")),
    }
}
