//! What upstream was told can be told again, from rows, in the same bytes.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use salur_domain::{BatchId, SourceName, hold::Ruling};
use salur_pipeline::{feed_replay, intake, photo_ingest, release};
use salur_runtime::{testkit::Emitted, topology};
use salur_schemas::{FeedReplayed, RecipientWithdrawn, envelope::Envelope};
use salur_tests::{
    Chain, Person, Plan, World,
    facts::{batch, moment, row, rows},
    in_lab,
    people::BELITUNG_TIMUR,
    programme::{AMOUNT, SOURCE, TAHAP_4, counters},
};

use super::{
    holds,
    withdrawals::{in_place_of, taken_back},
};

/// Decided so long ago that nobody waits for the row.
fn old(fact: RecipientWithdrawn) -> RecipientWithdrawn {
    RecipientWithdrawn { at: moment(), ..fact }
}

/// Key and JSON of every outcome, each once.
fn told(said: &[Emitted]) -> BTreeSet<(String, String)> {
    let outcomes = said.iter().filter(|message| message.exchange == topology::OUTCOMES);
    let facts = |message: &Emitted| {
        let envelope = Envelope::parse(&message.body).expect("stages say well-formed messages");
        envelope.facts().map(|json| (message.routing_key.clone(), json.to_owned())).collect::<Vec<_>>()
    };
    outcomes.flat_map(facts).collect()
}

async fn replayed(world: &World, batch: Option<&str>, after: &str, from: DateTime<Utc>) -> BTreeSet<(String, String)> {
    let until = world.one("SELECT now() + interval '1 minute'").await;
    let (alone, batch) = (batch.is_some(), batch.map(|name| BatchId::of(SOURCE, name)));
    let asked = FeedReplayed { source: SourceName(SOURCE.into()), batch, alone, after: after.into(), from, until };
    let mut chain = Chain::new(world);
    chain.tell("replay", &[feed_replay::In::from(asked)]);
    chain.run().await;
    assert!(chain.dead.is_empty() && chain.delayed.is_empty());
    told(&chain.said)
}

#[tokio::test]
async fn a_replay_says_every_outcome_that_was_said_in_the_same_bytes() {
    in_lab(async |lab| {
        let world = lab.world_with(&Plan { belitung_timur: AMOUNT, ..Plan::default() }).await;
        let mut persons: Vec<Person> = (1..=4).map(Person::new).collect();
        persons[1].nik = "12345".into(); // rejected
        persons.push(Person::new(4)); // a pair: held
        persons.push(Person { kk: Person::new(1).kk, ..Person::new(9) }); // a household twice
        persons.extend([Person::of(BELITUNG_TIMUR, 50), Person::of(BELITUNG_TIMUR, 51)]); // no money: held
        let first = rows("first", TAHAP_4, persons);
        let mut chain = Chain::new(&world);
        chain.tell("first", &batch(&first));
        chain.run().await;
        let other = salur_schemas::RecipientSubmitted { name: "Nama Lain".into(), ..first[0].clone() };
        let late = row("first", TAHAP_4, "late", &Person::new(20));
        chain.tell("more", &[intake::In::from(other), late.into()]);
        let second = rows("second", TAHAP_4, [Person::new(1), Person::new(30)]);
        chain.tell("second", &batch(&second));
        chain.run().await;
        let about = |n: u128, row: &str, code: &str, ruling| release::In::from(holds::about(n, "first", row, code, ruling));
        let decisions = [
            about(1, "4", "NIK09", Ruling::Release),
            about(2, "5", "NIK09", Ruling::Release),
            about(3, "6", "NIK10", Ruling::Distinct),
            about(4, "late", "BAT02", Ruling::Reject),
        ];
        chain.tell("decisions", &decisions);
        chain.tell("part", &[release::In::from(holds::about_part(5, "first", BELITUNG_TIMUR, Ruling::Reject))]);
        chain.tell("back", &["1", "5"].map(|row| release::In::from(old(taken_back("first", row, "BA-1")))));
        chain.tell(
            "substitute",
            &[("6", "6-b", 60), ("6", "6-c", 61)].map(|(of, key, n)| intake::In::from(in_place_of("first", of, key, &Person::new(n)))),
        );
        chain.run().await;
        let between: DateTime<Utc> = world.one("SELECT clock_timestamp()").await;
        let paper = world.paper(4, &Person::new(3)).await;
        let capture = world.visit(1, &paper, &counters()[0]).await;
        chain.tell("capture", &[photo_ingest::In::from(capture)]);
        chain.run().await;
        let all = told(&chain.said);
        let statuses: BTreeSet<&str> = all.iter().map(|(key, _)| key.rsplit('.').next().expect("a status")).collect();
        assert!(["rejected", "held", "accepted", "paid", "cancelled"].iter().all(|status| statuses.contains(status)), "{statuses:?}");
        assert_eq!(replayed(&world, None, "", moment()).await, all);
        let paid: BTreeSet<_> = all.iter().filter(|(key, _)| *key == format!("{SOURCE}.paid")).cloned().collect();
        assert_eq!((paid.len(), replayed(&world, None, "", between).await), (1, paid), "since a moment");
        let of =
            |batch: &str| all.iter().filter(|(_, json)| json.contains(&format!("\"batch\":\"{batch}\""))).cloned().collect::<BTreeSet<_>>();
        assert_eq!(replayed(&world, Some("second"), "", moment()).await, of("second"), "of one list");
        let rest: BTreeSet<_> = of("second").into_iter().filter(|(_, json)| json.contains("\"row\":\"2\"")).collect();
        assert_eq!((rest.is_empty(), replayed(&world, Some("second"), "1", moment()).await), (false, rest), "from where it broke off");
    })
    .await;
}
