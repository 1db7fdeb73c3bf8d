//! A step of a matching: a page of lines that wait, and the step that follows it.
//!
//! What a step said is remembered, since the lines that wait are others once it is made: heard again it says the same and does nothing.

use chrono::NaiveDate;
use salur_schemas::BankMatchingAdvanced;
use salur_store::{
    Error, Tx,
    bank::{
        self,
        matching::{self, Outcome, Waiting},
    },
};
use uuid::Uuid;

use super::pairing::{self, Ledger, Paired};

/// Makes a step; its successor, where it was not the last.
pub(super) async fn make(tx: &mut Tx, step: &BankMatchingAdvanced, missing_after_days: i32) -> Result<Option<BankMatchingAdvanced>, Error> {
    let BankMatchingAdvanced { matching, programme, after, .. } = step;
    let successor = |next: Option<String>| next.map(|after| BankMatchingAdvanced { after, ..step.clone() });
    bank::lock(tx, programme).await?;
    if let Some(made) = matching::step(tx, matching.0, after).await? {
        return Ok(successor(made));
    }
    let lines = matching::waiting(tx, programme, read_place(after)?).await?;
    pair(tx, programme, &lines).await?;
    let last = lines.last().filter(|_| i64::try_from(lines.len()).is_ok_and(|count| count == matching::PAGE_LINES));
    let next = last.map(|line| format!("{}/{}/{}", line.booked_on, line.key().0, line.key().1));
    if next.is_none() {
        let missing = matching::missing(tx, programme, missing_after_days).await?;
        matching::open_cases(tx, programme, &missing).await?;
    }
    matching::insert_step(tx, matching.0, after, next.as_deref(), lines.len()).await?;
    Ok(successor(next))
}

async fn pair(tx: &mut Tx, programme: &str, lines: &[Waiting]) -> Result<(), Error> {
    let reversals = lines.iter().filter(|line| line.is_reversal);
    let mut unknown = Paired::default();
    let mut gone = Vec::new();
    for line in reversals {
        match matching::reversed(tx, programme, line).await? {
            Some((other, is_decided)) => gone.extend(reverse(tx, programme, line, other, is_decided).await?),
            None => unknown.cases.push(pairing::case(line, "unmatched", "", None)),
        }
    }
    let mut ledger = Ledger::new(matching::open(tx, programme).await?);
    let mut paired = unknown;
    for line in lines.iter().filter(|line| !line.is_reversal && !gone.contains(&line.key())) {
        ledger.pair(line, &mut paired);
    }
    matching::decide(tx, &paired.outcomes, &paired.matches).await?;
    matching::open_cases(tx, programme, &paired.cases).await
}

/// A reversal takes a line back, with what it stood for; a line that still waited is over with it. The line that no longer waits.
async fn reverse(
    tx: &mut Tx,
    programme: &str,
    line: &Waiting,
    other: matching::LineKey,
    is_decided: bool,
) -> Result<Option<matching::LineKey>, Error> {
    let reversed = |line, other| Outcome { line, outcome: "reversed", document: String::new(), missing: 0, other: Some(other) };
    let mut outcomes = vec![reversed(line.key(), other)];
    outcomes.extend((!is_decided).then(|| reversed(other, line.key())));
    matching::decide(tx, &outcomes, &[]).await?;
    matching::take_back(tx, line.key(), other).await?;
    if is_decided {
        matching::open_cases(tx, programme, &[pairing::case(line, "reversed", "", None)]).await?;
    }
    Ok((!is_decided).then_some(other))
}

/// `2020-07-14/<sheet>/17`; empty: before the first.
fn read_place(after: &str) -> Result<(NaiveDate, Uuid, i32), Error> {
    if after.is_empty() {
        return Ok((NaiveDate::default(), Uuid::nil(), 0));
    }
    let mut parts = after.split('/');
    let mut read = || Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?));
    read().ok_or_else(|| Error::invariant(format!("{after} is no place of a line")))
}
