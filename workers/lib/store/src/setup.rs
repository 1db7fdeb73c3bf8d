//! Master data and its funding, applied in one transaction: what the stage programme-setup writes.
//!
//! Each kind of row is compared with what stands, in SQL and as JSON, so that both sides are normalised by PostgreSQL and a time written in
//! another zone is no change. Rows the caller does not give are left alone: setup adds and changes, it never removes. What is paid or
//! signed already is not rewritten: such changes come back as [`Refusal`]s, and nothing is written. Money moves through
//! [`crate::ledger`]: an allocation is funded once per (tranche, regency, document), a teller's float once per (programme, teller).
//!
//! Bounds: one setup at a time (advisory lock); a report lists every change, and the audit row at most [`AUDIT_CHANGES_MAX`] of them.

use std::collections::{BTreeMap, BTreeSet};

use salur_domain::{Rupiah, TrancheId, ids::NAMESPACE};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Error, Timestamp, Tx, audit,
    ledger::{self, AccountKey, Kind, Transfer},
    sql,
};

mod refusals;
mod rows;

pub(crate) use refusals::STATEMENTS as REFUSAL_STATEMENTS;
pub use rows::{Allocation, Device, Exclusion, MasterData, Office, PayPoint, Programme, Source, Teller, Tranche, Village};

/// Changes spelt out in the audit row; the rest are counted there.
pub const AUDIT_CHANGES_MAX: usize = 1_000;

/// Rows of the file beside rows of the table, where they differ: a new row has no `old`. Columns that setup does not write are left out.
macro_rules! differences {
    ($table:literal, $key:literal, $same:literal, $left_out:literal) => {
        concat!(
            "SELECT key, old, new FROM (SELECT ",
            $key,
            " AS key, to_jsonb(o) - '",
            $left_out,
            "'::text[] AS old, to_jsonb(n) - '",
            $left_out,
            "'::text[] AS new FROM jsonb_populate_recordset(NULL::",
            $table,
            ", $1) n LEFT JOIN ",
            $table,
            " o ON ",
            $same,
            ") AS d WHERE old IS DISTINCT FROM new ORDER BY key"
        )
    };
}

/// Writes rows of the file.
macro_rules! write_rows {
    ($table:literal, $columns:literal, $key:literal, $set:literal) => {
        concat!(
            "INSERT INTO ",
            $table,
            " (",
            $columns,
            ") SELECT ",
            $columns,
            " FROM jsonb_populate_recordset(NULL::",
            $table,
            ", $1) ON CONFLICT (",
            $key,
            ") DO UPDATE SET ",
            $set
        )
    };
}

sql! {
    LOCK = "SELECT pg_advisory_xact_lock(7226310002)";
    PROGRAMMES = differences!("programmes", "n.code", "o.code = n.code", "{}");
    WRITE_PROGRAMMES = write_rows!("programmes", "code, name, approval_threshold", "code",
        "name = excluded.name, approval_threshold = excluded.approval_threshold");
    TRANCHES = differences!("tranches", "n.id::text", "o.id = n.id", "{opened_at,releasing,return_pass,return_pass_ended_at,return_ended_at,closed_at}");
    WRITE_TRANCHES = write_rows!("tranches", "id, code, programme, name, amount, opens_at, closes_at, returns_at, cheques_stored, specimen", "id",
        "code = excluded.code, programme = excluded.programme, name = excluded.name, amount = excluded.amount, opens_at = excluded.opens_at,
         closes_at = excluded.closes_at, returns_at = excluded.returns_at, cheques_stored = excluded.cheques_stored, specimen = excluded.specimen");
    EXCLUSIONS = differences!("programme_exclusions", "n.programme || '/' || n.other", "(o.programme, o.other) = (n.programme, n.other)", "{}");
    WRITE_EXCLUSIONS = write_rows!("programme_exclusions", "programme, other", "programme, other", "other = excluded.other");
    ALLOCATIONS = differences!("allocations", "n.tranche || '/' || n.regency || '/' || n.document",
        "(o.tranche, o.regency, o.document) = (n.tranche, n.regency, n.document)", "{}");
    WRITE_ALLOCATIONS = write_rows!("allocations", "tranche, regency, amount, document", "tranche, regency, document", "amount = excluded.amount");
    PAY_POINTS = differences!("pay_points", "n.code", "o.code = n.code", "{}");
    WRITE_PAY_POINTS = write_rows!("pay_points",
        "code, kind, name, address, latitude, longitude, radius_m, utc_offset_minutes, opens, closes, per_hour, per_day, closed", "code",
        "kind = excluded.kind, name = excluded.name, address = excluded.address, latitude = excluded.latitude, longitude = excluded.longitude,
         radius_m = excluded.radius_m, utc_offset_minutes = excluded.utc_offset_minutes, opens = excluded.opens, closes = excluded.closes,
         per_hour = excluded.per_hour, per_day = excluded.per_day, closed = excluded.closed");
    VILLAGES = differences!("pay_point_villages", "n.village", "o.village = n.village", "{}");
    WRITE_VILLAGES = write_rows!("pay_point_villages", "village, pay_point", "village", "pay_point = excluded.pay_point");
    VISITS = differences!("home_visit_villages", "n.village", "o.village = n.village", "{}");
    WRITE_VISITS = write_rows!("home_visit_villages", "village, pay_point", "village", "pay_point = excluded.pay_point");
    OFFICES = differences!("offices", "n.code", "o.code = n.code", "{}");
    WRITE_OFFICES = write_rows!("offices", "code, name, regency", "code", "name = excluded.name, regency = excluded.regency");
    TELLERS = differences!("tellers", "n.code", "o.code = n.code", "{}");
    WRITE_TELLERS = write_rows!("tellers", "code, name, office", "code", "name = excluded.name, office = excluded.office");
    DEVICES = differences!("devices", "n.code", "o.code = n.code", "{revoked_at}");
    WRITE_DEVICES = write_rows!("devices", "code, pay_point, public_key", "code",
        "pay_point = excluded.pay_point, public_key = excluded.public_key");
    SOURCES = differences!("sources", "n.name", "o.name = n.name", "{}");
    WRITE_SOURCES = write_rows!("sources", "name, description", "name", "description = excluded.description");
    BANK = "SELECT debits - credits FROM ledger_accounts WHERE id = $1";
    OPEN = "UPDATE tranches SET opened_at = now() WHERE id = ANY($1) AND opened_at IS NULL";
    ENTER = "INSERT INTO tranche_entries (tranche, actor) SELECT tranche, $2 FROM unnest($1::int[]) AS tranche ON CONFLICT DO NOTHING";
    TOTALS = "SELECT t.id, t.code, t.opened_at, coalesce(sum(a.amount), 0)::bigint AS allocation,
          (SELECT d.allocation FROM tranche_decisions d WHERE d.tranche = t.id AND d.effect = 'approved') AS approved
        FROM tranches t LEFT JOIN allocations a ON a.tranche = t.id WHERE t.programme = $1 GROUP BY t.id ORDER BY t.id";
}

/// A column that differs; `old` is none where the row is new.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What stood there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What stands there now.
    pub new: Value,
}

/// A row that is new or differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// `tranche`, `pay_point`, ...: as in the file.
    pub what: String,
    /// Its key: `BST-4`, `PP-190201`; tranches by number, allocations as `tranche/regency/document`.
    pub key: String,
    /// Whether there was no such row.
    pub new: bool,
    /// What differs.
    pub fields: Vec<Field>,
}

/// A change that must not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// As [`Change::what`].
    pub what: &'static str,
    /// As [`Change::key`].
    pub key: String,
    /// The column.
    pub field: &'static str,
    /// Why not.
    pub reason: String,
    /// What to do instead.
    pub remedy: &'static str,
}

/// Transfers of one kind that were posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// `programme_funded`, `cash_to_office`, `cash_to_teller`.
    pub kind: String,
    /// How many.
    pub transfers: usize,
    /// Their sum.
    pub amount: Rupiah,
}

/// A tranche of the programme afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct TrancheState {
    /// Its number.
    pub id: i32,
    /// Its code.
    pub code: String,
    /// When release was allowed; none: it waits for approval.
    pub opened_at: Option<Timestamp>,
    /// Sum of its allocations, in rupiah.
    pub allocation: i64,
    /// The sum that was approved, in rupiah; none: nobody had to approve it, or nobody has.
    pub approved: Option<i64>,
}

/// What a setup did, or would have done.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Report {
    /// Rows new or changed.
    pub changes: Vec<Change>,
    /// Rows that stood already, by [`Change::what`].
    pub unchanged: BTreeMap<String, usize>,
    /// Money moved.
    pub posted: Vec<Posted>,
    /// All tranches of the programme.
    pub tranches: Vec<TrancheState>,
    /// Numbers of the tranches opened by this setup.
    pub opened: Vec<i32>,
    /// Why nothing may be written.
    #[serde(skip)]
    pub refusals: Vec<Refusal>,
}

impl Report {
    /// Whether there was anything to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.posted.is_empty() && self.opened.is_empty()
    }
}

/// Who sets up, and from what.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The person.
    pub actor: &'a str,
    /// Digest of the file, hexadecimal.
    pub sha256: &'a str,
}

/// Applies master data and its funding. Where something is refused, the caller undoes what was written until then.
pub async fn apply(tx: &mut Tx, data: &MasterData, origin: Origin<'_>) -> Result<Report, Error> {
    lock(tx).await?;
    let mut report = Report::default();
    rows::compare(tx, data, &mut report).await?;
    refusals::find(tx, data, &mut report).await?;
    if !report.refusals.is_empty() {
        return Ok(report);
    }
    rows::write(tx, data, &report.changes).await?;
    fund(tx, data, &mut report).await?;
    open(tx, data, &mut report).await?;
    if report.refusals.is_empty() && !report.is_empty() {
        enter(tx, origin, &report).await?;
        audit::record(tx, origin.actor, "setup", &audit_detail(data, origin, &report)).await?;
    }
    Ok(report)
}

/// One at a time: setups and approvals.
pub(crate) async fn lock(tx: &mut Tx) -> Result<(), Error> {
    sqlx::query(LOCK).execute(tx.connection()).await.map(drop).map_err(Error::database("waiting for another setup"))
}

/// Remembers who had a part in the tranches that are new or other now.
async fn enter(tx: &mut Tx, origin: Origin<'_>, report: &Report) -> Result<(), Error> {
    let of_tranche = |change: &&Change| change.what == "tranche" || change.what == "allocation";
    let keys = report.changes.iter().filter(of_tranche).map(|change| change.key.split('/').next().unwrap_or_default());
    let tranches: BTreeSet<i32> = keys.filter_map(|key| key.parse().ok()).collect();
    let tranches: Vec<i32> = tranches.into_iter().collect();
    let enter = sqlx::query(ENTER).bind(tranches).bind(origin.actor);
    enter.execute(tx.connection()).await.map(drop).map_err(Error::database("noting who entered a tranche"))
}

/// Posts what is not posted yet. The bank account must hold what leaves it.
async fn fund(tx: &mut Tx, data: &MasterData, report: &mut Report) -> Result<(), Error> {
    let programme = &data.programme.code;
    let bank = AccountKey::bank(programme);
    let mut wanted: Vec<(Wanted, AccountKey, AccountKey)> = Vec::new();
    let mut accounts = vec![bank.clone()];
    accounts.extend(data.offices.iter().map(|office| AccountKey::office(programme, &office.code)));
    for allocation in &data.allocations {
        let tranche = TrancheId(allocation.tranche);
        let credit = AccountKey::allocation(programme, tranche, &allocation.regency);
        wanted.push((Wanted::of_allocation(allocation), bank.clone(), credit));
    }
    for teller in &data.tellers {
        let (office, drawer) = (AccountKey::office(programme, &teller.office), AccountKey::teller(programme, &teller.code));
        accounts.extend([drawer.clone(), office.clone(), AccountKey::cash_difference(programme, &teller.code)]);
        if teller.float > Rupiah::ZERO {
            wanted.push((Wanted::of_float(programme, teller, Kind::CashToOffice), office.clone(), bank.clone()));
            wanted.push((Wanted::of_float(programme, teller, Kind::CashToTeller), drawer, office));
        }
    }
    accounts.extend(wanted.iter().flat_map(|(_, debit, credit)| [debit.clone(), credit.clone()]));
    let ids = ledger::accounts(tx, &accounts, true).await?;
    let keys: Vec<ledger::Key> = wanted.iter().map(|(wanted, ..)| wanted.key).collect();
    let stored = ledger::read(tx, &keys).await?;
    let mut transfers = Vec::new();
    for (wanted, debit, credit) in &wanted {
        match stored.get(&wanted.key) {
            None => transfers.push(wanted.transfer(ids[debit], ids[credit])),
            Some((posted, _)) if posted.amount == wanted.amount => {}
            Some((posted, _)) => report.refusals.extend(wanted.refusal(posted.amount)),
        }
    }
    ledger::post(tx, &transfers).await?;
    report.posted = summed(&transfers)?;
    let left: i64 =
        sqlx::query_scalar(BANK).bind(ids[&bank]).fetch_one(tx.connection()).await.map_err(Error::database("reading the bank"))?;
    if left < 0 {
        let reason = format!("the floats exceed what was allocated by Rp{}", left.unsigned_abs());
        let remedy = "lower the floats, or allocate more";
        report.refusals.push(Refusal { what: "teller", key: String::new(), field: "float", reason, remedy });
    }
    Ok(())
}

/// A transfer that must stand, before its accounts are known.
struct Wanted {
    key: ledger::Key,
    amount: Rupiah,
    document: String,
    teller: Option<String>,
}

impl Wanted {
    fn of_allocation(allocation: &Allocation) -> Self {
        let Allocation { tranche, regency, amount, document } = allocation;
        let subject = derived(&["programme_funded", &tranche.to_string(), regency, document]);
        Self { key: (TrancheId(*tranche), subject, Kind::ProgrammeFunded, 1), amount: *amount, document: document.clone(), teller: None }
    }

    fn of_float(programme: &str, teller: &Teller, kind: Kind) -> Self {
        let subject = derived(&["cash", programme, &teller.code, "opening"]);
        Self { key: (TrancheId(0), subject, kind, 1), amount: teller.float, document: String::new(), teller: Some(teller.code.clone()) }
    }

    fn transfer(&self, debit: i64, credit: i64) -> Transfer {
        let (tranche, subject, kind, n) = self.key;
        Transfer { tranche, subject, kind, n, debit, credit, amount: self.amount, document: self.document.clone() }
    }

    /// Of a float that was given with another amount: one refusal, though two transfers differ.
    fn refusal(&self, posted: Rupiah) -> Option<Refusal> {
        let key = self.teller.clone().filter(|_| self.key.2 == Kind::CashToTeller)?;
        let reason = format!("the opening float was given already: {posted}");
        Some(Refusal { what: "teller", key, field: "float", reason, remedy: "keep the opening float; later cash moves by itself" })
    }
}

/// Sums per kind, in the order money moves.
fn summed(transfers: &[Transfer]) -> Result<Vec<Posted>, Error> {
    let mut sums: BTreeMap<Kind, (usize, Rupiah)> = BTreeMap::new();
    for transfer in transfers {
        let (count, sum) = sums.entry(transfer.kind).or_default();
        *count = count.saturating_add(1);
        *sum = sum.plus(transfer.amount).map_err(|error| Error::invariant(error.to_string()))?;
    }
    Ok(sums.into_iter().map(|(kind, (transfers, amount))| Posted { kind: kind.as_str().to_owned(), transfers, amount }).collect())
}

/// Opens the tranches that need no approval; one that is open must not grow past the threshold, or past what was approved, by a later document.
async fn open(tx: &mut Tx, data: &MasterData, report: &mut Report) -> Result<(), Error> {
    let failed = || Error::database("opening tranches");
    let programme = &data.programme;
    let totals = sqlx::query_as::<_, TrancheState>(TOTALS);
    let before: Vec<TrancheState> = totals.bind(&programme.code).fetch_all(tx.connection()).await.map_err(failed())?;
    let small = |tranche: &&TrancheState| tranche.allocation > 0 && tranche.allocation <= programme.approval_threshold.get();
    report.opened = before.iter().filter(small).filter(|tranche| tranche.opened_at.is_none()).map(|tranche| tranche.id).collect();
    let outgrown = |tranche: &&TrancheState| {
        tranche.opened_at.is_some() && tranche.allocation > tranche.approved.unwrap_or_default().max(programme.approval_threshold.get())
    };
    for tranche in before.iter().filter(outgrown) {
        let (code, allocation) = (&tranche.code, tranche.allocation);
        let reason =
            format!("tranche {code} is open, and its allocation of Rp{allocation} would exceed the threshold and what was approved");
        let remedy = "keep the threshold above what open tranches hold, or grant the rest in a new tranche";
        let key = programme.code.clone();
        report.refusals.push(Refusal { what: "programme", key, field: "approval_threshold", reason, remedy });
    }
    sqlx::query(OPEN).bind(&report.opened).execute(tx.connection()).await.map_err(failed())?;
    let totals = sqlx::query_as::<_, TrancheState>(TOTALS);
    report.tranches = totals.bind(&programme.code).fetch_all(tx.connection()).await.map_err(failed())?;
    Ok(())
}

fn audit_detail(data: &MasterData, origin: Origin<'_>, report: &Report) -> Value {
    serde_json::json!({
        "programme": data.programme.code,
        "file_sha256": origin.sha256,
        "changes": report.changes.len(),
        "first_changes": &report.changes[..report.changes.len().min(AUDIT_CHANGES_MAX)],
        "posted": report.posted,
        "opened": report.opened,
    })
}

/// An id derived from what caused a transfer.
fn derived(parts: &[&str]) -> Uuid {
    Uuid::new_v5(&NAMESPACE, parts.join("\u{0}").as_bytes())
}
