//! A paused tranche or regency: nothing new moves, wherever its payments stand, and after the resumption everything arrives once.

use std::sync::Arc;

use salur_domain::pause::Kind;
use salur_pipeline::photo_ingest;
use salur_schemas::ChequeIssued;
use salur_tests::{
    Chain, Lab, Person, World,
    counter::id,
    facts::{batch, rows},
    in_lab,
    people::{BELITUNG, BELITUNG_TIMUR},
    programme::{AMOUNT, TAHAP_4, TAHAP_5, counters},
};

use super::{said, tell};

const FAMILIES: u32 = 8;
const BEFORE_CHEQUES: [&str; 3] = ["account-creation", "transfer-posting", "cheque-rendering"];

/// Half of the families of each tranche live in Belitung, half in Belitung Timur.
fn family(number: u32) -> Person {
    Person::of(if number.is_multiple_of(2) { BELITUNG } else { BELITUNG_TIMUR }, number)
}

async fn submitted(lab: &Arc<Lab>) -> (World, Chain) {
    let world = lab.world().await;
    let mut chain = Chain::new(&world);
    chain.tell("four", &batch(&rows("four", TAHAP_4, (1..=FAMILIES).map(family))));
    chain.tell("five", &batch(&rows("five", TAHAP_5, (1..=FAMILIES).map(family))));
    (world, chain)
}

/// Payments of a tranche by status and regency.
async fn standing(world: &World, tranche: i32) -> Vec<String> {
    let query = format!(
        "SELECT regency || ' ' || status || ' ' || count(*) FROM payments WHERE tranche = {tranche} GROUP BY regency, status ORDER BY 1"
    );
    world.column(&query).await
}

fn all(status: &str) -> Vec<String> {
    [BELITUNG, BELITUNG_TIMUR].map(|regency| format!("{regency} {status} {}", FAMILIES / 2)).to_vec()
}

async fn check_that_everything_arrived_once(world: &World, chain: &Chain) {
    assert_eq!((standing(world, 4).await, standing(world, 5).await), (all("cheque_issued"), all("cheque_issued")));
    assert_eq!(world.count("transfers WHERE kind = 'recipient_funded'").await, i64::from(2 * FAMILIES));
    assert_eq!((world.count("cheques").await, world.count("accounts").await), (i64::from(2 * FAMILIES), i64::from(FAMILIES)));
    assert_eq!(
        world.one::<i64>("SELECT sum(amount)::bigint FROM transfers WHERE kind = 'recipient_funded'").await,
        i64::from(2 * FAMILIES) * AMOUNT
    );
    let mut issued: Vec<_> = chain.facts::<ChequeIssued>().into_iter().map(|cheque| cheque.payment).collect();
    issued.sort_unstable();
    issued.dedup();
    assert_eq!(issued.len(), 2 * FAMILIES as usize, "each is told");
    assert!(chain.dead.is_empty(), "no attempt was burnt");
    assert_eq!(world.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_paused_regency_rests_wherever_its_payments_stand_and_its_neighbours_go_on() {
    in_lab(async |lab| {
        for (at, stop) in BEFORE_CHEQUES.into_iter().enumerate() {
            let (world, mut chain) = submitted(&lab).await;
            chain.run_until(&[stop]).await;
            let before = standing(&world, 4).await;
            tell(&mut chain, &[said(1, Kind::Regency, BELITUNG, true)], &BEFORE_CHEQUES).await;
            chain.run().await;
            let status = ["accepted", "account_open", "funded"][at];
            let rests = vec![format!("{BELITUNG} {status} 4"), format!("{BELITUNG_TIMUR} cheque_issued 4")];
            assert!(before.contains(&rests[0]), "negative control: {before:?}");
            for tranche in [4, 5] {
                assert_eq!(standing(&world, tranche).await, rests, "before {stop}");
            }
            assert!(chain.delayed.is_empty(), "nothing circulates: {stop}");
            assert_eq!(world.violations().await, Vec::<String>::new());
            tell(&mut chain, &[said(2, Kind::Regency, BELITUNG, false)], &[]).await;
            check_that_everything_arrived_once(&world, &chain).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_paused_tranche_rests_and_the_other_goes_on() {
    in_lab(async |lab| {
        for (at, stop) in BEFORE_CHEQUES.into_iter().enumerate() {
            let (world, mut chain) = submitted(&lab).await;
            chain.run_until(&[stop]).await;
            tell(&mut chain, &[said(1, Kind::Tranche, TAHAP_4, true)], &BEFORE_CHEQUES).await;
            chain.run().await;
            let status = ["accepted", "account_open", "funded"][at];
            assert_eq!((standing(&world, 4).await, standing(&world, 5).await), (all(status), all("cheque_issued")), "before {stop}");
            tell(&mut chain, &[said(2, Kind::Tranche, TAHAP_4, false)], &[]).await;
            check_that_everything_arrived_once(&world, &chain).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_release_of_a_paused_tranche_waits_as_one_message_and_burns_no_attempt() {
    in_lab(async |lab| {
        let (world, mut chain) = submitted(&lab).await;
        chain.run_until(&["release"]).await;
        tell(&mut chain, &[said(1, Kind::Tranche, TAHAP_4, true)], &["release"]).await;
        chain.run().await;
        assert_eq!((standing(&world, 4).await, standing(&world, 5).await), (vec![], all("cheque_issued")));
        // longer than any attempts would last
        for _ in 0..=salur_runtime::flight::ATTEMPT_LIMIT {
            assert_eq!(chain.delayed.len(), 1, "the sweep is one message");
            chain.undelay();
            chain.run().await;
        }
        assert!(chain.dead.is_empty());
        tell(&mut chain, &[said(2, Kind::Tranche, TAHAP_4, false)], &[]).await;
        chain.undelay();
        chain.run().await;
        check_that_everything_arrived_once(&world, &chain).await;
    })
    .await;
}

#[tokio::test]
async fn under_two_pauses_a_payment_rests_until_both_are_over() {
    in_lab(async |lab| {
        let (world, mut chain) = submitted(&lab).await;
        chain.run_until(&["transfer-posting"]).await;
        let pauses = [said(1, Kind::Tranche, TAHAP_4, true), said(2, Kind::Regency, BELITUNG, true)];
        tell(&mut chain, &pauses, &["transfer-posting"]).await;
        chain.run().await;
        tell(&mut chain, &[said(3, Kind::Tranche, TAHAP_4, false)], &[]).await;
        let rests = vec![format!("{BELITUNG} account_open 4"), format!("{BELITUNG_TIMUR} cheque_issued 4")];
        assert_eq!((standing(&world, 4).await, standing(&world, 5).await), (rests.clone(), rests));
        tell(&mut chain, &[said(4, Kind::Regency, BELITUNG, false)], &[]).await;
        check_that_everything_arrived_once(&world, &chain).await;
    })
    .await;
}

#[tokio::test]
async fn what_was_said_before_is_said_again_during_a_pause_and_a_resumption_heard_twice_doubles_nothing() {
    in_lab(async |lab| {
        let (world, mut chain) = submitted(&lab).await;
        chain.run().await;
        let heard: Vec<_> =
            chain.heard.iter().filter(|(stage, _)| BEFORE_CHEQUES.contains(stage)).map(|(_, message)| message.clone()).collect();
        tell(&mut chain, &[said(1, Kind::Tranche, TAHAP_4, true)], &[]).await;
        let said_before = chain.facts::<ChequeIssued>().len();
        chain.publish(heard);
        chain.run().await;
        assert!(chain.facts::<ChequeIssued>().len() >= 2 * said_before, "a redelivery is answered from rows, whatever is paused");
        let resumption = said(2, Kind::Tranche, TAHAP_4, false);
        tell(&mut chain, &[resumption.clone(), resumption], &[]).await;
        check_that_everything_arrived_once(&world, &chain).await;
    })
    .await;
}

#[tokio::test]
async fn what_was_claimed_before_the_pause_is_judged_and_paid() {
    in_lab(async |lab| {
        let (world, mut chain) = submitted(&lab).await;
        chain.run().await;
        let [one, ..] = counters();
        let paper = world.paper(4, &family(2)).await;
        let capture = world.visit(1, &paper, &one).await;
        let pauses = [
            said(1, Kind::Tranche, TAHAP_4, true),
            said(2, Kind::Regency, BELITUNG, true),
            said(3, Kind::PayPoint, "PP-1902", true),
            said(4, Kind::Teller, one.teller, true),
        ];
        tell(&mut chain, &pauses, &[]).await;
        chain.tell("capture", &[photo_ingest::In::from(capture)]);
        chain.run().await;
        assert_eq!(world.statuses().await.get("paid"), Some(&2), "the visit covered both tranches");
        assert_eq!(world.count(&format!("claims WHERE id = '{}'", id(1))).await, 1);
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}
