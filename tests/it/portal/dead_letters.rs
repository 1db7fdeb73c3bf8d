//! Dead letters over HTTP and from the command line, with a worker behind the portal that holds the keys and replays what is asked for.

use std::sync::Arc;

use reqwest::{Method, StatusCode};
use salur_pipeline::{Keeper, Replayer, intake};
use salur_runtime::{
    dead_letters::{DeadLetter, DeadLetterStore},
    replays::replay_asked,
    testkit::Delivery,
};
use salur_tests::{
    Person,
    facts::{moment, rows},
    in_lab,
    programme::{SOURCE, TAHAP_4},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    command_line::{self, Desk},
    people::{administrator, person, system},
    support::{House, code},
};

const REPLAYS: &str = "/api/dead-letters/replays";

/// Keeps letters as a worker does: rows that intake could have taken.
pub async fn die(house: &House, stage: &str, numbers: std::ops::Range<u32>) {
    let letter = |number: u32| DeadLetter {
        fingerprint: format!("{stage}/{number}"),
        message_id: format!("m-{number}"),
        stage: stage.to_owned(),
        cause: format!("row {number} met a fault that was mended since"),
        body: Delivery::of(&format!("m-{number}"), moment(), &[intake::In::from(rows("b", TAHAP_4, [Person::new(number)]).remove(0))]).body,
        traceparent: None,
        key: None,
        attempts: 0,
        first_published_at: Some(moment()),
    };
    Keeper(Arc::clone(&house.world.tools)).keep(numbers.map(letter).collect()).await.expect("letters are kept");
}

/// A worker that replays, until dropped.
pub struct Worker(CancellationToken, JoinSet<()>);

impl Worker {
    pub fn starts(house: &House) -> Self {
        let (stop, mut worker) = (CancellationToken::new(), JoinSet::new());
        let (replayer, broker, stopped) = (Replayer(Arc::clone(&house.world.tools)), house.broker.clone(), stop.clone());
        worker.spawn(async move { replay_asked(&replayer, &broker, &stopped).await });
        Self(stop, worker)
    }

    pub async fn stops(mut self) {
        self.0.cancel();
        self.1.join_next().await.expect("it was spawned").expect("it did not panic");
    }
}

async fn ended(house: &House, token: &str, request: &Value) -> Value {
    let path = format!("{REPLAYS}/{}", request.as_str().expect("a request"));
    for _ in 0..200 {
        let (status, effects) = house.call(Method::GET, &path, Some(token), None).await;
        assert_eq!(status, StatusCode::OK, "{effects}");
        if effects["waiting"] == 0 {
            return effects;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("no worker replayed");
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_replayed_once_by_a_worker_at_the_word_of_ops_and_that_is_on_record() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        die(&house, "intake", 50..53).await;
        let admin = administrator(&house).await;
        let ops = person(&house, &admin, "the.ops", "ops", None).await;
        let (_, told) = house.call(Method::GET, "/api/dead-letters/groups", Some(&ops), None).await;
        let group = &told["groups"][0];
        assert_eq!((&group["letters"], &group["cause"]), (&json!(3), &json!("row 50 met a fault that was mended since")), "{told}");
        let asked = json!({ "fingerprint": group["fingerprint"], "reason": "mended", "dry_run": true });
        let (status, told) = house.call(Method::POST, REPLAYS, Some(&ops), Some(&asked)).await;
        assert_eq!((status, &told["asked"]), (StatusCode::OK, &json!(3)));
        assert_eq!(house.world.count("dead_letter_replays").await, 0, "a dry run asks for nothing");
        let asked = json!({ "fingerprint": group["fingerprint"], "reason": "mended" });
        let (status, told) = house.call(Method::POST, REPLAYS, Some(&ops), Some(&asked)).await;
        assert_eq!((status, &told["asked"]), (StatusCode::ACCEPTED, &json!(3)));
        let again = house.call(Method::POST, REPLAYS, Some(&ops), Some(&asked)).await.1;
        assert_eq!(again["asked"], 0, "they wait for their replay already");
        assert_eq!(house.waiting("salur.intake").await, 0, "the portal holds no key and publishes nothing");
        let (one, other) = (Worker::starts(&house), Worker::starts(&house));
        let effects = ended(&house, &ops, &told["request"]).await;
        assert_eq!(effects, json!({ "asked": 3, "replayed": 3, "died_again": 0, "refused": 0, "waiting": 0 }));
        one.stops().await;
        other.stops().await;
        let mut bodies: Vec<String> =
            house.take("salur.intake").await.iter().map(|message| String::from_utf8_lossy(&message.body).into_owned()).collect();
        bodies.sort();
        assert_eq!(bodies.len(), 3, "each once, though two workers look");
        assert!((50..53).zip(&bodies).all(|(number, body)| body.contains(&Person::new(number).nik)), "opened");
        let acts = house.world.column("SELECT actor || ' ' || act FROM audit WHERE act LIKE 'dead%' ORDER BY id").await;
        assert_eq!(acts, [&["the.ops dead_letters_replay_asked"][..], &["the.ops dead-letter-replayed"; 3]].concat());
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_ops_replay_and_what_can_never_be_published_is_told_and_stops_nobody() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        die(&house, "no-such-stage", 60..61).await;
        die(&house, "intake", 61..63).await;
        let damage = "UPDATE dead_letters SET body = '\\x00' WHERE message_id = 'm-61'";
        sqlx::query(damage).execute(&house.world.sql).await.expect("the owner may");
        let admin = administrator(&house).await;
        let ops = person(&house, &admin, "the.ops", "ops", None).await;
        let auditor = person(&house, &admin, "an.auditor", "auditor", None).await;
        let sender = system(&house, &admin, "sender", SOURCE).await;
        let asked = json!({ "reason": "try" });
        for token in [&auditor, &sender, &admin] {
            assert_eq!(code(&house.call(Method::POST, REPLAYS, Some(token), Some(&asked)).await), (403, "role"));
        }
        assert_eq!(code(&house.call(Method::GET, "/api/dead-letters", Some(&sender), None).await), (403, "role"));
        let (status, seen) = house.call(Method::GET, "/api/dead-letters", Some(&auditor), None).await;
        assert_eq!((status, seen["letters"].as_array().map(Vec::len)), (StatusCode::OK, Some(3)));
        assert!(!seen.to_string().contains("body") && !seen.to_string().contains(&Person::new(62).nik));
        assert_eq!(code(&house.call(Method::POST, REPLAYS, Some(&ops), Some(&json!({ "reason": "" }))).await), (422, "reason"));
        assert_eq!(code(&house.call(Method::POST, REPLAYS, Some(&ops), Some(&json!({ "reason": "x", "limit": 0 }))).await), (422, "limit"));
        assert_eq!(house.world.count("dead_letter_replays").await, 0);
        let worker = Worker::starts(&house);
        let told = house.call(Method::POST, REPLAYS, Some(&ops), Some(&asked)).await.1;
        let effects = ended(&house, &ops, &told["request"]).await;
        assert_eq!(effects, json!({ "asked": 3, "replayed": 1, "died_again": 0, "refused": 2, "waiting": 0 }));
        let open = house.world.column("SELECT message_id FROM dead_letters WHERE replayed_at IS NULL ORDER BY 1").await;
        assert_eq!(open, ["m-60", "m-61"], "they stay open");
        worker.stops().await;
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lists_and_replays_as_who_is_signed_in_and_says_what_came_of_it() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        die(&house, "intake", 70..72).await;
        let (admin, ops) = (Desk::new(&house, "admin"), Desk::new(&house, "ops"));
        let (done, said) = ops.run(&["dead-letters", "replay", "--reason", "mended"]).await;
        assert!(!done && said.contains("not signed in"), "{said}");
        let (_, said) = admin.run(&["actor", "bootstrap", "the.admin"]).await;
        admin.run(&["login", "--server", &house.address, "--as", "the.admin", "--code", command_line::code(&said)]).await;
        let (_, said) = admin.run(&["actor", "add", "the.ops", "--role", "ops"]).await;
        ops.run(&["login", "--server", &house.address, "--as", "the.ops", "--code", command_line::code(&said)]).await;
        let (done, said) = ops.run(&["dead-letters", "list"]).await;
        assert!(done && said.starts_with("2 of intake (recipients.submitted)"), "{said}");
        let (done, said) = ops.run(&["dead-letters", "list", "--single", "--json"]).await;
        let listed: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}"));
        let first = listed["letters"][0]["id"].as_str().expect("an id");
        assert!(done, "{said}");
        let worker = Worker::starts(&house);
        let (done, said) = ops.run(&["dead-letters", "replay", first, "--reason", "mended"]).await;
        assert!(done && said.starts_with("1 letters replayed, 0 died again"), "{said}");
        let (done, said) = ops.run(&["dead-letters", "replay", "--dry-run"]).await;
        assert!(done && said.starts_with("1 letters would be replayed"), "{said}");
        worker.stops().await;
        house.close().await;
    })
    .await;
}
