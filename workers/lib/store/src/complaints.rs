//! What people say about a cheque, and what a supervisor found: both insert-only, the first answer stands.
//!
//! A complaint is told to who acts for the region of its payment; one whose serial is of no cheque has no place, and is told to who acts for the country. Words
//! and contact are sealed and come by themselves ([`Words`]), for a look that is recorded. Bounds: [`PAGE`] complaints of a list, [`BARS`] lines of a count.

use serde::Serialize;
use uuid::Uuid;

use crate::{Error, Page, Timestamp, Tx, page::asked, sql};

/// Complaints of one list.
pub const PAGE: i64 = 100;
/// Tellers and villages that are counted, those with most first.
pub const BARS: i64 = 15;

/// Where a complaint belongs, over `c`: its payment, who handed over last, what was answered.
macro_rules! from {
    () => {
        " FROM complaints c LEFT JOIN payments p ON p.tranche = c.tranche AND p.id = c.payment LEFT JOIN complaint_answers a ON a.complaint = c.id
        LEFT JOIN LATERAL (SELECT h.teller FROM hand_overs h WHERE h.tranche = c.tranche AND h.payment = c.payment ORDER BY h.n DESC LIMIT 1) AS h ON true
        WHERE ($1 = '' OR starts_with(p.regency, $1))"
    };
}
macro_rules! shown {
    () => {
        "SELECT c.id AS complaint, c.number, c.kind, c.rupiah, c.serial, c.payment, c.lodged_at, c.sealed IS NOT NULL AS has_words,
          (SELECT t.code FROM tranches t WHERE t.id = c.tranche) AS tranche, p.village, p.pay_point, p.status, h.teller, a.verdict, a.note, a.actor,
          a.answered_at"
    };
}
macro_rules! counted {
    ($by:literal) => {
        concat!("SELECT ", $by, " AS code, count(*) AS complaints, count(*) FILTER (WHERE a.complaint IS NULL) AS open,
              count(*) FILTER (WHERE a.verdict = 'upheld') AS upheld, count(c.rupiah) AS stated, coalesce(sum(c.rupiah), 0)::bigint AS kept_back", from!(),
            " AND ", $by, " IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $2")
    };
}

sql! {
    LODGE = "INSERT INTO complaints (id, number, serial, tranche, payment, kind, rupiah, data_key, sealed)
        SELECT $1, $2, k.serial, q.tranche, q.payment, $4, $5, $6, $7 FROM (SELECT $3::text AS serial) AS k LEFT JOIN cheques q ON q.serial = k.serial
        ON CONFLICT (id) DO NOTHING";
    LIST = concat!(shown!(), from!(), " AND CASE $2 WHEN 'open' THEN a.complaint IS NULL WHEN 'answered' THEN a.complaint IS NOT NULL ELSE true END
        AND ($3::timestamptz IS NULL OR (c.lodged_at, c.id) > ($3, $4)) ORDER BY c.lodged_at, c.id LIMIT $5");
    ONE = concat!(shown!(), from!(), " AND c.id = $2");
    OF_PAYMENT = concat!(shown!(), from!(), " AND c.payment = $2 ORDER BY c.lodged_at, c.id LIMIT $3");
    WORDS = concat!("SELECT c.data_key, c.sealed", from!(), " AND c.id = $2 AND c.sealed IS NOT NULL");
    ANSWER = "INSERT INTO complaint_answers (complaint, verdict, note, actor) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    BY_KIND = counted!("c.kind");
    BY_TELLER = counted!("h.teller");
    BY_VILLAGE = counted!("p.village");
}

/// A complaint to keep.
#[derive(Debug)]
pub struct Lodged<'a> {
    /// Made by who complains, so that the same one sent again is one.
    pub complaint: Uuid,
    /// What they keep.
    pub number: &'a str,
    /// As on the cheque.
    pub serial: &'a str,
    /// `not_received`, `kept_back`, `not_me` or `other`.
    pub kind: &'a str,
    /// Kept back, where they say it.
    pub rupiah: Option<i64>,
    /// The wrapped key and what it seals, where something was written.
    pub words: Option<(Vec<u8>, Vec<u8>)>,
}

/// A complaint without its words.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables of complaints and payments")]
pub struct Complaint {
    pub complaint: Uuid,
    pub number: String,
    pub kind: String,
    pub rupiah: Option<i64>,
    pub serial: String,
    /// None: no cheque has this serial.
    pub payment: Option<Uuid>,
    pub lodged_at: Timestamp,
    /// Something was written.
    pub has_words: bool,
    pub tranche: Option<String>,
    pub village: Option<String>,
    pub pay_point: Option<String>,
    /// Of the payment, now.
    pub status: Option<String>,
    /// Who handed over last.
    pub teller: Option<String>,
    pub verdict: Option<String>,
    pub note: Option<String>,
    /// Who answered.
    pub actor: Option<String>,
    pub answered_at: Option<Timestamp>,
}

/// Complaints of one kind, teller or village.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct Counted {
    /// Word of the kind, code of the teller or village.
    pub code: String,
    /// All.
    pub complaints: i64,
    /// Not answered yet.
    pub open: i64,
    /// Found true.
    pub upheld: i64,
    /// Those that say how much was kept back.
    pub stated: i64,
    /// How much they say was kept back.
    pub kept_back: i64,
}

/// What is counted in a region.
#[derive(Debug, Clone, Serialize)]
pub struct Counts {
    /// By kind.
    pub kinds: Vec<Counted>,
    /// By who handed over last.
    pub tellers: Vec<Counted>,
    /// By village.
    pub villages: Vec<Counted>,
}

/// Keeps a complaint; the same one again is kept once. Says nothing of whether its cheque is known.
pub async fn lodge(tx: &mut Tx, lodged: &Lodged<'_>) -> Result<bool, Error> {
    let (key, sealed) = lodged.words.as_ref().map(|(key, sealed)| (key, sealed)).unzip();
    let kept = sqlx::query(LODGE).bind(lodged.complaint).bind(lodged.number).bind(lodged.serial).bind(lodged.kind).bind(lodged.rupiah);
    let kept = kept.bind(key).bind(sealed).execute(tx.connection()).await.map_err(Error::database("keeping a complaint"))?;
    tx.wrote("complaints");
    Ok(kept.rows_affected() == 1)
}

/// Complaints of a region, the oldest first, after one of them. `state`: `open`, `answered`, or anything else for all.
pub async fn list(tx: &mut Tx, region: &str, state: &str, after: Option<(Timestamp, Uuid)>) -> Result<Page<Complaint>, Error> {
    let (at, id) = after.unzip();
    let read = sqlx::query_as(LIST).bind(region).bind(state).bind(at).bind(id).bind(asked(PAGE)).fetch_all(tx.connection());
    Ok(Page::of(read.await.map_err(Error::database("reading complaints"))?, PAGE))
}

/// A complaint of a region.
pub async fn one(tx: &mut Tx, region: &str, complaint: Uuid) -> Result<Option<Complaint>, Error> {
    let read = sqlx::query_as(ONE).bind(region).bind(complaint).fetch_optional(tx.connection());
    read.await.map_err(Error::database("reading a complaint"))
}

/// Complaints about a payment, the oldest first; at most [`PAGE`].
pub async fn of_payment(tx: &mut Tx, region: &str, payment: Uuid) -> Result<Vec<Complaint>, Error> {
    let read = sqlx::query_as(OF_PAYMENT).bind(region).bind(payment).bind(PAGE).fetch_all(tx.connection());
    read.await.map_err(Error::database("reading the complaints about a payment"))
}

/// The wrapped key and the sealed words of a complaint of a region that has some.
pub async fn words(tx: &mut Tx, region: &str, complaint: Uuid) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
    let read = sqlx::query_as(WORDS).bind(region).bind(complaint).fetch_optional(tx.connection());
    read.await.map_err(Error::database("reading the words of a complaint"))
}

/// Keeps what a supervisor found, if nobody answered before.
pub async fn answer(tx: &mut Tx, complaint: Uuid, verdict: &str, note: &str, actor: &str) -> Result<bool, Error> {
    let kept = sqlx::query(ANSWER).bind(complaint).bind(verdict).bind(note).bind(actor).execute(tx.connection()).await;
    let kept = kept.map_err(Error::database("answering a complaint"))?;
    tx.wrote("complaint_answers");
    Ok(kept.rows_affected() == 1)
}

/// Complaints of a region by kind, teller and village.
pub async fn counts(tx: &mut Tx, region: &str) -> Result<Counts, Error> {
    let mut counted = [BY_KIND, BY_TELLER, BY_VILLAGE].map(|_| Vec::new());
    for (at, statement) in [BY_KIND, BY_TELLER, BY_VILLAGE].into_iter().enumerate() {
        let read = sqlx::query_as(statement).bind(region).bind(BARS).fetch_all(tx.connection());
        counted[at] = read.await.map_err(Error::database("counting complaints"))?;
    }
    let [kinds, tellers, villages] = counted;
    Ok(Counts { kinds, tellers, villages })
}
