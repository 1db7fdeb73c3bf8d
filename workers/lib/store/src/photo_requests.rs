//! New photos that a reviewer asks for, and the captures that answer.
//!
//! A request is about one capture in question; the next capture of its claim answers it, and is no second capture of a settled cheque. Whoever decides holds
//! the locks of all payments of the visit, so that two who ask at once follow each other. What was decided is a row: a capture that is heard again is told the
//! same. Bounds: the captures of a flight; [`OF_DEVICE`] requests of a device's answer.

use std::collections::HashMap;

use salur_domain::{CaptureId, ClaimId, DecisionId};
use serde::Serialize;
use uuid::Uuid;

use crate::{Database, Error, Timestamp, Tx, reversals::Effect, sql};

/// Requests that a device is told at once: a day's visits of which one in five is asked again.
pub const OF_DEVICE: i64 = 100;

sql! {
    EFFECT = "SELECT effect, reason, asked_at AS at FROM photo_requests WHERE id = $1";
    WAITING = "SELECT EXISTS (SELECT FROM photo_requests r WHERE r.capture = $1 AND r.effect = 'asked'
        AND NOT EXISTS (SELECT FROM photo_answers a WHERE a.request = r.id))";
    KEEP = "INSERT INTO photo_requests (id, capture, claim, wish, actor, effect, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    OF_CLAIMS = "SELECT r.id AS request, r.claim, r.capture, a.capture AS answer FROM photo_requests r LEFT JOIN photo_answers a ON a.request = r.id
        WHERE r.claim = ANY($1) AND r.effect = 'asked' ORDER BY r.asked_at, r.id";
    ANSWER = "INSERT INTO photo_answers (capture, request) SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS a(capture, request)";
    FOR_DEVICE = "SELECT r.claim, r.capture, r.wish, r.asked_at FROM photo_requests r JOIN claims c ON c.id = r.claim
        WHERE c.device = $1 AND r.effect = 'asked' AND NOT EXISTS (SELECT FROM photo_answers a WHERE a.request = r.id)
        ORDER BY r.asked_at, r.id LIMIT $2";
    OF_CASE = "SELECT r.capture AS asked_of, r.wish, r.actor, r.asked_at, a.capture AS answer, f.judgement, a.answered_at
        FROM photo_requests r LEFT JOIN photo_answers a ON a.request = r.id LEFT JOIN proofs f ON f.capture = a.capture
        WHERE (r.capture = $1 OR a.capture = $1) AND r.effect = 'asked' ORDER BY r.asked_at, r.id";
}

/// A request to remember.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in PhotoAsked")]
pub struct NewRequest<'a> {
    pub decision: DecisionId,
    pub capture: CaptureId,
    /// Of the capture, where it is known.
    pub claim: Option<ClaimId>,
    pub wish: &'a str,
    pub actor: &'a str,
}

/// A request that stands, with the capture that answered.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Standing {
    request: Uuid,
    claim: Uuid,
    capture: Uuid,
    answer: Option<Uuid>,
}

/// What a teller is asked for.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct Asked {
    /// The claim under which the new photo is sent.
    pub claim: Uuid,
    /// The capture in question.
    pub capture: Uuid,
    /// What the new photo is to show.
    pub wish: String,
    /// Since when.
    pub asked_at: Timestamp,
}

/// A request as its case shows it.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables of requests and answers")]
pub struct Shown {
    /// The capture in question.
    pub asked_of: Uuid,
    pub wish: String,
    pub actor: String,
    pub asked_at: Timestamp,
    /// The new photo.
    pub answer: Option<Uuid>,
    /// As it was judged.
    pub judgement: Option<String>,
    pub answered_at: Option<Timestamp>,
}

/// Which captures answer, by capture; and which requests of a claim wait, oldest first.
#[derive(Debug, Default)]
pub struct Requests {
    answers: HashMap<CaptureId, Uuid>,
    waiting: HashMap<ClaimId, Vec<(Uuid, CaptureId)>>,
}

impl Requests {
    /// Nobody asked.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.waiting.is_empty()
    }

    /// The capture answers a request.
    pub fn is_answer(&self, capture: CaptureId) -> bool {
        self.answers.contains_key(&capture)
    }

    /// Has a capture answer what waits for one of its claim; none: nothing does.
    pub fn take(&mut self, claim: ClaimId, capture: CaptureId) -> Option<Uuid> {
        let waiting = self.waiting.get_mut(&claim)?;
        let at = waiting.iter().position(|(_, asked_of)| *asked_of != capture)?;
        let (request, _) = waiting.remove(at);
        self.answers.insert(capture, request);
        Some(request)
    }
}

/// What came of a request; none: nothing yet.
pub async fn effect(tx: &mut Tx, decision: DecisionId) -> Result<Option<Effect>, Error> {
    sqlx::query_as(EFFECT).bind(decision.0).fetch_optional(tx.connection()).await.map_err(Error::database("reading a request for a photo"))
}

/// What came of a request, outside a transaction.
pub async fn effect_of(database: &Database, decision: Uuid) -> Result<Option<Effect>, Error> {
    sqlx::query_as(EFFECT).bind(decision).fetch_optional(database.pool()).await.map_err(Error::database("reading a request for a photo"))
}

/// Whether a capture is asked for again and nothing answered yet.
pub async fn is_waiting(tx: &mut Tx, capture: CaptureId) -> Result<bool, Error> {
    sqlx::query_scalar(WAITING).bind(capture.0).fetch_one(tx.connection()).await.map_err(Error::database("reading requests for photos"))
}

/// Remembers a request, asked or refused.
pub async fn keep(tx: &mut Tx, new: &NewRequest<'_>, refused: Option<&'static str>) -> Result<Effect, Error> {
    let (effect, reason) = (if refused.is_some() { "refused" } else { "asked" }, refused.unwrap_or_default());
    let keep = sqlx::query(KEEP).bind(new.decision.0).bind(new.capture.0).bind(new.claim.map(|claim| claim.0)).bind(new.wish);
    let keep = keep.bind(new.actor).bind(effect).bind(reason);
    keep.execute(tx.connection()).await.map_err(Error::database("keeping a request for a photo"))?;
    tx.wrote("photo_requests");
    Ok(Effect { effect: effect.to_owned(), reason: reason.to_owned(), at: tx.now })
}

/// What is asked for of these claims.
pub async fn of_claims(tx: &mut Tx, claims: &[ClaimId]) -> Result<Requests, Error> {
    let ids: Vec<Uuid> = claims.iter().map(|claim| claim.0).collect();
    let read = sqlx::query_as(OF_CLAIMS).bind(ids).fetch_all(tx.connection()).await;
    let rows: Vec<Standing> = read.map_err(Error::database("reading requests for photos"))?;
    let mut requests = Requests::default();
    for Standing { request, claim, capture, answer } in rows {
        match answer {
            Some(answer) => drop(requests.answers.insert(CaptureId(answer), request)),
            None => requests.waiting.entry(ClaimId(claim)).or_default().push((request, CaptureId(capture))),
        }
    }
    Ok(requests)
}

/// Remembers which captures answered which requests.
pub async fn answer(tx: &mut Tx, answers: &[(CaptureId, Uuid)]) -> Result<(), Error> {
    if answers.is_empty() {
        return Ok(());
    }
    let (captures, requests): (Vec<Uuid>, Vec<Uuid>) = answers.iter().map(|(capture, request)| (capture.0, *request)).unzip();
    let keep = sqlx::query(ANSWER).bind(captures).bind(requests).execute(tx.connection()).await;
    keep.map_err(Error::database("keeping answers to requests for photos"))?;
    tx.wrote("photo_answers");
    Ok(())
}

/// What the tellers of a device are asked for, the oldest first.
pub async fn for_device(database: &Database, device: &str) -> Result<Vec<Asked>, Error> {
    let read = sqlx::query_as(FOR_DEVICE).bind(device).bind(OF_DEVICE).fetch_all(database.pool());
    read.await.map_err(Error::database("reading what a device is asked for"))
}

/// Requests about a capture, and the one that it answers.
pub async fn of_case(tx: &mut Tx, capture: CaptureId) -> Result<Vec<Shown>, Error> {
    let read = sqlx::query_as(OF_CASE).bind(capture.0).fetch_all(tx.connection());
    read.await.map_err(Error::database("reading requests for photos of a case"))
}
