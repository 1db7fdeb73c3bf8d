//! Asking the registry about the persons of a flight, and what its answers lead to.
//!
//! Nobody is asked about a payment that has its account, has ended or was stopped, nor about a person whom the registry confirmed under this name before.
//! A row's personal data is opened here, for the length of a question.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use salur_domain::{
    PaymentId,
    name::Name,
    nik::Nik,
    vault::{DataKey, Keys},
};
use salur_runtime::stage::Failure;
use salur_schemas::RecipientSubmitted;
use salur_store::{
    Error, Tx,
    payments::{self, Key, Moment, Payment},
    registry::{self, Answered, Open},
    tallies::{Deltas, Measure},
};

use super::Ready;
use crate::registry::{Answer, Door, Question};

/// What is known of the person before the transaction begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// No registry is configured.
    Nobody,
    /// The payment waited for no account when it was looked at.
    Nothing,
    /// The registry confirmed this person before.
    Known,
    /// It answered now.
    Answered(Answer),
    /// It answered others, and not this.
    Silent,
}

/// Asks about one payment, if it waits for its account.
pub async fn ask(keys: &Keys, door: &Door, key: Key, open: Option<&Open>) -> Result<Asked, Failure> {
    let Some(open) = open else { return Ok(Asked::Nothing) };
    if open.is_known {
        return Ok(Asked::Known);
    }
    let answer = door.ask(&question(keys, key.1, open)?).await?;
    Ok(answer.map_or(Asked::Silent, Asked::Answered))
}

/// Opens the row. What fails says nothing of what is in it.
fn question(keys: &Keys, payment: PaymentId, open: &Open) -> Result<Question, Error> {
    let unreadable = || Error::invariant(format!("the row of payment {payment} cannot be read"));
    let wrapped = open.data_key.as_ref().ok_or_else(|| Error::invariant(format!("the data key of batch {} was destroyed", open.batch)))?;
    let data_key = DataKey::unwrap(keys.rows(), open.batch.0.as_bytes(), wrapped).map_err(Error::Sealed)?;
    let plain = data_key.open(&crate::row_context(open.batch, &open.row), &open.sealed).map_err(Error::Sealed)?;
    let row: RecipientSubmitted = serde_json::from_slice(&plain).map_err(|_| unreadable())?;
    let name = Name::parse(&row.name).ok_or_else(unreadable)?.text;
    let birth_date = row.birth_date.as_deref().and_then(|date| NaiveDate::parse_from_str(date.trim(), "%Y-%m-%d").ok());
    Ok(Question { payment, nik: Nik::parse(&row.nik).map_err(|_| unreadable())?, name, birth_date })
}

/// What the answers of a flight lead to.
#[derive(Debug, Default)]
pub struct Answers<'a> {
    by_payment: HashMap<Key, &'a Asked>,
}

impl<'a> Answers<'a> {
    /// One per payment: where a fact came twice, an answer counts before silence, and the first before the second.
    pub fn of(facts: impl Iterator<Item = &'a Ready>) -> Self {
        let mut by_payment: HashMap<Key, &Asked> = HashMap::new();
        for ready in facts {
            let known = by_payment.entry(ready.key).or_insert(&ready.asked);
            if **known == Asked::Silent {
                *known = &ready.asked;
            }
        }
        Self { by_payment }
    }

    /// What is known of the person of a payment.
    pub fn about(&self, key: Key) -> &Asked {
        self.by_payment[&key]
    }

    /// Whether the payment may get its account without a person's word.
    pub fn allow(&self, key: Key) -> bool {
        matches!(self.by_payment[&key], Asked::Nobody | Asked::Known | Asked::Answered(Answer::Confirmed))
    }

    /// Whether an answer stops the payment.
    pub fn stop(&self, key: Key) -> bool {
        matches!(self.by_payment[&key], Asked::Answered(answer) if *answer != Answer::Confirmed)
    }

    /// Remembers what was answered about these payments, which wait for their account, and stops those that were not confirmed.
    pub async fn remember(&self, tx: &mut Tx, new: &[&Payment]) -> Result<(), Error> {
        let answered: Vec<(&Payment, &Answer, String)> = new
            .iter()
            .filter_map(|payment| match self.by_payment[&payment.key()] {
                Asked::Answered(answer) => Some((*payment, answer, answer.fields())),
                _ => None,
            })
            .collect();
        if answered.is_empty() {
            return Ok(());
        }
        let names = payments::names(tx, &answered.iter().map(|(payment, ..)| *payment).collect::<Vec<_>>()).await?;
        let rows = answered.iter().map(|(payment, answer, fields)| Answered {
            payment,
            name_digest: &names[&payment.key()],
            answer: answer.word(),
            fields,
        });
        registry::remember(tx, &rows.collect::<Vec<_>>()).await?;
        let stopped = answered.iter().filter(|(_, answer, _)| **answer != Answer::Confirmed).map(|(payment, ..)| *payment);
        payments::set(tx, Moment::Unverified, &stopped.collect::<Vec<_>>()).await
    }

    /// Counts the accounts that the registry stands behind.
    pub async fn tally(&self, tx: &mut Tx, opened: &HashSet<Key>, locked: &HashMap<Key, Payment>) -> Result<(), Error> {
        let mut deltas = Deltas::default();
        for key in opened {
            if matches!(self.by_payment[key], Asked::Known | Asked::Answered(Answer::Confirmed)) {
                let payment = &locked[key];
                deltas.add(key.0, &payment.village, &payment.pay_point, Measure::Verified, payment.amount())?;
            }
        }
        deltas.write(tx).await
    }
}
