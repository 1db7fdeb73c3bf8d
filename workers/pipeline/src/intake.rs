//! intake: rows are staged and answered; no money moves.
//!
//! Hears `batches.declared`, `recipients.submitted` and `recipients.replaced`, in any order. Each row is checked by the rules of one row, sealed under
//! its batch's data key and staged once under (batch, row); the same row again is answered from what is remembered, the same key with other content is a
//! conflict that is kept and changes nothing. Seen count and sum include rejected rows. Whoever leaves seen = declared says
//! `batches.completed`: the last fact of the batch in the flight, so that a flight says it once.
//!
//! Bounds: a flight of rows is one insert of arrays; the batch row is touched once per flight, last.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use salur_domain::{BatchId, RowStatus, region::VillageCode, vault::DataKey};
use salur_runtime::stage::{Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{
    BatchCompleted, BatchDeclared, Outcome, RecipientReplaced, RecipientSubmitted, SubstituteStaged, messages, outcome::OutcomeStatus,
};
use salur_store::{
    Error, Tx,
    batches::{self, Declaration},
    master::{self, IntakeContext},
    recipients::NewRow,
};

use crate::{Tools, Work, answer::reasons};

mod checking;
mod counting;

use counting::Memory;

messages! {
    /// What intake hears.
    pub enum In { BatchDeclared, RecipientSubmitted, RecipientReplaced }
}
messages! {
    /// What intake says.
    pub enum Out { BatchCompleted, SubstituteStaged, Outcome }
}

/// The stage.
#[derive(Debug)]
pub struct Intake(Arc<Tools>);

impl Intake {
    /// With its tools.
    pub fn new(tools: Arc<Tools>) -> Self {
        Self(tools)
    }
}

/// A fact checked against master data.
#[derive(Debug)]
pub enum Ready {
    /// A declaration.
    Declared(BatchDeclared, Declaration),
    /// A row: to stage, still without its sealed part, and the plain text to seal.
    Row(Box<NewRow>, Names, Vec<u8>),
}

/// Source and name of a batch.
#[derive(Debug, Clone)]
pub struct Names {
    source: String,
    batch: String,
}

impl Stage for Intake {
    const NAME: &'static str = "intake";
    type In = In;
    type Out = Out;
    type Context = IntakeContext;
    type Ready = Ready;
    type Work = Work;

    fn policy(&self) -> Policy {
        Policy { flight_facts: 2_000, lanes: 3, ..Policy::default() }
    }

    async fn load(&self, facts: &[In]) -> Result<IntakeContext, Failure> {
        let (mut sources, mut tranches, mut villages) = (HashSet::new(), HashSet::new(), HashSet::new());
        for fact in facts {
            let (source, tranche) = match fact {
                In::BatchDeclared(declared) => (&declared.source.0, &declared.tranche),
                In::RecipientSubmitted(row) => {
                    villages.extend(VillageCode::parse(&row.village).map(|code| code.to_string()));
                    (&row.source.0, &row.tranche)
                }
                In::RecipientReplaced(replaced) => {
                    villages.extend(VillageCode::parse(&replaced.substitute.village).map(|code| code.to_string()));
                    (&replaced.source.0, &replaced.substitute.tranche)
                }
            };
            sources.insert(source.clone());
            tranches.insert(tranche.clone());
        }
        let [sources, tranches, villages] = [sources, tranches, villages].map(|set| set.into_iter().collect::<Vec<_>>());
        Ok(master::intake_context(&self.0.database, &sources, &tranches, &villages).await?)
    }

    async fn prepare(&self, fact: &In, context: &IntakeContext) -> Result<Ready, Failure> {
        Ok(match fact {
            In::BatchDeclared(declared) => {
                let tranche = context.tranches.get(&declared.tranche);
                let mismatch = tranche.and_then(|tranche| checking::mismatch(declared, tranche));
                let tranche = tranche.filter(|_| mismatch.is_none()).map(salur_store::master::Tranche::id);
                let count = i64::try_from(declared.count).map_err(|_| Error::invariant("a declared count does not fit 63 bits"))?;
                Ready::Declared(declared.clone(), Declaration { tranche, count, sum: declared.sum, mismatch })
            }
            In::RecipientSubmitted(submitted) => checking::check(&self.0.keys, submitted, context)?,
            In::RecipientReplaced(replaced) => checking::check_substitute(&self.0.keys, replaced, context)?,
        })
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Ready>) -> Result<Verdicts<Out>, Failure> {
        let rows = self.seal(tx, flight).await?;
        let memory = counting::stage_and_count(tx, flight, &rows).await?;
        counting::tally(tx, &rows, &memory).await?;
        let mut last_of_batch: HashMap<BatchId, usize> = HashMap::new();
        for (at, ready) in flight.facts().enumerate() {
            last_of_batch.insert(ready.batch(), at);
        }
        let mut at = 0;
        Ok(flight.judge(|ready| {
            let mut out: Vec<Out> = ready.answer(&memory).into_iter().map(Out::from).chain(ready.substitute(&memory)).collect();
            let batch = ready.batch();
            if last_of_batch[&batch] == at {
                out.extend(memory.after.get(&batch).and_then(|state| state.completed_at).map(|at| BatchCompleted { batch, at }.into()));
            }
            at += 1;
            if out.is_empty() { Verdict::Done } else { Verdict::Emit(out) }
        }))
    }
}

impl Intake {
    /// Makes the batches that are new, with a data key each, and seals every row under its batch's key.
    async fn seal(&self, tx: &mut Tx, flight: &Flight<'_, Ready>) -> Result<Vec<NewRow>, Failure> {
        let names: HashMap<BatchId, Names> = flight.facts().map(|ready| (ready.batch(), ready.names())).collect();
        let mut ids: Vec<BatchId> = names.keys().copied().collect();
        ids.sort_unstable();
        let mut wrapped = batches::data_keys(tx, &ids).await?;
        let missing: Vec<BatchId> = ids.iter().filter(|id| !wrapped.contains_key(id)).copied().collect();
        if !missing.is_empty() {
            let mut fresh = Vec::with_capacity(missing.len());
            for id in missing {
                let Names { source, batch } = names[&id].clone();
                fresh.push((id, source, batch, crate::fresh_key()?.wrap(self.0.keys.rows(), id.0.as_bytes())));
            }
            batches::create(tx, &fresh).await?;
            wrapped = batches::data_keys(tx, &ids).await?;
        }
        let mut keys: HashMap<BatchId, DataKey> = HashMap::with_capacity(ids.len());
        for (id, key) in wrapped {
            let key = key.ok_or_else(|| Error::invariant(format!("the data key of batch {id} was destroyed")))?;
            keys.insert(id, DataKey::unwrap(self.0.keys.rows(), id.0.as_bytes(), &key)?);
        }
        Ok(flight
            .facts()
            .filter_map(|ready| match ready {
                Ready::Row(row, _, plain) => {
                    let sealed = keys[&row.batch].seal(&crate::row_context(row.batch, &row.row), plain);
                    Some(NewRow { sealed, ..NewRow::clone(row) })
                }
                Ready::Declared(..) => None,
            })
            .collect())
    }
}

impl Ready {
    fn batch(&self) -> BatchId {
        match self {
            Self::Declared(declared, _) => BatchId::of(&declared.source.0, &declared.batch),
            Self::Row(row, ..) => row.batch,
        }
    }

    fn names(&self) -> Names {
        match self {
            Self::Declared(declared, _) => Names { source: declared.source.0.clone(), batch: declared.batch.clone() },
            Self::Row(_, names, _) => names.clone(),
        }
    }

    /// What upstream hears now: nothing for a staged row, its release will speak.
    fn answer(&self, memory: &Memory) -> Option<Outcome> {
        let Self::Row(row, names, _) = self else { return None };
        let key = (row.batch, row.row.clone());
        let outcome = |status, codes: &mut dyn Iterator<Item = &str>, at| Outcome {
            source: salur_domain::SourceName(names.source.clone()),
            batch: names.batch.clone(),
            row: row.row.clone(),
            status: OutcomeStatus::Row(status),
            reasons: reasons(codes),
            at,
        };
        if memory.late.contains(&key) && !self.is_conflict(memory) {
            return Some(outcome(RowStatus::Held, &mut ["BAT02"].into_iter(), memory.now));
        }
        let Some(stored) = memory.stored.get(&key).filter(|_| !memory.new.contains(&key) || self.is_conflict(memory)) else {
            return (row.intake != RowStatus::Staged).then(|| outcome(row.intake, &mut row.findings.iter().copied(), memory.now));
        };
        if stored.content != row.content {
            return Some(outcome(stored.intake, &mut ["CON01"].into_iter(), stored.staged_at));
        }
        match (stored.intake, stored.late_at) {
            (RowStatus::Staged, Some(at)) => Some(outcome(RowStatus::Held, &mut ["BAT02"].into_iter(), at)),
            (RowStatus::Staged, None) => None,
            (status, _) => Some(outcome(status, &mut stored.findings.iter().map(String::as_str), stored.staged_at)),
        }
    }

    /// A substitute that may take its place goes to release.
    fn substitute(&self, memory: &Memory) -> Option<Out> {
        let Self::Row(row, ..) = self else { return None };
        row.replaces.as_ref().filter(|_| row.intake == RowStatus::Staged && !self.is_conflict(memory))?;
        let at = memory.stored.get(&(row.batch, row.row.clone())).map_or(memory.now, |stored| stored.staged_at);
        Some(SubstituteStaged { batch: row.batch, row: row.row.clone(), at }.into())
    }

    /// Whether this row has other content than the one remembered under its key.
    fn is_conflict(&self, memory: &Memory) -> bool {
        let Self::Row(row, ..) = self else { return false };
        memory.stored.get(&(row.batch, row.row.clone())).is_some_and(|stored| stored.content != row.content)
    }
}
