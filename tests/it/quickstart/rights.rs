//! What an upstream system may do on the broker: say its own facts, hear its own outcomes, nothing else.

use std::sync::Arc;

use lapin::{
    Connection, ConnectionProperties, ExchangeKind,
    options::{BasicGetOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions},
    types::FieldTable,
};
use reqwest::Method;
use salur_domain::SourceName;
use salur_pipeline::intake;
use salur_runtime::{testkit::Delivery, topology};
use salur_tests::{
    Lab, Person, Plan,
    facts::{moment, rows},
    in_lab,
    lab::manage,
    programme::TAHAP_4,
};
use serde_json::Value;

use super::upstream::{Upstream, access, is_refusal, publish};
use crate::journey::site::{Site, Worker, until};

/// A site whose administrator is signed in at its portal.
async fn administered(lab: &Arc<Lab>) -> (Site, (Worker, String)) {
    let site = Site::new(lab, &Plan::default()).await;
    let portal = site.portal().await;
    site.administer(&portal.1).await;
    (site, portal)
}

/// A row of a source, as a message.
fn row_of(source: &str, number: u32) -> Vec<u8> {
    let mut row = rows("batch", TAHAP_4, [Person::new(number)]).remove(0);
    row.source = SourceName(source.to_owned());
    Delivery::of(&format!("m-{number}"), moment(), &[intake::In::from(row)]).body
}

#[tokio::test]
async fn a_source_is_refused_under_anothers_key_and_set_aside_where_it_claims_anothers_name() {
    in_lab(async |lab| {
        let (site, portal) = administered(&lab).await;
        let (one, other) = (Upstream::new(&site, "one").await, Upstream::new(&site, "other").await);
        let connection = one.connect().await;
        let own = format!("recipients.submitted.{}", one.source);
        let said = async |exchange: &'static str, key: String, body: Vec<u8>| {
            let channel = connection.create_channel().await.expect("a channel");
            publish(channel, exchange, &key, &body).await
        };
        let foreign = format!("recipients.submitted.{}", other.source);
        let keys =
            [foreign.as_str(), "recipients.submitted", "tranches.opened", "proofs.captured", &format!("tranches.opened.{}", one.source)];
        for key in keys {
            assert!(is_refusal(&said(topology::FACTS, key.to_owned(), row_of(&other.source, 1)).await), "under {key}");
        }
        for (exchange, key) in [("", "salur.intake"), ("salur.retry", "intake"), ("salur.dead", ""), ("salur.delay.5s", "intake")] {
            assert!(is_refusal(&said(exchange, key.to_owned(), row_of(&one.source, 1)).await), "to `{exchange}`");
        }
        assert!(is_refusal(&said(topology::OUTCOMES, format!("{}.paid", other.source), b"{}".to_vec()).await), "as if it were salur");
        said(topology::FACTS, own.clone(), row_of(&one.source, 2)).await.expect("its own is taken");
        said(topology::FACTS, own.clone(), row_of(&other.source, 3)).await.expect("the broker does not read it");
        let worker = site.worker("worker", &[]);
        until("a dead letter and a row", async || site.world.count("dead_letters").await == 1 && site.world.count("recipients").await == 1)
            .await;
        let cause: String = site.world.one("SELECT cause FROM dead_letters").await;
        assert!(cause.contains(&format!("source `{}`", other.source)) && cause.contains(&format!("`{own}`")), "{cause}");
        site.become_one(&portal.1, "ops").await;
        let replayed = site.run(&["dead-letters", "replay", "--reason", "test"]).await;
        assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
        until("the same letter again", async || site.world.count("dead_letters WHERE replayed_at IS NULL").await == 1).await;
        assert_eq!(site.world.count("recipients").await, 1, "a replay makes nobody another");
        drop(worker);
        one.remove().await;
        other.remove().await;
    })
    .await;
}

#[tokio::test]
async fn a_source_hears_only_its_own_outcomes_and_configures_nothing() {
    in_lab(async |lab| {
        let (site, _portal) = administered(&lab).await;
        let (one, other) = (Upstream::new(&site, "one").await, Upstream::new(&site, "other").await);
        let connection = one.connect().await;
        let channel = async || connection.create_channel().await.expect("a channel");
        let get = async |queue: &str| channel().await.basic_get(queue.into(), BasicGetOptions { no_ack: true }).await;
        let own = topology::outcomes(&one.source);
        assert!(get(&own).await.expect("its own is open").is_none());
        for queue in [topology::outcomes(&other.source), topology::queue("intake"), topology::DEAD.to_owned()] {
            assert!(is_refusal(&get(&queue).await), "{queue}");
        }
        for queue in ["", "salur.outcomes.mine", &own] {
            let declared = channel().await.queue_declare(queue.into(), QueueDeclareOptions::durable(), FieldTable::default()).await;
            assert!(is_refusal(&declared), "declaring `{queue}`");
        }
        for (exchange, key) in [(topology::OUTCOMES, "#".to_owned()), (topology::FACTS, "recipients.submitted.*".to_owned())] {
            let (options, none) = (QueueBindOptions::default(), FieldTable::default());
            let bound = channel().await.queue_bind(own.as_str().into(), exchange.into(), key.as_str().into(), options, none).await;
            assert!(is_refusal(&bound), "binding to {exchange}");
        }
        assert!(is_refusal(&channel().await.queue_delete(own.as_str().into(), QueueDeleteOptions::default()).await));
        let (options, none) = (ExchangeDeclareOptions::default(), FieldTable::default());
        let made = channel().await.exchange_declare("mine".into(), ExchangeKind::Fanout, options, none).await;
        assert!(is_refusal(&made));
        one.remove().await;
        other.remove().await;
    })
    .await;
}

#[tokio::test]
async fn access_made_again_is_a_new_password_and_revoked_is_none() {
    in_lab(async |lab| {
        let (site, _portal) = administered(&lab).await;
        let mut one = Upstream::new(&site, "one").await;
        let old = std::mem::replace(&mut one.url, access(&site, &one.source).await);
        let connect = async |url: &str| Connection::connect(url, ConnectionProperties::default()).await;
        assert!(connect(&old).await.is_err(), "the old password is dead");
        let connection = one.connect().await;
        let revoked = site.run(&["broker-access", &one.source, "--revoke", "--json"]).await;
        let told: Value = serde_json::from_slice(&revoked.stdout).expect("one JSON object");
        assert_eq!(told["commands"][0], format!("rabbitmqctl delete_user upstream-{}", one.source));
        let url = one.url.clone();
        // what the command does, by another door
        manage(Method::DELETE, &format!("users/upstream-{}", one.source), "").await;
        until("the end of its connection", async || !connection.status().connected()).await;
        assert!(connect(&url).await.is_err());
        let unknown = site.run(&["broker-access", "nobody"]).await;
        assert!(String::from_utf8_lossy(&unknown.stderr).contains("there is no source of this name"));
        assert_eq!(site.world.count("audit WHERE act = 'broker_user_made'").await, 2);
    })
    .await;
}
