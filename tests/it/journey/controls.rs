//! Broken on purpose: a test that cannot see the loss would prove nothing.

use std::sync::Arc;

use salur_pipeline::intake;
use salur_tests::{
    Lab, Person, Plan,
    facts::{declared, rows},
    in_lab,
    programme::TAHAP_4,
};

use super::site::Site;

const FAMILIES: u32 = 60;

/// A worker dies as the failpoint says while it funds families; another goes on. What is wrong in the end?
async fn after_a_death(lab: &Arc<Lab>, failpoint: &str) -> (Result<(), String>, Vec<String>) {
    let site = Site::new(lab, &Plan { cheques_stored: false, ..Plan::default() }).await;
    let list = rows("list", TAHAP_4, (1..=FAMILIES).map(Person::new));
    site.publish("rows", &list.iter().cloned().map(intake::In::from).collect::<Vec<_>>()).await;
    site.publish("declared", &[intake::In::from(declared(&list))]).await;
    let mut dying = site.worker("dying", &[("SALUR_FAILPOINT", failpoint)]);
    assert_eq!(dying.ended().await, None, "the process dies of a signal");
    let mut living = site.worker("living", &[]);
    site.rested().await;
    assert_eq!(living.stop().await, Some(0));
    assert_eq!(site.waiting().await, [], "nobody works on it any more");
    let stuck = site.world.column("SELECT id::text FROM payments WHERE status = 'account_open'").await;
    (site.totals(FAMILIES.into()).await, stuck)
}

#[tokio::test]
async fn a_worker_that_acks_before_it_commits_loses_families_and_the_totals_say_so() {
    in_lab(async |lab| {
        let (honest, _) = after_a_death(&lab, "transfer-posting:prepare:1").await;
        assert_eq!(honest, Ok(()), "the same death with the law kept loses nobody");
        let (broken, stuck) = after_a_death(&lab, "transfer-posting:ack-first,transfer-posting:prepare:1").await;
        let wrong = broken.expect_err("families were lost, so the totals must be wrong");
        assert!(wrong.contains("transfers"), "{wrong}");
        assert!(!stuck.is_empty(), "the lost families stand between account and funds");
    })
    .await;
}
