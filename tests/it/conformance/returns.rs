//! The fixture of fund-return: two tranches whose time is over, with families paid, in question, absent, stopped and at a counter.

use std::sync::Arc;

use salur_domain::TrancheId;
use salur_pipeline::{fund_return, photo_ingest};
use salur_runtime::testkit::Delivery;
use salur_schemas::ReturnAdvanced;
use salur_tests::{Lab, counter::id, facts::moment, programme::counters};

use super::{fixture::Fixture, proofs::with_cheques};

/// The first step of a pass.
pub fn first(tranche: i32, pass: i32) -> Delivery {
    let fact = ReturnAdvanced { tranche: TrancheId(tranche), pass, after: None, at: moment() };
    Delivery::of(&format!("return-{tranche}-{pass}"), moment(), &[fund_return::In::from(fact)])
}

/// Families with cheques of both tranches; the windows of both are over.
pub async fn due(lab: &Arc<Lab>) -> Fixture {
    let (world, mut chain, papers) = with_cheques(lab, 6).await;
    let [one, two, _] = counters();
    let paid = world.visit(1, &papers[0], &one).await;
    chain.tell("paid", &[photo_ingest::In::from(paid)]);
    chain.run().await;
    world.granted(id(2), &papers[1], &two).await;
    world.end_window(4).await;
    world.end_window(5).await;
    let early = first(4, 2);
    Fixture::new("fund-return", world, vec![vec![first(4, 1), first(4, 1), early], vec![first(5, 1)]], vec![]).await
}
