//! Cheques against payments, and every token against the public key.

use std::collections::HashMap;

use ed25519_dalek::VerifyingKey;
use futures::TryStreamExt;
use salur_domain::{
    PaymentId,
    serial::ChequeSerial,
    token::{self, ChequeClaims},
};
use uuid::Uuid;

use super::{Check, Means, Rule, Severity::Violation, Snapshot};
use crate::{Error, Timestamp, sql};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "cheques",
        meaning: "exactly the payments that say so have a cheque, and its versions count up from 1",
        severity: Violation,
        examined: "SELECT count(*) FROM cheques",
        found: "SELECT format('payment %s/%s: %s', tranche, id, why)
            FROM (SELECT coalesce(p.tranche, c.tranche) AS tranche, coalesce(p.id, c.payment) AS id, concat_ws('; ',
                CASE WHEN p.id IS NULL THEN 'a cheque for no payment' END,
                CASE WHEN p.cheque_issued_at IS NOT NULL AND c.payment IS NULL THEN 'cheque issued, and there is none' END,
                CASE WHEN p.id IS NOT NULL AND p.cheque_issued_at IS NULL AND c.payment IS NOT NULL THEN 'a cheque that was never issued' END,
                CASE WHEN c.versions <> c.latest THEN format('%s cheques up to version %s', c.versions, c.latest) END) AS why
              FROM payments p FULL JOIN (SELECT tranche, payment, count(*) AS versions, max(version) AS latest FROM cheques GROUP BY 1, 2) AS c
                ON c.tranche = p.tranche AND c.payment = p.id) AS pairs
            WHERE why <> ''",
    },
    Rule {
        name: "replacements",
        meaning: "each cheque after the first follows a hand-over that was not proven, two people who said the same of the one before, or its closed pay point",
        severity: Violation,
        examined: "SELECT (SELECT count(*) FROM cheques WHERE version > 1) + (SELECT count(*) FROM cheque_replacements)",
        found: "SELECT format('payment %s/%s: version %s without a reason', c.tranche, c.payment, c.version) FROM cheques c
            WHERE c.version > 1 AND NOT EXISTS (SELECT FROM reversals v WHERE v.tranche = c.tranche AND v.payment = c.payment AND v.cheque = c.version)
              AND NOT EXISTS (SELECT FROM cheque_replacements d WHERE d.tranche = c.tranche AND d.payment = c.payment AND d.version = c.version - 1
                AND d.effect = 'carried_out')
            UNION ALL
            SELECT format('payment %s/%s: version %s is replaced, and there is no next', d.tranche, d.payment, d.version) FROM cheque_replacements d
            WHERE d.effect = 'carried_out' AND NOT EXISTS (SELECT FROM cheques c WHERE c.tranche = d.tranche AND c.payment = d.payment
              AND c.version = d.version + 1)
            UNION ALL
            SELECT format('payment %s/%s: version %s is replaced at the word of one', d.tranche, d.payment, d.version) FROM cheque_replacements d
            WHERE d.effect = 'carried_out' AND d.loss <> 'moved' AND NOT EXISTS (SELECT FROM cheque_replacements f WHERE f.tranche = d.tranche
              AND f.payment = d.payment AND f.version = d.version AND f.loss = d.loss AND f.effect = 'signed' AND f.actor <> d.actor)
            UNION ALL
            SELECT format('payment %s/%s: version %s is replaced for a closing that is none of it', d.tranche, d.payment, d.version) FROM cheque_replacements d
            WHERE d.effect = 'carried_out' AND d.loss = 'moved' AND NOT EXISTS (SELECT FROM cheques_moved m WHERE m.tranche = d.tranche
              AND m.payment = d.payment AND m.version = d.version)",
    },
];

sql! {
    KEYS = "SELECT tranche, kid, public_key FROM cheque_keys";
    TOKENS = "SELECT c.tranche, c.payment, c.version, c.serial, c.token, p.amount, p.pay_point, t.opens_at, t.closes_at
        FROM cheques c JOIN payments p ON p.tranche = c.tranche AND p.id = c.payment JOIN tranches t ON t.id = c.tranche";
}

/// Keys by tranche and id.
type Keys = HashMap<(i32, Vec<u8>), VerifyingKey>;

async fn keys(snapshot: &mut Snapshot) -> Result<Keys, Error> {
    let rows: Vec<(i32, Vec<u8>, Vec<u8>)> =
        sqlx::query_as(KEYS).fetch_all(&mut **snapshot).await.map_err(Error::database("reading cheque keys"))?;
    let read = |(tranche, kid, bytes): (i32, Vec<u8>, Vec<u8>)| {
        let key = bytes.as_slice().try_into().ok().and_then(|bytes| VerifyingKey::from_bytes(bytes).ok());
        Some(((tranche, kid), key?))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

#[derive(sqlx::FromRow)]
struct Issued {
    tranche: i32,
    payment: Uuid,
    version: i16,
    serial: String,
    token: String,
    amount: i64,
    pay_point: String,
    opens_at: Timestamp,
    closes_at: Timestamp,
}

/// Every token is signed by a key of its tranche, or the installation's own, and says what the rows say.
pub(super) async fn tokens(snapshot: &mut Snapshot, means: &Means<'_>) -> Result<Check, Error> {
    let keys = keys(snapshot).await?;
    let meaning = "each token is signed by a key of its tranche and says the payment's serial, amount, pay point and window";
    let mut check = Check::new("cheque-tokens", meaning, Violation);
    let mut rows = sqlx::query_as::<_, Issued>(TOKENS).fetch(&mut **snapshot);
    while let Some(issued) = rows.try_next().await.map_err(Error::database("reading tokens"))? {
        check.examined += 1;
        if let Some(why) = wrong(&issued, means, &keys) {
            check.name_it(|| format!("cheque {}/{} version {}: {why}", issued.tranche, issued.payment, issued.version));
        }
    }
    Ok(check)
}

/// What is wrong with a cheque, if anything.
fn wrong(issued: &Issued, means: &Means<'_>, keys: &Keys) -> Option<String> {
    let own = token::key_id(means.cheque_key);
    let of_tranche = |kid: &[u8]| keys.get(&(issued.tranche, kid.to_vec())).copied();
    let claims = match token::verify(&issued.token, |kid| if kid == own { Some(*means.cheque_key) } else { of_tranche(kid) }) {
        Ok(claims) => claims,
        Err(error) => return Some(error.to_string()),
    };
    let ChequeClaims { serial, payment, version, amount, pay_point, opens_at, closes_at } = claims;
    let derived = ChequeSerial::derive(means.keys, PaymentId(issued.payment), issued.version.cast_unsigned());
    let differences = [
        ("payment", payment.0 != issued.payment || version != issued.version.cast_unsigned()),
        ("serial", serial != derived || issued.serial != derived.to_string()),
        ("amount", amount.get() != issued.amount),
        ("pay point", pay_point != issued.pay_point),
        ("window", opens_at.timestamp() != issued.opens_at.timestamp() || closes_at.timestamp() != issued.closes_at.timestamp()),
    ];
    let wrong: Vec<&str> = differences.into_iter().filter(|(_, differs)| *differs).map(|(what, _)| what).collect();
    (!wrong.is_empty()).then(|| format!("signed for another {}", wrong.join(", ")))
}
