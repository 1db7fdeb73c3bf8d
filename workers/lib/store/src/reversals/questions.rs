//! Proofs in question, for the people who review them, and what a person names who undoes a hand-over.
//!
//! Bounds: [`QUESTIONS_MAX`] captures of a list, oldest first; the next page begins after the last one's moment and capture.

use salur_domain::{CaptureId, ClaimId};
use uuid::Uuid;

use crate::{Database, Error, Timestamp, sql};

/// Captures in one answer.
pub const QUESTIONS_MAX: i64 = 200;

sql! {
    QUESTIONS = "SELECT h.capture, f.claim, f.teller, f.device, f.judged_at, h.at, min(p.regency) AS regency, count(*) AS payments,
          sum(p.amount)::bigint AS rupiah, ARRAY(SELECT code FROM findings c WHERE c.capture = h.capture AND c.severity <> 'info' ORDER BY code) AS findings,
          (SELECT CASE WHEN a.capture IS NULL THEN 'asked' ELSE 'answered' END FROM photo_requests r LEFT JOIN photo_answers a ON a.request = r.id
            WHERE r.capture = h.capture AND r.effect = 'asked' ORDER BY r.asked_at DESC LIMIT 1) AS new_photo
        FROM hand_overs h JOIN proofs f ON f.capture = h.capture JOIN payments p ON p.tranche = h.tranche AND p.id = h.payment AND p.round = h.n
        WHERE NOT h.believed AND p.questioned_at IS NOT NULL AND p.paid_at IS NULL AND p.regency LIKE $1 || '%'
          AND ($2::timestamptz IS NULL OR (h.at, h.capture) > ($2, $3))
        GROUP BY h.capture, f.claim, f.teller, f.device, f.judged_at, h.at ORDER BY h.at, h.capture LIMIT $4";
    OF_CAPTURE = "SELECT f.claim, c.expires_at, (SELECT min(p.regency) FROM unnest(f.tranches, f.payments) AS k(tranche, id)
          JOIN payments p ON p.tranche = k.tranche AND p.id = k.id) AS regency FROM proofs f JOIN claims c ON c.id = f.claim WHERE f.capture = $1";
    OF_CLAIM = "SELECT c.id AS claim, c.expires_at, (SELECT min(p.regency) FROM unnest(c.tranches, c.payments) AS k(tranche, id)
          JOIN payments p ON p.tranche = k.tranche AND p.id = k.id) AS regency FROM claims c WHERE c.id = $1";
    OF_SERIAL = "SELECT f.claim, c.expires_at, p.regency FROM cheques q JOIN payments p ON p.tranche = q.tranche AND p.id = q.payment
        JOIN hand_overs h ON h.tranche = p.tranche AND h.payment = p.id AND h.n = p.round JOIN proofs f ON f.capture = h.capture
        JOIN claims c ON c.id = f.claim WHERE q.serial = $1";
}

/// A proof in question.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct Question {
    /// The capture.
    pub capture: Uuid,
    /// Its claim.
    pub claim: Uuid,
    /// Who handed over.
    pub teller: String,
    /// With which device.
    pub device: String,
    /// Four digits.
    pub regency: String,
    /// Payments of the visit that are in question.
    pub payments: i64,
    /// Their sum.
    pub rupiah: i64,
    /// Codes of what was found.
    pub findings: Vec<String>,
    /// `asked` or `answered`: somebody wants another photo of it.
    pub new_photo: Option<String>,
    /// When it was judged.
    pub judged_at: Timestamp,
    /// When the hand-over was booked: the list's order.
    pub at: Timestamp,
}

/// A visit that somebody speaks about.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Visit {
    claim: Uuid,
    /// Until when the teller's word is enough.
    pub expires_at: Timestamp,
    /// Four digits.
    pub regency: String,
}

/// How a person names a visit.
#[derive(Debug, Clone, Copy)]
pub enum Name<'a> {
    /// By one of its captures.
    Capture(CaptureId),
    /// By its claim.
    Claim(ClaimId),
    /// By the serial of a cheque that was paid in it.
    Serial(&'a str),
}

impl Visit {
    /// The claim.
    pub fn claim(&self) -> ClaimId {
        ClaimId(self.claim)
    }
}

/// Proofs in question of a region, after some.
pub async fn list(database: &Database, region: &str, after: Option<(Timestamp, Uuid)>) -> Result<Vec<Question>, Error> {
    let (at, capture) = after.unzip();
    let list = sqlx::query_as(QUESTIONS).bind(region).bind(at).bind(capture).bind(QUESTIONS_MAX);
    list.fetch_all(database.pool()).await.map_err(Error::database("listing proofs in question"))
}

/// The visit of that name.
pub async fn find(database: &Database, name: Name<'_>) -> Result<Option<Visit>, Error> {
    let query = match name {
        Name::Capture(capture) => sqlx::query_as(OF_CAPTURE).bind(capture.0),
        Name::Claim(claim) => sqlx::query_as(OF_CLAIM).bind(claim.0),
        Name::Serial(serial) => sqlx::query_as(OF_SERIAL).bind(serial),
    };
    query.fetch_optional(database.pool()).await.map_err(Error::database("finding a visit"))
}
