//! What is not a message becomes a dead letter, and the consumer lives.

use super::support::{Running, SPECS, coins, in_vhost, publish, until_depth, until_true};

#[tokio::test(flavor = "multi_thread")]
async fn undecodable_deep_oversized_and_foreign_bodies_are_dead_letters_and_the_consumer_lives() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(SPECS).await;
        let (running, toys, _) = Running::both(&broker);
        let raw = vhost.raw().await;
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        let bodies: [&[u8]; 6] = [
            b"",
            b"\xff\x00\xfe",
            b"{\"id\":",
            deep.as_bytes(),
            &vec![b'x'; 3 * 1024 * 1024],
            b"{\"id\":\"1\",\"type\":\"other\",\"data\":{\"facts\":[{}]}}",
        ];
        for body in bodies {
            raw.publish("salur", "coins.dropped.dinsos", body).await;
        }
        publish(&broker, "good", &coins(0..10)).await;
        until_true("the good ones", || toys.rows().len() == 10).await;
        until_depth(&broker, "salur.dead", 6).await;
        until_true("readiness", || running.health.reasons().is_empty()).await;
        running.stop().await;
        until_depth(&broker, "salur.toy", 0).await;
    })
    .await;
}
