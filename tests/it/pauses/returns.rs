//! While nobody can collect, nothing goes back to the treasury; once resumed it does.

use std::sync::Arc;

use salur_domain::pause::Kind;
use salur_pipeline::fund_return::{self, In};
use salur_tests::{
    Chain, Lab, Person, World,
    facts::{batch, rows},
    in_lab,
    people::{BELITUNG, BELITUNG_TIMUR},
    programme::{AMOUNT, TAHAP_4},
};

use super::{said, tell};
use crate::returns::{strike, violations};

/// Two families of Belitung and one of Belitung Timur hold cheques of a tranche whose time is over.
async fn overdue(lab: &Arc<Lab>) -> World {
    let world = lab.world().await;
    let mut chain = Chain::new(&world);
    let families = [Person::new(1), Person::new(2), Person::of(BELITUNG_TIMUR, 3)];
    chain.tell("four", &batch(&rows("four", TAHAP_4, families)));
    chain.run().await;
    world.end_window(4).await;
    world
}

/// First steps that the clock says.
async fn due(world: &World) -> Vec<In> {
    let due = fund_return::due(&world.tools).await.expect("what is due can be read");
    let step =
        |out| if let fund_return::Out::ReturnAdvanced(step) = out { In::from(step) } else { panic!("the clock begins sweeps alone") };
    due.into_iter().map(step).collect()
}

/// Lets the clock strike and runs what follows; how many sweeps began.
async fn passes(world: &World) -> usize {
    let count = due(world).await.len();
    strike(world).await;
    count
}

#[tokio::test]
async fn a_paused_tranche_is_not_returned_and_a_step_that_is_under_way_waits() {
    in_lab(async |lab| {
        let world = overdue(&lab).await;
        let mut chain = Chain::new(&world);
        let early = due(&world).await;
        assert_eq!(early.len(), 1, "negative control");
        tell(&mut chain, &[said(1, Kind::Tranche, TAHAP_4, true)], &[]).await;
        assert_eq!(passes(&world).await, 0, "the clock does not strike");
        chain.tell("early", &early);
        chain.run().await;
        for _ in 0..=salur_runtime::flight::ATTEMPT_LIMIT {
            assert_eq!((chain.delayed.len(), chain.dead.len()), (1, 0), "the step waits as one message");
            chain.undelay();
            chain.run().await;
        }
        assert_eq!(world.statuses().await, [("cheque_issued".into(), 3)].into());
        tell(&mut chain, &[said(2, Kind::Tranche, TAHAP_4, false)], &[]).await;
        chain.undelay();
        chain.run().await;
        assert_eq!(world.statuses().await, [("returned".into(), 3)].into());
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn of_a_paused_regency_nothing_goes_back_until_it_is_resumed_and_no_pass_is_made_for_nothing() {
    in_lab(async |lab| {
        let world = overdue(&lab).await;
        let mut chain = Chain::new(&world);
        tell(&mut chain, &[said(1, Kind::Regency, BELITUNG, true)], &[]).await;
        assert_eq!(passes(&world).await, 1);
        assert_eq!(world.statuses().await, [("cheque_issued".into(), 2), ("returned".into(), 1)].into());
        assert_eq!(world.column("SELECT DISTINCT regency FROM returns").await, [BELITUNG_TIMUR]);
        for _ in 0..3 {
            assert_eq!(passes(&world).await, 0, "nothing changed: no pass");
        }
        assert_eq!(world.count("tranches WHERE id = 4 AND return_ended_at IS NOT NULL").await, 0, "the sweep has not ended");
        tell(&mut chain, &[said(2, Kind::Regency, BELITUNG, false)], &[]).await;
        assert_eq!(passes(&world).await, 1);
        assert_eq!(world.statuses().await, [("returned".into(), 3)].into());
        assert_eq!(
            world.one::<i64>("SELECT sum(credits - debits)::bigint FROM ledger_accounts WHERE kind = 'return_due'").await,
            3 * AMOUNT
        );
        assert_eq!(passes(&world).await, 0, "and then it has");
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn with_two_regencies_paused_the_one_resumed_first_is_returned_first() {
    in_lab(async |lab| {
        let world = overdue(&lab).await;
        let mut chain = Chain::new(&world);
        tell(&mut chain, &[said(1, Kind::Regency, BELITUNG, true), said(2, Kind::Regency, BELITUNG_TIMUR, true)], &[]).await;
        assert_eq!(passes(&world).await, 1);
        assert_eq!(world.statuses().await, [("cheque_issued".into(), 3)].into());
        tell(&mut chain, &[said(3, Kind::Regency, BELITUNG_TIMUR, false)], &[]).await;
        assert_eq!(passes(&world).await, 1);
        assert_eq!(world.column("SELECT DISTINCT regency FROM returns").await, [BELITUNG_TIMUR]);
        assert_eq!(world.statuses().await, [("cheque_issued".into(), 2), ("returned".into(), 1)].into());
    })
    .await;
}
