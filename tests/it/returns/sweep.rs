//! The sweep: whom it takes, whom it leaves, and that it can die anywhere.

use salur_domain::TrancheId;
use salur_schemas::FundsReturned;
use salur_store::returns::{self, Returned, Step, Swept};
use salur_tests::{
    Chain, Person,
    counter::{Shot, id},
    facts::{batch, rows},
    in_lab,
    photos::photo,
    programme::{AMOUNT, TAHAP_4, counters},
};

use super::{captured, due_to_treasury, reasons, strike, town, violations};

#[tokio::test]
async fn what_was_never_handed_over_goes_back_and_nothing_else_does() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 5).await;
        let [one, ..] = counters();
        let paid = world.visit(1, &papers[0], &one).await;
        let claim = world.granted(id(2), &papers[1], &one).await;
        let doubtful = Shot::new(2, &claim, &papers[1], &one).with_photo(photo(2, None));
        world.upload(doubtful.statement.capture, &doubtful.photo).await;
        captured(&world, &[&paid, &doubtful.signed(&one)]).await;
        world.end_leases().await;
        assert!(strike(&world).await.said.is_empty(), "nothing is due before the window is over");

        world.end_window(4).await;
        let chain = strike(&world).await;
        assert_eq!(world.statuses().await, [("in_question".into(), 1), ("paid".into(), 1), ("returned".into(), 3)].into());
        assert_eq!(reasons(&world).await, [("absent".into(), 3)].into());
        assert_eq!(due_to_treasury(&world).await, 3 * AMOUNT);
        let told = chain.facts::<FundsReturned>();
        assert_eq!(told.iter().map(|fact| fact.amount.get()).sum::<i64>(), 3 * AMOUNT);
        let outcomes = chain.outcomes();
        assert_eq!(outcomes.len(), 3);
        assert!(outcomes.iter().all(|(_, status, codes)| status == "returned" && *codes == ["RET01"]), "{outcomes:?}");
        assert!(strike(&world).await.said.is_empty(), "the sweep has ended");
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_family_at_a_counter_is_left_until_its_lease_is_over() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 2).await;
        world.granted(id(1), &papers[0], &counters()[0]).await;
        world.end_window(4).await;
        strike(&world).await;
        assert_eq!(world.statuses().await, [("cheque_issued".into(), 1), ("returned".into(), 1)].into());
        strike(&world).await;
        assert_eq!(reasons(&world).await, [("absent".into(), 1)].into(), "the next pass leaves it too");
        world.end_leases().await;
        strike(&world).await;
        assert_eq!(world.statuses().await, [("returned".into(), 2)].into());
        assert!(strike(&world).await.said.is_empty(), "and then the sweep has ended");
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_never_got_its_money_gives_its_reserve_back() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        chain.tell("four", &batch(&rows("four", TAHAP_4, (1..=2).map(Person::new))));
        chain.run_until(&["transfer-posting"]).await;
        world.end_window(4).await;
        let told = strike(&world).await.outcomes();
        assert!(told.iter().all(|(_, status, codes)| status == "returned" && *codes == ["RET08"]), "{told:?}");
        assert_eq!(reasons(&world).await, [("unfunded".into(), 2)].into());
        assert_eq!(due_to_treasury(&world).await, 2 * AMOUNT);
        chain.run().await;
        assert_eq!(world.statuses().await, [("returned".into(), 2)].into(), "what comes late to be funded is not");
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_sweep_in_small_steps_returns_each_once_and_tells_a_step_again_as_it_was() {
    in_lab(async |lab| {
        let (world, _) = town(&lab, 7).await;
        world.end_window(4).await;
        let (mut after, mut told, mut steps) = (None, 0, 0);
        loop {
            let step = Step { tranche: TrancheId(4), pass: 1, after };
            let mut seen = Vec::new();
            for committed in [false, true, true] {
                let mut tx = world.tools.database.begin_as("fund-return").await.expect("the database is there");
                let Swept::Done { returned, next, .. } = returns::sweep(&mut tx, step, 2).await.expect("a step") else {
                    panic!("step {step:?} is due")
                };
                seen.push((returned.iter().map(Returned::payment).collect::<Vec<_>>(), next));
                if committed {
                    tx.commit().await.expect("durable");
                }
            }
            assert!(seen.iter().all(|one| *one == seen[0]), "rolled back, carried out, heard again: {seen:?}");
            told += seen[0].0.len();
            steps += 1;
            after = seen[0].1;
            if after.is_none() {
                break;
            }
        }
        assert_eq!((told, steps), (7, 4));
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}
