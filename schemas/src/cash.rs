//! Cash: moved between bank, office and tellers, and counted when a teller's day ends.

use chrono::{DateTime, NaiveDate, Utc};
use salur_domain::{CashCountId, CashMoveId, Rupiah, cash::Place};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, to_stage};

/// Somebody moved cash. The portal says it, transfer-posting books it or refuses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CashMoved {
    /// Made by who asked, so that a repeated request is recognised.
    pub movement: CashMoveId,
    /// Whose money: code of the programme.
    pub programme: String,
    /// Who gave: `bank`, `office:CODE`, `teller:CODE`; `difference:CODE` where a teller makes good what was counted short.
    pub from: Place,
    /// Who took.
    pub to: Place,
    /// How much.
    pub amount: Rupiah,
    /// The paper that both sides signed.
    pub document: String,
    /// Who said so.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A teller's drawer was counted to close a day. The portal says it, transfer-posting closes the day or refuses to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CashCounted {
    /// Made by who asked, so that a repeated request is recognised.
    pub count: CashCountId,
    /// Whose money: code of the programme.
    pub programme: String,
    /// Whose drawer: code of the teller.
    pub teller: String,
    /// The day that ends, by the teller's clock.
    pub day: NaiveDate,
    /// The notes in the drawer.
    pub counted: Rupiah,
    /// Captures that the teller's device has not sent yet.
    pub unsynchronised: u32,
    /// Why the count differs from the books; empty: nobody said, and a difference closes nothing.
    pub explanation: String,
    /// Who counted: a person, or `device:CODE` for the teller at it.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Fact for CashMoved {
    const TYPE: FactType = to_stage("cash.moved");
    fn key(&self) -> String {
        self.movement.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for CashCounted {
    const TYPE: FactType = to_stage("cash.counted");
    fn key(&self) -> String {
        self.count.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
