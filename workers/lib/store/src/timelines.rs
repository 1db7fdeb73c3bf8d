//! The timeline of a payment: where it stands, and all that happened to it, in order, from the rows that remember it.
//!
//! [`EVENTS`] is a union of sources, one a line or two: another kind of event is another source. Each says when, what, who, under which code, how much, by
//! which transfer and on which paper; what is peculiar to it is its `detail`. Moments are the database's; events of one transaction have one, and go by the
//! order in which money moves. Personal data is masked as it was at intake. Bounds: [`EVENTS_MAX`] events, the first.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{Database, Error, Timestamp, Tx, sql};

/// Most events told.
pub const EVENTS_MAX: i64 = 1_000;

/// A union of sources over `p`, the payment. Columns: at, place among events of one moment, event, actor, code, rupiah, transfer, document, detail.
macro_rules! sources {
    ($($source:literal;)+) => {
        concat!(
            "WITH p AS (SELECT p.*, t.programme, b.source FROM payments p JOIN tranches t ON t.id = p.tranche JOIN batches b ON b.id = p.batch
                WHERE p.tranche = $1 AND p.id = $2),
              visits AS (SELECT c.* FROM p JOIN claims c ON c.account = p.account AND p.id = ANY(c.payments)),
              captures AS (SELECT f.*, (SELECT h.heard_at FROM heard_captures h WHERE h.capture = f.capture) AS heard_at
                FROM visits v JOIN proofs f ON f.claim = v.id)
            SELECT at, event, actor, nullif(code, '') AS code, rupiah, transfer, nullif(document, '') AS document, jsonb_strip_nulls(detail) AS detail FROM (
              SELECT NULL::timestamptz AS at, 0 AS place, NULL::text AS event, NULL::text AS actor, NULL::text AS code, NULL::bigint AS rupiah,
                NULL::text AS transfer, NULL::text AS document, NULL::jsonb AS detail WHERE false",
            $(" UNION ALL ", $source,)+
            ") AS events ORDER BY at, place, transfer, event LIMIT $3"
        )
    };
}

sql! {
    FIND = "SELECT p.tranche, p.id FROM tranches t JOIN payments p ON p.tranche = t.id AND p.id = $1";
    FIND_BY_SERIAL = "SELECT tranche, payment FROM cheques WHERE serial = $1";
    PAYMENT = "SELECT p.id AS payment, t.code AS tranche, t.programme, b.source, b.name AS batch, p.row, r.masked_name AS name, r.masked_nik AS nik, p.amount,
          p.status, p.village, p.regency, p.pay_point,
          (SELECT c.serial FROM cheques c WHERE c.tranche = p.tranche AND c.payment = p.id ORDER BY c.version DESC LIMIT 1) AS serial
        FROM payments p JOIN tranches t ON t.id = p.tranche JOIN batches b ON b.id = p.batch JOIN recipients r ON r.batch = p.batch AND r.row = p.row
        WHERE p.tranche = $1 AND p.id = $2";
    EVENTS = sources! {
        "SELECT r.staged_at, 10, 'row_' || r.intake, p.source, array_to_string(r.findings, ' '), r.amount, NULL, NULL, NULL
            FROM p JOIN recipients r ON r.batch = p.batch AND r.row = p.row";
        "SELECT d.decided_at, 11, 'row_' || d.decision, NULL, d.code, NULL, NULL, NULL, NULL FROM p
            JOIN row_decisions d ON d.batch = p.batch AND d.row = p.row";
        "SELECT w.seen_at, 12, 'row_warned', NULL, w.code, NULL, NULL, NULL, NULL FROM p JOIN row_warnings w ON w.batch = p.batch AND w.row = p.row";
        "SELECT q.held_at, 12, 'row_held', NULL, 'MON01', NULL, NULL, NULL, NULL FROM p JOIN batch_parts q ON q.batch = p.batch AND q.regency = p.regency
            WHERE q.held_at IS NOT NULL AND NOT EXISTS (SELECT FROM row_decisions d WHERE d.batch = p.batch AND d.row = p.row)";
        "SELECT h.decided_at, 13, 'hold_' || h.effect, h.actor, h.code, NULL, NULL, NULL, jsonb_build_object('ruling', h.ruling) FROM p
            JOIN hold_decisions h ON h.batch = p.batch AND (h.row = p.row OR (h.row IS NULL AND h.regency = p.regency
              AND NOT EXISTS (SELECT FROM row_decisions d WHERE d.batch = p.batch AND d.row = p.row)))";
        "SELECT p.accepted_at, 20, 'accepted', NULL, NULL, p.amount, NULL, NULL, NULL FROM p";
        "SELECT a.answered_at, 21, 'registry_' || a.answer, NULL, CASE a.answer WHEN 'confirmed' THEN NULL WHEN 'differs' THEN 'CIV02' ELSE 'CIV01' END, NULL,
            NULL, NULL, jsonb_build_object('fields', a.fields) FROM p JOIN registry_answers a ON a.tranche = p.tranche AND a.payment = p.id";
        "SELECT p.account_opened_at, 22, 'account_opened', NULL, NULL, NULL, NULL, NULL, NULL FROM p WHERE p.account_opened_at IS NOT NULL";
        "SELECT t.at, 30, 'transfer_posted', NULL, NULL, t.amount, format('%s/%s/%s/%s', t.tranche, t.subject, t.kind, t.n), t.document,
            jsonb_build_object('kind', t.kind, 'debit', d.kind, 'credit', c.kind) FROM p JOIN transfers t ON t.tranche = p.tranche AND t.subject = p.id
            JOIN ledger_accounts d ON d.id = t.debit JOIN ledger_accounts c ON c.id = t.credit";
        "SELECT c.issued_at, 40, CASE c.version WHEN 1 THEN 'cheque_issued' ELSE 'cheque_replaced' END, NULL, NULL, p.amount, NULL, NULL,
            jsonb_build_object('serial', c.serial, 'version', c.version) FROM p JOIN cheques c ON c.tranche = p.tranche AND c.payment = p.id";
        "SELECT d.decided_at, 39, 'replacement_' || d.effect, d.actor, d.loss, NULL, NULL, d.document, jsonb_build_object('version', d.version) FROM p
            JOIN cheque_replacements d ON d.tranche = p.tranche AND d.payment = p.id AND d.effect <> 'refused'";
        "SELECT v.claimed_at, 50, 'claimed', v.teller, NULL, NULL, NULL, NULL, jsonb_build_object('claim', v.id, 'device', v.device, 'until', v.expires_at)
            FROM visits v";
        "SELECT h.heard_at, 51, 'captured', h.teller, NULL, NULL, NULL, NULL, jsonb_build_object('capture', h.capture) FROM visits v
            JOIN heard_captures h ON h.claim = v.id WHERE NOT EXISTS (SELECT FROM captures f WHERE f.capture = h.capture)";
        "SELECT coalesce(f.heard_at, least(f.received_at, f.judged_at)), 51, 'captured', f.teller, NULL, NULL, NULL, NULL,
            jsonb_build_object('capture', f.capture, 'device', f.device, 'scanned_at', f.captured_at) FROM captures f";
        "SELECT f.judged_at, 52, 'proof_' || f.judgement, NULL,
            (SELECT string_agg(n.code, ' ' ORDER BY n.code) FROM findings n WHERE n.capture = f.capture AND n.severity <> 'info'), NULL, NULL, NULL,
            jsonb_build_object('capture', f.capture, 'noted', (SELECT string_agg(n.code, ' ' ORDER BY n.code) FROM findings n WHERE n.capture = f.capture
              AND n.severity = 'info')) FROM captures f";
        "SELECT h.at, 60, CASE WHEN h.believed THEN 'paid' ELSE 'questioned' END, h.teller, NULL, p.amount, NULL, NULL, jsonb_build_object('capture', h.capture)
            FROM p JOIN hand_overs h ON h.tranche = p.tranche AND h.payment = p.id";
        "SELECT c.opened_at, 61, 'case_opened', c.teller, c.kind, NULL, NULL, NULL, jsonb_build_object('case', c.id, 'capture', c.capture) FROM p
            JOIN (SELECT * FROM cases WHERE payment = $2 UNION SELECT k.* FROM captures f JOIN cases k ON k.capture = f.capture) AS c
              ON c.payment IS NULL OR (c.tranche, c.payment) = (p.tranche, p.id)";
        "SELECT w.reviewed_at, 62, 'reviewed_' || w.verdict, w.actor, w.ground, NULL, NULL, w.document, jsonb_build_object('capture', w.capture)
            FROM captures f JOIN proof_reviews w ON w.capture = f.capture AND w.effect = 'carried_out'";
        "SELECT u.undone_at, 62, 'undo_signed', coalesce(u.actor, u.device), u.ground, NULL, NULL, u.document, jsonb_build_object('claim', u.claim)
            FROM visits v JOIN hand_over_undos u ON u.claim = v.id AND u.effect = 'signed'";
        "SELECT u.undone_at, 62, 'undo_carried_out', coalesce(u.actor, u.device), u.ground, NULL, NULL, u.document, jsonb_build_object('claim', u.claim)
            FROM visits v JOIN hand_over_undos u ON u.claim = v.id AND u.effect = 'carried_out'";
        "SELECT v.at, 63, 'reversed', v.teller, v.kind, p.amount, NULL, NULL, jsonb_build_object('round', v.n, 'cheque', v.cheque) FROM p
            JOIN reversals v ON v.tranche = p.tranche AND v.payment = p.id";
        "SELECT r.decided_at, 70, 'withdrawal_' || r.effect, p.source, r.code, NULL, NULL, r.document, jsonb_build_object('substitute', r.substitute) FROM p
            JOIN withdrawals r ON r.batch = p.batch AND r.row = p.row";
        "SELECT p.cancelled_at, 71, 'cancelled', NULL, NULL, p.amount, NULL, NULL, NULL FROM p WHERE p.cancelled_at IS NOT NULL";
        "SELECT g.given_at, 72, 'return_reason_' || g.effect, g.actor, g.reason, NULL, NULL, g.document, NULL FROM p
            JOIN return_reasons g ON g.tranche = p.tranche AND g.payment = p.id";
        "SELECT r.returned_at, 73, 'returned', NULL, r.reason, r.amount, NULL, NULL, jsonb_build_object('statement', r.statement) FROM p
            JOIN returns r ON r.tranche = p.tranche AND r.payment = p.id";
        "SELECT l.at, 74, 'captured_late', NULL, NULL, NULL, NULL, NULL, jsonb_build_object('capture', l.capture) FROM p
            JOIN late_captures l ON l.tranche = p.tranche AND l.payment = p.id";
        "SELECT w.at, 75, CASE WHEN w.reopened THEN 'reopened' ELSE 'not_reopened' END, NULL, NULL, NULL, NULL, NULL,
            jsonb_build_object('capture', w.capture) FROM p JOIN return_reviews w ON w.tranche = p.tranche AND w.payment = p.id";
        "SELECT s.approved_at, 76, 'return_stated', s.approved_by, NULL, r.amount, NULL, s.document,
            jsonb_build_object('statement', s.n, 'prepared_by', s.prepared_by) FROM p JOIN returns r ON r.tranche = p.tranche AND r.payment = p.id
            JOIN return_statements s ON s.tranche = r.tranche AND s.n = r.statement
            WHERE NOT EXISTS (SELECT FROM return_reversals v WHERE v.tranche = r.tranche AND v.payment = r.payment AND v.n = r.n)";
        "SELECT m.decided_at, 77, 'remitted', m.actor, NULL, r.amount, NULL, m.document, jsonb_build_object('statement', m.statement) FROM p
            JOIN returns r ON r.tranche = p.tranche AND r.payment = p.id
            JOIN remittances m ON m.tranche = r.tranche AND m.statement = r.statement AND m.effect = 'remitted'
            WHERE NOT EXISTS (SELECT FROM return_reversals v WHERE v.tranche = r.tranche AND v.payment = r.payment AND v.n = r.n)";
        "SELECT c.lodged_at, 80, 'complaint_lodged', NULL, c.kind, NULL, NULL, NULL, jsonb_build_object('complaint', c.id) FROM p
            JOIN complaints c ON c.tranche = p.tranche AND c.payment = p.id";
        "SELECT a.answered_at, 81, 'complaint_' || a.verdict, a.actor, c.kind, NULL, NULL, NULL, jsonb_build_object('complaint', c.id) FROM p
            JOIN complaints c ON c.tranche = p.tranche AND c.payment = p.id JOIN complaint_answers a ON a.complaint = c.id";
    };
}

/// Where a payment stands. Name and NIK are masked.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables of payments, batches and cheques")]
pub struct Payment {
    pub payment: Uuid,
    pub tranche: String,
    pub programme: String,
    pub source: String,
    pub batch: String,
    pub row: String,
    pub name: Option<String>,
    pub nik: Option<String>,
    pub amount: i64,
    pub status: String,
    pub village: String,
    pub regency: String,
    pub pay_point: String,
    /// Of its last cheque.
    pub serial: Option<String>,
}

/// Something that happened to it.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: String,
    /// A person, a teller, or the source of the list; none: a stage by itself.
    pub actor: Option<String>,
    /// Codes of the closed lists, with blanks between them, or the word of a reason.
    pub code: Option<String>,
    /// How much.
    pub rupiah: Option<i64>,
    /// Natural key of the transfer: tranche, subject, kind, number.
    pub transfer: Option<String>,
    /// The paper behind it.
    pub document: Option<String>,
    /// What is peculiar to the event.
    pub detail: Option<Value>,
}

/// A payment and what happened to it.
#[derive(Debug, Clone, Serialize)]
pub struct Timeline {
    /// The moment of the snapshot, by the database's clock.
    pub as_of: Timestamp,
    /// Where it stands.
    #[serde(flatten)]
    pub payment: Payment,
    /// In order.
    pub events: Vec<Event>,
    /// There are more events than are told.
    pub more: bool,
}

/// How a payment is named.
#[derive(Debug, Clone, Copy)]
pub enum Name<'a> {
    /// By its id.
    Id(Uuid),
    /// By the serial of one of its cheques.
    Serial(&'a str),
}

/// The timeline of a payment in a region (empty: the country), in the portal's role; none: there is no such payment there.
pub async fn read(database: &Database, name: Name<'_>, region: &str) -> Result<Option<Timeline>, Error> {
    let failed = || Error::database("reading the timeline of a payment");
    let mut tx = database.snapshot_portal().await?;
    let Some((tranche, id)) = find(&mut tx, name).await? else { return Ok(None) };
    let payment: Payment = sqlx::query_as(PAYMENT).bind(tranche).bind(id).fetch_one(tx.connection()).await.map_err(failed())?;
    if !salur_domain::actor::covers(region, &payment.regency) {
        return Ok(None);
    }
    let events = sqlx::query_as(EVENTS).bind(tranche).bind(id).bind(EVENTS_MAX + 1).fetch_all(tx.connection()).await;
    let mut events: Vec<Event> = events.map_err(failed())?;
    let told = usize::try_from(EVENTS_MAX).expect("a number of events fits");
    let more = events.len() > told;
    events.truncate(told);
    Ok(Some(Timeline { as_of: tx.now, payment, events, more }))
}

async fn find(tx: &mut Tx, name: Name<'_>) -> Result<Option<(i32, Uuid)>, Error> {
    let query = match name {
        Name::Id(id) => sqlx::query_as(FIND).bind(id),
        Name::Serial(serial) => sqlx::query_as(FIND_BY_SERIAL).bind(serial),
    };
    query.fetch_optional(tx.connection()).await.map_err(Error::database("finding a payment"))
}
