//! What a teller sees at a browser: the own drawer and the own hand-overs of a day.
//!
//! Everything here is read in the role `salur_teller`, which reaches the views of the schema `drawer` alone; teller and pay point are settings of the
//! transaction, made by [`crate::Database::begin_drawer`]. No statement names a teller: it finds the own rows, or none. Bounds: [`LAST`] moves and counts,
//! [`PAGE`] hand-overs.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::{Error, Page, Timestamp, Tx, page::asked, sql};

/// Moves and counts that are shown, the newest.
pub const LAST: i64 = 30;
/// Hand-overs of a page.
pub const PAGE: i64 = 50;

/// In question first, then what counts for nothing, then what stands.
macro_rules! rank {
    () => {
        "CASE state WHEN 'questioned' THEN 0 WHEN 'accepted' THEN 2 WHEN 'paid' THEN 2 ELSE 1 END"
    };
}

sql! {
    COUNTER = "SELECT teller, name, office, pay_point, pay_point_name, utc_offset_minutes FROM drawer.counters";
    FLOATS = "SELECT programme, received, given_back FROM drawer.floats ORDER BY programme LIMIT 100";
    MOVES = "SELECT programme, from_place, to_place, amount, document, effect, reason, decided_at FROM drawer.moves ORDER BY decided_at DESC, id LIMIT $1";
    COUNTS = "SELECT programme, day, counted, unsynchronised, explanation, effect, reason, difference, decided_at FROM drawer.counts
        ORDER BY decided_at DESC, id LIMIT $1";
    STATES = "SELECT state, count(*), coalesce(sum(rupiah), 0)::bigint FROM drawer.hand_overs WHERE captured_at >= $1 AND captured_at < $2 GROUP BY state";
    HAND_OVERS = concat!("SELECT capture, captured_at, rupiah, payments, state, ", rank!(), " AS rank FROM drawer.hand_overs
        WHERE captured_at >= $1 AND captured_at < $2 AND (", rank!(), ", captured_at, capture) > ($3, $4, $5)
        ORDER BY ", rank!(), ", captured_at, capture LIMIT $6");
}

/// Whose drawer, and where.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Counter {
    /// Code of the teller.
    pub teller: String,
    /// Name of the teller.
    pub name: String,
    /// Code of the office.
    pub office: String,
    /// Code of the pay point.
    pub pay_point: String,
    /// Name of the pay point.
    pub pay_point_name: String,
    /// Its clock.
    pub utc_offset_minutes: i32,
}

/// What came into the drawer of a programme and what went back, in rupiah.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the view")]
pub struct Float {
    pub programme: String,
    pub received: i64,
    pub given_back: i64,
}

/// A move of cash into the drawer or out of it.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the view")]
pub struct Move {
    pub programme: String,
    pub from_place: String,
    pub to_place: String,
    pub amount: i64,
    pub document: String,
    pub effect: String,
    pub reason: String,
    pub decided_at: Timestamp,
}

/// A count of the drawer; how it differed is told of a day that is closed.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the view")]
pub struct Count {
    pub programme: String,
    pub day: NaiveDate,
    pub counted: i64,
    pub unsynchronised: i64,
    pub explanation: String,
    pub effect: String,
    pub reason: String,
    pub difference: Option<i64>,
    pub decided_at: Timestamp,
}

/// A hand-over and how its proof stands.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct HandOver {
    /// The capture.
    pub capture: Uuid,
    /// When it was photographed.
    pub captured_at: Timestamp,
    /// What it was worth.
    pub rupiah: i64,
    /// Of how many payments.
    pub payments: i32,
    /// `questioned`, `accepted`, `refused`, `undone`, or a reviewer's verdict.
    pub state: String,
    /// Place among the states.
    pub rank: i32,
}

/// From a moment to before another.
pub type Span = (Timestamp, Timestamp);

/// Whose drawer it is; none: the teller or the pay point is no more.
pub async fn counter(tx: &mut Tx) -> Result<Option<Counter>, Error> {
    sqlx::query_as(COUNTER).fetch_optional(tx.connection()).await.map_err(Error::database("reading a counter"))
}

/// What came in and went back, by programme.
pub async fn floats(tx: &mut Tx) -> Result<Vec<Float>, Error> {
    sqlx::query_as(FLOATS).fetch_all(tx.connection()).await.map_err(Error::database("reading floats"))
}

/// The last moves.
pub async fn moves(tx: &mut Tx) -> Result<Vec<Move>, Error> {
    sqlx::query_as(MOVES).bind(LAST).fetch_all(tx.connection()).await.map_err(Error::database("reading moves of a drawer"))
}

/// The last counts.
pub async fn counts(tx: &mut Tx) -> Result<Vec<Count>, Error> {
    sqlx::query_as(COUNTS).bind(LAST).fetch_all(tx.connection()).await.map_err(Error::database("reading counts of a drawer"))
}

/// Hand-overs and rupiah of a span by state.
pub async fn states(tx: &mut Tx, (from, to): Span) -> Result<Vec<(String, i64, i64)>, Error> {
    let found = sqlx::query_as(STATES).bind(from).bind(to).fetch_all(tx.connection()).await;
    found.map_err(Error::database("counting hand-overs"))
}

/// Hand-overs of a span, those in question first, after one by rank, moment and capture.
pub async fn hand_overs(tx: &mut Tx, (from, to): Span, after: (i32, Timestamp, Uuid)) -> Result<Page<HandOver>, Error> {
    let read = sqlx::query_as(HAND_OVERS).bind(from).bind(to).bind(after.0).bind(after.1).bind(after.2).bind(asked(PAGE));
    Ok(Page::of(read.fetch_all(tx.connection()).await.map_err(Error::database("reading hand-overs"))?, PAGE))
}
