//! Dead letters are kept once, worked on, and replayed under the same id.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use salur_domain::{Disposed, Disposition};
use salur_runtime::{
    dead_letters::{DeadLetter, DeadLetterStore, keep, replay},
    health::Health,
    stage::Failure,
    testkit::toy::Fate,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::support::{Running, SPECS, coin, in_vhost, publish, until_depth, until_true};

#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    letters: BTreeMap<String, (DeadLetter, u32)>,
    refusals: u32,
}

#[derive(Debug, thiserror::Error)]
#[error("the shelf is away")]
struct Away;

impl Disposed for Away {
    fn disposition(&self) -> Disposition {
        Disposition::Down
    }
}

impl DeadLetterStore for Shelf {
    async fn keep(&self, letters: Vec<DeadLetter>) -> Result<(), Failure> {
        let mut state = self.0.lock().expect("no holder panics");
        if state.refusals > 0 {
            state.refusals -= 1;
            return Err(Away.into());
        }
        for letter in letters {
            state.letters.entry(letter.fingerprint.clone()).or_insert((letter, 0)).1 += 1;
        }
        Ok(())
    }
}

impl Shelf {
    fn all(&self) -> Vec<(DeadLetter, u32)> {
        self.0.lock().expect("no holder panics").letters.values().cloned().collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_kept_and_a_replay_that_dies_again_is_the_same_letter() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(SPECS).await;
        let (running, toys, _) = Running::both(&broker);
        let (shelf, stop) = (Shelf::default(), CancellationToken::new());
        shelf.0.lock().expect("no holder panics").refusals = 2;
        let mut keeper = JoinSet::new();
        keeper.spawn({
            let (shelf, broker, stop) = (shelf.clone(), broker.clone(), stop.clone());
            async move { keep(&shelf, &broker, &Health::new(), &stop).await }
        });
        publish(&broker, "seed", &[coin("good", Fate::Stamp), coin("bad", Fate::Bad)]).await;
        until_true("the letter", || shelf.all().len() == 1).await;
        let (letter, _) = shelf.all().remove(0);
        assert_eq!((letter.stage.as_str(), letter.cause.as_str()), ("toy", "coin bad is bad"));
        replay(&broker, &letter).await.expect("replayed");
        until_true("the same letter again", || shelf.all()[0].1 == 2).await;
        assert_eq!(shelf.all().len(), 1);
        assert_eq!(toys.rows().len(), 1);
        until_depth(&broker, "salur.dead", 0).await;
        stop.cancel();
        while keeper.join_next().await.is_some() {}
        running.stop().await;
    })
    .await;
}
