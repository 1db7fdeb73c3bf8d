//! Rows of master data: as the caller gives them, compared with what stands, written where they differ.

use std::collections::{BTreeMap, BTreeSet};

use salur_domain::Rupiah;
use serde::Serialize;
use serde_json::Value;

use super::{Change, Field, Report};
use crate::{Error, Timestamp, Tx};

/// A programme.
#[derive(Debug, Clone, Serialize)]
pub struct Programme {
    /// `BST`.
    pub code: String,
    /// Its name, as on cheques.
    pub name: String,
    /// Tranches whose allocation is at most this are opened by setup.
    pub approval_threshold: Rupiah,
}

/// Two programmes that do not pay the same person (NIK11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exclusion {
    /// The lesser code.
    programme: String,
    /// The greater code.
    other: String,
}

impl Exclusion {
    /// Of two programmes, in whatever order; none of one and the same.
    pub fn new(one: &str, other: &str) -> Option<Self> {
        let (programme, other) = (one.min(other).to_owned(), one.max(other).to_owned());
        (programme != other).then_some(Self { programme, other })
    }

    /// The two codes, the lesser first.
    pub fn codes(&self) -> [&str; 2] {
        [&self.programme, &self.other]
    }
}

/// A tranche.
#[derive(Debug, Clone, Serialize)]
pub struct Tranche {
    /// Its number in this installation.
    pub id: i32,
    /// Upstream's code: `BST-4`.
    pub code: String,
    /// Code of the programme.
    pub programme: String,
    /// As printed: `Tahap 4`.
    pub name: String,
    /// What each family gets.
    pub amount: Rupiah,
    /// First hand-over.
    pub opens_at: Timestamp,
    /// Last hand-over.
    pub closes_at: Timestamp,
    /// When what was never handed over goes back.
    pub returns_at: Timestamp,
    /// Whether cheque pictures are stored.
    pub cheques_stored: bool,
    /// Whether the families are fictitious: cheques say CONTOH.
    pub specimen: bool,
}

/// Money granted to a regency by one document.
#[derive(Debug, Clone, Serialize)]
pub struct Allocation {
    /// Number of the tranche.
    pub tranche: i32,
    /// Four digits.
    pub regency: String,
    /// How much.
    pub amount: Rupiah,
    /// The paper behind it.
    pub document: String,
}

/// A pay point.
#[derive(Debug, Clone, Serialize)]
pub struct PayPoint {
    /// Its code.
    pub code: String,
    /// `post_office`, `community`, `home_visit`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// How far from there a photo may be taken, in metres.
    pub radius_m: i32,
    /// Minutes east of UTC.
    pub utc_offset_minutes: i32,
    /// Opening time, local.
    pub opens: chrono::NaiveTime,
    /// Closing time, local.
    pub closes: chrono::NaiveTime,
    /// Families of an hour; none: not said.
    pub per_hour: Option<i32>,
    /// Families of a day; none: what its hours take.
    pub per_day: Option<i32>,
    /// Days on which it is closed.
    pub closed: Vec<chrono::NaiveDate>,
}

/// Where the families of a village are paid.
#[derive(Debug, Clone, Serialize)]
pub struct Village {
    /// Ten digits.
    pub village: String,
    /// Code of the pay point.
    pub pay_point: String,
}

/// An office that gives cash to tellers.
#[derive(Debug, Clone, Serialize)]
pub struct Office {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Four digits.
    pub regency: String,
}

/// A teller.
#[derive(Debug, Clone, Serialize)]
pub struct Teller {
    /// Code of the teller.
    pub code: String,
    /// Name of the teller.
    pub name: String,
    /// Code of the office.
    pub office: String,
    /// Opening float: no column, a transfer.
    #[serde(skip)]
    pub float: Rupiah,
}

/// A device of the counter.
#[derive(Debug, Clone, Serialize)]
pub struct Device {
    /// Its code.
    pub code: String,
    /// Where it belongs.
    pub pay_point: String,
    /// Ed25519 public key: `\x` and 64 hexadecimal digits, as PostgreSQL reads bytes.
    pub public_key: String,
}

/// An upstream system.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    /// As in routing keys: `dinsos-belitung`.
    pub name: String,
    /// Who that is.
    pub description: String,
}

/// Everything one file says. Checked by the caller; keys are distinct and references exist.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field holds the rows that its type describes")]
pub struct MasterData {
    pub programme: Programme,
    pub exclusions: Vec<Exclusion>,
    pub tranches: Vec<Tranche>,
    pub allocations: Vec<Allocation>,
    pub pay_points: Vec<PayPoint>,
    pub villages: Vec<Village>,
    pub visits: Vec<Village>,
    pub offices: Vec<Office>,
    pub tellers: Vec<Teller>,
    pub devices: Vec<Device>,
    pub sources: Vec<Source>,
}

/// A table: its word in the file, its rows as JSON, how it is compared and how written.
struct Table {
    what: &'static str,
    rows: Value,
    differences: &'static str,
    write: &'static str,
}

/// Every table, referenced ones first.
fn tables(data: &MasterData) -> Result<Vec<Table>, Error> {
    let table = |what, rows: serde_json::Result<Value>, differences, write| {
        let rows = rows.map_err(|error| Error::invariant(format!("{what} cannot be written as JSON: {error}")))?;
        Ok(Table { what, rows, differences, write })
    };
    let json = serde_json::to_value::<&[Programme]>;
    Ok(vec![
        table("programme", json(std::slice::from_ref(&data.programme)), super::PROGRAMMES, super::WRITE_PROGRAMMES)?,
        table("exclusion", serde_json::to_value(&data.exclusions), super::EXCLUSIONS, super::WRITE_EXCLUSIONS)?,
        table("tranche", serde_json::to_value(&data.tranches), super::TRANCHES, super::WRITE_TRANCHES)?,
        table("allocation", serde_json::to_value(&data.allocations), super::ALLOCATIONS, super::WRITE_ALLOCATIONS)?,
        table("pay_point", serde_json::to_value(&data.pay_points), super::PAY_POINTS, super::WRITE_PAY_POINTS)?,
        table("village", serde_json::to_value(&data.villages), super::VILLAGES, super::WRITE_VILLAGES)?,
        table("home_visit", serde_json::to_value(&data.visits), super::VISITS, super::WRITE_VISITS)?,
        table("office", serde_json::to_value(&data.offices), super::OFFICES, super::WRITE_OFFICES)?,
        table("teller", serde_json::to_value(&data.tellers), super::TELLERS, super::WRITE_TELLERS)?,
        table("device", serde_json::to_value(&data.devices), super::DEVICES, super::WRITE_DEVICES)?,
        table("source", serde_json::to_value(&data.sources), super::SOURCES, super::WRITE_SOURCES)?,
    ])
}

/// Notes what differs and counts what does not.
pub(super) async fn compare(tx: &mut Tx, data: &MasterData, report: &mut Report) -> Result<(), Error> {
    for table in tables(data)? {
        let failed = Error::database("comparing master data");
        let differing: Vec<(String, Option<Value>, Value)> =
            sqlx::query_as(table.differences).bind(&table.rows).fetch_all(tx.connection()).await.map_err(failed)?;
        let given = table.rows.as_array().map_or(0, Vec::len);
        report.unchanged.insert(table.what.to_owned(), given.saturating_sub(differing.len()));
        report.changes.extend(differing.into_iter().map(|(key, old, new)| change(table.what, key, old.as_ref(), &new)));
    }
    Ok(())
}

fn change(what: &'static str, key: String, old: Option<&Value>, new: &Value) -> Change {
    let columns: BTreeMap<&String, &Value> = new.as_object().into_iter().flatten().collect();
    let before = |name: &str| old.and_then(|old| old.get(name)).cloned();
    let fields = columns
        .into_iter()
        .map(|(name, new)| Field { name: name.clone(), old: before(name), new: new.clone() })
        .filter(|field| field.old.as_ref() != Some(&field.new))
        .collect();
    Change { what: what.to_owned(), key, new: old.is_none(), fields }
}

/// Writes the tables that have changes.
pub(super) async fn write(tx: &mut Tx, data: &MasterData, changes: &[Change]) -> Result<(), Error> {
    let touched: BTreeSet<&str> = changes.iter().map(|change| change.what.as_str()).collect();
    for table in tables(data)?.into_iter().filter(|table| touched.contains(table.what)) {
        let failed = Error::database("writing master data");
        sqlx::query(table.write).bind(&table.rows).execute(tx.connection()).await.map_err(failed)?;
    }
    Ok(())
}
