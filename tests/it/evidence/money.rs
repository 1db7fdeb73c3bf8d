//! What people signed about money, and what a bank said of it: sealed, and named when it is changed, by salur and by the verifier in Python.

use std::sync::Arc;

use salur_store::{
    callbacks::Said,
    complaints::{self, Lodged},
};
use salur_tests::{Lab, World, chain::fly, in_lab};

use super::{
    exports::{Folder, assert_named, export, export_of, python},
    support::{seal_all, sealer_of, verify},
};
use crate::{
    bank::statements::{Booked, Day},
    cash,
    conformance::bank::{GRANTED, sent},
    portal::{callbacks, samples},
    returns::damage::settled,
    verify::town::damage,
};

/// What is changed in each table, beside its key.
const CHANGES: [(&str, &str); 23] = [
    ("returns", "reason = 'moved'"),
    ("late_captures", "at = at + interval '1 second'"),
    ("return_reviews", "reopened = NOT reopened"),
    ("return_reversals", "capture = gen_random_uuid()"),
    ("signatures", "rupiah = rupiah + 1"),
    ("return_statements", "approved_by = 'nobody'"),
    ("return_statement_lines", "families = families + 1"),
    ("unused_returns", "amount = amount + 1"),
    ("remittances", "document = 'NTPN-2'"),
    ("cash_moves", "document = 'BA-X'"),
    ("cash_counts", "counted = counted + 1"),
    ("bank_statements", "bytes = bytes + 1"),
    ("bank_sheets", "closing = closing + 1"),
    ("bank_lines", "text = text || '.'"),
    ("bank_outcomes", "document = 'another'"),
    ("bank_matches", "amount = amount + 1"),
    ("bank_cases", "amount = amount + 1"),
    ("complaints", "kind = 'not_me'"),
    ("complaint_answers", "verdict = 'not_upheld'"),
    ("callback_samples", "seed = 'another'"),
    ("callback_families", "signs = '{complaint}'"),
    ("callback_classes", "drawn = drawn - 1"),
    ("callback_results", "note = 'another'"),
];

/// A tranche that ended, with cash that moved and was counted and a bank that said so; sealed.
async fn ended(lab: &Arc<Lab>) -> World {
    let world = settled(lab).await;
    cash::tell(&world, [cash::moved(1, cash::BANK, cash::OFFICE, 10)]).await;
    cash::tell(&world, [cash::counted(2, "TELLER-2", cash::day(0), 1)]).await;
    let day = Day::new(1, &[Booked::credit(GRANTED, "B-1", "DIPA-4-1902"), Booked::credit(700, "B-2", "bunga")]);
    let file = sent(&world, "file", "BST", &day.mt940()).await;
    let mut heard = vec![file];
    while !heard.is_empty() {
        let outcome = fly(&world.tools, "bank-reconciliation", heard, None).await;
        heard = outcome.emitted.into_iter().filter(|message| message.routing_key == "bank-matchings.advanced").map(Into::into).collect();
    }
    complained(&world).await;
    called_back(&world).await;
    seal_all(&mut sealer_of(&world), &world).await;
    world
}

/// Somebody complained of a cheque, and was right.
async fn complained(world: &World) {
    let serial: String = world.one("SELECT min(serial) FROM cheques").await;
    let complaint = uuid::Uuid::from_u128(1);
    let lodged = Lodged { complaint, number: "A", serial: &serial, kind: "other", rupiah: None, words: Some((vec![1], vec![2])) };
    let mut tx = world.tools.database.begin_portal().await.expect("the database is there");
    assert!(complaints::lodge(&mut tx, &lodged).await.expect("kept"));
    assert!(complaints::answer(&mut tx, complaint, "upheld", "so it was", "rina.wati").await.expect("kept"));
    tx.commit().await.expect("committed");
}

/// A family was called back, and got all.
async fn called_back(world: &World) {
    let actor = "INSERT INTO actors (name, kind, role, created_by) VALUES ('the.caller', 'person', 'supervisor', 'test')";
    sqlx::query(actor).execute(&world.sql).await.expect("the owner may");
    samples::settled(world).await;
    let sample = callbacks::keep(world, "").await;
    let payment = world.one("SELECT payment FROM callback_families WHERE place = 1").await;
    let result = uuid::Uuid::from_u128(2);
    let said = Said { result, sample, payment, outcome: "got_all", rupiah: None, note: "", complaint: None, actor: "the.caller" };
    let mut tx = world.tools.database.begin_portal().await.expect("the database is there");
    assert!(salur_store::callbacks::record(&mut tx, &said).await.expect("kept"));
    tx.commit().await.expect("committed");
}

#[tokio::test]
async fn what_was_signed_about_money_and_what_a_bank_said_of_it_is_named_when_it_is_changed() {
    in_lab(async |lab| {
        let world = ended(&lab).await;
        assert_eq!(verify(&world, None).await.damages, Vec::<String>::new());
        for (at, (table, change)) in CHANGES.iter().enumerate() {
            let one = format!("UPDATE {table} SET {change} WHERE ctid = (SELECT min(ctid) FROM {table})");
            assert!(world.count(table).await > 0, "there are rows of {table}");
            damage(&world, &one).await;
            let found = verify(&world, None).await.damages;
            assert_eq!(found.len(), at + 1, "{table}: {found:#?}");
            assert!(found.iter().any(|line| line.contains(&format!("{table} ")) && line.contains("was changed")), "{table}: {found:#?}");
        }
        let folder = Folder::new(&world);
        let (_, mut said) = python(&[&export(&world, &folder, "tranche")]);
        said.push_str(&python(&[&export_of(&world, &folder, "rest", &["--rest"])]).1);
        let unnamed = CHANGES
            .iter()
            .filter(|(table, _)| !said.lines().any(|line| line.contains(&format!("{table} ")) && line.contains("was changed")));
        assert_eq!(unnamed.map(|(table, _)| *table).collect::<Vec<_>>(), Vec::<&str>::new(), "the other verifier names them too: {said}");
    })
    .await;
}

#[tokio::test]
async fn a_statement_to_the_treasury_that_was_changed_is_named_by_the_verifier_in_python() {
    in_lab(async |lab| {
        let world = ended(&lab).await;
        let folder = Folder::new(&world);
        let (holds, said) = python(&[&export(&world, &folder, "whole")]);
        assert!(holds, "{said}");
        damage(&world, "UPDATE return_statements SET rupiah = rupiah + 1; DELETE FROM return_statement_lines").await;
        let changed = export(&world, &folder, "changed");
        assert_named(&[&changed], "return_statements 4 1 was changed");
        assert_named(&[&changed], "rows are left out");
    })
    .await;
}
