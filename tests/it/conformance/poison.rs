//! What cannot be processed hurts nobody else.

use salur_runtime::testkit::Delivery;
use salur_tests::{
    chain::{STAGES, fly},
    in_lab,
};

use super::{fixture, timeless};

/// Bytes that are no message for any stage, and a part of the reason.
fn generic(neighbour: &Delivery) -> Vec<(Delivery, &'static str)> {
    let mut other: serde_json::Value = serde_json::from_slice(&neighbour.body).expect("fixtures are JSON");
    other["id"] = "other-type".into();
    other["type"] = "rumours.spread".into();
    other["dataschema"] = "rumours.spread/1".into();
    let deep = format!(r#"{{"specversion":"1.0","id":"deep","type":"x","data":{{"facts":[{}]}}}}"#, "[".repeat(2_000));
    vec![
        (Delivery::raw("garbage", b"\x00\xff not JSON".to_vec()), "not a CloudEvents"),
        (Delivery::raw("empty", Vec::new()), "not a CloudEvents"),
        (Delivery::raw("truncated", neighbour.body[..neighbour.body.len() / 2].to_vec()), "not a CloudEvents"),
        (Delivery::raw("deep", deep.into_bytes()), "not a CloudEvents"),
        (Delivery::raw("huge", vec![b' '; 1024 * 1024 + 1]), "more than the"),
        (Delivery::raw("other-type", other.to_string().into_bytes()), "does not hear"),
    ]
}

/// A neighbour's message with one more fact, which does not fit its type.
fn half_broken(neighbour: &Delivery) -> Delivery {
    let mut body: serde_json::Value = serde_json::from_slice(&neighbour.body).expect("fixtures are JSON");
    let facts = body["data"]["facts"].as_array_mut().expect("facts are a list");
    facts.insert(0, serde_json::json!({ "nothing": "that anybody knows" }));
    Delivery { body: body.to_string().into_bytes(), ..neighbour.clone() }
}

#[tokio::test]
async fn poison_is_set_aside_with_its_reason_and_its_neighbours_are_decided() {
    in_lab(async |lab| {
        for stage in STAGES {
            let fixture = fixture::of(&lab, stage).await;
            let (calm, world) = (fixture.frozen.open().await, fixture.frozen.open().await);
            let all = fixture.all();
            let expected = fly(&calm.tools, stage, all.clone(), None).await;
            let poison: Vec<_> = generic(&all[0]).into_iter().chain(fixture.poison.clone()).collect();
            let mut mixed = Vec::new();
            for (at, good) in all.iter().enumerate() {
                mixed.extend(poison.get(at).map(|(bad, _)| bad.clone()));
                mixed.push(if at == 0 { half_broken(good) } else { good.clone() });
            }
            mixed.extend(poison.iter().skip(all.len()).map(|(bad, _)| bad.clone()));
            let count = mixed.len();
            let outcome = fly(&world.tools, stage, mixed, None).await;
            assert_eq!((&outcome.stopped, outcome.acked.len()), (&None, count), "{stage}: the flight ends");
            assert_eq!(outcome.dead.len(), poison.len() + 1, "{stage}: each poison is one dead letter, and the broken fact one more");
            for (bad, reason) in &poison {
                let letter = outcome.dead.iter().find(|letter| letter.id == bad.id || (bad.id.is_empty() && letter.body == bad.body));
                let letter = letter.unwrap_or_else(|| panic!("{stage}: `{}` is a dead letter", bad.id));
                assert_eq!((&letter.body, letter.headers.stage.as_deref()), (&bad.body, Some(*stage)), "{stage}: kept as it came");
                let cause = letter.headers.cause.as_deref().unwrap_or_default();
                assert!(cause.contains(reason), "{stage}: `{}` is set aside because {reason}: {cause}", bad.id);
            }
            assert_eq!(timeless(outcome.emitted.iter()), timeless(expected.emitted.iter()), "{stage}: neighbours say what they say alone");
            assert_eq!(world.shape().await, calm.shape().await, "{stage}: neighbours are decided");
        }
    })
    .await;
}
