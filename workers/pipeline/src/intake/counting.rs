//! What intake writes in one transaction: rows, conflicts, late rows, the batches' counts, the boards' deltas.
//!
//! Order of locks: rows by insertion, then the batches in id order, last. Each new key counts once, however often it is in the flight.

use std::collections::{BTreeMap, HashMap, HashSet};

use salur_domain::{BatchId, RowKey, RowStatus, TrancheId};
use salur_runtime::stage::{Failure, Flight};
use salur_store::{
    Error, Timestamp, Tx,
    batches::{self, Declaration, Seen, State},
    recipients::{self, NewRow, Stored},
    tallies::{Deltas, Measure},
};

use super::Ready;

/// What a commit knows when it judges.
pub struct Memory {
    /// Rows staged now.
    pub new: HashSet<recipients::Key>,
    /// Rows as remembered, where not all of the flight were new.
    pub stored: HashMap<recipients::Key, Stored>,
    /// Rows that came after their batch was complete.
    pub late: HashSet<recipients::Key>,
    /// The batches after this flight.
    pub after: HashMap<BatchId, State>,
    /// The transaction's moment.
    pub now: Timestamp,
}

/// Inserts the rows, keeps the conflicts, holds what is late, counts, completes.
pub async fn stage_and_count(tx: &mut Tx, flight: &Flight<'_, Ready>, rows: &[NewRow]) -> Result<Memory, Failure> {
    let all: Vec<&NewRow> = rows.iter().collect();
    let new = if rows.is_empty() { HashSet::new() } else { recipients::stage(tx, &all).await? };
    let fresh: Vec<&NewRow> = rows.iter().filter(|row| new.contains(&(row.batch, row.row.clone()))).collect();
    recipients::keep_substitutes(tx, &fresh).await?;
    // a fresh statement: a twin that another flight inserted is visible only now; and of twins in this flight the first one won
    let twins_inside = new.len() < rows.len();
    let stored = if twins_inside { recipients::read(tx, rows.iter().map(|row| (row.batch, &row.row))).await? } else { HashMap::new() };
    let mut conflicts: Vec<(BatchId, &str, &[u8], &[u8])> = rows
        .iter()
        .filter(|row| stored.get(&(row.batch, row.row.clone())).is_some_and(|stored| stored.content != row.content))
        .map(|row| (row.batch, row.row.0.as_str(), row.content.as_slice(), row.sealed.as_slice()))
        .collect();
    let mut declared: BTreeMap<BatchId, Declaration> = BTreeMap::new();
    let mut seen: BTreeMap<BatchId, Seen> = BTreeMap::new();
    for ready in flight.facts() {
        let _ = seen.entry(ready.batch()).or_default();
        if let Ready::Declared(_, declaration) = ready {
            let _ = declared.entry(ready.batch()).or_insert_with(|| declaration.clone());
        }
    }
    count(rows, &new, &mut seen)?;
    let ids: Vec<BatchId> = seen.keys().copied().collect();
    let before = batches::lock(tx, &ids).await?;
    let late: HashSet<recipients::Key> = rows
        .iter()
        .filter(|row| {
            row.intake == RowStatus::Staged
                && row.replaces.is_none()
                && before.get(&row.batch).is_some_and(|state| state.completed_at.is_some())
        })
        .map(|row| (row.batch, row.row.clone()))
        .filter(|key| new.contains(key))
        .collect();
    recipients::hold_late(tx, &late.iter().cloned().collect::<Vec<_>>()).await?;
    let after = batches::advance(tx, &declared, &seen).await?;
    let other_declarations: Vec<(BatchId, Vec<u8>, Vec<u8>)> = flight
        .facts()
        .filter_map(|ready| match ready {
            Ready::Declared(fact, declaration) if !after.get(&ready.batch()).is_some_and(|state| state.agrees(declaration)) => {
                let text = serde_json::to_vec(fact).expect("plain data: writing it to memory cannot fail");
                Some((ready.batch(), crate::digest(&text), text))
            }
            _ => None,
        })
        .collect();
    conflicts.extend(other_declarations.iter().map(|(batch, digest, text)| (*batch, "", digest.as_slice(), text.as_slice())));
    recipients::keep_conflicts(tx, &conflicts).await?;
    Ok(Memory { new, stored, late, after, now: tx.now })
}

/// Adds the new rows to what was seen of their batches; each key counts once, and a substitute was not declared.
fn count(rows: &[NewRow], new: &HashSet<recipients::Key>, seen: &mut BTreeMap<BatchId, Seen>) -> Result<(), Error> {
    let mut counted: HashSet<(BatchId, &RowKey)> = HashSet::new();
    for row in rows.iter().filter(|row| row.replaces.is_none() && new.contains(&(row.batch, row.row.clone()))) {
        if !counted.insert((row.batch, &row.row)) {
            continue;
        }
        let seen = seen.entry(row.batch).or_default();
        seen.count += 1;
        match row.amount {
            Some(amount) => {
                seen.sum = seen.sum.checked_add(amount.get()).ok_or_else(|| Error::invariant("a batch's sum does not fit 63 bits"))?;
            }
            None => seen.unreadable += 1,
        }
    }
    Ok(())
}

/// Counts new rows for the boards.
pub async fn tally(tx: &mut Tx, rows: &[NewRow], memory: &Memory) -> Result<(), Error> {
    let mut deltas = Deltas::default();
    let mut counted: HashSet<(BatchId, &RowKey)> = HashSet::new();
    for row in rows {
        let key = (row.batch, row.row.clone());
        if !memory.new.contains(&key) || !counted.insert((row.batch, &row.row)) {
            continue;
        }
        let tranche = row.tranche.unwrap_or(TrancheId(0));
        let (village, point) = (row.village.as_deref().unwrap_or_default(), row.pay_point.as_deref().unwrap_or_default());
        let amount = row.amount.unwrap_or_default();
        deltas.add(tranche, village, point, Measure::Submitted, amount)?;
        match row.intake {
            RowStatus::Rejected => deltas.add(tranche, village, point, Measure::Rejected, amount)?,
            RowStatus::Held => deltas.add(tranche, village, point, Measure::Held, amount)?,
            _ if memory.late.contains(&key) => deltas.add(tranche, village, point, Measure::Held, amount)?,
            _ => {}
        }
    }
    deltas.write(tx).await
}
