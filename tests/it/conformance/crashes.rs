//! A process may die anywhere.

use salur_runtime::{
    flight::Stopped,
    testkit::{CrashPoint, Delivery},
};
use salur_tests::{
    chain::{STAGES, fly},
    in_lab,
};

use super::{everything, facts, fixture, said, timeless};

#[tokio::test]
async fn a_crash_at_any_point_loses_and_doubles_nothing() {
    in_lab(async |lab| {
        for stage in STAGES {
            let fixture = fixture::of(&lab, stage).await;
            let calm = fixture.frozen.open().await;
            let expected = fly(&calm.tools, stage, fixture.all(), None).await;
            for point in CrashPoint::ALL {
                let world = fixture.frozen.open().await;
                let killed = fly(&world.tools, stage, fixture.all(), Some(point)).await;
                assert_eq!(
                    (killed.stopped.as_ref(), killed.acked.len()),
                    (Some(&Stopped::Crashed(point)), 0),
                    "{stage}: dies at {point:?}"
                );
                let again: Vec<Delivery> = fixture.all().into_iter().map(|one| Delivery { delivery_count: 1, ..one }).collect();
                let revived = fly(&world.tools, stage, again, None).await;
                assert_eq!(revived.stopped, None, "{stage}: {point:?}: the redelivery goes through");
                let second = said(&revived);
                for (id, message) in said(&killed) {
                    assert_eq!(second.get(&id), Some(&message), "{stage}: {point:?}: what got out before comes again as it was");
                }
                let both = everything(&killed).chain(everything(&revived));
                assert_eq!(timeless(both), timeless(everything(&expected)), "{stage}: {point:?}: no fact lost, none new");
                let twice = facts(everything(&killed)).difference(&facts(everything(&revived))).count();
                assert_eq!(twice, 0, "{stage}: {point:?}: no fact with two contents");
                assert_eq!(world.shape().await, calm.shape().await, "{stage}: {point:?}: the same rows and sums");
            }
        }
    })
    .await;
}
