//! slot-planning: a pay point, a day and an hour for each family, village by village.
//!
//! Hears `schedules.asked`: a person wants the families of a tranche that have no slot to get one; `pay-points.closed`: who had a slot there gets another
//! elsewhere; and its own steps, each of which says its successor. The rules are [`salur_domain::schedule`]; this stage reads who is concerned, opens their
//! rows for what a NIK says of birth, and writes a new version of each slot. Nobody's money waits for a slot and nobody is refused for one: a cheque drawn
//! before it is as good (`docs/decisions/0039`). Where who closes a pay point wants it, cheques that name it are replaced (`docs/decisions/0051`).
//!
//! Bounds: a step is [`steps::STEP_FAMILIES`] families; its memory besides is hours of the pay points concerned. One step at a time.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use salur_domain::{
    BatchId, DecisionId, Nik, PaymentId,
    ids::NAMESPACE,
    replacement::Loss,
    schedule::{Hints, HomeVisit},
    vault::{DataKey, Keys},
};
use salur_runtime::stage::{Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{ChequeReplaced, PayPointClosed, RecipientSubmitted, ScheduleAdvanced, ScheduleAsked, ScheduleMade, messages};
use salur_store::{
    Error, Timestamp, Tx,
    schedules::{
        self,
        steps::{self, Contents, Stepped, Waiting},
    },
};

use uuid::Uuid;

use crate::{Tools, Work};

messages! {
    /// What slot-planning hears.
    pub enum In { ScheduleAsked, PayPointClosed, ScheduleAdvanced }
}
messages! {
    /// What slot-planning says.
    pub enum Out { ScheduleAdvanced, ChequeReplaced, ScheduleMade }
}

/// The stage.
#[derive(Debug)]
pub struct SlotPlanning(Arc<Tools>);

/// The families of a step, as they were read.
#[derive(Debug, Default)]
pub struct Villages(HashMap<String, Arc<Contents>>);

/// What comes of a fact before its transaction.
#[derive(Debug)]
pub enum Ready {
    /// A person asks for a schedule.
    Asked(ScheduleAsked),
    /// A pay point closes.
    Closed(PayPointClosed),
    /// A step, what is known of its families, and its last village.
    Step(ScheduleAdvanced, HashMap<PaymentId, Hints>, Option<String>),
}

impl SlotPlanning {
    /// With its tools.
    pub fn new(tools: Arc<Tools>) -> Self {
        Self(tools)
    }
}

impl Stage for SlotPlanning {
    const NAME: &'static str = "slot-planning";
    type In = In;
    type Out = Out;
    type Context = Villages;
    type Ready = Ready;
    type Work = Work;

    /// One step at a time: tranches share pay points.
    fn policy(&self) -> Policy {
        Policy { flight_facts: 1, prefetch: 2, lanes: 1, ..Policy::default() }
    }

    async fn load(&self, facts: &[In]) -> Result<Villages, Failure> {
        let mut villages = Villages::default();
        for fact in facts {
            let In::ScheduleAdvanced(step) = fact else { continue };
            villages.0.insert(which(step), Arc::new(steps::contents(&self.0.database, step).await?));
        }
        Ok(villages)
    }

    async fn prepare(&self, fact: &In, villages: &Villages) -> Result<Ready, Failure> {
        Ok(match fact {
            In::ScheduleAsked(asked) => Ready::Asked(asked.clone()),
            In::PayPointClosed(closed) => Ready::Closed(closed.clone()),
            In::ScheduleAdvanced(step) => {
                let contents = Arc::clone(villages.0.get(&which(step)).ok_or_else(|| Error::invariant("every step was loaded"))?);
                let (keys, last) = (self.0.keys.clone(), contents.last.clone());
                let hints = tokio::task::spawn_blocking(move || hints(&keys, &contents)).await;
                Ready::Step(step.clone(), hints.map_err(|error| Error::invariant(format!("opening rows: {error}")))?, last)
            }
        })
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Ready>) -> Result<Verdicts<Out>, Failure> {
        let mut verdicts = Vec::with_capacity(flight.len());
        for ready in flight.facts() {
            verdicts.push(match ready {
                Ready::Asked(asked) => begin(tx, asked).await?,
                Ready::Closed(closed) => close(tx, closed).await?,
                Ready::Step(step, hints, last) => advance(tx, step, hints, last.as_deref()).await?,
            });
        }
        let mut verdicts = verdicts.into_iter();
        Ok(flight.judge(|_| verdicts.next().expect("one verdict per fact")))
    }
}

fn which(step: &ScheduleAdvanced) -> String {
    salur_schemas::Fact::key(step)
}

async fn begin(tx: &mut Tx, asked: &ScheduleAsked) -> Result<Verdict<Out>, Error> {
    let schedule = schedules::ask(tx, asked).await?;
    if !schedule.is_planned() {
        return Ok(Verdict::Done);
    }
    let (schedule, tranche, at) = (asked.decision, asked.tranche, schedule.decided_at());
    Ok(Verdict::emit(ScheduleAdvanced { schedule, tranche, after: None, at }))
}

async fn close(tx: &mut Tx, closed: &PayPointClosed) -> Result<Verdict<Out>, Error> {
    let begun = schedules::close(tx, closed).await?.into_iter();
    let steps: Vec<Out> =
        begun.map(|(tranche, at)| ScheduleAdvanced { schedule: closed.decision, tranche, after: None, at }.into()).collect();
    Ok(if steps.is_empty() { Verdict::Done } else { Verdict::Emit(steps) })
}

async fn advance(
    tx: &mut Tx,
    step: &ScheduleAdvanced,
    hints: &HashMap<PaymentId, Hints>,
    last: Option<&str>,
) -> Result<Verdict<Out>, Error> {
    let (schedule, tranche) = (step.schedule, step.tranche);
    let (last, at, said) = match steps::step(tx, step, hints, last).await? {
        Stepped::Next(last, at) => (Some(last.clone()), at, Out::from(ScheduleAdvanced { schedule, tranche, after: Some(last), at })),
        Stepped::Made(placed, missing, at) => (None, at, Out::from(ScheduleMade { schedule, tranche, placed, missing, at })),
    };
    let mut out: Vec<Out> = replaced(step, at, steps::outdated(tx, step, last.as_deref()).await?);
    out.push(said);
    Ok(Verdict::Emit(out))
}

/// Cheques that name a pay point which closed, as wishes to replace them: the decision is made of the closing and the cheque, so that each is heard once.
fn replaced(step: &ScheduleAdvanced, at: Timestamp, outdated: Vec<steps::Outdated>) -> Vec<Out> {
    let wish = |one: steps::Outdated| {
        let (payment, version) = (one.payment(), one.version()?);
        let decision = format!("cheque moved\0{}\0{}\0{payment}\0{version}", step.schedule, step.tranche.0);
        let decision = DecisionId(Uuid::new_v5(&NAMESPACE, decision.as_bytes()));
        let (document, actor) = (one.document, one.actor);
        Some(ChequeReplaced { decision, payment, tranche: step.tranche, version, loss: Loss::Moved, document, actor, at }.into())
    };
    outdated.into_iter().filter_map(wish).collect()
}

/// What the rows of families say; nothing is known of one that does not open.
fn hints(keys: &Keys, contents: &Contents) -> HashMap<PaymentId, Hints> {
    let opened: HashMap<BatchId, DataKey> = contents
        .data_keys
        .iter()
        .filter_map(|(batch, key)| Some((*batch, DataKey::unwrap(keys.rows(), batch.0.as_bytes(), key).ok()?)))
        .collect();
    let on = contents.opens_at.map_or(NaiveDate::MIN, |at| at.date_naive());
    contents.families.iter().map(|family| (family.payment(), open(&opened, family, on).unwrap_or_default())).collect()
}

fn open(keys: &HashMap<BatchId, DataKey>, family: &Waiting, on: NaiveDate) -> Option<Hints> {
    let (batch, row) = family.key();
    let plain = keys.get(&batch)?.open(&crate::row_context(batch, &row), &family.sealed).ok()?;
    let submitted: RecipientSubmitted = serde_json::from_slice(&plain).ok()?;
    Some(Hints::of(&Nik::parse(&submitted.nik).ok()?, on).asking(submitted.home_visit.as_deref().and_then(HomeVisit::parse)))
}
