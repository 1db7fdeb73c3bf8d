//! The fixture of bank-reconciliation: statements that match, in parts, doubled, reversed, in conflict and unreadable; matchings by the clock; cases closed.

use std::{io::Write, sync::Arc};

use flate2::{Compression, write::GzEncoder};
use salur_domain::{BankCaseId, BankMatchingId, BankStatementId, DecisionId, ids::NAMESPACE};
use salur_pipeline::bank_reconciliation::In;
use salur_runtime::testkit::Delivery;
use salur_schemas::{BankCaseDecided, BankMatchingAdvanced, BankStatementSent};
use salur_store::bank::{
    Sent,
    matching::{About, NewCase},
};
use salur_tests::{Lab, World, facts::moment, programme::AMOUNT};
use uuid::Uuid;

use super::fixture::Fixture;
use crate::bank::statements::{ACCOUNT, Booked, Day};

pub const TREASURER: &str = "siti.aminah";
/// What a regency is granted in each tranche.
pub const GRANTED: i64 = 100_000 * AMOUNT;

/// A file as the portal keeps it, and the fact that it came.
pub async fn sent(world: &World, name: &str, programme: &str, content: &str) -> Delivery {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content.as_bytes()).expect("memory takes it");
    let kept = encoder.finish().expect("memory takes it");
    let bytes = i64::try_from(content.len()).expect("a small file");
    let sha256 = salur_media::hash::sha256(content.as_bytes());
    let file = Sent { id: id(name), programme, actor: TREASURER, content: &kept, bytes, sha256: sha256.as_bytes() };
    let mut tx = world.tools.database.begin_portal().await.expect("the database is there");
    assert!(salur_store::bank::keep(&mut tx, &file).await.expect("the portal may"), "it is new");
    tx.commit().await.expect("durable");
    Delivery::of(name, moment(), &[In::from(BankStatementSent { statement: BankStatementId(id(name)), at: moment() })])
}

fn matching(name: &str, of: Uuid, programme: &str) -> Delivery {
    let fact = BankMatchingAdvanced { matching: BankMatchingId(of), programme: programme.into(), after: String::new(), at: moment() };
    Delivery::of(name, moment(), &[In::from(fact)])
}

fn closing(name: &str, case: Uuid) -> Delivery {
    let (decision, case, reason, actor) = (DecisionId(id(name)), BankCaseId(case), "bunga bank".to_owned(), TREASURER.to_owned());
    Delivery::of(name, moment(), &[In::from(BankCaseDecided { decision, case, reason, actor, at: moment() })])
}

fn id(name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// The unmatched case of a line of a statement of 2020.
fn unmatched(programme: &str, number: u32, n: i32) -> Uuid {
    let sheet = id(&["bank sheet", programme, ACCOUNT, &format!("2020/{number}")].join("\u{0}"));
    NewCase { kind: "unmatched", about: About::Line(sheet, n), document: String::new(), amount: 1, expected: None }.id()
}

/// Files that the portal kept, of two programmes that know nothing of each other.
pub async fn sent_and_closed(lab: &Arc<Lab>) -> Fixture {
    let world = lab.world().await;
    let make = "INSERT INTO actors (name, kind, role, created_by) VALUES ($1, 'person', 'treasurer', 'test')";
    sqlx::query(make).bind(TREASURER).execute(&world.sql).await.expect("the owner may");
    let other = "INSERT INTO programmes (code, name, approval_threshold) VALUES ('PKH', 'Program Keluarga Harapan', 0)";
    sqlx::query(other).execute(&world.sql).await.expect("the owner may");
    let whole = Booked::credit(GRANTED, "B-1", "DIPA-4-1902");
    let part = Booked::credit(GRANTED - 7, "B-2", "DIPA-4-1906");
    let interest = Booked::credit(700, "B-3", "bunga");
    let first = Day::new(1, &[whole, part, interest]);
    let back = Booked { mark: "RC", bank: "B-4", ..whole };
    let second = Day { opening: first.closing(), ..Day::new(2, &[part, Booked { amount: 7, bank: "B-5", ..part }, back]) };
    let conflict = Day::new(2, &[interest]);
    let ours = vec![
        sent(&world, "first", "BST", &first.mt940()).await,
        matching("first matched", id("first"), "BST"),
        sent(&world, "first again", "BST", &first.camt053()).await,
        sent(&world, "second", "BST", &second.camt053()).await,
        matching("second matched", id("second"), "BST"),
        sent(&world, "conflict", "BST", &conflict.mt940()).await,
        sent(&world, "broken", "BST", &first.mt940().replace(":62F:", ":62X:")).await,
        closing("closed", unmatched("BST", 1, 3)),
        closing("closed again", unmatched("BST", 1, 3)),
        matching("by the clock", id("a day"), "BST"),
    ];
    let theirs =
        vec![sent(&world, "theirs", "PKH", &Day::new(1, &[interest]).mt940()).await, matching("theirs matched", id("theirs"), "PKH")];
    let lost = Delivery::of("lost", moment(), &[In::from(BankStatementSent { statement: BankStatementId(id("nowhere")), at: moment() })]);
    let strange =
        BankMatchingAdvanced { matching: BankMatchingId(id("x")), programme: "BST".into(), after: "nowhere".into(), at: moment() };
    let strange = Delivery::of("strange", moment(), &[In::from(strange)]);
    let poison =
        vec![(lost, "has no file"), (strange, "is no place of a line"), (closing("of nothing", id("nothing")), "there is no case")];
    Fixture::new("bank-reconciliation", world, vec![ours, theirs], poison).await
}
