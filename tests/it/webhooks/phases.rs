//! What is told, when, and under which id.

use std::collections::{BTreeMap, BTreeSet};

use salur_store::phases;
use salur_tests::{World, in_lab, programme::SOURCE};
use serde_json::json;

use super::{
    receiver::{Answer, Receiver},
    sender::{BATCH, Sender, add, batch},
};
use crate::{
    journey::site::until,
    portal::{
        contract::document,
        people::{administrator, system},
        support::House,
    },
};

const PAID: &str = "UPDATE payments SET handed_over_at = now(), paid_at = now()";

/// The shape of the message in `schemas/messages/openapi.json`.
fn documented() -> jsonschema::Validator {
    let document = document();
    let body = &document["webhooks"]["batchPhase"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    let schema = json!({ "$ref": body["$ref"], "components": document["components"] });
    jsonschema::validator_for(&schema).expect("a schema")
}

#[tokio::test]
async fn each_phase_is_told_once_signed_and_again_under_the_same_id_where_it_was_not_taken() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let receiver = Receiver::new("completed", [Answer::Status(500)]).await;
        let (id, secret) = add(&house, &token, &receiver.url("salur")).await;
        let families = batch(&house.world).await;
        let senders = [Sender::start(&house.world, true), Sender::start(&house.world, true)];
        until("three phases, one of them twice", async || receiver.heard().len() == 4).await;
        assert_eq!(house.world.count("batch_phases WHERE phase = 'settled'").await, 0, "nobody was paid yet");
        sqlx::query(PAID).execute(&house.world.sql).await.expect("the owner may");
        until("the fourth phase", async || house.world.count("webhook_deliveries WHERE delivered_at IS NOT NULL").await == 4).await;
        for sender in senders {
            assert_eq!(sender.stop().await, Some(0));
        }
        let heard = receiver.heard();
        let documented = documented();
        let mut told: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
        for heard in &heard {
            assert!(heard.is_signed_with(&secret), "{heard:?}");
            let said = heard.said();
            assert!(documented.is_valid(&said), "as documented: {said}");
            let (kind, data) = (said["type"].as_str().expect("a type").to_owned(), &said["data"]);
            assert_eq!((&data["source"], &data["batch"], &data["tranche"]), (&SOURCE.into(), &BATCH.into(), &"BST-4".into()));
            for person in &families {
                assert!(!heard.body.contains(&person.nik) && !heard.body.contains(&person.name), "{}", heard.body);
            }
            told.entry(kind).or_default().insert((heard.id.clone(), heard.body.clone()));
        }
        let kinds: Vec<&str> = told.keys().map(String::as_str).collect();
        assert_eq!((heard.len(), kinds), (5, vec!["batch.completed", "batch.funded", "batch.released", "batch.settled"]));
        assert!(told.values().all(|said| said.len() == 1), "the same id and the same bytes: {told:?}");
        let settled = heard.last().expect("five").said();
        let totals = json!({ "paid": { "families": 2, "rupiah": 600_000 }, "rejected": { "families": 1, "rupiah": 300_000 } });
        assert_eq!((&settled["type"], &settled["data"]["totals"]), (&"batch.settled".into(), &totals));
        let kept = house.world.count(&format!("webhooks WHERE webhooks::text LIKE '%{}%' AND id = '{id}'", &secret[6..20])).await;
        assert_eq!(kept, 0, "the secret is kept nowhere");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_webhook_is_not_told_of_what_was_reached_before_it_was_added() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        batch(&house.world).await;
        let receiver = Receiver::new("", []).await;
        add(&house, &token, &receiver.url("late")).await;
        sqlx::query(PAID).execute(&house.world.sql).await.expect("the owner may");
        let sender = Sender::start(&house.world, true);
        until("what came later", async || house.world.count("webhook_deliveries WHERE delivered_at IS NOT NULL").await > 0).await;
        assert_eq!(sender.stop().await, Some(0));
        assert_eq!(house.world.count("batch_phases").await, 4, "all are noticed");
        let kinds: Vec<String> = receiver.heard().iter().map(|heard| heard.said()["type"].to_string()).collect();
        assert_eq!(kinds, ["\"batch.settled\""]);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn totals_are_what_the_report_of_the_batch_says() {
    in_lab(async |lab| {
        let town = crate::verify::town::Town::build(&lab).await;
        let views = "SELECT format('%s %s', row, status) FROM row_statuses s JOIN batches b ON b.id = s.batch WHERE b.name = 'tahap-4' ORDER BY row";
        let viewed = town.world.column(views).await;
        let database = &town.world.tools.database;
        let found = salur_store::reports::batches(database, None, Some("tahap-4"), 1, ("", "")).await.expect("batches can be read");
        let all = salur_store::reports::Sought::page(salur_domain::BatchId(found[0].id), "", "");
        let rows = salur_store::reports::rows(database, all).await.expect("rows can be read");
        let reported: Vec<String> = rows.into_iter().map(|row| format!("{} {}", row.row, row.status)).collect();
        assert_eq!((viewed.len(), viewed), (8, reported));
    })
    .await;
}

/// Ends a row of the batch.
async fn end(world: &World, row: &str) {
    let ended = "INSERT INTO row_decisions (batch, row, decision, code, tranche, account)
        SELECT id, $1, 'ended', 'WDR01', 4, gen_random_uuid() FROM batches";
    sqlx::query(ended).bind(row).execute(&world.sql).await.expect("the owner may");
}

/// A look of the sender; how many phases it noticed.
async fn look(world: &World) -> usize {
    let database = &world.tools.database;
    let watched = phases::watched(database, None).await.expect("batches can be read");
    let [batch] = watched.as_slice() else { panic!("one batch: {watched:?}") };
    let mut tx = database.begin_webhooks().await.expect("a transaction");
    let noticed = phases::notice(&mut tx, batch).await.expect("a look");
    tx.commit().await.expect("committed");
    noticed
}

#[tokio::test]
async fn a_large_batch_is_settled_when_no_row_waits_and_one_that_came_behind_the_look_counts() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let made = [
            "INSERT INTO webhooks (id, source, url, created_by) SELECT gen_random_uuid(), name, 'https://a.example/', 'test' FROM sources",
            "INSERT INTO batches (id, source, name, completed_at, released_at) SELECT gen_random_uuid(), min(name), 'large', now(), now() FROM sources",
            "INSERT INTO recipients (batch, row, intake, findings, amount, content, sealed) SELECT id, lpad(n::text, 6, '0'),
               CASE n WHEN 7000 THEN 'staged' ELSE 'rejected' END, '{}', 300000, '', '' FROM batches, generate_series(1, 12000) AS n",
        ];
        for statement in made {
            sqlx::query(statement).execute(&world.sql).await.expect("the owner may");
        }
        let waits = async || world.column("SELECT row FROM phase_looks WHERE phase = 'settled'").await;
        assert_eq!(look(&world).await, 3, "all but settled");
        assert_eq!((waits().await, look(&world).await), (vec!["007000".to_owned()], 0), "it waits for this row");
        let late = "INSERT INTO recipients (batch, row, intake, findings, content, sealed) SELECT id, '000000', 'substitute', '{}', '', '' FROM batches";
        sqlx::query(late).execute(&world.sql).await.expect("the owner may");
        end(&world, "007000").await;
        assert_eq!((look(&world).await, waits().await), (0, vec!["000000".to_owned()]), "to the end, and again from the beginning");
        end(&world, "000000").await;
        assert_eq!((look(&world).await, world.count("batch_phases").await), (1, 4));
        let watched = phases::watched(&world.tools.database, None).await.expect("batches can be read");
        assert!(watched.is_empty(), "a settled batch is looked at no more");
    })
    .await;
}
