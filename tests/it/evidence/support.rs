//! A town whose evidence is sealed.

use std::{sync::Arc, time::Duration};

use salur_domain::note::Verifier;
use salur_store::evidence::{
    audit::{self, Findings, Means},
    log,
    seal::Sealer,
};
use salur_tests::{
    Lab, World,
    world::{journal, sealer},
};
use tokio::time::{Instant, sleep};

use crate::verify::town::Town;

/// Other databases of the cluster may hold the horizon back for a moment.
const PATIENCE: Duration = Duration::from_secs(30);

/// A sealer over a world.
pub fn sealer_of(world: &World) -> Sealer {
    Sealer::new(world.tools.database.clone(), world.tools.blobs.clone(), sealer())
}

/// Seals until no line of the journal waits.
pub async fn seal_all(sealer: &mut Sealer, world: &World) -> u64 {
    let end = Instant::now() + PATIENCE;
    loop {
        let round = sealer.round().await.expect("the journal can be sealed");
        let lines: i64 = world.count("journal").await;
        if round.leads && i64::try_from(round.size).is_ok_and(|size| size == lines) {
            return round.size;
        }
        assert!(Instant::now() < end, "the journal is sealed in time: {round:?} of {lines}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// A town, sealed, and the sealer that did it.
pub async fn sealed_town(lab: &Arc<Lab>) -> (Town, Sealer) {
    let town = Town::build(lab).await;
    let mut sealer = sealer_of(&town.world);
    seal_all(&mut sealer, &town.world).await;
    (town, sealer)
}

/// What `salur audit verify` finds.
pub async fn verify(world: &World, outside: Option<&str>) -> Findings {
    let (log, journal): (Verifier, Verifier) = (sealer().verifier().clone(), journal().verifier().clone());
    let means = Means { blobs: &world.tools.blobs, log: &log, journal: &[journal], outside };
    audit::verify(&world.tools.database, &means).await.expect("evidence can be verified")
}

/// The checkpoint that the log shows.
pub async fn checkpoint(world: &World) -> String {
    log::shown(&world.tools.blobs).await.expect("the store answers").expect("something was sealed")
}
