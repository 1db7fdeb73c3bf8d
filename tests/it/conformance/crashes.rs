//! A process may die anywhere.

use salur_runtime::{
    flight::Stopped,
    testkit::{CrashPoint, Delivery, Emitted},
};
use salur_tests::chain::fly;

use super::{Calm, everything, facts, fixture::Fixture, is_level, said, same, timeless};

pub async fn a_crash_at_any_point_loses_and_doubles_nothing(fixture: &Fixture, calm: &Calm) {
    let Fixture { stage, world, .. } = fixture;
    for point in CrashPoint::ALL {
        world.rewind().await;
        let killed = fly(&world.tools, stage, fixture.all(), Some(point)).await;
        assert_eq!((killed.stopped.as_ref(), killed.acked.len()), (Some(&Stopped::Crashed(point)), 0), "{stage}: dies at {point:?}");
        let again = fixture.all().into_iter().map(|one| Delivery { delivery_count: 1, ..one }).collect();
        let revived = fixture.hear(again).await;
        let second = said(&revived);
        for (id, message) in said(&killed) {
            assert_eq!(second.get(&id), Some(&message), "{stage}: {point:?}: what got out before comes again as it was");
        }
        let both = everything(&killed).chain(everything(&revived));
        // what is level-triggered is not said where it was heard already: all steps were in this flight
        let settled = |message: &&Emitted| !is_level(message);
        let calm_facts = timeless(everything(&calm.outcome).filter(settled));
        same(&format!("{stage}: {point:?}: no fact lost, none new"), &timeless(both.filter(settled)), &calm_facts);
        let (before, after) = (facts(everything(&killed)), facts(everything(&revived)));
        let moments: Vec<_> = before.difference(&after).filter(|fact| !super::LEVEL.contains(&fact.0.as_str())).collect();
        assert!(moments.is_empty(), "{stage}: {point:?}: no fact with two contents: {moments:?}");
        same(&format!("{stage}: {point:?}: the same rows and sums"), &world.shape().await, &calm.shape);
    }
}
