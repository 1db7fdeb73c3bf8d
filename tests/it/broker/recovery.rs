//! Whatever the broker closes is built again, and nothing is lost.

use std::time::Duration;

use super::support::{Running, SPECS, coins, in_vhost, publish, until, until_depth, until_true};
use salur_runtime::{broker::Broker, client::Client};
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn closed_connections_are_made_again_and_nothing_is_lost_or_doubled() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(SPECS).await;
        let (running, toys, tellers) = Running::both(&broker);
        let client = Client::new(&broker);
        let mut closed = 0;
        for part in 0..60_usize {
            if part % 20 == 10 {
                closed +=
                    until("connections to close", || async { Some(vhost.close_connections().await).filter(|closed| *closed > 0) }).await;
            }
            let facts = coins(part * 50..part * 50 + 50);
            // A failed call may have published: the same seed again, as the contract says.
            until("a part published", || async { client.publish_facts("test", &part.to_string(), &facts).await.ok() }).await;
        }
        assert!(closed >= 3, "connections were closed: {closed}");
        until_true("every coin at the second stage", || tellers.rows().len() == 3_000).await;
        assert_eq!(toys.rows().len(), 3_000);
        assert!(toys.rows().values().all(|row| row.made == 1));
        until_true("readiness", || running.health.reasons().is_empty()).await;
        for queue in ["salur.toy", "salur.toy-teller"] {
            until_depth(&broker, queue, 0).await;
        }
        running.stop().await;
        until_depth(&broker, "salur.dead", 0).await;
        until_depth(&broker, "salur.toy", 0).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_whose_queue_was_deleted_comes_back_with_its_queue() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(SPECS).await;
        let (running, _, tellers) = Running::both(&broker);
        publish(&broker, "before", &coins(0..10)).await;
        until_true("the first coins", || tellers.rows().len() == 10).await;
        vhost.delete_queue("salur.toy").await;
        until("the queue declared again with its consumers", || async {
            broker.depth("salur.toy").await.ok().filter(|(_, consumers)| *consumers >= 2)
        })
        .await;
        publish(&broker, "after", &coins(10..20)).await;
        until_true("the later coins", || tellers.rows().len() == 20).await;
        running.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_tells_while_the_broker_is_away() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(SPECS).await;
        let (running, _, tellers) = Running::both(&broker);
        until_true("readiness", || running.health.reasons().is_empty()).await;
        until("connections to close", || async { Some(vhost.close_connections().await).filter(|closed| *closed > 0) }).await;
        until_true("a reason", || !running.health.reasons().is_empty()).await;
        until_true("readiness again", || running.health.reasons().is_empty()).await;
        publish(&broker, "seed", &coins(0..10)).await;
        until_true("coins after it", || tellers.rows().len() == 10).await;
        running.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_without_topology_fails_in_bounded_time() {
    in_vhost(|vhost| async move {
        let broker = Broker::connect(&vhost.config()).await.expect("the broker is there");
        let publishing = Client::new(&broker).publish_facts("test", "seed", &coins(0..3)).await;
        assert!(publishing.is_err(), "there is no exchange");
        let depth = tokio::time::timeout(Duration::from_secs(10), broker.depth("salur.nowhere")).await.expect("an answer in time");
        assert!(depth.is_err(), "there is no queue, and asking harmed nobody");
        broker.declare(SPECS).await.expect("the connection still serves");
        publish(&broker, "seed", &coins(0..3)).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_confirm_is_lost_is_published_again_and_counts_once() {
    in_vhost(|vhost| async move {
        let direct = vhost.broker(SPECS).await;
        let (proxy, config) = vhost.proxied().await;
        let client = Client::new(&Broker::connect(&config).await.expect("the broker is there"));
        client.publish_facts("test", "first", &coins(0..3)).await.expect("published");
        until_depth(&direct, "salur.toy", 1).await;
        proxy.mute();
        let mut publishing = JoinSet::new();
        publishing.spawn(async move {
            let facts = coins(3..6);
            until("the facts published", || async { client.publish_facts("test", "second", &facts).await.ok() }).await;
        });
        until_depth(&direct, "salur.toy", 2).await;
        proxy.heal();
        publishing.join_next().await.expect("it was spawned").expect("it ends well");
        assert!(direct.depth("salur.toy").await.expect("it is there").0 >= 3, "published again");
        let (running, toys, tellers) = Running::both(&direct);
        until_true("every coin at the second stage", || tellers.rows().len() == 6).await;
        until_depth(&direct, "salur.toy", 0).await;
        running.stop().await;
        assert!(toys.rows().values().all(|row| row.made == 1), "known when it comes again");
    })
    .await;
}
