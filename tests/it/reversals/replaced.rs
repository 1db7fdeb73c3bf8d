//! Cheques that are replaced: at the word of two people, once, and never where the money is gone.

use salur_domain::{DecisionId, replacement::Loss};
use salur_pipeline::cheque_rendering::In;
use salur_schemas::{ChequeIssued, ChequeReplaced};
use salur_tests::{Chain, Person, World, counter::Paper, facts::moment, in_lab, programme::counters};
use uuid::Uuid;

use crate::verify::damage::assert_named;

use super::{captured, town};

/// A third person.
const ACTORS: &str = "INSERT INTO actors (name, kind, role, created_by) VALUES ('dinsos', 'person', 'supervisor', 'test')";

/// Somebody says that a cheque is lost, stolen, …
async fn says(world: &World, n: u128, paper: &Paper, loss: Loss, actor: &str) -> (String, String, Vec<ChequeIssued>) {
    let which =
        salur_store::replacements::which(&world.tools.database, &paper.serial).await.expect("it answers").expect("the cheque is known");
    let ((tranche, payment), version) = which;
    let decision = DecisionId(Uuid::from_u128(n));
    let (document, actor, version) = ("LP-1".to_owned(), actor.to_owned(), version.cast_unsigned());
    let fact = ChequeReplaced { decision, payment, tranche, version, loss, document, actor, at: moment() };
    let mut chain = Chain::new(world);
    chain.tell(&format!("replaced-{n}"), &[In::from(fact)]);
    chain.run().await;
    assert!(chain.dead.is_empty());
    let effect = salur_store::replacements::effect_of(&world.tools.database, decision.0).await.expect("it answers");
    let (effect, reason) = effect.map(|effect| (effect.effect, effect.reason)).unwrap_or_default();
    (effect, reason, chain.facts::<ChequeIssued>())
}

fn came(said: &(String, String, Vec<ChequeIssued>)) -> (&str, &str, usize) {
    (&said.0, &said.1, said.2.len())
}

#[tokio::test]
async fn two_people_replace_a_lost_cheque_once_and_the_one_before_is_worth_nothing() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        sqlx::query(ACTORS).execute(&world.sql).await.expect("the owner may");
        let old = &papers[0];
        assert_eq!(came(&says(&world, 1, old, Loss::Lost, "dinsos").await), ("signed", "", 0));
        assert_eq!(came(&says(&world, 2, old, Loss::Lost, "dinsos").await), ("refused", "signed", 0), "one alone does not do it");
        assert_eq!(came(&says(&world, 3, old, Loss::Stolen, "rina.wati").await), ("signed", "", 0), "nor do two who say different things");
        let done = says(&world, 4, old, Loss::Lost, "rina.wati").await;
        assert_eq!((came(&done), done.2[0].version), (("carried_out", "", 1), 2));
        assert_eq!(came(&says(&world, 4, old, Loss::Lost, "rina.wati").await), ("carried_out", "", 1), "said again: told again");
        assert_eq!(came(&says(&world, 5, old, Loss::Stolen, "agus.salim").await), ("refused", "replaced", 0), "it was replaced");
        let counted: i64 = world.one("SELECT sum(families)::bigint FROM tallies_now WHERE measure = 'cheque_issued'").await;
        assert_eq!((world.count("cheques").await, counted), (2, 1), "the family is counted once");

        let mut tx = world.tools.database.begin_portal().await.expect("the database is there");
        let found = salur_store::claims::cheque(&mut tx, &old.serial).await.expect("readable").expect("known");
        assert!(found.is_replaced, "counters refuse it");
        drop(tx);
        let revoked = salur_store::cheque_keys::revoked(&world.tools.database).await.expect("readable");
        assert_eq!(revoked, std::slice::from_ref(&old.serial), "and devices without a network read that it is worth nothing");
        let new = world.paper(4, &Person::new(1)).await;
        assert_ne!(new.serial, old.serial);
        captured(&world, &[&world.visit(1, &new, &counters()[0]).await]).await;
        assert_eq!(world.statuses().await, [("paid".to_owned(), 1)].into());
        assert_eq!(came(&says(&world, 6, &new, Loss::Lost, "dinsos").await), ("refused", "handed_over", 0), "its money is gone");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_capture_under_a_claim_of_the_cheque_before_pays_once() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        sqlx::query(ACTORS).execute(&world.sql).await.expect("the owner may");
        let under_way = world.visit(1, &papers[0], &counters()[0]).await;
        says(&world, 1, &papers[0], Loss::Stolen, "dinsos").await;
        let done = says(&world, 2, &papers[0], Loss::Stolen, "rina.wati").await;
        assert_eq!(came(&done), ("carried_out", "", 1), "the office does not know of the family at the counter");
        captured(&world, &[&under_way]).await;
        assert_eq!(world.statuses().await, [("paid".to_owned(), 1)].into());
        assert_eq!(world.count("transfers WHERE kind = 'hand_over'").await, 1);
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_second_cheque_without_two_people_behind_it_is_named() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 2).await;
        sqlx::query(ACTORS).execute(&world.sql).await.expect("the owner may");
        says(&world, 1, &papers[0], Loss::Lost, "dinsos").await;
        says(&world, 2, &papers[0], Loss::Lost, "rina.wati").await;
        let damage = "ALTER TABLE cheque_replacements DISABLE TRIGGER insert_only;
            DELETE FROM cheque_replacements WHERE effect = 'signed'; ALTER TABLE cheque_replacements ENABLE TRIGGER insert_only";
        sqlx::raw_sql(damage).execute(&world.sql).await.expect("the owner may");
        assert_named(&world, &[("replacements", &papers[0].payment.to_string())]).await;
        let damage = "ALTER TABLE cheque_replacements DISABLE TRIGGER insert_only;
            DELETE FROM cheque_replacements; ALTER TABLE cheque_replacements ENABLE TRIGGER insert_only";
        sqlx::raw_sql(damage).execute(&world.sql).await.expect("the owner may");
        assert_named(&world, &[("replacements", "without a reason")]).await;
    })
    .await;
}
