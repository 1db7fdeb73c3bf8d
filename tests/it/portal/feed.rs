//! The feed of outcomes over HTTP: a source has its own told again, and nothing of another.

use reqwest::{Method, StatusCode};
use salur_schemas::{FeedReplayed, Outcome};
use salur_tests::{Chain, in_lab, programme::SOURCE};
use serde_json::json;

use super::{
    command_line::Desk,
    people::{administrator, person, system},
    support::{FAMILIES, House, code},
};

const PATH: &str = "/api/feed/replay";

#[tokio::test]
async fn a_source_has_its_own_outcomes_told_again_and_nothing_of_another() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let mine = system(&house, &admin, "sender", SOURCE).await;
        let theirs = system(&house, &admin, "other.sender", "dinsos-timur").await;
        let auditor = person(&house, &admin, "an.auditor", "auditor", None).await;
        let ops = person(&house, &admin, "ops", "ops", None).await;
        let (from, batch) = ("2020-07-14T00:00:00Z", "tahap-4");
        for (token, body, refusal) in [
            (&theirs, json!({ "from": from, "batch": batch }), (404, "batch")),
            (&theirs, json!({ "from": from, "batch": batch, "source": SOURCE }), (404, "batch")),
            (&mine, json!({ "from": from, "after": "1" }), (422, "batch")),
            (&mine, json!({ "from": "yesterday" }), (422, "json")),
            (&ops, json!({ "from": from }), (422, "source")),
            (&auditor, json!({ "from": from, "source": SOURCE }), (403, "role")),
        ] {
            assert_eq!(code(&house.call(Method::POST, PATH, Some(token), Some(&body)).await), refusal, "{body}");
        }
        assert_eq!(house.waiting("salur.feed-replay").await, 0);
        let wanted = json!({ "from": from, "source": "dinsos-timur" });
        let (status, taken) = house.call(Method::POST, PATH, Some(&mine), Some(&wanted)).await;
        assert_eq!((status, &taken["source"]), (StatusCode::ACCEPTED, &SOURCE.into()), "its own, whatever it names");
        let mut chain = Chain::new(&house.world);
        chain.publish(house.take("salur.feed-replay").await);
        chain.run().await;
        let told = chain.facts::<Outcome>();
        assert_eq!(told.len(), FAMILIES as usize + 1, "both lists, accepted");
        assert!(told.iter().all(|outcome| outcome.source.0 == SOURCE));
        assert_eq!(chain.facts::<FeedReplayed>().len(), 1, "one step for each list");
        assert_eq!(house.world.count("audit WHERE act = 'feed_replayed' AND actor = 'sender'").await, 1);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn salur_feed_replay_asks_as_whoever_is_signed_in() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let desk = Desk::new(&house, "ops");
        let wanted = json!({ "name": "rusdi", "kind": "person", "role": "ops" });
        let (_, made) = house.call(Method::POST, "/api/actors", Some(&admin), Some(&wanted)).await;
        let code = made["code"].as_str().expect("a code");
        let (done, said) = desk.run(&["login", "--server", &house.address, "--as", "rusdi", "--code", code]).await;
        assert!(done, "{said}");
        let asked = ["feed", "replay", "--from", "2020-07-14T07:00:00+07:00", "--source", SOURCE, "--batch", "tahap-4", "--after", "3"];
        let (done, said) = desk.run(&asked).await;
        assert!(done && said.contains(&format!("the outcomes of {SOURCE} from 2020-07-14T00:00:00Z are told again")), "{said}");
        let mut chain = Chain::new(&house.world);
        chain.publish(house.take("salur.feed-replay").await);
        chain.run().await;
        let told: Vec<String> = chain.facts::<Outcome>().into_iter().map(|outcome| outcome.row.0).collect();
        assert_eq!(told, ["4"]);
        house.close().await;
    })
    .await;
}
