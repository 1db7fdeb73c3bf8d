//! Cash: from the bank to the families and back, and days that must balance.

mod again;
mod binary;
mod closes;
mod doors;
mod late;
mod model;
mod races;
mod refusals;
mod round;

use chrono::{NaiveDate, TimeDelta, Utc};
use salur_domain::{CashCountId, CashMoveId, Rupiah, cash::Place};
use salur_pipeline::transfer_posting::In;
use salur_runtime::testkit::Delivery;
use salur_schemas::{CashCounted, CashMoved};
use salur_tests::{World, chain::fly, counter::id, facts::moment};

pub const OFFICE: &str = "office:OFFICE-1";
pub const BANK: &str = "bank";

/// A move, by the number of its id.
pub fn moved(number: u32, from: &str, to: &str, amount: i64) -> CashMoved {
    let place = |text: &str| Place::parse(text).expect("a place");
    CashMoved {
        movement: CashMoveId(id(number)),
        programme: "BST".into(),
        from: place(from),
        to: place(to),
        amount: Rupiah::new(amount).expect("not negative"),
        document: format!("BA-{number}"),
        actor: "siti.aminah".into(),
        at: moment(),
    }
}

/// A count at the end of a day, by the number of its id; nobody explains it.
pub fn counted(number: u32, teller: &str, day: NaiveDate, counted: i64) -> CashCounted {
    CashCounted {
        count: CashCountId(id(number)),
        programme: "BST".into(),
        teller: teller.into(),
        day,
        counted: Rupiah::new(counted).expect("not negative"),
        unsynchronised: 0,
        explanation: String::new(),
        actor: "device:DEV-1".into(),
        at: moment(),
    }
}

/// A day, so many before today.
pub fn day(before: i64) -> NaiveDate {
    Utc::now().date_naive() - TimeDelta::days(before)
}

/// A message of facts.
pub fn message(name: &str, facts: &[In]) -> Delivery {
    Delivery::of(name, moment(), facts)
}

/// One flight of messages, which must end with nothing set aside.
pub async fn hear(world: &World, messages: Vec<Delivery>) {
    let count = messages.len();
    let outcome = fly(&world.tools, "transfer-posting", messages, None).await;
    assert_eq!((&outcome.stopped, outcome.acked.len()), (&None, count), "the flight ends");
    assert!(outcome.dead.is_empty(), "nothing is set aside: {:?}", outcome.dead[0].headers.cause);
}

/// One flight of one message per fact.
pub async fn tell(world: &World, facts: impl IntoIterator<Item = impl Into<In>>) {
    let facts: Vec<In> = facts.into_iter().map(Into::into).collect();
    hear(world, facts.chunks(1).enumerate().map(|(at, facts)| message(&format!("said-{at}"), facts)).collect()).await;
}

/// What lies at a place by the books.
pub async fn held(world: &World, kind: &str, owner: &str) -> i64 {
    world
        .one(&format!("SELECT debits - credits FROM ledger_accounts WHERE kind = '{kind}' AND owner = '{owner}' AND programme = 'BST'"))
        .await
}

/// `effect reason` of a move or a count.
pub async fn effect(world: &World, number: u32) -> String {
    let id = id(number);
    let query = format!(
        "SELECT concat_ws(' ', effect, nullif(reason, '')) FROM (SELECT id, effect, reason FROM cash_moves UNION ALL
           SELECT id, effect, reason FROM cash_counts) AS decided WHERE id = '{id}'"
    );
    world.column(&query).await.pop().unwrap_or_else(|| "undecided".into())
}
