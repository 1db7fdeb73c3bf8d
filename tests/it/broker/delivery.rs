//! Facts go through, once each, whoever listens.

use std::time::{Duration, Instant};

use salur_runtime::{client::Client, testkit::toy::Fate, topology::StageSpec};

use super::support::{Running, SPECS, coin, coins, in_vhost, publish, until_depth, until_true};
use salur_runtime::testkit::toy::Toy;

#[tokio::test(flavor = "multi_thread")]
async fn facts_pass_two_stages_and_outcomes_nobody_hears_stop_nothing() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(SPECS).await;
        let (running, toys, tellers) = Running::both(&broker);
        publish(&broker, "seed", &coins(0..2_000)).await;
        until_true("every coin at the second stage", || tellers.rows().len() == 2_000).await;
        assert!(toys.rows().values().all(|row| row.made == 1));
        until_true("readiness", || running.health.reasons().is_empty()).await;
        running.stop().await;
        for queue in ["salur.toy", "salur.toy-teller", "salur.dead", "salur.toy.suspects"] {
            until_depth(&broker, queue, 0).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_that_nobody_would_hear_is_a_failure_for_its_publisher() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(&[StageSpec { hears: &[], ..StageSpec::of::<Toy>() }]).await;
        let failure = Client::new(&broker).publish_facts("test", "seed", &coins(0..3)).await.expect_err("no queue is bound");
        assert!(failure.to_string().contains("coins.dropped"), "{failure}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unroutable_output_holds_its_input_until_the_topology_is_whole() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(&[StageSpec::of::<Toy>()]).await;
        let (running, toys, tellers) = Running::both(&broker);
        publish(&broker, "seed", &coins(0..10)).await;
        until_true("a pause that names the key", || running.health.reasons().iter().any(|(_, why)| why.contains("coins.stamped"))).await;
        assert_eq!(toys.rows().len(), 10, "the truth is written");
        broker.declare(SPECS).await.expect("now the second stage is there");
        until_true("every coin at the second stage", || tellers.rows().len() == 10).await;
        running.stop().await;
        until_depth(&broker, "salur.toy", 0).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_delay_ladder_returns_only_to_the_stage_that_asked() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(SPECS).await;
        let raw = vhost.raw().await;
        raw.eavesdrop("ear", "salur", "coins.dropped.*").await;
        let (running, toys, _) = Running::both(&broker);
        let started = Instant::now();
        publish(&broker, "seed", &[coin("late", Fate::WaitOnce), coin("early", Fate::Stamp)]).await;
        until_true("the neighbour", || toys.rows().contains_key("early")).await;
        until_true("the fact put off", || toys.rows().contains_key("late")).await;
        assert!(started.elapsed() >= Duration::from_secs(5), "it waited on its rung");
        until_depth(&broker, "ear", 1).await;
        running.stop().await;
        until_depth(&broker, "salur.toy", 0).await;
        until_depth(&broker, "salur.delay.5s", 0).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_leaves_nothing_half_done() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(SPECS).await;
        for part in 0..20 {
            publish(&broker, &part.to_string(), &coins(part * 100..part * 100 + 100)).await;
        }
        let (first, toys, tellers) = Running::both(&broker);
        until_true("some work done", || !toys.rows().is_empty()).await;
        first.stop().await;
        let mut second = Running::new();
        second.run(Toy::new(toys.clone()), &toys, &broker);
        second.run(salur_runtime::testkit::toy::Teller, &tellers, &broker);
        until_true("the rest", || tellers.rows().len() == 2_000).await;
        assert!(toys.rows().values().all(|row| row.made == 1));
        second.stop().await;
        until_depth(&broker, "salur.dead", 0).await;
    })
    .await;
}
