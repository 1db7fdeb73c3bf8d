//! How tellers, pay points and devices hand over, in numbers: of the proofs of some regencies within some days.
//!
//! The proofs come from the index of regency and time; claims, reviews, undos and findings are looked up by their keys, and complaints, which are few, the
//! other way round. So the cost follows the proofs of the place and days that were asked for, and not those that there are. Bounds: the caller's regencies and
//! days, [`LINES`] lines.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Error, Timestamp, Tx, sql};

/// Lines of an answer, those with most proofs.
pub const LINES: i64 = 1_000;

/// Proofs of regencies $1 from $2 to $3 by what is counted, with the distance of the device from the pay point in metres (on a plane: it is far less than
/// a degree).
macro_rules! of {
    ($key:literal) => {
        concat!(
            "WITH f AS MATERIALIZED (SELECT f.capture, f.claim, f.judgement, f.captured_at, f.",
            $key,
            " AS key, 111195 * sqrt(((f.statement #>> '{position,latitude}')::float8 - q.latitude) ^ 2
                + (((f.statement #>> '{position,longitude}')::float8 - q.longitude) * cos(radians(q.latitude))) ^ 2) AS metres
              FROM proofs f JOIN pay_points q ON q.code = f.pay_point
              WHERE left(f.village, 4) = ANY($1) AND f.captured_at >= $2 AND f.captured_at < $3) "
        )
    };
}
macro_rules! counts {
    ($key:literal) => {
        concat!(
            of!($key),
            "SELECT f.key AS code, count(*) AS proofs, count(*) FILTER (WHERE f.judgement = 'questioned') AS questioned,
              count(*) FILTER (WHERE f.judgement = 'refused') AS refused, count(w.capture) AS not_proven, count(u.claim) AS undone,
              percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM f.captured_at - c.claimed_at)::float8) AS seconds,
              percentile_cont(0.5) WITHIN GROUP (ORDER BY f.metres) AS metres
            FROM f LEFT JOIN claims c ON c.id = f.claim
            LEFT JOIN proof_reviews w ON w.capture = f.capture AND w.effect = 'carried_out' AND w.verdict = 'not_proven'
            LEFT JOIN hand_over_undos u ON u.claim = f.claim AND u.effect = 'carried_out'
            GROUP BY f.key ORDER BY 2 DESC, 1 LIMIT $4"
        )
    };
}
macro_rules! found {
    ($key:literal) => {
        concat!(of!($key), "SELECT f.key, c.code, count(*) FROM f JOIN findings c ON c.capture = f.capture GROUP BY 1, 2")
    };
}
macro_rules! complained {
    ($key:literal) => {
        concat!(
            "SELECT f.",
            $key,
            ", count(DISTINCT k.id) FROM complaints k JOIN hand_overs h ON h.tranche = k.tranche AND h.payment = k.payment
            JOIN proofs f ON f.capture = h.capture WHERE left(f.village, 4) = ANY($1) AND f.captured_at >= $2 AND f.captured_at < $3 GROUP BY 1"
        )
    };
}

sql! {
    OF_TELLERS = counts!("teller");
    OF_PAY_POINTS = counts!("pay_point");
    OF_DEVICES = counts!("device");
    FOUND_OF_TELLERS = found!("teller");
    FOUND_OF_PAY_POINTS = found!("pay_point");
    FOUND_OF_DEVICES = found!("device");
    COMPLAINED_OF_TELLERS = complained!("teller");
    COMPLAINED_OF_PAY_POINTS = complained!("pay_point");
    COMPLAINED_OF_DEVICES = complained!("device");
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Who handed over.
    Teller,
    /// Where.
    PayPoint,
    /// With which device.
    Device,
}

/// One teller, pay point or device.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct Line {
    /// Its code.
    pub code: String,
    /// All captures that were judged.
    pub proofs: i64,
    /// Questioned at once, whatever was decided later.
    pub questioned: i64,
    /// Not captures of ours.
    pub refused: i64,
    /// Decided not to have happened.
    pub not_proven: i64,
    /// Undone.
    pub undone: i64,
    /// Median seconds from claim to photo.
    pub seconds: Option<f64>,
    /// Median metres between device and pay point, where the device knew its place.
    pub metres: Option<f64>,
    /// Complaints about payments that were handed over.
    #[sqlx(skip)]
    pub complaints: i64,
    /// Findings by code.
    #[sqlx(skip)]
    pub findings: BTreeMap<String, i64>,
}

impl Line {
    /// Findings of a code.
    pub fn found(&self, code: &str) -> i64 {
        self.findings.get(code).copied().unwrap_or_default()
    }
}

/// Whose proofs are counted.
#[derive(Debug, Clone)]
pub struct Range {
    /// Four digits each.
    pub regencies: Vec<String>,
    /// Captured from then on.
    pub from: Timestamp,
    /// Captured before.
    pub to: Timestamp,
}

/// The numbers, those with most proofs first.
pub async fn read(tx: &mut Tx, by: By, range: &Range) -> Result<Vec<Line>, Error> {
    let failed = || Error::database("counting proofs");
    let (counts, found, complained) = match by {
        By::Teller => (OF_TELLERS, FOUND_OF_TELLERS, COMPLAINED_OF_TELLERS),
        By::PayPoint => (OF_PAY_POINTS, FOUND_OF_PAY_POINTS, COMPLAINED_OF_PAY_POINTS),
        By::Device => (OF_DEVICES, FOUND_OF_DEVICES, COMPLAINED_OF_DEVICES),
    };
    let Range { regencies, from, to } = range;
    let read = sqlx::query_as(counts).bind(regencies).bind(from).bind(to).bind(LINES).fetch_all(tx.connection());
    let mut lines: Vec<Line> = read.await.map_err(failed())?;
    let read = sqlx::query_as(found).bind(regencies).bind(from).bind(to).fetch_all(tx.connection());
    let found: Vec<(String, String, i64)> = read.await.map_err(failed())?;
    let read = sqlx::query_as(complained).bind(regencies).bind(from).bind(to).fetch_all(tx.connection());
    let complained: Vec<(String, i64)> = read.await.map_err(failed())?;
    let mut at: BTreeMap<String, usize> = BTreeMap::new();
    at.extend(lines.iter().enumerate().map(|(place, line)| (line.code.clone(), place)));
    for (code, finding, number) in found {
        at.get(&code).and_then(|place| lines[*place].findings.insert(finding, number));
    }
    for (code, number) in complained {
        if let Some(place) = at.get(&code) {
            lines[*place].complaints = number;
        }
    }
    Ok(lines)
}
