//! Damage to what people and a registry decided: answers that stopped a payment, holds that ended, payments that were cancelled.

use std::sync::Arc;

use salur_domain::{BatchId, DecisionId, RowKey, SourceName, hold::Ruling};
use salur_pipeline::{intake, release};
use salur_schemas::{Hold, HoldDecided, RecipientReplaced, RecipientSubmitted, RecipientWithdrawn, Substitute};
use salur_store::payments::Key;
use salur_tests::{
    Chain, FakeRegistry, Lab, Person, World,
    facts::{batch, moment, row, rows},
    in_lab,
    programme::{SOURCE, TAHAP_4},
    registry::Act,
};
use uuid::Uuid;

use super::{
    damage::{all_name, assert_named},
    town::damage,
};

/// Families after decisions, each at rest.
struct Families {
    world: World,
    /// The registry does not know her, nobody decided.
    waiting: Key,
    /// The registry found another name, a person released her.
    released: Key,
    /// Taken back by her source after her cheque was issued.
    taken_back: Key,
    /// The registry does not know her, a person rejected her before she was funded.
    rejected: Key,
    /// The registry does not know her, another family took her place and her money.
    replaced: Key,
}

impl Families {
    /// Rows 1 to 7: without a question, waiting, released, released from the hold of a household, taken back, rejected, replaced by the eighth family.
    async fn settle(lab: &Arc<Lab>) -> Self {
        let registry = FakeRegistry::start().await;
        let world = registry.at_the_door_of(lab.world().await);
        for number in [2, 6, 7] {
            registry.does(&Person::new(number), [Act::Say("unknown", &[])]);
        }
        registry.does(&Person::new(3), [Act::Say("differs", &["name"])]);
        let household = Person { kk: Person::new(1).kk, ..Person::new(4) };
        let persons = [1, 2, 3].map(Person::new).into_iter().chain([household, Person::new(5), Person::new(6), Person::new(7)]);
        let mut chain = Chain::new(&world);
        chain.tell("rows", &batch(&rows("a", TAHAP_4, persons)));
        chain.run().await;
        let decided = [about("3", "CIV02", Ruling::Release), about("4", "NIK10", Ruling::Release), about("6", "CIV01", Ruling::Reject)];
        chain.tell("decided", &decided.map(release::In::from));
        chain.tell("withdrawn", &[release::In::from(taken_back("5"))]);
        chain.tell("replaced", &[intake::In::from(replaced("7", &Person::new(8)))]);
        chain.run().await;
        assert!(chain.dead.is_empty() && chain.delayed.is_empty(), "nothing died: {:?} {:?}", chain.dead, chain.delayed);
        let [waiting, released, taken_back, rejected, replaced] = [2, 3, 5, 6, 7].map(|number| world.payment(4, &Person::new(number)));
        Self { world, waiting, released, taken_back, rejected, replaced }
    }
}

fn about(row: &str, code: &str, ruling: Ruling) -> HoldDecided {
    HoldDecided {
        decision: DecisionId(Uuid::new_v5(&Uuid::nil(), row.as_bytes())),
        batch: BatchId::of(SOURCE, "a"),
        hold: Hold::Row(RowKey(row.into())),
        code: code.into(),
        ruling,
        reason: "seen the cards".into(),
        actor: "siti.aminah".into(),
        at: moment(),
    }
}

fn taken_back(row: &str) -> RecipientWithdrawn {
    let (reason, document) = ("moved away".into(), "BA-1".into());
    RecipientWithdrawn { source: SourceName(SOURCE.into()), batch: "a".into(), row: RowKey(row.into()), reason, document, at: moment() }
}

fn replaced(replaced: &str, person: &Person) -> RecipientReplaced {
    let RecipientSubmitted { source, batch, tranche, row, nik, kk, name, birth_date, sex, address, village, home_visit, amount } =
        row("a", TAHAP_4, "in-place", person);
    let substitute = Substitute { tranche, row, nik, kk, name, birth_date, sex, address, village, home_visit, amount };
    let (reason, document) = ("died".into(), "BA-2".into());
    RecipientReplaced { source, batch, row: RowKey(replaced.into()), substitute, reason, document, at: moment() }
}

/// Changes settled families by SQL and expects exactly these checks to fail.
async fn damaged_by(change: fn(&Families) -> String, expected: fn(&Families) -> Vec<(&'static str, String)>) {
    in_lab(async move |lab| {
        let families = Families::settle(&lab).await;
        damage(&families.world, &change(&families)).await;
        let expected = expected(&families);
        let expected: Vec<(&str, &str)> = expected.iter().map(|(check, thing)| (*check, thing.as_str())).collect();
        assert_named(&families.world, &expected).await;
    })
    .await;
}

#[tokio::test]
async fn undamaged_families_hold_after_every_decision() {
    in_lab(async |lab| {
        let families = Families::settle(&lab).await;
        let expected = [("accepted", 1), ("cancelled", 3), ("cheque_issued", 4)].map(|(status, count)| (status.to_owned(), count));
        assert_eq!(families.world.statuses().await, expected.into());
        let kinds = "SELECT DISTINCT kind FROM transfers WHERE kind IN ('hold_reserved', 'withdrawn', 'cancelled') ORDER BY kind";
        assert_eq!(families.world.column(kinds).await, ["cancelled", "hold_reserved", "withdrawn"]);
        assert_named(&families.world, &[]).await;
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_goes_on_by_hand_after_a_no_is_named() {
    damaged_by(
        |families| format!("UPDATE payments SET unverified_at = NULL WHERE id = '{}'", families.waiting.1),
        |families| all_name(&format!("{}: not stopped, the answer was unknown", families.waiting.1), &["verification"]),
    )
    .await;
}

#[tokio::test]
async fn a_stopped_payment_without_an_answer_is_named() {
    damaged_by(
        |families| format!("DELETE FROM registry_answers WHERE payment = '{}'", families.waiting.1),
        |families| all_name(&format!("{}: stopped without an answer", families.waiting.1), &["verification"]),
    )
    .await;
}

#[tokio::test]
async fn an_answer_turned_into_a_yes_is_named() {
    damaged_by(
        |families| format!("UPDATE registry_answers SET answer = 'confirmed' WHERE payment = '{}'", families.waiting.1),
        |families| all_name(&format!("{}: stopped, and confirmed", families.waiting.1), &["verification"]),
    )
    .await;
}

#[tokio::test]
async fn an_account_opened_by_hand_after_a_no_is_named() {
    damaged_by(
        |families| {
            format!(
                "UPDATE payments SET account_opened_at = now() WHERE id = '{id}';
                 INSERT INTO accounts (id, verification, name_digest, first_tranche) SELECT account, 'structural', '', 4 FROM payments WHERE id = '{id}'",
                id = families.waiting.1
            )
        },
        |families| all_name(&format!("{}: account opened, and nobody released it", families.waiting.1), &["verification"]),
    )
    .await;
}

#[tokio::test]
async fn a_release_after_a_no_that_vanished_is_named() {
    damaged_by(
        |_| "DELETE FROM hold_decisions WHERE code = 'CIV02'".into(),
        |families| all_name(&format!("{}: account opened, and nobody released it", families.released.1), &["verification"]),
    )
    .await;
}

#[tokio::test]
async fn a_hold_that_reserved_another_amount_is_named() {
    damaged_by(
        |_| "UPDATE transfers SET amount = amount + 1 WHERE kind = 'hold_reserved'".into(),
        |_| vec![("reserves", "reserved 300001 for holds, the decisions say 300000".into()), ("balances", "(allocation)".into())],
    )
    .await;
}

#[tokio::test]
async fn a_hold_that_ended_with_another_sum_is_named() {
    damaged_by(
        |_| "UPDATE hold_decisions SET rupiah = rupiah + 1 WHERE code = 'NIK10'".into(),
        |_| all_name("reserved 300000 for holds, the decisions say 300001", &["reserves"]),
    )
    .await;
}

#[tokio::test]
async fn a_hold_whose_end_vanished_is_named() {
    damaged_by(
        |_| "DELETE FROM hold_decisions WHERE code = 'NIK10'".into(),
        |_| vec![("reserves", "for holds".into()), ("rows", "row 4 of batch".into()), ("tallies", "held".into())],
    )
    .await;
}

#[tokio::test]
async fn a_cancelled_payment_that_was_opened_again_by_hand_is_named() {
    damaged_by(
        |families| format!("UPDATE payments SET cancelled_at = NULL WHERE id = '{}'", families.taken_back.1),
        |families| {
            let gave_back = format!("{}: its money went back, and it is not cancelled", families.taken_back.1);
            vec![("payments-cancelled", gave_back), ("status-identity", "1902".into()), ("tallies", "cancelled".into())]
        },
    )
    .await;
}

#[tokio::test]
async fn a_payment_cancelled_by_hand_in_place_of_another_is_named() {
    damaged_by(
        |families| {
            let (from, to) = (families.taken_back.1, families.released.1);
            format!("UPDATE payments SET cancelled_at = CASE id WHEN '{to}' THEN now() END WHERE id IN ('{from}', '{to}')")
        },
        |families| {
            let never = format!("{}: cancelled, and its money did not go back", families.released.1);
            vec![("payments-cancelled", never), ("tallies", "cancelled".into())]
        },
    )
    .await;
}

#[tokio::test]
async fn money_that_went_back_in_another_amount_is_named() {
    damaged_by(
        |_| "UPDATE transfers SET amount = amount + 1 WHERE kind = 'cancelled'".into(),
        |families| {
            let more = format!("{}: amount 300000, 300001 went back", families.taken_back.1);
            vec![("payments-cancelled", more), ("reserves", "was not funded".into()), ("balances", "(recipient)".into())]
        },
    )
    .await;
}

#[tokio::test]
async fn a_rejected_payment_whose_money_did_not_go_back_is_named() {
    damaged_by(
        |_| "DELETE FROM transfers WHERE kind = 'withdrawn'".into(),
        |families| {
            let never = format!("{}: cancelled, and its money did not go back", families.rejected.1);
            vec![("payments-cancelled", never), ("reserves", "was not funded".into()), ("balances", "(allocation)".into())]
        },
    )
    .await;
}

#[tokio::test]
async fn money_that_went_back_another_way_than_the_payment_was_is_named() {
    damaged_by(
        |families| format!("UPDATE payments SET funded_at = NULL, cheque_issued_at = NULL WHERE id = '{}'", families.taken_back.1),
        |families| {
            let id = families.taken_back.1.to_string();
            let mut expected = all_name(&id, &["payments-funded", "cheques"]);
            expected.push(("payments-cancelled", format!("{id}: never funded, and given back as cancelled")));
            expected.extend(all_name("1902", &["status-identity", "reserves", "tallies"]));
            expected
        },
    )
    .await;
}

#[tokio::test]
async fn a_family_whose_money_went_neither_back_nor_to_a_substitute_is_named() {
    damaged_by(
        |_| "UPDATE withdrawals SET substitute = NULL".into(),
        |families| all_name(&format!("{}: cancelled, and its money did not go back", families.replaced.1), &["payments-cancelled"]),
    )
    .await;
}
