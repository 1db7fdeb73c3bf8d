//! A day closes once, and only when it balances or somebody said why not.

use salur_schemas::CashCounted;
use salur_tests::{
    in_lab,
    programme::{AMOUNT, FLOAT},
};

use super::{OFFICE, counted, day, effect, held, moved, tell};

fn explained(count: CashCounted) -> CashCounted {
    CashCounted { explanation: "a note was torn".into(), actor: "budi.santoso".into(), ..count }
}

#[tokio::test]
async fn a_count_that_is_the_books_closes_the_day_and_books_nothing() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let before = world.count("transfers").await;
        tell(&world, [counted(1, "TELLER-1", day(0), FLOAT)]).await;
        assert_eq!(effect(&world, 1).await, "closed");
        assert_eq!(world.count("transfers").await, before);
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_count_that_differs_closes_nothing_until_it_is_explained_and_then_the_teller_answers_for_it() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let short = counted(1, "TELLER-1", day(1), FLOAT - AMOUNT);
        tell(&world, [short.clone()]).await;
        assert_eq!((effect(&world, 1).await, held(&world, "cash_difference", "TELLER-1").await), ("refused differs".into(), 0));
        tell(&world, [explained(CashCounted { count: counted(2, "", day(1), 0).count, ..short })]).await;
        assert_eq!(effect(&world, 2).await, "closed");
        assert_eq!(held(&world, "cash_difference", "TELLER-1").await, AMOUNT);
        assert_eq!(held(&world, "teller_cash", "TELLER-1").await, FLOAT - AMOUNT, "the books are the notes again");
        assert_eq!(world.column("SELECT document FROM transfers WHERE kind = 'cash_short'").await, ["a note was torn"]);
        // what is counted beyond the books on the next day is set off against it
        tell(&world, [explained(counted(3, "TELLER-1", day(0), FLOAT - AMOUNT + 1_000))]).await;
        assert_eq!((effect(&world, 3).await, held(&world, "cash_difference", "TELLER-1").await), ("closed".into(), AMOUNT - 1_000));
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn what_a_teller_answers_for_is_made_good_at_the_office_and_never_twice() {
    in_lab(async |lab| {
        let world = lab.world().await;
        tell(&world, [explained(counted(1, "TELLER-1", day(0), FLOAT - 700))]).await;
        let good = |number, amount| moved(number, "difference:TELLER-1", OFFICE, amount);
        tell(&world, [good(2, 701), good(3, 400), good(4, 400), good(5, 300)]).await;
        let mut effects = Vec::new();
        for number in 2..=5 {
            effects.push(effect(&world, number).await);
        }
        assert_eq!(effects, ["refused overdrawn", "booked", "refused overdrawn", "booked"]);
        assert_eq!((held(&world, "cash_difference", "TELLER-1").await, held(&world, "office_cash", "OFFICE-1").await), (0, 700));
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_day_closes_once_and_no_day_before_it_and_none_that_has_not_begun() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let counts = [(1, day(1)), (2, day(1)), (3, day(2)), (4, day(-2)), (5, day(0))];
        tell(&world, counts.map(|(number, day)| counted(number, "TELLER-1", day, FLOAT))).await;
        // and in a flight of its own
        tell(&world, [counted(6, "TELLER-1", day(0), FLOAT)]).await;
        let mut effects = Vec::new();
        for number in 1..=6 {
            effects.push(effect(&world, number).await);
        }
        assert_eq!(effects, ["closed", "refused closed", "refused later_day", "refused future", "closed", "refused closed"]);
    })
    .await;
}

#[tokio::test]
async fn captures_that_the_device_has_not_sent_keep_the_day_open_and_are_counted() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let waiting = CashCounted { unsynchronised: 3, ..explained(counted(1, "TELLER-1", day(0), FLOAT - 3 * AMOUNT)) };
        tell(&world, [waiting]).await;
        assert_eq!(effect(&world, 1).await, "refused unsynchronised");
        assert_eq!(world.one::<i64>("SELECT unsynchronised FROM cash_counts").await, 3);
        assert_eq!(held(&world, "cash_difference", "TELLER-1").await, 0, "an explanation does not stand for captures");
    })
    .await;
}
