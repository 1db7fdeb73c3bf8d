//! Holds and what people decide about them: a hold ends once, its money is reserved for itself, the boards follow.

use salur_domain::{BatchId, DecisionId, RowKey, hold::Ruling};
use salur_pipeline::release;
use salur_runtime::testkit::CrashPoint;
use salur_schemas::{Hold, HoldDecided};
use salur_tests::{
    Chain, Person, Plan, World,
    facts::{moment, row, rows},
    in_lab,
    people::{BELITUNG, BELITUNG_TIMUR},
    programme::{AMOUNT, SOURCE, TAHAP_4, TAHAP_5},
};
use uuid::Uuid;

use super::{heard, programmes, sent};

/// A decision about a row of a batch of the tests' source.
pub fn about(seed: u128, batch: &str, row: &str, code: &str, ruling: Ruling) -> HoldDecided {
    HoldDecided {
        decision: DecisionId(Uuid::from_u128(seed)),
        batch: BatchId::of(SOURCE, batch),
        hold: Hold::Row(RowKey(row.into())),
        code: code.into(),
        ruling,
        reason: "seen the cards".into(),
        actor: "siti.aminah".into(),
        at: moment(),
    }
}

pub fn about_part(seed: u128, batch: &str, regency: &str, ruling: Ruling) -> HoldDecided {
    HoldDecided { hold: Hold::Part(regency.into()), ..about(seed, batch, "", "MON01", ruling) }
}

/// Decides, twice as a redelivery would, and once more dying everywhere.
async fn decided(world: &World, decisions: &[HoldDecided]) -> Chain {
    let mut chain = Chain::new(world);
    let facts: Vec<release::In> = decisions.iter().cloned().map(release::In::from).collect();
    let seed = format!("{:?}", decisions.iter().map(|decision| decision.decision.0).collect::<Vec<_>>());
    for crash in [Some(CrashPoint::Commit), None] {
        chain.crash = crash;
        chain.tell(&seed, &facts);
        chain.run().await;
    }
    assert!(chain.dead.is_empty() && chain.delayed.is_empty(), "nothing died and nothing waits: {:?}", chain.dead);
    assert_eq!(world.violations().await, Vec::<String>::new());
    chain
}

async fn effects(world: &World) -> Vec<String> {
    world.column("SELECT trim(format('%s %s', effect, held_code)) FROM hold_decisions ORDER BY id").await
}

async fn held(world: &World) -> i64 {
    world.one("SELECT coalesce(sum(families), 0)::bigint FROM tallies_now WHERE measure = 'held'").await
}

fn household_of(number: u32, other: u32) -> Person {
    Person { kk: Person::new(other).kk, ..Person::new(number) }
}

#[tokio::test]
async fn of_two_rows_with_one_nik_one_is_released_and_goes_on_to_its_cheque_and_the_other_is_not_paid_too() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let twin = Person { name: "Nama Lain".into(), ..Person::new(2) };
        sent(&world, "a", &rows("a", TAHAP_4, [Person::new(1), Person::new(2), twin])).await;
        assert_eq!(held(&world).await, 2);
        let chain = decided(&world, &[about(1, "a", "2", "NIK09", Ruling::Release)]).await;
        assert_eq!(heard(&chain, "2"), ["accepted"]);
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 2)].into());
        assert_eq!(held(&world).await, 1, "what was decided is held no more");
        let reserved = "SELECT sum(amount)::bigint FROM transfers WHERE kind = 'hold_reserved'";
        assert_eq!(world.one::<i64>(reserved).await, AMOUNT, "it reserved its own sum, once");
        let chain = decided(&world, &[about(2, "a", "3", "NIK09", Ruling::Release)]).await;
        assert_eq!(heard(&chain, "3"), ["held NIK09b"], "one person, one payment a tranche");
        let chain = decided(&world, &[about(3, "a", "3", "NIK09b", Ruling::Reject)]).await;
        assert_eq!(heard(&chain, "3"), ["rejected NIK09b"]);
        assert_eq!((held(&world).await, world.count("payments").await), (0, 2));
        assert_eq!(effects(&world).await, ["released", "held NIK09b", "rejected"]);
    })
    .await;
}

#[tokio::test]
async fn a_hold_ends_once_and_a_decision_about_another_rule_than_it_waits_under_is_refused() {
    in_lab(async |lab| {
        let world = lab.world().await;
        sent(&world, "a", &rows("a", TAHAP_4, [Person::new(1), household_of(2, 1)])).await;
        decided(&world, &[about(1, "a", "2", "NIK09", Ruling::Release), about(2, "a", "1", "NIK10", Ruling::Release)]).await;
        decided(&world, &[about(3, "a", "99", "NIK10", Ruling::Release)]).await;
        assert_eq!(effects(&world).await, ["refused"; 3], "stale, not held, not there");
        decided(&world, &[about(4, "a", "2", "NIK10", Ruling::Reject), about(5, "a", "2", "NIK10", Ruling::Release)]).await;
        assert_eq!(effects(&world).await[3..], ["rejected", "refused"], "two supervisors: the first one decided");
        assert_eq!(world.count("payments").await, 1);
    })
    .await;
}

#[tokio::test]
async fn two_families_with_one_card_judged_distinct_are_not_held_in_later_tranches() {
    in_lab(async |lab| {
        let world = lab.world().await;
        sent(&world, "a", &rows("a", TAHAP_4, [Person::new(1), household_of(2, 1)])).await;
        let chain = decided(&world, &[about(1, "a", "2", "NIK10", Ruling::Distinct)]).await;
        assert_eq!(heard(&chain, "2"), ["accepted"]);
        // in one batch, the third of the household is still a question; so is one judged for this time only
        let chain = sent(&world, "b", &rows("b", TAHAP_5, [Person::new(1), household_of(2, 1), household_of(3, 1)])).await;
        assert_eq!((heard(&chain, "1"), heard(&chain, "2")), (vec!["accepted".to_owned()], vec!["accepted".to_owned()]));
        assert_eq!(heard(&chain, "3"), ["held NIK10"]);
        decided(&world, &[about(2, "b", "3", "NIK10", Ruling::Release)]).await;
        assert_eq!(world.count("distinct_pairs").await, 2, "released once is not distinct for ever");
        assert_eq!(world.count("payments").await, 5);
        // and across batches
        let chain = sent(&world, "c", &[row("c", TAHAP_4, "1", &household_of(3, 1))]).await;
        assert_eq!(heard(&chain, "1"), ["held NIK10"]);
    })
    .await;
}

#[tokio::test]
async fn a_released_row_is_asked_the_rules_that_nobody_set_aside() {
    in_lab(async |lab| {
        let world = lab.world_with(&Plan { belitung: 3 * AMOUNT, ..Plan::default() }).await;
        programmes::excluding(&world).await;
        sent(&world, "other", &rows("other", programmes::OTHER, [Person::new(2)])).await;
        let twin = Person { name: "Nama Lain".into(), ..household_of(2, 1) };
        sent(&world, "a", &rows("a", TAHAP_4, [Person::new(1), household_of(2, 1), twin])).await;
        for (seed, code, heard_of) in [(1, "NIK09", "held NIK11"), (2, "NIK11", "held NIK10"), (3, "NIK10", "accepted")] {
            let chain = decided(&world, &[about(seed, "a", "2", code, Ruling::Release)]).await;
            assert_eq!(heard(&chain, "2"), [heard_of], "after {code} was set aside");
        }
        assert_eq!(world.count("payments WHERE tranche = 4").await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_row_without_a_pay_point_or_with_an_impossible_birthday_is_released_when_its_place_is_known() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut list = rows("a", TAHAP_4, [Person::new(1), Person::new(2)]);
        list[1].nik.replace_range(6..10, "3102"); // 31 February
        for statement in ["CREATE TABLE gone AS SELECT * FROM pay_point_villages", "DELETE FROM pay_point_villages"] {
            sqlx::query(statement).execute(&world.sql).await.expect("the owner may");
        }
        let chain = sent(&world, "a", &list).await;
        assert_eq!(heard(&chain, "1"), ["held PAY01"]);
        assert!(heard(&chain, "2")[0].starts_with("held NIK04"), "{:?}", heard(&chain, "2"));
        decided(&world, &[about(1, "a", "1", "PAY01", Ruling::Release), about(2, "a", "2", "NIK04", Ruling::Release)]).await;
        assert_eq!(effects(&world).await, ["held PAY01", "held PAY01"]);
        sqlx::query("INSERT INTO pay_point_villages SELECT * FROM gone").execute(&world.sql).await.expect("the owner may");
        decided(&world, &[about(3, "a", "1", "PAY01", Ruling::Release), about(4, "a", "2", "PAY01", Ruling::Release)]).await;
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 2)].into());
        assert_eq!(held(&world).await, 0);
    })
    .await;
}

/// More money for the second regency of tranche 4.
async fn top_up(world: &World, amount: i64) {
    for statement in [
        "INSERT INTO allocations VALUES (4, '1906', $1, 'TAMBAHAN')",
        "INSERT INTO transfers (tranche, subject, kind, debit, credit, amount, document, tx) SELECT 4, gen_random_uuid(), 'programme_funded', b.id, a.id, $1,
            'TAMBAHAN', (SELECT max(tx) FROM journal) FROM ledger_accounts a JOIN ledger_accounts b ON b.kind = 'bank' AND b.programme = a.programme
            WHERE a.kind = 'allocation' AND a.tranche = 4 AND a.regency = '1906'",
        "UPDATE ledger_accounts SET credits = credits + $1 WHERE kind = 'allocation' AND tranche = 4 AND regency = '1906'",
        "UPDATE ledger_accounts SET debits = debits + $1 WHERE kind = 'bank'",
    ] {
        sqlx::query(statement).bind(amount).execute(&world.sql).await.expect("the owner may");
    }
}

#[tokio::test]
async fn a_part_held_for_money_is_released_whole_when_it_is_there_but_for_who_was_paid_meanwhile() {
    in_lab(async |lab| {
        let world = lab.world_with(&Plan { belitung_timur: 2 * AMOUNT, ..Plan::default() }).await;
        let of = |n: u32| Person::of(if n.is_multiple_of(2) { BELITUNG_TIMUR } else { BELITUNG }, n);
        sent(&world, "a", &rows("a", TAHAP_4, (1..=6).map(of))).await;
        assert_eq!(held(&world).await, 3);
        // two of the part come again alone: one the same, one under another name; both are paid from what there is
        let renamed = Person { name: "Nama Lain".into(), ..of(4) };
        sent(&world, "b", &rows("b", TAHAP_4, [of(2), renamed])).await;
        decided(&world, &[about_part(1, "a", BELITUNG_TIMUR, Ruling::Release)]).await;
        assert_eq!(effects(&world).await, ["held MON01"], "nothing is left");
        assert_eq!((held(&world).await, world.count("row_decisions").await), (3, 0), "and nothing of the look stands");
        top_up(&world, AMOUNT).await;
        let chain = decided(&world, &[about_part(2, "a", BELITUNG_TIMUR, Ruling::Release)]).await;
        assert_eq!(heard(&chain, "2"), ["accepted NIK09b"]);
        assert_eq!(heard(&chain, "4"), ["held NIK09b"]);
        assert_eq!(heard(&chain, "6"), ["accepted"]);
        assert_eq!((held(&world).await, world.count("payments").await), (1, 6));
        assert_eq!(world.count("tranches WHERE releasing IS NOT NULL").await, 0, "the next batch may go");
        let chain = sent(&world, "c", &rows("c", TAHAP_4, [of(8)])).await;
        assert_eq!(heard(&chain, "1"), ["held MON01"]);
        let chain = decided(&world, &[about_part(3, "c", BELITUNG_TIMUR, Ruling::Reject)]).await;
        assert_eq!(heard(&chain, "1"), ["rejected MON01"]);
        assert_eq!(held(&world).await, 1);
        // what release said first, it says for ever, whatever became of the hold
        let again = sent(&world, "a", &rows("a", TAHAP_4, (1..=6).map(of))).await;
        assert!(again.outcomes().is_empty(), "staged rows were answered when they were released");
    })
    .await;
}

#[tokio::test]
async fn a_decision_waits_while_a_batch_of_its_tranche_is_under_release() {
    in_lab(async |lab| {
        let world = lab.world().await;
        sent(&world, "a", &rows("a", TAHAP_4, [Person::new(1), household_of(2, 1)])).await;
        sqlx::query("UPDATE tranches SET releasing = gen_random_uuid() WHERE id = 4").execute(&world.sql).await.expect("the owner may");
        let mut chain = Chain::new(&world);
        chain.tell("one", &[release::In::from(about(1, "a", "2", "NIK10", Ruling::Release))]);
        chain.run().await;
        assert_eq!((chain.delayed.len(), world.count("hold_decisions").await), (1, 0));
        sqlx::query("UPDATE tranches SET releasing = NULL").execute(&world.sql).await.expect("the owner may");
        chain.undelay();
        chain.run().await;
        assert_eq!(effects(&world).await, ["released"]);
    })
    .await;
}
