//! What a cheque's token is worth at a moment, at a counter without a network: one answer for each way in which it can be wrong.
//!
//! The signature decides first: nothing that is not signed is believed. Of a good signature the answers are in the order in which a teller acts on
//! them: revoked,
//! of another key than its tranche's, too early, over, of another pay point. What the network alone knows (paid, withdrawn since) is not told here.

use chrono::{DateTime, Utc};

use crate::{
    cheque_keys::{KeySet, Purpose},
    revocations::Revocations,
    token::{self, ChequeClaims},
};

/// What a token is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Not the token of a cheque at all, and why.
    NotAToken(token::Error),
    /// Signed by a key that the set does not have: another installation's, or newer than the set.
    UnknownKey,
    /// The text was changed after it was signed, if only by a bit, or somebody signed it who does not have the key that it names.
    Altered,
    /// Well signed, by a key of another tranche or of another purpose.
    WrongKey,
    /// Not payable any more: replaced, withdrawn or returned.
    Revoked,
    /// Not payable yet.
    Early(DateTime<Utc>),
    /// Not payable any more since then.
    Expired(DateTime<Utc>),
    /// Payable, at the pay point of this code.
    OtherPayPoint(String),
    /// Payable here and now, as far as can be known without a network.
    Good,
}

impl Verdict {
    /// A word for programs.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NotAToken(_) => "not_a_token",
            Self::UnknownKey => "unknown_key",
            Self::Altered => "altered",
            Self::WrongKey => "wrong_key",
            Self::Revoked => "revoked",
            Self::Early(_) => "early",
            Self::Expired(_) => "expired",
            Self::OtherPayPoint(_) => "other_pay_point",
            Self::Good => "good",
        }
    }
}

/// What a token says, where it is well signed, and what it is worth.
pub fn judge(
    text: &str,
    keys: &KeySet,
    revoked: Option<&Revocations>,
    at: DateTime<Utc>,
    pay_point: Option<&str>,
) -> (Option<ChequeClaims>, Verdict) {
    let claims = match token::verify(text, |kid| keys.find(kid).map(|known| known.key)) {
        Ok(claims) => claims,
        Err(token::Error::UnknownKey) => return (None, Verdict::UnknownKey),
        Err(token::Error::Signature) => return (None, Verdict::Altered),
        Err(error) => return (None, Verdict::NotAToken(error)),
    };
    let signed_by = token::kid(text).ok().and_then(|kid| keys.find(&kid));
    let is_of_key = signed_by.is_some_and(|known| covers(&known.purpose, &claims));
    let verdict = if !is_of_key {
        Verdict::WrongKey
    } else if revoked.is_some_and(|list| list.contains(&claims.serial)) {
        Verdict::Revoked
    } else if at < claims.opens_at {
        Verdict::Early(claims.opens_at)
    } else if at > claims.closes_at {
        Verdict::Expired(claims.closes_at)
    } else if pay_point.is_some_and(|code| code != claims.pay_point) {
        Verdict::OtherPayPoint(claims.pay_point.clone())
    } else {
        Verdict::Good
    };
    (Some(claims), verdict)
}

/// Whether a key signs such cheques: one of a tranche those of its window alone, to the second.
fn covers(purpose: &Purpose, claims: &ChequeClaims) -> bool {
    match purpose {
        Purpose::Any => true,
        Purpose::Lists => false,
        Purpose::Tranche { opens_at, closes_at, .. } => (opens_at, closes_at) == (&claims.opens_at, &claims.closes_at),
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use uuid::Uuid;

    use super::*;
    use crate::{
        cheque_keys::{ChequeKeys, Known},
        ids::{PaymentId, TrancheId},
        money::Rupiah,
        revocations,
        serial::ChequeSerial,
        token::{key_id, sign},
        vault::Keys,
    };

    const OPENS: i64 = 1_594_684_800;
    const CLOSES: i64 = 1_597_276_799;

    fn moment(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a moment")
    }

    fn claims(payment: u128) -> ChequeClaims {
        let (keys, payment) = (Keys::from_hex(&"01".repeat(32), &"02".repeat(32)).expect("64 digits"), PaymentId(Uuid::from_u128(payment)));
        let (amount, pay_point) = (Rupiah::new(300_000).expect("positive"), "KP-1".to_owned());
        let (opens_at, closes_at) = (moment(OPENS), moment(CLOSES));
        ChequeClaims { serial: ChequeSerial::derive(&keys, payment, 1), payment, version: 1, amount, pay_point, opens_at, closes_at }
    }

    fn keys() -> ChequeKeys {
        ChequeKeys::new(&SigningKey::from_bytes(&[7; 32]))
    }

    fn signed(key: &SigningKey, payment: u128) -> String {
        sign(&claims(payment), key, &key_id(&key.verifying_key()))
    }

    fn set() -> KeySet {
        let tranche = |number, days: i64| Known {
            key: keys().of(TrancheId(number), 1).verifying_key(),
            purpose: Purpose::Tranche {
                code: format!("BST-{number}"),
                turn: 1,
                opens_at: moment(OPENS + days * 86_400),
                closes_at: moment(CLOSES + days * 86_400),
            },
        };
        let own = Known { key: keys().own().verifying_key(), purpose: Purpose::Any };
        KeySet(vec![own, tranche(4, 0), tranche(5, 40), Known { key: keys().lists().verifying_key(), purpose: Purpose::Lists }])
    }

    fn judged(text: &str, at: i64, pay_point: &str) -> &'static str {
        let list = revocations::sign(&[claims(9).serial], moment(OPENS), &keys().lists()).expect("one");
        let list = Revocations::verify(&list, |kid| set().find(kid).map(|known| known.key)).expect("it is ours");
        judge(text, &set(), Some(&list), moment(at), Some(pay_point)).1.as_str()
    }

    #[test]
    fn each_way_of_being_wrong_has_an_answer_of_its_own() {
        let good = signed(&keys().of(TrancheId(4), 1), 1);
        let stranger = SigningKey::from_bytes(&[1; 32]);
        let forged = sign(&claims(1), &stranger, &key_id(&keys().of(TrancheId(4), 1).verifying_key()));
        let noon = OPENS + 43_200;
        for (text, at, pay_point, verdict) in [
            (good.as_str(), noon, "KP-1", "good"),
            (&signed(keys().own(), 1), noon, "KP-1", "good"),
            (&signed(&stranger, 1), noon, "KP-1", "unknown_key"),
            (&forged, noon, "KP-1", "altered"),
            (&signed(&keys().of(TrancheId(5), 1), 1), noon, "KP-1", "wrong_key"),
            (&signed(&keys().lists(), 1), noon, "KP-1", "wrong_key"),
            (&signed(&keys().of(TrancheId(4), 1), 9), noon, "KP-1", "revoked"),
            (&good, OPENS - 1, "KP-1", "early"),
            (&good, CLOSES + 1, "KP-1", "expired"),
            (&good, noon, "KP-2", "other_pay_point"),
            ("", noon, "KP-1", "not_a_token"),
            ("https://example.invalid", noon, "KP-1", "not_a_token"),
            (&good[..good.len() - 3], noon, "KP-1", "not_a_token"),
        ] {
            assert_eq!(judged(text, at, pay_point), verdict, "{text}");
        }
    }

    #[test]
    fn one_bit_altered_is_never_good() {
        let bytes = base45::decode(&signed(&keys().of(TrancheId(4), 1), 1)[token::PREFIX.len()..]).expect("base45");
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let verdict = judged(&format!("{}{}", token::PREFIX, base45::encode(changed)), OPENS + 1, "KP-1");
            assert!(["altered", "unknown_key", "not_a_token"].contains(&verdict), "bit {bit}: {verdict}");
        }
    }
}
