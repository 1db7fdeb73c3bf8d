//! intake: rows are staged and answered; no money moves.
//!
//! Hears `batches.declared` and `recipients.submitted`, in any order. Each row is checked by the rules of one row, sealed under its batch's
//! data key and staged once under (batch, row); the same row again is answered from what is remembered, the same key with other content is a
//! conflict that is kept and changes nothing. Seen count and sum include rejected rows. Whoever leaves seen = declared says
//! `batches.completed`: the last fact of the batch in the flight, so that a flight says it once.
//!
//! Bounds: a flight of rows is one insert of arrays; the batch row is touched once per flight, last.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{NaiveDate, Utc};
use salur_domain::{BatchId, RowKey, RowStatus, Rupiah, TrancheId, reason::Code, region::VillageCode, row, vault::DataKey};
use salur_runtime::stage::{Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{BatchCompleted, BatchDeclared, Outcome, RecipientSubmitted, messages, outcome::OutcomeStatus};
use salur_store::{
    Error, Tx,
    batches::{self, Declaration, Seen, State},
    master::{self, IntakeContext},
    recipients::{self, NewRow, Stored},
    tallies::{Deltas, Measure},
};

use crate::{Tools, Work, answer::reasons};

messages! {
    /// What intake hears.
    pub enum In { BatchDeclared, RecipientSubmitted }
}
messages! {
    /// What intake says.
    pub enum Out { BatchCompleted, Outcome }
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

/// What a commit knows when it judges.
struct Memory {
    new: HashSet<recipients::Key>,
    stored: HashMap<recipients::Key, Stored>,
    late: HashSet<recipients::Key>,
    after: HashMap<BatchId, State>,
    now: salur_store::Timestamp,
}

impl Stage for Intake {
    const NAME: &'static str = "intake";
    type In = In;
    type Out = Out;
    type Context = IntakeContext;
    type Ready = Ready;
    type Work = Work;

    fn policy(&self) -> Policy {
        Policy { flight_facts: 2_000, ..Policy::default() }
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
                let tranche = context.tranches.get(&declared.tranche).map(salur_store::master::Tranche::id);
                let count = i64::try_from(declared.count).map_err(|_| Error::invariant("a declared count does not fit 63 bits"))?;
                Ready::Declared(declared.clone(), Declaration { tranche, count, sum: declared.sum })
            }
            In::RecipientSubmitted(submitted) => self.check(submitted, context)?,
        })
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Ready>) -> Result<Verdicts<Out>, Failure> {
        let rows = self.seal(tx, flight).await?;
        let memory = stage_and_count(tx, flight, &rows).await?;
        tally(tx, &rows, &memory).await?;
        let mut last_of_batch: HashMap<BatchId, usize> = HashMap::new();
        for (at, ready) in flight.facts().enumerate() {
            last_of_batch.insert(ready.batch(), at);
        }
        let mut at = 0;
        Ok(flight.judge(|ready| {
            let mut out: Vec<Out> = ready.answer(&memory).into_iter().map(Out::from).collect();
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
    /// Applies the rules of one row and those that need master data.
    fn check(&self, submitted: &RecipientSubmitted, context: &IntakeContext) -> Result<Ready, Failure> {
        let keys = &self.0.keys;
        let tranche = context.tranches.get(&submitted.tranche);
        // ages are counted to the first day of payment
        let on = tranche.map_or(NaiveDate::MIN, |tranche| tranche.opens_at.with_timezone(&Utc).date_naive());
        let amount = submitted.amount.read();
        let checked = row::check(
            &row::RowText {
                nik: &submitted.nik,
                kk: &submitted.kk,
                name: &submitted.name,
                birth_date: submitted.birth_date.as_deref(),
                sex: submitted.sex.as_deref(),
                address: &submitted.address,
                village: &submitted.village,
                amount: &amount,
            },
            on,
        );
        let village = checked.village.map(|code| code.to_string());
        let pay_point = village.as_ref().and_then(|village| context.places.get(village)).cloned();
        let mut findings = checked.findings;
        findings.extend(against_master_data(submitted, tranche, checked.amount, checked.village, pay_point.is_some(), context));
        let amount_text = checked.amount.map_or_else(|| format!("{:?}", submitted.amount), |amount| amount.get().to_string());
        let person = [("name", checked.name.as_str()), ("amount", &amount_text), ("village", village.as_deref().unwrap_or_default())];
        let content = [
            ("tranche", submitted.tranche.as_str()),
            ("nik", &submitted.nik),
            ("kk", &submitted.kk),
            ("name", &submitted.name),
            ("birth_date", submitted.birth_date.as_deref().unwrap_or_default()),
            ("sex", submitted.sex.as_deref().unwrap_or_default()),
            ("address", &submitted.address),
            ("village", &submitted.village),
            ("amount", &amount_text),
        ];
        let id = tranche.map(salur_store::master::Tranche::id);
        let row = NewRow {
            batch: BatchId::of(&submitted.source.0, &submitted.batch),
            row: submitted.row.clone(),
            tranche: id,
            intake: salur_domain::reason::status(&findings),
            findings: findings.iter().map(|code| code.as_str()).collect(),
            amount: checked.amount,
            village: village.clone(),
            pay_point,
            payment: id.zip(checked.nik.as_ref()).map(|(tranche, nik)| keys.payment_id(tranche, nik)),
            account: checked.nik.as_ref().map(|nik| keys.nik_index(nik)),
            household: checked.kk.as_ref().map(|kk| keys.kk_index(kk)),
            content: keys.row_digest(&content).to_vec(),
            person: keys.row_digest(&person).to_vec(),
            name_digest: keys.row_digest(&person[..1]).to_vec(),
            masked_name: row::mask_name(&checked.name),
            masked_nik: checked.nik.as_ref().map(ToString::to_string),
            sealed: Vec::new(),
        };
        let plain = serde_json::to_vec(submitted).map_err(|error| Error::invariant(error.to_string()))?;
        Ok(Ready::Row(Box::new(row), Names { source: submitted.source.0.clone(), batch: submitted.batch.clone() }, plain))
    }

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
                fresh.push((id, source, batch, crate::fresh_key()?.wrap(&self.0.keys, id.0.as_bytes())));
            }
            batches::create(tx, &fresh).await?;
            wrapped = batches::data_keys(tx, &ids).await?;
        }
        let mut keys: HashMap<BatchId, DataKey> = HashMap::with_capacity(ids.len());
        for (id, key) in wrapped {
            let key = key.ok_or_else(|| Error::invariant(format!("the data key of batch {id} was destroyed")))?;
            keys.insert(id, DataKey::unwrap(&self.0.keys, id.0.as_bytes(), &key)?);
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

/// Rules that need the tranche, its allocations and the pay points.
fn against_master_data(
    submitted: &RecipientSubmitted,
    tranche: Option<&master::Tranche>,
    amount: Option<Rupiah>,
    village: Option<VillageCode>,
    has_pay_point: bool,
    context: &IntakeContext,
) -> Vec<Code> {
    let mut found = Vec::new();
    if !context.sources.contains(&submitted.source.0) {
        found.push(Code::Src01);
    }
    let Some(tranche) = tranche else {
        found.push(Code::Trn01);
        return found;
    };
    if amount.is_some_and(|amount| amount != tranche.amount()) {
        found.push(Code::Amt02);
    }
    if let Some(village) = village {
        if !context.regencies.contains(&(tranche.id().0, village.regency().to_string())) {
            found.push(Code::Reg02);
        } else if !has_pay_point {
            found.push(Code::Pay01);
        }
    }
    found
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
        if memory.late.contains(&key) {
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

    /// Whether this row has other content than the one remembered under its key.
    fn is_conflict(&self, memory: &Memory) -> bool {
        let Self::Row(row, ..) = self else { return false };
        memory.stored.get(&(row.batch, row.row.clone())).is_some_and(|stored| stored.content != row.content)
    }
}

/// Inserts the rows, keeps the conflicts, holds what is late, counts, completes.
async fn stage_and_count(tx: &mut Tx, flight: &Flight<'_, Ready>, rows: &[NewRow]) -> Result<Memory, Failure> {
    let all: Vec<&NewRow> = rows.iter().collect();
    let new = if rows.is_empty() { HashSet::new() } else { recipients::stage(tx, &all).await? };
    // a fresh statement: a twin that another flight inserted is visible only now; and of twins in this flight the first one won
    let twins_inside = new.len() < rows.len();
    let stored = if twins_inside { recipients::read(tx, rows.iter().map(|row| (row.batch, &row.row))).await? } else { HashMap::new() };
    let mut conflicts: Vec<(BatchId, &str, &[u8], &[u8])> = rows
        .iter()
        .filter(|row| stored.get(&(row.batch, row.row.clone())).is_some_and(|stored| stored.content != row.content))
        .map(|row| (row.batch, row.row.0.as_str(), row.content.as_slice(), row.sealed.as_slice()))
        .collect();
    let mut declared: HashMap<BatchId, Declaration> = HashMap::new();
    let mut seen: HashMap<BatchId, Seen> = HashMap::new();
    for ready in flight.facts() {
        let _ = seen.entry(ready.batch()).or_default();
        if let Ready::Declared(_, declaration) = ready {
            let _ = declared.entry(ready.batch()).or_insert(*declaration);
        }
    }
    count(rows, &new, &mut seen)?;
    let ids: Vec<BatchId> = seen.keys().copied().collect();
    let before = batches::lock(tx, &ids).await?;
    let late: HashSet<recipients::Key> = rows
        .iter()
        .filter(|row| row.intake == RowStatus::Staged && before.get(&row.batch).is_some_and(|state| state.completed_at.is_some()))
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

/// Adds the new rows to what was seen of their batches; each key counts once.
fn count(rows: &[NewRow], new: &HashSet<recipients::Key>, seen: &mut HashMap<BatchId, Seen>) -> Result<(), Error> {
    let mut counted: HashSet<(BatchId, &RowKey)> = HashSet::new();
    for row in rows.iter().filter(|row| new.contains(&(row.batch, row.row.clone()))) {
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
async fn tally(tx: &mut Tx, rows: &[NewRow], memory: &Memory) -> Result<(), Error> {
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
