//! What is not taken: the ladder, the dead end, and the operator who tries again.

use reqwest::Method;
use salur_store::webhooks::states;
use salur_tests::{in_lab, programme::SOURCE};
use serde_json::json;

use super::{
    receiver::{Answer, Receiver},
    sender::{Sender, add, batch},
};
use crate::{
    journey::site::until,
    portal::{
        command_line::Desk,
        people::{administrator, system},
        support::House,
    },
};

/// What the one delivery looks like, of the phase that the receiver does not take.
async fn delivery(house: &House, expression: &str) -> String {
    house.world.one(&format!("SELECT coalesce(({expression})::text, '-') FROM webhook_deliveries WHERE phase = 'completed'")).await
}

/// Makes the next attempt due, after so many failed ones.
async fn hurry(house: &House, failed: i32) {
    let due = "UPDATE webhook_deliveries SET next_at = now(), attempts = $1 WHERE phase = 'completed' AND delivered_at IS NULL";
    sqlx::query(due).bind(failed).execute(&house.world.sql).await.expect("the owner may");
}

#[tokio::test]
async fn redirects_silence_and_errors_climb_the_ladder_to_a_dead_end_that_an_operator_tries_again() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let receiver = Receiver::new("completed", [Answer::Redirect("/elsewhere"), Answer::Silence, Answer::Status(503)]).await;
        let (id, _) = add(&house, &token, &receiver.url("salur")).await;
        batch(&house.world).await;
        let sender = Sender::start(&house.world, true);
        let failed = async |count: &str| {
            until("a failed attempt", async || {
                house.world.count("webhook_deliveries WHERE phase = 'completed'").await == 1 && delivery(&house, "attempts").await == count
            })
            .await;
        };
        failed("1").await;
        assert_eq!(delivery(&house, "failure").await, "answered 307: redirects are not followed");
        assert_eq!(delivery(&house, "round(extract(epoch FROM next_at - tried_at))::int BETWEEN 5 AND 6").await, "true");
        hurry(&house, 1).await;
        failed("2").await;
        assert_eq!(delivery(&house, "failure").await, "no answer within 15s");
        assert_eq!(delivery(&house, "next_at - tried_at BETWEEN interval '5 minutes' AND interval '6 minutes'").await, "true");
        assert_eq!(delivery(&house, "dead_at").await, "-");
        hurry(&house, 7).await;
        failed("8").await;
        assert_ne!(delivery(&house, "dead_at").await, "-", "the ladder is over");
        until("the others", async || house.world.count("webhook_deliveries WHERE delivered_at IS NOT NULL").await == 2).await;
        assert_eq!(states(&house.world.tools.database).await.expect("they can be counted"), (0, 1), "what the exporter says");

        let desk = Desk::new(&house, "ops");
        let wanted = json!({ "name": "rusdi", "kind": "person", "role": "ops" });
        let (_, made) = house.call(Method::POST, "/api/actors", Some(&admin), Some(&wanted)).await;
        let code = made["code"].as_str().expect("a code");
        let (done, said) = desk.run(&["login", "--server", &house.address, "--as", "rusdi", "--code", code]).await;
        assert!(done, "{said}");
        let (done, said) = desk.run(&["webhooks", "list", "--dead"]).await;
        assert!(done && said.contains("tahap-4 completed: answered 503") && said.contains(&id), "{said}");
        let (done, said) = desk.run(&["webhooks", "retry", &id]).await;
        assert!(done && said.contains("1 deliveries are tried again"), "{said}");
        until("the receiver takes it", async || delivery(&house, "delivered_at IS NOT NULL AND dead_at IS NULL").await == "true").await;
        assert_eq!(sender.stop().await, Some(0));
        let heard = receiver.heard();
        assert!(heard.iter().all(|heard| heard.path == "/salur"), "no redirect was followed");
        let ids: std::collections::BTreeSet<_> =
            heard.iter().filter(|heard| heard.body.contains("batch.completed")).map(|heard| &heard.id).collect();
        assert_eq!((heard.len(), ids.len()), (6, 1), "four attempts under one id, and two other phases");
        assert_eq!(house.world.count("audit WHERE act = 'webhook_retried' AND actor = 'rusdi'").await, 1);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_killed_sender_had_claimed_another_one_sends() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let receiver = Receiver::new("completed", [Answer::Silence]).await;
        add(&house, &token, &receiver.url("salur")).await;
        batch(&house.world).await;
        let heard = || receiver.heard().iter().filter(|heard| heard.body.contains("batch.completed")).count();
        let killed = Sender::start(&house.world, true);
        until("an attempt in the air", async || heard() == 1).await;
        drop(killed);
        assert_eq!(delivery(&house, "attempts = 0 AND next_at > now() + interval '30 seconds'").await, "true", "it is claimed for a while");
        hurry(&house, 0).await;
        let other = Sender::start(&house.world, true);
        until("the other one sends it", async || delivery(&house, "delivered_at IS NOT NULL").await == "true").await;
        assert_eq!((other.stop().await, heard()), (Some(0), 2));
        house.close().await;
    })
    .await;
}
