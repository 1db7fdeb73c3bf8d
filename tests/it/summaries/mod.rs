//! Summaries equal the ledger to the rupiah, whoever asks in whichever format; and timelines tell what happened to a payment.

mod damage;
mod days;
mod doors;
mod formats;
mod ledger;
mod timeline;

use std::{collections::BTreeMap, sync::Arc};

use chrono::Utc;
use reqwest::{Method, StatusCode};
use salur_domain::{
    DecisionId, RowKey, SourceName,
    reversal::{ReviewGround, UndoGround},
};
use salur_pipeline::{fund_return, photo_ingest, release, status_finalizer};
use salur_schemas::{CashCounted, HandOverUndone, ProofCaptured, ProofReviewed, RecipientWithdrawn, UndoneBy};
use salur_tests::{
    Chain, Lab, Person, World,
    counter::{Shot, id},
    facts::{batch, rows},
    people::BELITUNG_TIMUR,
    photos::photo,
    programme::{AMOUNT, Counter, FLOAT, SOURCE, TAHAP_4, TAHAP_5, counters},
};
use serde_json::Value;

use crate::{
    cash::{BANK, OFFICE, counted, day, moved, tell},
    portal::{
        people::{administrator, person},
        support::House,
    },
};

/// What a summary can be by.
pub const ALL: [&str; 6] = ["tranche", "regency", "pay-point", "office", "teller", "day"];

/// Families of Belitung and of Belitung Timur with cheques of tranche 4.
const HERE: u32 = 11;
const THERE: u32 = 3;

/// The person of Belitung with this number.
pub fn here(number: u32) -> Person {
    Person::new(number)
}

/// The person of Belitung Timur with this number.
pub fn there(number: u32) -> Person {
    Person::of(BELITUNG_TIMUR, 100 + number)
}

fn taken_back(batch: &str, row: &str) -> release::In {
    let (reason, document) = ("moved away".to_owned(), "BA-7".to_owned());
    let (source, row) = (SourceName(SOURCE.into()), RowKey(row.into()));
    RecipientWithdrawn { source, batch: batch.into(), row, reason, document, at: Utc::now() }.into()
}

async fn captured(world: &World, captures: &[&ProofCaptured]) {
    let mut chain = Chain::new(world);
    for capture in captures {
        chain.tell(&format!("capture-{}", capture.capture), &[photo_ingest::In::from((*capture).clone())]);
    }
    chain.run().await;
    assert!(chain.dead.is_empty(), "no capture is a dead letter: {:?}", chain.dead[0].headers.cause);
}

async fn swept(world: &World) {
    let mut chain = Chain::new(world);
    for due in fund_return::due(&world.tools).await.expect("the database is there") {
        let fund_return::Out::ReturnAdvanced(step) = due else { panic!("the clock begins sweeps alone") };
        chain.tell("due", &[fund_return::In::from(step)]);
    }
    chain.run().await;
}

/// Lists come in: accepted, withdrawn before and after funding, and two payments that were never funded.
async fn lists(world: &World) {
    let mut chain = Chain::new(world);
    chain.tell("4", &batch(&rows("tahap-4", TAHAP_4, (1..=HERE).map(here))));
    chain.tell("4-timur", &batch(&rows("tahap-4-timur", TAHAP_4, (1..=THERE).map(there))));
    chain.tell("5", &batch(&rows("tahap-5", TAHAP_5, [here(1), there(1)])));
    chain.run().await;
    chain.tell("early", &batch(&rows("early", TAHAP_4, [here(20), here(21)])));
    chain.run_until(&["account-creation"]).await;
    chain.tell("early-back", &[taken_back("early", "1")]);
    chain.run_until(&["account-creation"]).await;
    chain.run().await;
    chain.tell("late-back", &[taken_back("tahap-4", "8")]);
    chain.run().await;
    chain.tell("unfunded", &batch(&rows("unfunded", TAHAP_4, [here(30), there(30)])));
    chain.run_until(&["account-creation"]).await;
    assert!(chain.dead.is_empty(), "no list is a dead letter: {:?}", chain.dead[0].headers.cause);
}

/// A visit whose photo says neither when nor where it was taken: questioned.
async fn doubtful(world: &World, number: u32, person: &Person, counter: &Counter) -> ProofCaptured {
    let paper = world.paper(4, person).await;
    let claim = world.granted(id(number), &paper, counter).await;
    let shot = Shot::new(number, &claim, &paper, counter).with_photo(photo(u64::from(number), None));
    world.upload(shot.statement.capture, &shot.photo).await;
    shot.signed(counter)
}

/// What supervisors decide about the visits of 9, 10 and 11: paid, not proven, undone by two of them.
async fn decisions(world: &World, [nine, ten, eleven]: [&ProofCaptured; 3]) {
    for name in ["rina.wati", "agus.salim"] {
        let make = sqlx::query("INSERT INTO actors (name, kind, role, created_by) VALUES ($1, 'person', 'supervisor', 'test')");
        make.bind(name).execute(&world.sql).await.expect("the owner may");
    }
    let decision = |number| DecisionId(id(number));
    let review = |number, capture, ground| {
        let (document, actor) = ("BA-11".to_owned(), "rina.wati".to_owned());
        status_finalizer::In::from(ProofReviewed { decision: decision(number), capture, ground, document, actor, at: Utc::now() })
    };
    let undo = |number, actor: &str| {
        let (by, document, ground) = (UndoneBy::Actor(actor.to_owned()), "BA-12".to_owned(), UndoGround::GivenBack);
        status_finalizer::In::from(HandOverUndone { decision: decision(number), claim: eleven.claim, ground, document, by, at: Utc::now() })
    };
    let said = [
        review(900, nine.capture, ReviewGround::FamilyConfirmed),
        review(901, ten.capture, ReviewGround::FamilyDenied),
        undo(902, "rina.wati"),
        undo(903, "agus.salim"),
    ];
    let mut chain = Chain::new(world);
    for (number, fact) in said.into_iter().enumerate() {
        chain.tell(&format!("decision-{number}"), &[fact]);
        chain.run().await;
    }
    assert!(chain.dead.is_empty(), "no decision is a dead letter: {:?}", chain.dead[0].headers.cause);
}

/// Hand-overs within the window: believed (1, 101), in question (2, with the photo of 1), and those that people decided about (9, 10, 11).
async fn hand_overs(world: &World) {
    let [one, two, three] = counters();
    let papers = [world.paper(4, &here(1)).await, world.paper(4, &here(2)).await, world.paper(4, &there(1)).await];
    let claims = [world.granted(id(1), &papers[0], &one).await, world.granted(id(2), &papers[1], &two).await];
    let first = Shot::new(1, &claims[0], &papers[0], &one);
    let again = Shot::new(2, &claims[1], &papers[1], &two).with_photo(first.photo.clone());
    for shot in [&first, &again] {
        world.upload(shot.statement.capture, &shot.photo).await;
    }
    let far = world.visit(3, &papers[2], &three).await;
    captured(world, &[&first.signed(&one), &again.signed(&two), &far]).await;
    let (nine, ten) = (doubtful(world, 9, &here(9), &two).await, doubtful(world, 10, &here(10), &two).await);
    let eleven = world.visit(11, &world.paper(4, &here(11)).await, &two).await;
    captured(world, &[&nine, &ten, &eleven]).await;
    decisions(world, [&nine, &ten, &eleven]).await;
}

/// A town after its window: paid (1, 101, after a review 9), in question (2), returned, reversed and paid (3), open since a counter holds its cheque (4),
/// cancelled (8), withdrawn (20), returned without ever having been funded (30, 130), returned (the others; 10 and 11 after a hand-over that did not stand).
/// Cash moved, and a teller's day ended short.
pub async fn town(lab: &Arc<Lab>) -> World {
    let world = lab.world().await;
    lists(&world).await;
    tell(&world, [moved(1, BANK, OFFICE, 7 * AMOUNT), moved(2, OFFICE, "teller:TELLER-1", 5 * AMOUNT)]).await;
    hand_overs(&world).await;
    let [one, two, _] = counters();
    let late = world.visit(4, &world.paper(4, &here(3)).await, &one).await;
    world.end_leases().await;
    world.granted(id(5), &world.paper(4, &here(4)).await, &two).await;
    world.end_window(4).await;
    swept(&world).await;
    world.turn_back(4).await;
    captured(&world, &[&late]).await;
    tell(&world, [moved(3, "teller:TELLER-1", "teller:TELLER-2", AMOUNT), moved(4, "teller:TELLER-1", OFFICE, AMOUNT)]).await;
    let short = CashCounted { explanation: "lost".into(), ..counted(6, "TELLER-1", day(0), FLOAT + AMOUNT - 50_000) };
    tell(&world, [short, counted(8, "TELLER-3", day(0), FLOAT - AMOUNT)]).await;
    tell(&world, [moved(5, OFFICE, BANK, 2 * AMOUNT), moved(7, "difference:TELLER-1", OFFICE, 20_000)]).await;
    world
}

/// A portal on a world, and people at its doors.
pub struct Staffed {
    pub house: House,
    pub auditor: String,
    pub treasurer: String,
    pub neighbour: String,
    pub admin: String,
}

impl Staffed {
    pub async fn open(lab: &Arc<Lab>, world: World) -> Self {
        let house = House::around(lab, world).await;
        let admin = administrator(&house).await;
        let auditor = person(&house, &admin, "the.auditor", "auditor", None).await;
        let treasurer = person(&house, &admin, "siti.aminah", "treasurer", None).await;
        let neighbour = person(&house, &admin, "wati", "auditor", None).await;
        sqlx::query("UPDATE actors SET region = '1906' WHERE name = 'wati'").execute(&house.world.sql).await.expect("the owner may");
        Self { house, auditor, treasurer, neighbour, admin }
    }

    pub async fn get(&self, token: &str, path: &str) -> (StatusCode, Value) {
        self.house.call(Method::GET, path, Some(token), None).await
    }

    /// A summary of tranche 4, as the auditor sees it.
    pub async fn summary(&self, by: &str) -> Value {
        let (status, told) = self.get(&self.auditor, &format!("/api/summaries/{by}?tranche=BST-4")).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        told
    }
}

/// Figures by line and name, without zeros.
pub type Figures = BTreeMap<(String, String), i64>;

/// The figures of the lines of a summary.
pub fn figures(told: &Value) -> Figures {
    let lines = told["lines"].as_array().expect("lines");
    let named = lines.iter().flat_map(|line| numbers(line["code"].as_str().expect("a code"), &line["figures"]));
    named.filter(|(_, number)| *number != 0).collect()
}

/// The figures of the total.
pub fn total(told: &Value) -> Figures {
    numbers("total", &told["total"]).into_iter().filter(|(_, number)| *number != 0).collect()
}

fn numbers(line: &str, figures: &Value) -> Figures {
    let figures = figures.as_object().expect("figures");
    figures.iter().map(|(name, number)| ((line.to_owned(), name.clone()), number.as_i64().expect("a whole number"))).collect()
}
