//! Proofs as auditors look at them: contact sheets, newest first, and all that is known of one capture.
//!
//! A sheet reads one index for its page and nothing of payments: place, person, time and worth stand with the proof. Bounds: [`SHEET_MAX`] proofs of a sheet;
//! the next one begins before the last one's moment and capture. What comes of looking is recorded by the caller, in the same transaction.

pub mod conduct;
pub mod near;
pub mod reveals;
pub mod sample;

use salur_domain::CaptureId;
use serde::Serialize;
use uuid::Uuid;

use crate::{Error, Page, Timestamp, Tx, page::asked, proxies, sql};

/// Proofs of one sheet.
pub const SHEET_MAX: i64 = 200;

/// How a proof stands, over `f`, its review `w` and its undo `u`.
macro_rules! state {
    () => {
        "CASE WHEN u.claim IS NOT NULL THEN 'undone' WHEN f.judgement <> 'questioned' THEN f.judgement ELSE coalesce(w.verdict, 'questioned') END"
    };
}
/// Proofs with what was decided about them; with a parameter, what was decided by transactions before that one.
macro_rules! from {
    () => {
        " FROM proofs f LEFT JOIN proof_reviews w ON w.capture = f.capture AND w.effect = 'carried_out'
        LEFT JOIN hand_over_undos u ON u.claim = f.claim AND u.effect = 'carried_out'"
    };
    ($before:literal) => {
        concat!(
            " FROM proofs f LEFT JOIN proof_reviews w ON w.capture = f.capture AND w.effect = 'carried_out' AND w.tx < ",
            $before,
            " LEFT JOIN hand_over_undos u ON u.claim = f.claim AND u.effect = 'carried_out' AND u.tx < ",
            $before
        )
    };
}
/// What of a proof a sheet shows.
macro_rules! tile {
    () => {
        concat!(
            "f.capture, f.n, f.captured_at, f.village, f.rupiah, f.width IS NOT NULL AND f.photo_key IS NOT NULL AS has_picture, ",
            state!(),
            " AS state, ARRAY(SELECT code FROM findings c WHERE c.capture = f.capture AND c.severity <> 'info' ORDER BY code) AS findings,
            (SELECT utc_offset_minutes FROM pay_points q WHERE q.code = f.pay_point) AS offset_minutes"
        )
    };
}
/// What a [`Filter`] lets through, $1 to $10 in the order of its fields.
macro_rules! filtered {
    () => {
        concat!(
            " CASE length($1) WHEN 0 THEN true WHEN 2 THEN left(f.village, 2) = $1 WHEN 4 THEN left(f.village, 4) = $1 ELSE f.village = $1 END
          AND ($2 = '' OR f.pay_point = $2) AND ($3 = '' OR f.teller = $3) AND ($4 = '' OR f.device = $4)
          AND ($5::timestamptz IS NULL OR f.captured_at >= $5) AND ($6::timestamptz IS NULL OR f.captured_at < $6)
          AND f.rupiah BETWEEN $7 AND $8
          AND ($9 = '' OR EXISTS (SELECT FROM findings c WHERE c.capture = f.capture AND c.code = $9))
          AND CASE $10 WHEN '' THEN true WHEN 'accepted' THEN f.judgement = 'accepted' WHEN 'refused' THEN f.judgement = 'refused'
            WHEN 'undone' THEN u.claim IS NOT NULL ELSE f.judgement = 'questioned' END AND ($10 = '' OR ",
            state!(),
            " = $10)"
        )
    };
}
use {filtered, from, state, tile};

sql! {
    SHEET = concat!("SELECT ", tile!(), from!(), " WHERE ", filtered!(), " AND ($11::timestamptz IS NULL OR (f.captured_at, f.capture) < ($11, $12))
        ORDER BY f.captured_at DESC, f.capture DESC LIMIT $13");
    CASE = concat!("SELECT f.capture, f.device, f.teller, t.name AS teller_name, f.sha256, f.size, f.statement, f.width, f.height, f.dhash,
          f.photo_key IS NOT NULL AS is_kept, ",
        state!(), " AS state, f.village, f.pay_point, f.rupiah, f.captured_at, f.received_at, f.judged_at, c.claimed_at, c.expires_at,
          q.name AS pay_point_name, q.address AS pay_point_address, q.latitude, q.longitude, q.radius_m, q.utc_offset_minutes AS offset_minutes,
          q.opens, q.closes", from!(), "
        JOIN claims c ON c.id = f.claim JOIN tellers t ON t.code = f.teller JOIN pay_points q ON q.code = f.pay_point
        WHERE f.capture = $1 AND left(f.village, length($2)) = $2");
    FINDINGS = "SELECT code, severity, evidence FROM findings WHERE capture = $1
        ORDER BY CASE severity WHEN 'refuse' THEN 0 WHEN 'question' THEN 1 ELSE 2 END, code";
    PAYMENTS = "SELECT p.id AS payment, t.name AS tranche_name, p.amount, p.status, r.masked_name AS name, r.masked_nik AS nik, p.village,
          (SELECT c.serial FROM cheques c WHERE c.tranche = p.tranche AND c.payment = p.id ORDER BY c.version DESC LIMIT 1) AS serial
        FROM proofs f CROSS JOIN unnest(f.tranches, f.payments) AS k(tranche, id) JOIN payments p ON p.tranche = k.tranche AND p.id = k.id
        JOIN tranches t ON t.id = p.tranche JOIN recipients r ON r.batch = p.batch AND r.row = p.row WHERE f.capture = $1 ORDER BY p.tranche, p.id";
    DECISIONS = "SELECT w.reviewed_at AS at, w.actor, w.ground, w.verdict AS word, w.effect, w.reason, w.document FROM proof_reviews w WHERE w.capture = $1
        UNION ALL SELECT u.undone_at, coalesce(u.actor, u.device), u.ground, 'undone', u.effect, u.reason, u.document
        FROM proofs f JOIN hand_over_undos u ON u.claim = f.claim WHERE f.capture = $1
        UNION ALL SELECT d.decided_at, coalesce(d.actor, 'clock'), d.ground, 'destroyed', d.effect, d.reason, d.document
        FROM photo_destructions d WHERE d.capture = $1 ORDER BY 1";
    PHOTO_KEY = "SELECT photo_key FROM proofs WHERE capture = $1 AND width IS NOT NULL";
}

/// What a sheet shows; what is empty or none excludes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// Two, four or ten digits: province, regency, village of the family.
    pub place: String,
    /// Code of the pay point.
    pub pay_point: String,
    /// Code of the teller.
    pub teller: String,
    /// Code of the device.
    pub device: String,
    /// Captured from then on.
    pub from: Option<Timestamp>,
    /// Captured before.
    pub to: Option<Timestamp>,
    /// The visit was worth this much at least, and at most.
    pub rupiah: (Option<i64>, Option<i64>),
    /// A finding's code.
    pub finding: String,
    /// `accepted`, `questioned`, `paid`, `not_proven`, `refused` or `undone`.
    pub state: String,
}

/// A proof on a sheet.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Tile {
    capture: Uuid,
    /// Its number among all proofs, for samples.
    pub n: i64,
    /// Scan time.
    pub captured_at: Timestamp,
    /// Ten digits: where the family lives.
    pub village: String,
    /// What the visit was worth.
    pub rupiah: i64,
    /// A picture could be read.
    pub has_picture: bool,
    /// As [`Filter::state`].
    pub state: String,
    /// Codes that question or refuse.
    pub findings: Vec<String>,
    /// Zone of the pay point, minutes east of UTC.
    pub offset_minutes: i32,
}

/// All that is known of one capture but its photo.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables of proofs, claims, tellers and pay points")]
pub struct Case {
    capture: Uuid,
    pub device: String,
    pub teller: String,
    pub teller_name: String,
    pub sha256: Vec<u8>,
    pub size: i64,
    /// As signed by the device.
    pub statement: serde_json::Value,
    /// The photo was not destroyed.
    pub is_kept: bool,
    pub width: Option<i32>,
    pub height: Option<i32>,
    /// Perceptual hash of the picture.
    pub dhash: Option<i64>,
    /// As [`Filter::state`].
    pub state: String,
    pub village: String,
    pub pay_point: String,
    pub rupiah: i64,
    pub captured_at: Timestamp,
    pub received_at: Timestamp,
    pub judged_at: Timestamp,
    pub claimed_at: Timestamp,
    pub expires_at: Timestamp,
    pub pay_point_name: String,
    pub pay_point_address: String,
    pub latitude: f64,
    pub longitude: f64,
    pub radius_m: i32,
    /// Zone of the pay point, minutes east of UTC.
    pub offset_minutes: i32,
    pub opens: chrono::NaiveTime,
    pub closes: chrono::NaiveTime,
}

/// Something that speaks against a proof, or is only noted.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table of findings")]
pub struct Finding {
    pub code: String,
    pub severity: String,
    pub evidence: serde_json::Value,
}

/// A payment of the visit, masked.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables of payments, tranches and recipients")]
pub struct Paid {
    pub payment: Uuid,
    pub tranche_name: String,
    pub amount: i64,
    pub status: String,
    pub name: Option<String>,
    pub nik: Option<String>,
    pub village: String,
    pub serial: Option<String>,
}

/// What somebody decided about the hand-over.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables of reviews and undos")]
pub struct Decision {
    pub at: Timestamp,
    pub actor: String,
    pub ground: String,
    /// `paid`, `not_proven`, `undone` or `destroyed`.
    pub word: String,
    pub effect: String,
    pub reason: String,
    pub document: String,
}

/// A case with what belongs to it.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The capture.
    pub case: Case,
    /// The gravest first.
    pub findings: Vec<Finding>,
    /// Of the visit.
    pub payments: Vec<Paid>,
    /// In order.
    pub decisions: Vec<Decision>,
    /// Who received, with their other visits in the region; none: the recipient did.
    pub proxy: Option<(proxies::Shown, Vec<proxies::Other>)>,
}

impl Tile {
    /// The capture.
    pub fn capture(&self) -> CaptureId {
        CaptureId(self.capture)
    }
}

impl Case {
    /// A picture could be read, and is there.
    pub const fn has_picture(&self) -> bool {
        self.width.is_some() && self.is_kept
    }

    /// The capture.
    pub fn capture(&self) -> CaptureId {
        CaptureId(self.capture)
    }
}

type Query<'q, O> = sqlx::query::QueryAs<'q, sqlx::Postgres, O, sqlx::postgres::PgArguments>;

/// Binds $1 to $10 of a statement with a filter.
fn bind<'q, O>(query: Query<'q, O>, filter: &'q Filter) -> Query<'q, O> {
    let Filter { place, pay_point, teller, device, from, to, rupiah: (least, most), finding, state } = filter;
    let query = query.bind(place).bind(pay_point).bind(teller).bind(device).bind(from).bind(to);
    query.bind(least.unwrap_or(0)).bind(most.unwrap_or(i64::MAX)).bind(finding).bind(state)
}

/// One sheet: what the filter lets through, before the last one of the sheet before.
pub async fn sheet(tx: &mut Tx, filter: &Filter, before: Option<(Timestamp, Uuid)>, tiles: i64) -> Result<Page<Tile>, Error> {
    let ((at, capture), size) = (before.unzip(), tiles.clamp(1, SHEET_MAX));
    let read = bind(sqlx::query_as(SHEET), filter).bind(at).bind(capture).bind(asked(size));
    Ok(Page::of(read.fetch_all(tx.connection()).await.map_err(Error::database("reading a sheet of proofs"))?, size))
}

/// A capture of a region (empty: the country) with all that is known; none: there is no such capture there.
pub async fn case(tx: &mut Tx, capture: CaptureId, region: &str) -> Result<Option<Whole>, Error> {
    let failed = || Error::database("reading a capture");
    let found: Option<Case> = sqlx::query_as(CASE).bind(capture.0).bind(region).fetch_optional(tx.connection()).await.map_err(failed())?;
    let Some(case) = found else { return Ok(None) };
    let findings = sqlx::query_as(FINDINGS).bind(capture.0).fetch_all(tx.connection()).await.map_err(failed())?;
    let payments = sqlx::query_as(PAYMENTS).bind(capture.0).fetch_all(tx.connection()).await.map_err(failed())?;
    let decisions = sqlx::query_as(DECISIONS).bind(capture.0).fetch_all(tx.connection()).await.map_err(failed())?;
    let proxy = proxies::of_case(tx, capture.0, region).await?;
    Ok(Some(Whole { case, findings, payments, decisions, proxy }))
}

/// The wrapped key of a photo that could be read.
pub async fn photo_key(tx: &mut Tx, capture: CaptureId) -> Result<Option<Vec<u8>>, Error> {
    let key: Option<Option<Vec<u8>>> = sqlx::query_scalar(PHOTO_KEY)
        .bind(capture.0)
        .fetch_optional(tx.connection())
        .await
        .map_err(Error::database("looking for a photo"))?;
    Ok(key.flatten())
}
