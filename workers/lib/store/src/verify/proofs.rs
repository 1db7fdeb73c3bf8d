//! Proofs against claims, hand-overs and statuses, and every statement against its device's key.

use base64::Engine;
use ed25519_dalek::{Signature, VerifyingKey};
use futures::TryStreamExt;
use salur_schemas::proof::CaptureStatement;
use uuid::Uuid;

use super::{
    Check, Rule,
    Severity::{Information, Violation},
    Snapshot,
};
use crate::{Error, sql};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "proofs",
        meaning: "each hand-over is covered by a judged capture of its teller; where it stands, an accepted one or a supervisor's review made it paid",
        severity: Violation,
        examined: "SELECT count(*) FROM hand_overs",
        found: "SELECT format('payment %s/%s, capture %s: %s', tranche, payment, capture, why)
            FROM (SELECT h.tranche, h.payment, h.capture, concat_ws('; ',
                CASE WHEN f.capture IS NULL THEN 'no such proof' END,
                CASE WHEN NOT EXISTS (SELECT FROM unnest(f.tranches, f.payments) AS k(tranche, payment) WHERE k.tranche = h.tranche AND k.payment = h.payment)
                  AND f.capture IS NOT NULL THEN 'the proof is of other payments' END,
                CASE WHEN f.teller <> h.teller THEN 'the proof is of another teller' END,
                CASE WHEN (f.judgement = 'accepted') <> h.believed OR f.judgement = 'refused' THEN format('the proof was %s', f.judgement) END,
                CASE WHEN h.believed AND p.id IS NOT NULL AND (p.paid_at IS NULL OR p.questioned_at IS NOT NULL) THEN 'accepted, and not paid' END,
                CASE WHEN NOT h.believed AND p.id IS NOT NULL AND p.questioned_at IS NULL THEN 'questioned, and not in question' END,
                CASE WHEN NOT h.believed AND p.paid_at IS NOT NULL AND w.id IS NULL THEN 'questioned and paid, and nobody reviewed it' END,
                CASE WHEN NOT h.believed AND p.id IS NOT NULL AND p.paid_at IS NULL AND w.id IS NOT NULL THEN 'reviewed as paid, and not paid' END) AS why
              FROM hand_overs h LEFT JOIN proofs f ON f.capture = h.capture
              LEFT JOIN payments p ON p.tranche = h.tranche AND p.id = h.payment AND p.round = h.n AND p.handed_over_at IS NOT NULL
              LEFT JOIN proof_reviews w ON w.capture = h.capture AND w.effect = 'carried_out' AND w.verdict = 'paid') AS pairs
            WHERE why <> ''",
    },
    Rule {
        name: "proof-claims",
        meaning: "each proof is of its claim: same payments, same teller, a device that may use it",
        severity: Violation,
        examined: "SELECT count(*) FROM proofs",
        found: "SELECT format('capture %s: %s', capture, why)
            FROM (SELECT f.capture, concat_ws('; ',
                CASE WHEN c.id IS NULL THEN format('no claim %s', f.claim) END,
                CASE WHEN (f.tranches, f.payments) <> (c.tranches, c.payments) THEN format('other payments than claim %s', c.id) END,
                CASE WHEN f.teller <> c.teller THEN format('another teller than claim %s', c.id) END,
                CASE WHEN f.judgement <> 'refused' AND f.device <> c.device THEN format('another device than claim %s', c.id) END) AS why
              FROM proofs f LEFT JOIN claims c ON c.id = f.claim) AS pairs
            WHERE why <> ''",
    },
    Rule {
        name: "claim-payments",
        meaning: "each claim covers payments of one family in one programme",
        severity: Violation,
        examined: "SELECT count(*) FROM claims",
        found: "SELECT format('claim %s: payment %s/%s is %s', c.id, k.tranche, k.payment,
              CASE WHEN p.id IS NULL THEN 'unknown' WHEN p.account <> c.account THEN 'of another family' ELSE 'of another programme' END)
            FROM claims c CROSS JOIN LATERAL unnest(c.tranches, c.payments) AS k(tranche, payment)
            LEFT JOIN payments p ON p.tranche = k.tranche AND p.id = k.payment LEFT JOIN tranches t ON t.id = k.tranche
            WHERE p.id IS NULL OR p.account <> c.account OR t.programme IS DISTINCT FROM c.programme",
    },
    Rule {
        name: "proxies",
        meaning: "each proxy is of the claim's family, of the household card of all its payments, not the recipient, and forgotten with the photos alone",
        severity: Violation,
        examined: "SELECT count(*) FROM claim_proxies",
        found: "SELECT format('claim %s: %s', claim, why)
            FROM (SELECT q.claim, concat_ws('; ',
                CASE WHEN c.account IS DISTINCT FROM q.account THEN 'a proxy of another family' END,
                CASE WHEN q.person = q.account THEN 'the recipient as proxy' END,
                CASE WHEN q.data_key IS NULL AND NOT EXISTS (SELECT FROM proofs f JOIN photo_destructions d ON d.capture = f.capture
                    WHERE f.claim = q.claim AND d.effect = 'carried_out') THEN 'its key is forgotten, and no photo was destroyed' END,
                CASE WHEN EXISTS (SELECT FROM unnest(c.tranches, c.payments) AS k(tranche, payment) JOIN payments p ON p.tranche = k.tranche
                    AND p.id = k.payment WHERE p.household <> q.household) THEN 'a proxy of another household card' END) AS why
              FROM claim_proxies q LEFT JOIN claims c ON c.id = q.claim) AS pairs
            WHERE why <> ''",
    },
    Rule {
        name: "proxy-days",
        meaning: "no proxy was named for more families within a day than was allowed",
        severity: Violation,
        examined: "SELECT count(DISTINCT (person, day)) FROM claim_proxies",
        found: "SELECT format('the proxy of claim %s: %s families on %s, %s allowed', min(claim::text), count(DISTINCT account), day, max(max_families))
            FROM claim_proxies GROUP BY person, day HAVING count(DISTINCT account) > max(max_families)",
    },
    Rule {
        name: "photos-used-once",
        meaning: "no two visits are paid by the same bytes",
        severity: Violation,
        examined: "SELECT count(*) FROM proofs WHERE judgement = 'accepted'",
        found: "SELECT format('captures %s have one photo', string_agg(capture::text, ', ' ORDER BY capture))
            FROM proofs WHERE judgement = 'accepted' GROUP BY sha256 HAVING count(DISTINCT claim) > 1",
    },
    Rule {
        name: "proofs-waiting",
        meaning: "judged captures whose payments were not settled by them: on their way, or a second capture with its case",
        severity: Information,
        examined: "SELECT count(*) FROM proofs WHERE judgement <> 'refused'",
        found: "SELECT format('capture %s: payment %s/%s', f.capture, k.tranche, k.payment)
            FROM proofs f CROSS JOIN LATERAL unnest(f.tranches, f.payments) AS k(tranche, payment)
            LEFT JOIN hand_overs h ON h.tranche = k.tranche AND h.payment = k.payment AND h.capture = f.capture
            WHERE f.judgement <> 'refused' AND h.capture IS NULL",
    },
];

sql! {
    STATED = "SELECT f.capture, f.claim, f.device, f.sha256, f.size, f.statement, f.signature, d.public_key,
          EXISTS (SELECT FROM findings WHERE capture = f.capture AND code = 'FIL02') AS other_bytes
        FROM proofs f LEFT JOIN devices d ON d.code = f.device WHERE f.judgement <> 'refused'";
}

#[derive(sqlx::FromRow)]
struct Stated {
    capture: Uuid,
    claim: Uuid,
    device: String,
    sha256: Vec<u8>,
    size: i64,
    statement: sqlx::types::Json<CaptureStatement>,
    signature: String,
    public_key: Option<Vec<u8>>,
    /// photo-ingest found that these are not the bytes stated.
    other_bytes: bool,
}

/// Every statement is signed by its device and speaks of this capture.
pub(super) async fn statements_signed(snapshot: &mut Snapshot) -> Result<Check, Error> {
    let meaning = "each proof's statement is signed by its device, about this capture, claim and bytes";
    let mut check = Check::new("proof-statements", meaning, Violation);
    let mut rows = sqlx::query_as::<_, Stated>(STATED).fetch(&mut **snapshot);
    while let Some(stated) = rows.try_next().await.map_err(Error::database("reading statements"))? {
        check.examined += 1;
        if let Some(why) = wrong(&stated) {
            check.name_it(|| format!("capture {}: {why}", stated.capture));
        }
    }
    Ok(check)
}

/// What is wrong with a statement, if anything.
fn wrong(stated: &Stated) -> Option<&'static str> {
    let statement = &stated.statement.0;
    let about = (statement.capture.0, statement.claim.0, statement.device.as_str());
    if about != (stated.capture, stated.claim, stated.device.as_str()) {
        return Some("the statement is about another capture");
    }
    let same_bytes = statement.sha256 == hex::encode(&stated.sha256) && i64::try_from(statement.size) == Ok(stated.size);
    if !same_bytes && !stated.other_bytes {
        return Some("the statement is about other bytes");
    }
    let key = stated.public_key.as_deref().and_then(|bytes| VerifyingKey::from_bytes(bytes.try_into().ok()?).ok());
    let signature = base64::engine::general_purpose::STANDARD.decode(&stated.signature).ok();
    let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
    match key.zip(signature) {
        Some((key, signature)) if key.verify_strict(&statement.to_sign(), &signature).is_ok() => None,
        _ => Some("the statement is not signed by its device"),
    }
}
