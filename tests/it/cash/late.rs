//! Hand-overs meet closes: a family is never refused for want of a float, and a capture that comes after its day was closed shows on the next.

use salur_pipeline::photo_ingest;
use salur_schemas::CashCounted;
use salur_tests::{
    Chain, Lab, Person, World,
    counter::{Paper, id},
    facts::{batch, rows},
    in_lab,
    programme::{AMOUNT, FLOAT, TAHAP_4, counters},
};
use std::sync::Arc;

use super::{OFFICE, counted, day, effect, held, moved, tell};

/// A family with a cheque.
async fn family(lab: &Arc<Lab>) -> (World, Chain, Paper) {
    let world = lab.world().await;
    let mut chain = Chain::new(&world);
    chain.tell("4", &batch(&rows("tahap-4", TAHAP_4, [Person::new(1)])));
    chain.run().await;
    let paper = world.paper(4, &Person::new(1)).await;
    (world, chain, paper)
}

#[tokio::test]
async fn a_capture_that_comes_after_its_day_was_closed_leaves_the_close_and_shows_on_the_next() {
    in_lab(async |lab| {
        let (world, mut chain, paper) = family(&lab).await;
        let [one, ..] = counters();
        let late: photo_ingest::In = world.visit(1, &paper, &one).await.into();
        world.end_leases().await;
        let short = CashCounted { explanation: "a device is lost".into(), ..counted(1, "TELLER-1", day(1), FLOAT - AMOUNT) };
        tell(&world, [short.clone()]).await;
        assert_eq!(held(&world, "cash_difference", "TELLER-1").await, AMOUNT);
        let closed = world.column("SELECT to_jsonb(c)::text FROM cash_counts c").await;

        chain.tell("late", &[late]);
        chain.run().await;
        assert_eq!(world.statuses().await, [("paid".to_owned(), 1)].into(), "the family is paid as ever");
        assert_eq!(world.column("SELECT to_jsonb(c)::text FROM cash_counts c").await, closed, "the close stays as it was");
        tell(&world, [short]).await;
        assert_eq!(effect(&world, 1).await, "closed", "and is answered as it was");

        tell(&world, [counted(2, "TELLER-1", day(0), FLOAT - AMOUNT)]).await;
        assert_eq!(effect(&world, 2).await, "refused differs", "the notes are more than the books say now");
        tell(&world, [CashCounted { explanation: "the device was found".into(), ..counted(3, "TELLER-1", day(0), FLOAT - AMOUNT) }]).await;
        assert_eq!((effect(&world, 3).await, held(&world, "cash_difference", "TELLER-1").await), ("closed".into(), 0));
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_family_is_paid_by_a_teller_whose_books_hold_nothing_and_the_drawer_is_named() {
    in_lab(async |lab| {
        let (world, mut chain, paper) = family(&lab).await;
        let [one, ..] = counters();
        tell(&world, [moved(1, "teller:TELLER-1", OFFICE, FLOAT)]).await;
        let visit: photo_ingest::In = world.visit(1, &paper, &one).await.into();
        chain.tell("visit", &[visit]);
        chain.run().await;
        assert_eq!(world.statuses().await, [("paid".to_owned(), 1)].into());
        assert_eq!(held(&world, "teller_cash", "TELLER-1").await, -AMOUNT);
        let report = world.report().await;
        let named = report.checks.iter().find(|check| check.name == "cash-owed-by-drawers").map(|check| check.named.clone());
        assert_eq!(named, Some(vec![format!("teller:TELLER-1 of programme BST: -{AMOUNT}")]));
        assert!(report.holds(), "it is no violation: {:?}", report.violations());
        // an empty drawer closes with an explanation alone, and the books hold nothing again
        tell(&world, [moved(2, "teller:TELLER-1", OFFICE, 1)]).await;
        tell(&world, [counted(3, "TELLER-1", day(0), 0)]).await;
        assert_eq!((effect(&world, 2).await, effect(&world, 3).await), ("refused overdrawn".into(), "refused differs".into()));
        tell(&world, [CashCounted { explanation: "paid from my own".into(), ..counted(4, "TELLER-1", day(0), 0) }]).await;
        assert_eq!((held(&world, "teller_cash", "TELLER-1").await, held(&world, "cash_difference", "TELLER-1").await), (0, -AMOUNT));
    })
    .await;
}

#[tokio::test]
async fn a_family_that_is_being_paid_keeps_the_day_of_its_teller_open_and_no_other() {
    in_lab(async |lab| {
        let (world, _, paper) = family(&lab).await;
        let [one, ..] = counters();
        world.granted(id(1), &paper, &one).await;
        tell(&world, [counted(1, "TELLER-1", day(0), FLOAT), counted(2, "TELLER-2", day(0), FLOAT)]).await;
        assert_eq!((effect(&world, 1).await, effect(&world, 2).await), ("refused claimed".into(), "closed".into()));
        world.end_leases().await;
        tell(&world, [counted(3, "TELLER-1", day(0), FLOAT)]).await;
        assert_eq!(effect(&world, 3).await, "closed");
    })
    .await;
}
