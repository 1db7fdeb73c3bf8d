//! reminder-planning: a week after its cheque was issued a family may be reminded that the money waits.
//!
//! The worker of `docs/adding-a-worker.md`: compiled here, tried by the conformance tests, not part of the product. It hears what
//! cheque-rendering says, remembers one reminder per payment, and moves no money. A replaced cheque plans no second reminder.

pub mod reminders;

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use salur_domain::{PaymentId, TrancheId};
use salur_pipeline::{Tools, Work};
use salur_runtime::stage::{Failure, Flight, Stage, Verdict, Verdicts};
use salur_schemas::{ChequeIssued, Fact, FactType, Route, messages};
use salur_store::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use reminders::{Key, Reminder};

const AFTER: TimeDelta = TimeDelta::days(7);

/// A reminder was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReminderPlanned {
    /// The payment.
    pub payment: PaymentId,
    /// Its tranche.
    pub tranche: TrancheId,
    /// When the family may be reminded.
    pub due_at: DateTime<Utc>,
    /// When this was decided.
    pub at: DateTime<Utc>,
}

impl Fact for ReminderPlanned {
    const TYPE: FactType = FactType { name: "reminders.planned", version: 1, route: Route::End };
    fn key(&self) -> String {
        self.payment.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

messages! {
    /// What reminder-planning hears.
    pub enum In { ChequeIssued }
}
messages! {
    /// What reminder-planning says.
    pub enum Out { ReminderPlanned }
}

/// The stage.
#[derive(Debug)]
pub struct ReminderPlanning;

impl ReminderPlanning {
    /// Needs no tools but its transaction.
    pub fn new(_: Arc<Tools>) -> Self {
        Self
    }
}

impl Stage for ReminderPlanning {
    const NAME: &'static str = "reminder-planning";
    type In = In;
    type Out = Out;
    type Context = ();
    type Ready = Reminder;
    type Work = Work;

    async fn load(&self, _: &[In]) -> Result<(), Failure> {
        Ok(())
    }

    async fn prepare(&self, fact: &In, (): &()) -> Result<Reminder, Failure> {
        let In::ChequeIssued(cheque) = fact;
        Ok(Reminder { key: (cheque.tranche, cheque.payment), due_at: cheque.at + AFTER })
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Reminder>) -> Result<Verdicts<Out>, Failure> {
        let wanted: Vec<&Reminder> = flight.facts().collect();
        reminders::plan(tx, &wanted).await?;
        let keys: BTreeSet<Key> = wanted.iter().map(|reminder| reminder.key).collect();
        let planned = reminders::read(tx, &keys).await?;
        Ok(flight.judge(|reminder| {
            // from the row, which may be of an earlier delivery: the same answer for ever
            let (due_at, at) = planned[&reminder.key];
            Verdict::emit(ReminderPlanned { payment: reminder.key.1, tranche: reminder.key.0, due_at, at })
        }))
    }
}
