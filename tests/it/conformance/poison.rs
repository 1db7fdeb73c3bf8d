//! What cannot be processed hurts nobody else.

use salur_runtime::testkit::Delivery;

use super::{Calm, fixture::Fixture, same, timeless};

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

/// Good messages with poison before each; the first good one carries a broken fact too.
fn mixed(all: &[Delivery], poison: &[(Delivery, &'static str)]) -> Vec<Delivery> {
    let mut mixed = Vec::new();
    for (at, good) in all.iter().enumerate() {
        mixed.extend(poison.get(at).map(|(bad, _)| bad.clone()));
        mixed.push(if at == 0 { half_broken(good) } else { good.clone() });
    }
    mixed.extend(poison.iter().skip(all.len()).map(|(bad, _)| bad.clone()));
    mixed
}

pub async fn poison_is_set_aside_with_its_reason_and_its_neighbours_are_decided(fixture: &Fixture, calm: &Calm) {
    let Fixture { stage, world, .. } = fixture;
    world.rewind().await;
    let all = fixture.all();
    let poison: Vec<_> = generic(&all[0]).into_iter().chain(fixture.poison.clone()).collect();
    let outcome = fixture.hear(mixed(&all, &poison)).await;
    assert_eq!(outcome.dead.len(), poison.len() + 1, "{stage}: each poison is one dead letter, and the broken fact one more");
    for (bad, reason) in &poison {
        let letter = outcome.dead.iter().find(|letter| letter.id == bad.id).unwrap_or_else(|| panic!("{stage}: `{}` is dead", bad.id));
        assert_eq!((&letter.body, letter.headers.stage.as_deref()), (&bad.body, Some(*stage)), "{stage}: kept as it came");
        let cause = letter.headers.cause.as_deref().unwrap_or_default();
        assert!(cause.contains(reason), "{stage}: `{}` is set aside because {reason}: {cause}", bad.id);
    }
    let expected = timeless(calm.outcome.emitted.iter());
    same(&format!("{stage}: neighbours say what they say alone"), &timeless(outcome.emitted.iter()), &expected);
    same(&format!("{stage}: neighbours are decided"), &world.shape().await, &calm.shape);
}
