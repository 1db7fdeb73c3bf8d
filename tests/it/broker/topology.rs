//! Declaring is idempotent, and what does not fit is named.

use lapin::{
    options::{QueueBindOptions, QueueDeclareOptions},
    types::FieldTable,
};
use salur_domain::Disposition;
use salur_runtime::{broker::Broker, topology};

use super::support::{SPECS, in_vhost, until_depth};

#[tokio::test(flavor = "multi_thread")]
async fn declaring_twice_from_two_processes_is_fine() {
    in_vhost(|vhost| async move {
        let first = vhost.broker(SPECS).await;
        let second = vhost.broker(SPECS).await;
        for queue in topology::queues(SPECS) {
            assert_eq!(first.depth(&queue).await.expect("it is there"), (0, 0), "{queue}");
        }
        second.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_declared_differently_is_named_with_its_remedy() {
    in_vhost(|vhost| async move {
        let raw = vhost.raw().await;
        let declared = raw.channel.queue_declare("salur.toy".into(), QueueDeclareOptions::durable(), FieldTable::default()).await;
        declared.expect("a classic queue of that name");
        let broker = Broker::connect(&vhost.config()).await.expect("the broker is there");
        let failure = broker.declare(SPECS).await.expect_err("the arguments differ");
        assert_eq!(failure.disposition, Disposition::Permanent);
        let text = failure.to_string();
        assert!(text.contains("salur.toy") && text.contains("delete it"), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_from_upstream_is_heard_under_a_sources_key_and_not_under_the_bare_one() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(SPECS).await;
        let raw = vhost.raw().await;
        let old = raw.channel.queue_bind(
            "salur.toy".into(),
            topology::FACTS.into(),
            "coins.dropped".into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        );
        old.await.expect("bound as older releases did");
        broker.declare(SPECS).await.expect("declared again");
        for key in ["coins.dropped", "coins.dropped.dinsos.more", "coins.dropped.dinsos"] {
            raw.publish(topology::FACTS, key, b"x").await;
        }
        until_depth(&broker, "salur.toy", 1).await;
    })
    .await;
}
