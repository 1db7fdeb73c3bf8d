//! Packs as they are shown: by village, newest tranche first, with what was said of handing them out.

use salur_domain::DecisionId;
use serde::Serialize;
use sqlx::types::chrono::NaiveDate;

use super::Place;
use crate::{Database, Error, Page, Timestamp, Tx, page::asked, sql};

/// Packs of one answer.
pub const PAGE: i64 = 100;

macro_rules! shown {
    ($where:literal) => {
        concat!(
            "SELECT k.tranche AS tranche_id, t.code AS tranche, t.name AS tranche_name, k.village, k.number, k.generation, k.cheques, k.rupiah, k.pages, k.size,
              encode(k.sha256, 'hex') AS sha256, k.unreadable, k.asked_by, k.made_at, h.handed_out_on, h.kept, h.document, h.actor AS handed_out_by,
              h.said_at FROM packs k JOIN tranches t ON t.id = k.tranche
            LEFT JOIN pack_hand_outs h ON h.tranche = k.tranche AND h.village = k.village AND h.number = k.number AND h.effect = 'handed_out' WHERE ",
            $where
        )
    };
}

sql! {
    LIST = concat!(shown!("($1 = '' OR t.code = $1) AND starts_with(k.village, $2) AND ($3 = '' OR k.village = $3)
          AND ($4::int IS NULL OR (-k.tranche, k.village, k.number) > (-$4, $5, $6))"), " ORDER BY -k.tranche, k.village, k.number LIMIT $7");
    ONE = shown!("t.code = $1 AND k.village = $2 AND k.number = $3");
    PLAN = "SELECT t.id, (SELECT count(*) FROM payments p JOIN cheques c ON c.tranche = p.tranche AND c.payment = p.id
            WHERE p.tranche = t.id AND p.village = $2 AND p.status = 'cheque_issued'
              AND NOT EXISTS (SELECT FROM cheques n WHERE n.tranche = c.tranche AND n.payment = c.payment AND n.version > c.version)
              AND NOT EXISTS (SELECT FROM pack_cheques k WHERE k.tranche = c.tranche AND k.payment = c.payment AND k.version = c.version)),
          (SELECT count(*) FROM payments p WHERE p.tranche = t.id AND p.village = $2 AND p.cheque_issued_at IS NULL
            AND p.cancelled_at IS NULL AND p.returned_at IS NULL)
        FROM tranches t WHERE t.code = $1";
    EFFECT = "SELECT id, effect, refused FROM pack_hand_outs WHERE id = $1";
}

/// A pack as it is shown.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables of packs and of hand-outs")]
pub struct Shown {
    #[serde(skip)]
    pub tranche_id: i32,
    pub tranche: String,
    pub tranche_name: String,
    pub village: String,
    pub number: i16,
    pub generation: String,
    pub cheques: i32,
    pub rupiah: i64,
    pub pages: i32,
    pub size: i32,
    pub sha256: String,
    pub unreadable: i32,
    pub asked_by: String,
    pub made_at: Timestamp,
    /// None: its cheques are not said to be with the families.
    pub handed_out_on: Option<NaiveDate>,
    pub kept: Option<i32>,
    pub document: Option<String>,
    pub handed_out_by: Option<String>,
    pub said_at: Option<Timestamp>,
}

/// What would be in a pack that is made now.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Plan {
    #[serde(skip)]
    tranche: i32,
    /// Cheques that wait for a pack.
    pub cheques: i64,
    /// Payments of the village that have no cheque yet.
    pub without_cheque: i64,
}

/// What came of a word about a pack.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table of hand-outs")]
pub struct Effect {
    #[serde(skip)]
    pub id: uuid::Uuid,
    pub effect: String,
    pub refused: String,
}

impl Shown {
    /// Its village and tranche.
    pub fn place(&self) -> Place {
        (salur_domain::TrancheId(self.tranche_id), self.village.clone())
    }

    /// Where a list goes on after it.
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.tranche_id, self.village, self.number)
    }
}

impl Plan {
    /// The tranche.
    pub fn tranche(&self) -> salur_domain::TrancheId {
        salur_domain::TrancheId(self.tranche)
    }
}

/// What is looked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sought<'a> {
    /// Code of a tranche; empty: all.
    pub tranche: &'a str,
    /// The caller's region; empty: the country.
    pub region: &'a str,
    /// Ten digits; empty: all.
    pub village: &'a str,
    /// [`Shown::key`] of the last one seen; empty: from the beginning.
    pub after: &'a str,
}

/// Packs in order, at most [`PAGE`].
pub async fn list(database: &Database, sought: &Sought<'_>) -> Result<Page<Shown>, Error> {
    let mut parts = sought.after.split('/');
    let tranche: Option<i32> = parts.next().and_then(|part| part.parse().ok());
    let village = parts.next().unwrap_or_default();
    let number: i16 = parts.next().and_then(|part| part.parse().ok()).unwrap_or_default();
    let read = sqlx::query_as(LIST)
        .bind(sought.tranche)
        .bind(sought.region)
        .bind(sought.village)
        .bind(tranche)
        .bind(village)
        .bind(number)
        .bind(asked(PAGE))
        .fetch_all(database.pool())
        .await;
    Ok(Page::of(read.map_err(Error::database("listing packs"))?, PAGE))
}

/// One pack.
pub async fn one(tx: &mut Tx, tranche: &str, village: &str, number: i16) -> Result<Option<Shown>, Error> {
    let read = sqlx::query_as(ONE).bind(tranche).bind(village).bind(number).fetch_optional(tx.connection());
    read.await.map_err(Error::database("reading a pack"))
}

/// What a pack made now would hold; none where there is no such tranche.
pub async fn plan(database: &Database, tranche: &str, village: &str) -> Result<Option<Plan>, Error> {
    let read = sqlx::query_as(PLAN).bind(tranche).bind(village).fetch_optional(database.pool()).await;
    let row: Option<(i32, i64, i64)> = read.map_err(Error::database("looking at what a pack would hold"))?;
    Ok(row.map(|(tranche, cheques, without_cheque)| Plan { tranche, cheques, without_cheque }))
}

/// What came of a word about a pack.
pub async fn effect(database: &Database, decision: DecisionId) -> Result<Option<Effect>, Error> {
    let read = sqlx::query_as(EFFECT).bind(decision.0).fetch_optional(database.pool());
    read.await.map_err(Error::database("reading what came of a pack's hand-out"))
}
