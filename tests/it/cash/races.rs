//! Two at once: the books are locked, and one is first.

use salur_tests::{World, in_lab, programme::FLOAT};

use super::{BANK, OFFICE, counted, day, effect, held, moved, tell};

const ROUNDS: u32 = 12;

/// How often each effect came, of these numbers.
async fn effects(world: &World, numbers: [u32; 2]) -> Vec<String> {
    let mut effects = vec![effect(world, numbers[0]).await, effect(world, numbers[1]).await];
    effects.sort();
    effects
}

#[tokio::test]
async fn of_two_moves_that_together_overdraw_exactly_one_is_booked() {
    in_lab(async |lab| {
        let world = lab.world().await;
        for round in 0..ROUNDS {
            let (fill, one, two) = (3 * round, 3 * round + 1, 3 * round + 2);
            tell(&world, [moved(fill, BANK, OFFICE, 10)]).await;
            let moves = [moved(one, OFFICE, "teller:TELLER-1", 10), moved(two, OFFICE, BANK, 10)];
            let [a, b] = moves.map(|fact| tell(&world, [fact]));
            tokio::join!(a, b);
            assert_eq!(effects(&world, [one, two]).await, ["booked", "refused overdrawn"], "round {round}");
            assert_eq!(held(&world, "office_cash", "OFFICE-1").await, 0);
        }
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn of_two_closes_of_a_day_exactly_one_closes_it() {
    in_lab(async |lab| {
        let world = lab.world().await;
        for round in 0..ROUNDS {
            let today = day(i64::from(ROUNDS - round));
            let (one, two) = (2 * round, 2 * round + 1);
            let [a, b] = [one, two].map(|number| tell(&world, [counted(number, "TELLER-1", today, FLOAT)]));
            tokio::join!(a, b);
            assert_eq!(effects(&world, [one, two]).await, ["closed", "refused closed"], "round {round}");
        }
    })
    .await;
}

#[tokio::test]
async fn one_id_with_two_contents_at_once_is_decided_once_and_the_other_is_a_conflict() {
    in_lab(async |lab| {
        let world = lab.world().await;
        for round in 0..ROUNDS {
            let facts = [moved(round, BANK, OFFICE, 7), moved(round, "teller:TELLER-1", "teller:TELLER-2", 7)];
            let [a, b] = facts.map(|fact| tell(&world, [fact]));
            tokio::join!(a, b);
        }
        assert_eq!((world.count("cash_moves").await, world.count("cash_conflicts").await), (i64::from(ROUNDS), i64::from(ROUNDS)));
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}
