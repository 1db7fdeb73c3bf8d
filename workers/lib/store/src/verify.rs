//! Whether everything that was written holds together: sums, identities, proofs, objects, tallies.
//!
//! All checks look at one REPEATABLE READ, READ ONLY snapshot, so a running installation is judged at one moment. A [`Rule`] is two
//! statements, how much there was to examine and what is wrong; the database compares sets and only what is wrong comes out. What needs keys or
//! bytes (tokens, statements, objects, photos) is streamed row by row. A check names what it found by ids alone: no personal data.
//!
//! Bounds: [`NAMED`] names per check, one page of the object listing, [`photos::AT_ONCE`] photos in memory; sorts and hash joins of the
//! database stay within [`WORK_MEM`] each and spill to its disk beyond.

use std::collections::BTreeMap;

use ed25519_dalek::VerifyingKey;
use futures::TryStreamExt;
use salur_domain::{
    CaptureId,
    vault::{Keys, WrappingKey},
};
use serde::Serialize;
use sqlx::{Postgres, Transaction};

use crate::{Blobs, Database, Error, Timestamp, status::SNAPSHOT};

mod bank;
mod cash;
mod cheques;
mod device_packs;
mod guards;
mod journal;
mod keeping;
mod ledger;
mod objects;
mod packs;
mod pauses;
mod payments;
mod photos;
mod proofs;
mod returns;
mod reversals;
mod rows;
mod slots;
mod tallies;

/// Violations that a check names; it counts the rest.
pub const NAMED: usize = 20;
const WORK_MEM: &str = "64MB";
// The object store is asked while the snapshot is open, so idling inside the transaction is meant.
const SETTINGS: &str =
    "SELECT now() FROM (SELECT set_config('work_mem', $1, true), set_config('idle_in_transaction_session_timeout', '0', true)) AS s";

/// What it means that a check found something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something is wrong.
    Violation,
    /// Untidy, and harmless to money and proofs.
    Warning,
    /// For the reader.
    Information,
}

/// How a check went.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// `payments-funded`
    pub name: &'static str,
    /// What holds when nothing is found.
    pub meaning: &'static str,
    /// What it means that something is found.
    pub severity: Severity,
    /// How many rows, objects or pairs were looked at.
    pub examined: i64,
    /// How many of them are wrong.
    pub found: i64,
    /// The first [`NAMED`] of them, by ids.
    pub named: Vec<String>,
}

/// How many photos are fetched, opened and hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Photos {
    /// So many, chosen by a seed.
    Sample {
        /// How many.
        count: i64,
        /// Another seed chooses others.
        seed: i64,
    },
    /// Every one.
    All,
}

/// What the checks need besides the database.
#[derive(Debug)]
pub struct Means<'a> {
    /// The object store.
    pub blobs: &'a Blobs,
    /// Derive serials.
    pub keys: &'a Keys,
    /// Unwraps the keys of photos.
    pub photo_key: &'a WrappingKey,
    /// The public key of cheques.
    pub cheque_key: &'a VerifyingKey,
    /// What a photo's seal is bound to.
    pub photo_context: fn(CaptureId) -> Vec<u8>,
    /// Which photos to open.
    pub photos: Photos,
}

/// All checks at one moment.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The moment of the snapshot.
    pub at: Timestamp,
    /// In the order in which they ran.
    pub checks: Vec<Check>,
}

/// A check that the database answers alone.
pub(crate) struct Rule {
    name: &'static str,
    meaning: &'static str,
    severity: Severity,
    /// Gives one bigint.
    examined: &'static str,
    /// Gives one text per violation.
    found: &'static str,
}

/// The snapshot.
type Snapshot = Transaction<'static, Postgres>;

impl Check {
    fn new(name: &'static str, meaning: &'static str, severity: Severity) -> Self {
        Self { name, meaning, severity, examined: 0, found: 0, named: Vec::new() }
    }

    /// Counts something wrong, and names it while there is room.
    fn name_it(&mut self, what: impl FnOnce() -> String) {
        self.found += 1;
        if self.named.len() < NAMED {
            self.named.push(what());
        }
    }

    /// Whether it found nothing wrong.
    pub fn holds(&self) -> bool {
        self.severity != Severity::Violation || self.found == 0
    }
}

impl Report {
    /// Whether every check holds.
    pub fn holds(&self) -> bool {
        self.checks.iter().all(Check::holds)
    }

    /// What the failed checks named, by check.
    pub fn violations(&self) -> BTreeMap<&'static str, &[String]> {
        self.checks.iter().filter(|check| !check.holds()).map(|check| (check.name, check.named.as_slice())).collect()
    }
}

fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        guards::RULES,
        journal::RULES,
        keeping::RULES,
        ledger::RULES,
        cash::RULES,
        pauses::RULES,
        payments::RULES,
        cheques::RULES,
        packs::RULES,
        device_packs::RULES,
        slots::RULES,
        proofs::RULES,
        returns::RULES,
        reversals::RULES,
        rows::RULES,
        tallies::RULES,
        bank::RULES,
    ]
    .into_iter()
    .flatten()
}

/// Every statement of the checks, with its name.
pub fn statements() -> Vec<(&'static str, &'static str)> {
    let of_rules = rules().flat_map(|rule| [(rule.name, rule.examined), (rule.name, rule.found)]);
    of_rules.chain([cheques::STATEMENTS, proofs::STATEMENTS, objects::STATEMENTS, photos::STATEMENTS].concat()).collect()
}

/// Runs every check; `seen` hears of each as it ends.
pub async fn run(database: &Database, means: &Means<'_>, seen: &mut (dyn FnMut(&Check) + Send)) -> Result<Report, Error> {
    let failed = || Error::database("opening a snapshot");
    let mut snapshot = database.pool().begin_with(SNAPSHOT).await.map_err(failed())?;
    let at = sqlx::query_scalar(SETTINGS).bind(WORK_MEM).fetch_one(&mut *snapshot).await.map_err(failed())?;
    let mut checks = Vec::new();
    let mut keep = |check: Check| {
        seen(&check);
        checks.push(check);
    };
    for rule in rules() {
        keep(ask(&mut snapshot, rule).await?);
    }
    keep(cheques::tokens(&mut snapshot, means).await?);
    keep(proofs::statements_signed(&mut snapshot).await?);
    for check in objects::all(&mut snapshot, means.blobs).await? {
        keep(check);
    }
    keep(photos::open(&mut snapshot, means).await?);
    snapshot.rollback().await.map_err(Error::database("closing the snapshot"))?;
    Ok(Report { at, checks })
}

/// Asks the database one rule.
async fn ask(snapshot: &mut Snapshot, rule: &Rule) -> Result<Check, Error> {
    let mut check = Check::new(rule.name, rule.meaning, rule.severity);
    let failed = || Error::database(rule.name);
    check.examined = sqlx::query_scalar(rule.examined).fetch_one(&mut **snapshot).await.map_err(failed())?;
    let mut found = sqlx::query_scalar::<_, String>(rule.found).fetch(&mut **snapshot);
    while let Some(text) = found.try_next().await.map_err(failed())? {
        check.name_it(|| text);
    }
    Ok(check)
}
