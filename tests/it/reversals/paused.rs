//! What does not stand while its tranche is paused: decided and booked at once, but no other cheque, and no return, before the pause is over.

use salur_domain::{pause::Kind, reversal::ReviewGround};
use salur_runtime::flight::ATTEMPT_LIMIT;
use salur_tests::{Chain, World, in_lab, programme::TAHAP_4};

use super::{captured, counter, doubtful, effect, review, town};
use crate::pauses::{said, tell};

/// A hand-over in question, a pause, and the decision that it was not proven: what waits.
async fn not_proven(world: &World, chain: &mut Chain, capture: salur_domain::CaptureId) {
    tell(chain, &[said(1, Kind::Tranche, TAHAP_4, true)], &[]).await;
    let (seed, fact) = review("no", capture, ReviewGround::FamilyDenied);
    chain.tell(&seed, &[fact]);
    chain.run().await;
    assert_eq!(effect(world, "proof_reviews", "no").await, "carried_out");
    for _ in 0..=ATTEMPT_LIMIT {
        assert_eq!((chain.delayed.len(), chain.dead.len()), (1, 0), "one message waits, and burns no attempt");
        chain.undelay();
        chain.run().await;
    }
    assert_eq!((world.count("cheques").await, world.count("returns").await), (1, 0));
}

#[tokio::test]
async fn another_cheque_is_made_when_the_pause_is_over() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let proof = doubtful(&world, 1, &papers[0], &counter()).await;
        captured(&world, &[&proof]).await;
        let mut chain = Chain::new(&world);
        not_proven(&world, &mut chain, proof.capture).await;
        tell(&mut chain, &[said(2, Kind::Tranche, TAHAP_4, false)], &[]).await;
        chain.undelay();
        chain.run().await;
        assert_eq!(world.column("SELECT version::text FROM cheques ORDER BY version").await, ["1", "2"]);
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn after_the_window_it_goes_back_when_the_pause_is_over() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let proof = doubtful(&world, 1, &papers[0], &counter()).await;
        captured(&world, &[&proof]).await;
        world.end_leases().await;
        world.end_window(4).await;
        let mut chain = Chain::new(&world);
        tell(&mut chain, &[said(1, Kind::Tranche, TAHAP_4, true)], &[]).await;
        let (seed, fact) = review("no", proof.capture, ReviewGround::FamilyDenied);
        chain.tell(&seed, &[fact]);
        chain.run().await;
        assert_eq!((world.count("returns").await, chain.dead.len()), (0, 0));
        assert!(chain.delayed.iter().any(|(stage, _)| *stage == "fund-return"), "the return waits");
        tell(&mut chain, &[said(2, Kind::Tranche, TAHAP_4, false)], &[]).await;
        chain.undelay();
        chain.run().await;
        assert_eq!(world.statuses().await, [("returned".to_owned(), 1)].into());
    })
    .await;
}
