//! No money moves before every declared row was seen and the sums agree.

use chrono::{DateTime, Utc};
use salur_domain::Rupiah;
use salur_pipeline::intake;
use salur_schemas::{BatchCompleted, BatchDeclared, StatedAmount, Window};
use salur_tests::{
    Chain, Person, World,
    facts::{batch, declared, row, rows},
    in_lab,
    programme::{AMOUNT, TAHAP_4},
};

use super::heard;

/// Whether a batch waits and nothing was spent.
async fn waits(world: &World) -> bool {
    let waiting: bool = world.one("SELECT completed_at IS NULL AND release_started_at IS NULL FROM batches").await;
    let untouched = world.count("payments").await + world.count("transfers WHERE kind = 'batch_reserved'").await;
    waiting && untouched == 0
}

#[tokio::test]
async fn a_batch_whose_sum_or_count_is_not_as_declared_waits_and_moves_no_money() {
    in_lab(async |lab| {
        let world = lab.world().await;
        world.keep().await;
        let list = rows("list", TAHAP_4, (1..=5).map(Person::new));
        let right = declared(&list);
        let wrong_sum = BatchDeclared { sum: Rupiah::new(6 * AMOUNT).expect("an amount"), ..right.clone() };
        let wrong_count = BatchDeclared { count: 6, ..right };
        for wrong in [wrong_sum, wrong_count] {
            world.rewind().await;
            let mut chain = Chain::new(&world);
            chain.tell("rows", &list.iter().cloned().map(intake::In::from).collect::<Vec<_>>());
            chain.tell("declared", &[intake::In::from(wrong)]);
            chain.run().await;
            assert_eq!(chain.facts::<BatchCompleted>(), []);
            assert!(waits(&world).await);
        }
    })
    .await;
}

#[tokio::test]
async fn a_batch_completes_whenever_its_last_part_comes() {
    in_lab(async |lab| {
        let world = lab.world().await;
        world.keep().await;
        let list = rows("list", TAHAP_4, (1..=4).map(Person::new));
        let mut parts = batch(&list);
        for _ in 0..parts.len() {
            parts.rotate_right(1); // the declaration first, then second, ...
            world.rewind().await;
            let mut chain = Chain::new(&world);
            for (at, part) in parts.iter().enumerate() {
                assert!(at == 0 || waits(&world).await, "not complete before part {at}");
                chain.tell(&format!("part-{at}"), std::slice::from_ref(part));
                chain.run().await;
            }
            assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 4)].into());
        }
    })
    .await;
}

#[tokio::test]
async fn an_unreadable_amount_keeps_the_batch_waiting_and_names_the_row() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut list = rows("list", TAHAP_4, (1..=3).map(Person::new));
        list[1].amount = StatedAmount::Text("300.000".into());
        let mut chain = Chain::new(&world);
        chain.tell("rows", &batch(&list)); // the sum declared is the sum of what can be read
        chain.run().await;
        assert_eq!(heard(&chain, "2"), ["rejected AMT01"]);
        assert!(waits(&world).await);
    })
    .await;
}

/// The sum of a batch once ran over, and it was the next row, whose amount was right, that ended as a dead letter.
#[tokio::test]
async fn an_amount_beyond_all_sums_is_unreadable_and_costs_no_other_row() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut list = rows("list", TAHAP_4, (1..=4).map(Person::new));
        list[0].amount = StatedAmount::Text(i64::MAX.to_string());
        list[1].amount = StatedAmount::Text("99999999999999999999".into());
        list[2].amount = StatedAmount::Number(100_000_000_001_i64.into());
        let mut chain = Chain::new(&world);
        for (at, row) in list.iter().enumerate() {
            chain.tell(&format!("row-{at}"), &[intake::In::from(row.clone())]);
            chain.run().await;
        }
        assert_eq!(chain.dead.len(), 0);
        assert_eq!([1, 2, 3].map(|row| heard(&chain, &row.to_string())), [1, 2, 3].map(|_| vec!["rejected AMT01".to_owned()]));
        let [seen, sum] = ["seen_count", "seen_sum"].map(|column| format!("SELECT {column} FROM batches"));
        assert_eq!((world.one::<i64>(&seen).await, world.one::<i64>(&sum).await), (4, AMOUNT), "what can be read is counted");
        assert!(waits(&world).await);
    })
    .await;
}

#[tokio::test]
async fn rejected_rows_count_at_their_stated_amount() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut list = rows("list", TAHAP_4, (1..=3).map(Person::new));
        list[0].nik = "190201".into();
        list[1].amount = StatedAmount::Text((7 * AMOUNT).to_string());
        let mut chain = Chain::new(&world);
        chain.tell("rows", &batch(&list));
        chain.run().await;
        assert_eq!((heard(&chain, "1"), heard(&chain, "2")), (vec!["rejected NIK01".to_owned()], vec!["rejected AMT02".to_owned()]));
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 1)].into());
        assert_eq!(world.one::<i64>("SELECT seen_sum FROM batches").await, 9 * AMOUNT);
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_row_after_completion_is_held_and_never_paid() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let list = rows("list", TAHAP_4, (1..=3).map(Person::new));
        let mut chain = Chain::new(&world);
        chain.tell("rows", &batch(&list));
        chain.run_until(&["release"]).await;
        chain.tell("late", &[intake::In::from(row("list", TAHAP_4, "4", &Person::new(4)))]);
        chain.run().await;
        assert_eq!(heard(&chain, "4"), ["held BAT02"]);
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 3)].into());
        assert_eq!(world.one::<i64>("SELECT rupiah FROM batch_parts").await, 3 * AMOUNT, "what is reserved and what is paid are one set");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_batch_declared_for_another_programme_or_window_than_its_tranche_waits_and_says_both() {
    in_lab(async |lab| {
        let world = lab.world().await;
        world.keep().await;
        let list = rows("list", TAHAP_4, (1..=2).map(Person::new));
        let (opens_at, closes_at): (DateTime<Utc>, DateTime<Utc>) =
            sqlx::query_as("SELECT opens_at, closes_at FROM tranches WHERE id = 4").fetch_one(&world.sql).await.expect("the tranche");
        let window = Window { opens_at, closes_at };
        let right = BatchDeclared { programme: Some("BST".into()), window: Some(window), ..declared(&list) };
        let other_programme = BatchDeclared { programme: Some("PKH".into()), ..right.clone() };
        let other_window = BatchDeclared { window: Some(Window { closes_at: opens_at, ..window }), ..right.clone() };
        for (declaration, why) in
            [(other_programme, "declared for programme PKH; tranche BST-4 is of BST"), (other_window, "declared to be paid from")]
        {
            world.rewind().await;
            let mut chain = Chain::new(&world);
            chain.tell("rows", &list.iter().cloned().map(intake::In::from).collect::<Vec<_>>());
            chain.tell("declared", &[intake::In::from(declaration)]);
            chain.run().await;
            assert_eq!(world.count("payments").await, 0);
            let status = salur_store::status::read(&world.tools.database).await.expect("the status");
            assert!(status.batches[0].why.as_deref().is_some_and(|said| said.starts_with(why)), "{:?}", status.batches[0].why);
        }
        world.rewind().await;
        let mut chain = Chain::new(&world);
        chain.tell("rows", &list.iter().cloned().map(intake::In::from).collect::<Vec<_>>());
        chain.tell("declared", &[intake::In::from(right)]);
        chain.run().await;
        assert_eq!(world.count("payments").await, 2);
    })
    .await;
}
