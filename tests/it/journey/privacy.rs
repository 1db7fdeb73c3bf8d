//! No NIK, household number or name where it does not belong.

use lapin::{
    Channel, Connection, ConnectionProperties,
    message::BasicGetMessage,
    options::{BasicAckOptions, BasicGetOptions, QueueBindOptions, QueueDeclareOptions},
    types::FieldTable,
};
use salur_pipeline::{intake, photo_ingest};
use salur_runtime::topology;
use salur_schemas::RecipientSubmitted;
use salur_tests::{
    Person, Plan,
    facts::{batch, rows},
    in_lab,
    programme::{SOURCE, TAHAP_4, counters},
};

use super::site::Site;

const SPY: &str = "spy";
const FAMILIES: u32 = 12;
/// The only fact that may carry what it carries.
const PERSONAL: &str = "recipients.submitted.";

/// Hears everything of the exchanges of facts and of outcomes.
async fn spy(site: &Site) -> (Connection, Channel) {
    let connection = Connection::connect(&site.amqp, ConnectionProperties::default()).await.expect("the broker is there");
    let channel = connection.create_channel().await.expect("a channel");
    channel.queue_declare(SPY.into(), QueueDeclareOptions::durable(), FieldTable::default()).await.expect("a queue");
    for exchange in [topology::FACTS, topology::OUTCOMES, topology::DEAD] {
        let bound = channel.queue_bind(SPY.into(), exchange.into(), "#".into(), QueueBindOptions::default(), FieldTable::default()).await;
        bound.expect("a binding");
    }
    (connection, channel)
}

async fn all_heard(channel: &Channel) -> Vec<BasicGetMessage> {
    let mut all = Vec::new();
    while let Some(message) = channel.basic_get(SPY.into(), BasicGetOptions::default()).await.expect("get") {
        message.delivery.acker.ack(BasicAckOptions::default()).await.expect("acked");
        all.push(message);
    }
    all
}

/// Everything personal of the rows, as text that must not be found.
fn needles(rows: &[RecipientSubmitted]) -> Vec<String> {
    let cleaned = |name: &str| name.replace('\u{202E}', "").trim().to_owned();
    let mut needles: Vec<String> =
        rows.iter().flat_map(|row| [row.nik.clone(), row.kk.clone(), row.name.clone(), cleaned(&row.name)]).collect();
    needles.retain(|needle| needle.len() > 6);
    needles.sort();
    needles.dedup();
    needles
}

fn assert_clean(what: &str, text: &str, needles: &[String]) {
    for (at, needle) in needles.iter().enumerate() {
        assert!(!text.contains(needle.as_str()), "{what} tells who somebody is (needle {at})");
    }
}

/// Good rows, held and rejected ones, a conflict, and broken messages that carry a person.
fn list() -> Vec<RecipientSubmitted> {
    let mut list = rows("list", TAHAP_4, (1..=FAMILIES).map(Person::new));
    list[1].village = "9999999999".into();
    list[2].name = format!("{} \u{202E}", list[2].name);
    list[3].nik = String::from(&list[4].nik);
    list
}

async fn all_that_can_happen(site: &Site, list: &[RecipientSubmitted]) {
    let mut worker = site.worker("worker", &[]);
    let mut facts = batch(list);
    facts.push(RecipientSubmitted { name: "Nama Rahasia Sekali".into(), ..list[0].clone() }.into());
    site.publish("list", &facts[..list.len()]).await;
    site.publish("rest", &facts[list.len()..=list.len()]).await;
    site.publish("conflict", &facts[list.len() + 1..]).await;
    for (at, body) in poison(list).into_iter().enumerate() {
        let channel = &spy_publisher(site).await;
        let sent = channel.basic_publish(
            topology::FACTS.into(),
            format!("{PERSONAL}{SOURCE}").into(),
            lapin::options::BasicPublishOptions::default(),
            &body,
            lapin::BasicProperties::default().with_message_id(format!("poison-{at}").into()),
        );
        sent.await.expect("sent").await.expect("taken");
    }
    // one is rejected for its village, two are held as a pair; the name with a hidden character is cleaned and goes on
    let accepted = i64::from(FAMILIES) - 3;
    site.until("cheque_issued", accepted).await;
    let counters = counters();
    let paper = site.world.paper(4, &Person::new(1)).await;
    let capture = site.world.visit(1, &paper, &counters[0]).await;
    site.publish("capture", &[photo_ingest::In::from(capture)]).await;
    site.until("paid", 1).await;
    super::site::until("three dead letters in the table", async || site.world.count("dead_letters").await == 3).await;
    site.rested().await;
    let page = worker.metrics().await;
    assert_clean("the metrics page", &page, &needles(list));
    assert_eq!(worker.stop().await, Some(0));
}

async fn spy_publisher(site: &Site) -> Channel {
    let connection = Connection::connect(&site.amqp, ConnectionProperties::default()).await.expect("the broker is there");
    connection.create_channel().await.expect("a channel")
}

/// Messages of rows that cannot be read: cut off, a field of the wrong type, a field missing.
fn poison(list: &[RecipientSubmitted]) -> Vec<Vec<u8>> {
    let whole = salur_runtime::testkit::Delivery::of("poison", salur_tests::facts::moment(), &[intake::In::from(list[0].clone())]).body;
    let mut wrong: serde_json::Value = serde_json::from_slice(&whole).expect("JSON");
    wrong["data"]["facts"][0]["tranche"] = serde_json::json!({ "name": list[5].name, "nik": list[5].nik });
    let mut missing: serde_json::Value = serde_json::from_slice(&whole).expect("JSON");
    missing["data"]["facts"][0].as_object_mut().expect("an object").remove("kk");
    vec![whole[..whole.len() - 20].to_vec(), wrong.to_string().into_bytes(), missing.to_string().into_bytes()]
}

#[tokio::test]
async fn logs_headers_keys_metrics_rows_and_other_messages_name_nobody() {
    in_lab(async |lab| {
        let site = Site::new(&lab, &Plan::default()).await;
        let list = list();
        let mut needles = needles(&list);
        needles.push("Nama Rahasia Sekali".into());
        let (_connection, channel) = spy(&site).await;
        all_that_can_happen(&site, &list).await;

        let heard = all_heard(&channel).await;
        assert!(heard.len() > 20, "the spy heard {} messages", heard.len());
        for message in &heard {
            let delivery = &message.delivery;
            let beside = format!("{} {} {:?}", delivery.exchange, delivery.routing_key, delivery.properties);
            assert_clean("what travels beside a body", &beside, &needles);
            if !delivery.routing_key.as_str().starts_with(PERSONAL) && delivery.exchange.as_str() != topology::DEAD {
                assert_clean(delivery.routing_key.as_str(), &String::from_utf8_lossy(&delivery.data), &needles);
            }
        }
        let logs = site.logs();
        assert!(logs.contains("a message becomes a dead letter") && logs.contains("\"flight\""), "the log is the log");
        assert_clean("a log", &logs, &needles);
        let objects = site.world.tools.blobs.list("", None).await.expect("objects can be listed");
        assert!(objects.len() > 3, "objects are there");
        assert_clean("an object key", &format!("{objects:?}"), &needles);
        for table in site.world.dump().await.into_keys() {
            let rows = site.world.column(&format!("SELECT t::text FROM {table} AS t")).await;
            assert_clean(&format!("table {table}"), &rows.join("\n"), &needles);
        }
    })
    .await;
}
