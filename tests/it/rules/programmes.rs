//! Programmes that exclude each other do not pay the same person.

use salur_store::setup::{Exclusion, MasterData, Origin, Refusal};
use salur_tests::{
    Chain, Person, Plan, World,
    facts::{batch, row, rows},
    in_lab,
    programme::{TAHAP_4, TAHAP_5, master_data},
};

use super::{heard, sent};

/// Another programme for the same families: one tranche, the same regencies.
pub const OTHER: &str = "PKH-1";
const OTHER_ID: i32 = 7;

/// Its master data; it may exclude a programme.
fn other_programme(excluded: Option<&str>) -> MasterData {
    let mut data = master_data(&Plan::default());
    data.programme.code = "PKH".into();
    data.exclusions = excluded.and_then(|code| Exclusion::new("PKH", code)).into_iter().collect();
    data.tranches.truncate(1);
    for tranche in &mut data.tranches {
        (tranche.id, tranche.code, tranche.programme) = (OTHER_ID, OTHER.into(), "PKH".into());
    }
    data.allocations.truncate(2);
    for allocation in &mut data.allocations {
        (allocation.tranche, allocation.document) = (OTHER_ID, format!("DIPA-PKH-{}", allocation.regency));
    }
    data
}

async fn set_up(world: &World, data: &MasterData) -> Vec<Refusal> {
    world.set_up(data, Origin { actor: "test", sha256: "" }).await
}

/// Sets the other programme up; it excludes the usual one.
pub async fn excluding(world: &World) {
    let refusals = set_up(world, &other_programme(Some("BST"))).await;
    assert!(refusals.is_empty(), "{refusals:?}");
}

#[tokio::test]
async fn who_is_paid_by_one_programme_is_held_by_the_other_whichever_was_first() {
    in_lab(async |lab| {
        let world = lab.world().await;
        excluding(&world).await;
        sent(&world, "a", &rows("a", TAHAP_4, [Person::new(1), Person::new(2)])).await;
        let chain = sent(&world, "b", &rows("b", OTHER, [Person::new(3), Person::new(2), Person::new(4)])).await;
        assert_eq!((heard(&chain, "1"), heard(&chain, "3")), (vec!["accepted".to_owned()], vec!["accepted".to_owned()]));
        assert_eq!(heard(&chain, "2"), ["held NIK11"]);
        let other = "SELECT format('%s %s', b.name, d.other_row) FROM row_decisions d JOIN batches b ON b.id = d.other_batch";
        assert_eq!(world.column(other).await, ["a 2"], "the hold names the row that is paid");
        let chain = sent(&world, "c", &rows("c", TAHAP_5, [Person::new(4), Person::new(1)])).await;
        assert_eq!((heard(&chain, "1"), heard(&chain, "2")), (vec!["held NIK11".to_owned()], vec!["accepted".to_owned()]));
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 5)].into());
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_was_returned_or_cancelled_excludes_nobody_and_a_paid_one_does() {
    in_lab(async |lab| {
        let world = lab.world().await;
        excluding(&world).await;
        sent(&world, "a", &rows("a", TAHAP_4, (1..=3).map(Person::new))).await;
        for (row, end) in [("1", "returned_at = now()"), ("2", "cancelled_at = now()"), ("3", "handed_over_at = now(), paid_at = now()")] {
            let ended = format!("UPDATE payments SET {end} WHERE row = '{row}'");
            sqlx::query(sqlx::AssertSqlSafe(ended)).execute(&world.sql).await.expect("the owner may end payments");
        }
        let chain = sent(&world, "b", &rows("b", OTHER, (1..=3).map(Person::new))).await;
        let fates: Vec<_> = ["1", "2", "3"].into_iter().flat_map(|row| heard(&chain, row)).collect();
        assert_eq!(fates, ["accepted", "accepted", "held NIK11"]);
    })
    .await;
}

#[tokio::test]
async fn programmes_that_exclude_nobody_pay_the_same_person_each() {
    in_lab(async |lab| {
        let world = lab.world().await;
        assert_eq!(set_up(&world, &other_programme(None)).await, []);
        sent(&world, "a", &rows("a", TAHAP_4, [Person::new(1)])).await;
        let chain = sent(&world, "b", &rows("b", OTHER, [Person::new(1)])).await;
        assert_eq!(heard(&chain, "1"), ["accepted"]);
    })
    .await;
}

#[tokio::test]
async fn lists_of_both_programmes_at_once_pay_each_person_once() {
    in_lab(async |lab| {
        let world = lab.world().await;
        excluding(&world).await;
        let mut chain = Chain::new(&world);
        for (name, tranche) in [("a", TAHAP_4), ("b", OTHER), ("c", OTHER)] {
            chain.tell(name, &batch(&[row(name, tranche, "1", &Person::new(1)), row(name, tranche, "2", &Person::new(2))]));
        }
        // all three are complete before the first is released, and one that began keeps the others out until its payments stand
        chain.run_until(&["release"]).await;
        assert_eq!(world.count("batches WHERE completed_at IS NOT NULL").await, 3);
        chain.run().await;
        assert_eq!((world.count("payments").await, world.count("accounts").await), (2, 2));
        assert_eq!(world.count("batches WHERE released_at IS NOT NULL").await, 3, "who waited was woken");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_release_waits_while_a_rival_is_at_it() {
    in_lab(async |lab| {
        let world = lab.world().await;
        excluding(&world).await;
        let elsewhere = "UPDATE tranches SET releasing = '00000000-0000-0000-0000-000000000001' WHERE id = 4";
        sqlx::query(elsewhere).execute(&world.sql).await.expect("the owner may");
        sent(&world, "b", &rows("b", OTHER, [Person::new(1)])).await;
        assert_eq!(world.count("batches WHERE completed_at IS NOT NULL AND release_started_at IS NULL").await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_exclusion_of_a_programme_that_nobody_set_up_is_refused() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let refusals = set_up(&world, &other_programme(Some("BPNT"))).await;
        let refused: Vec<_> = refusals.iter().map(|refusal| (refusal.what, refusal.key.as_str(), refusal.field)).collect();
        assert_eq!(refused, [("programme", "PKH", "excludes")]);
        assert!(refusals[0].reason.contains("BPNT"));
        assert_eq!((world.count("programmes").await, world.count("programme_exclusions").await), (1, 0), "nothing was written");
        excluding(&world).await;
        let before = world.count("audit").await;
        assert_eq!(set_up(&world, &other_programme(Some("BST"))).await, []);
        let mine = MasterData { exclusions: Exclusion::new("BST", "PKH").into_iter().collect(), ..master_data(&Plan::default()) };
        assert_eq!(set_up(&world, &mine).await, []);
        assert_eq!(world.count("audit").await, before, "said again, and by the other: a pair is one pair, and nothing changes");
    })
    .await;
}
