//! A message that comes back again and again is handled alone; if that does not end either, it is set aside. Nothing else flies meanwhile.

use salur_runtime::{
    telemetry::metrics_handle,
    testkit::{Delivery, toy::Fate},
};

use super::support::{Running, SPECS, coin, coins, in_vhost, publish, until_depth, until_true};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_returned_three_times_is_handled_alone_and_ends() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(SPECS).await;
        publish(&broker, "suspect", &[coin("suspect", Fate::Stamp)]).await;
        vhost.raw().await.take_and_return("salur.toy", 3).await;
        publish(&broker, "innocent", &coins(0..5)).await;
        let metrics = metrics_handle();
        let (running, toys, _) = Running::both(&broker);
        until_true("suspect and innocent alike", || toys.rows().len() == 6).await;
        assert!(metrics.render().contains("salur_suspects_total{stage=\"toy\"} 1"), "it went the way of suspects");
        until_depth(&broker, "salur.toy.suspects", 0).await;
        running.stop().await;
        until_depth(&broker, "salur.dead", 0).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_never_ends_alone_is_a_dead_letter_before_it_kills_again() {
    in_vhost(|vhost| async move {
        let broker = vhost.broker(SPECS).await;
        let raw = vhost.raw().await;
        // This coin would end the test's own process.
        let killer = Delivery::of("killer", chrono::DateTime::UNIX_EPOCH, &[coin("killer", Fate::Kill)]);
        raw.publish("", "salur.toy.suspects", &killer.body).await;
        raw.take_and_return("salur.toy.suspects", 3).await;
        let (running, toys, _) = Running::both(&broker);
        publish(&broker, "innocent", &coins(0..5)).await;
        until_depth(&broker, "salur.dead", 1).await;
        until_true("the innocent", || toys.rows().len() == 5).await;
        running.stop().await;
    })
    .await;
}
