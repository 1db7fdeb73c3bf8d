//! A paused stage consumes nothing, its flight in work is carried to its end, and what waits comes once it is resumed, each once.

use std::time::{Duration, Instant};

use salur_runtime::{
    pauses::Pauses,
    testkit::toy::{Book, Teller, Toy},
};
use tokio::time::sleep;

use super::support::{Running, SPECS, coins, in_vhost, publish, until, until_depth, until_true};

const TOY: &str = "salur.toy";
/// Messages that are published while stages are paused and resumed, and coins in each.
const PARTS: usize = 20;
const PART: usize = 150;
/// How long nothing must happen.
const STILL: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_paused_stage_stays_in_its_queue_and_comes_once_it_is_resumed_each_once() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(SPECS).await;
        let (teller, pauses) = Pauses::new();
        let (toys, tellers) = (std::sync::Arc::new(Book::default()), std::sync::Arc::new(Book::default()));
        let mut running = Running::with(pauses);
        running.run(Toy::new(toys.clone()), &toys, &broker);
        running.run(Teller, &tellers, &broker);
        publish(&broker, "before", &coins(0..100)).await;
        sleep(STILL).await;
        assert!(toys.rows().is_empty(), "before anybody knows who is paused nothing is consumed");
        teller.tell([].into());
        until_true("coins at the second stage", || tellers.rows().len() == 100).await;

        for round in 1..=4 {
            teller.tell(["toy".to_owned()].into());
            until_true("a reason in health", || {
                running.health.reasons().iter().any(|(part, why)| part.contains("toy lane") && why.contains("paused by people"))
            })
            .await;
            let before = toys.rows().len();
            publish(&broker, &format!("during-{round}"), &coins(round * 1_000..round * 1_000 + 500)).await;
            sleep(STILL).await;
            assert_eq!(toys.rows().len(), before, "nothing moves");
            assert!(broker.depth(TOY).await.expect("the queue is there").0 > 0, "the messages stay in the queue");
            teller.tell([].into());
            until_true("the coins of the round", || tellers.rows().len() == before + 500).await;
        }
        assert!(toys.rows().values().all(|row| row.made == 1), "each once");
        until_true("readiness", || running.health.reasons().is_empty()).await;
        running.stop().await;
        for queue in [TOY, "salur.toy-teller", "salur.dead", "salur.toy.suspects"] {
            until_depth(&broker, queue, 0).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pauses_in_the_middle_of_the_flow_lose_and_double_nothing() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(SPECS).await;
        let (teller, pauses) = Pauses::new();
        teller.tell([].into());
        let (toys, tellers) = (std::sync::Arc::new(Book::default()), std::sync::Arc::new(Book::default()));
        let mut running = Running::with(pauses);
        running.run(Toy::new(toys.clone()), &toys, &broker);
        running.run(Teller, &tellers, &broker);
        for part in 0..PARTS {
            publish(&broker, &format!("part-{part}"), &coins(part * PART..(part + 1) * PART)).await;
            // on and off while they fly
            let paused = if part % 2 == 0 { vec!["toy".to_owned()] } else { vec!["toy-teller".to_owned()] };
            teller.tell(paused.into_iter().collect());
            sleep(Duration::from_millis(50)).await;
            teller.tell([].into());
        }
        until("every coin at the second stage", || async { (tellers.rows().len() == PARTS * PART).then_some(()) }).await;
        assert!(toys.rows().values().all(|row| row.made == 1));
        running.stop().await;
        for queue in [TOY, "salur.toy-teller", "salur.dead"] {
            until_depth(&broker, queue, 0).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_stage_drains_at_once() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(SPECS).await;
        let (teller, pauses) = Pauses::new();
        teller.tell(["toy".to_owned()].into());
        let book = std::sync::Arc::new(Book::default());
        let mut running = Running::with(pauses);
        running.run(Toy::new(book.clone()), &book, &broker);
        publish(&broker, "seed", &coins(0..10)).await;
        until_true("a reason in health", || !running.health.reasons().is_empty()).await;
        let began = Instant::now();
        running.stop().await;
        assert!(began.elapsed() < STILL && book.rows().is_empty());
        until_depth(&broker, TOY, 1).await;
    })
    .await;
}
