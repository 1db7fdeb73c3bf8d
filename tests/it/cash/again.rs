//! The same said again is answered the same; other content under one id is a conflict, and nothing changes.

use salur_domain::Rupiah;
use salur_schemas::{CashCounted, CashMoved};
use salur_tests::{facts::moment, in_lab, programme::FLOAT};

use super::{BANK, OFFICE, counted, day, effect, hear, held, message, moved, tell};

#[tokio::test]
async fn a_request_repeated_in_one_flight_and_in_another_moves_cash_once() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let fact = moved(1, BANK, OFFICE, 5);
        let later = CashMoved { at: moment() + chrono::TimeDelta::hours(1), ..fact.clone() };
        tell(&world, [fact.clone(), fact.clone()]).await;
        hear(&world, vec![message("again", &[later.into()])]).await;
        assert_eq!((held(&world, "office_cash", "OFFICE-1").await, world.count("cash_moves").await), (5, 1));
        assert_eq!(world.count("cash_conflicts").await, 0, "another moment is no other content");
    })
    .await;
}

#[tokio::test]
async fn other_content_under_an_id_is_kept_as_a_conflict_and_changes_nothing() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let first = moved(1, BANK, OFFICE, 5);
        let other = CashMoved { amount: Rupiah::new(6).expect("positive"), ..first.clone() };
        tell(&world, [first.clone(), other.clone()]).await;
        tell(&world, [other.clone(), other, first]).await;
        assert_eq!((effect(&world, 1).await, held(&world, "office_cash", "OFFICE-1").await), ("booked".into(), 5));
        assert_eq!(world.column("SELECT content->>'amount' FROM cash_conflicts").await, ["6"]);
        let count = counted(2, "TELLER-1", day(0), FLOAT);
        tell(&world, [count.clone(), CashCounted { counted: Rupiah::ZERO, explanation: "all gone".into(), ..count }]).await;
        assert_eq!((effect(&world, 2).await, held(&world, "cash_difference", "TELLER-1").await), ("closed".into(), 0));
        assert_eq!(world.count("cash_conflicts").await, 2);
        let known = salur_store::cash::movement(&world.tools.database, salur_tests::counter::id(1)).await.expect("readable");
        assert_eq!(known.map(|known| (known.amount, known.conflicts)), Some((5, 1)), "and it is told");
    })
    .await;
}

#[tokio::test]
async fn a_refusal_stays_a_refusal_when_the_cash_is_there_later() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let early = moved(1, OFFICE, "teller:TELLER-1", 5);
        tell(&world, [early.clone()]).await;
        tell(&world, [moved(2, BANK, OFFICE, 5), early]).await;
        assert_eq!((effect(&world, 1).await, held(&world, "office_cash", "OFFICE-1").await), ("refused overdrawn".into(), 5));
    })
    .await;
}
