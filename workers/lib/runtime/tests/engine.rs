//! The engine under the testkit: what is promised about crashes, company, culprits, delays and bad input.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use salur_domain::Disposition;
use salur_runtime::{
    flight::{ATTEMPT_LIMIT, MAX_CULPRITS, Stopped},
    stage::Policy,
    testkit::{
        CrashPoint, Delivery, Emitted, Harness, Headers, Outcome,
        toy::{Book, Coin, Fate, Heard, Toy},
    },
};
use salur_schemas::envelope::{Envelope, MAX_BYTES, MAX_FACTS};

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_594_692_184, 5_000).expect("a moment in 2020")
}

fn coin(id: &(impl ToString + ?Sized), fate: Fate) -> Heard {
    Coin { id: id.to_string(), source: "dinsos".into(), fate }.into()
}

fn coins(ids: std::ops::Range<usize>) -> Vec<Heard> {
    ids.map(|id| coin(&id, Fate::Stamp)).collect()
}

fn harness() -> (Arc<Book>, Harness<Toy>) {
    let book = Arc::new(Book::default());
    (book.clone(), over(&book))
}

fn over(book: &Arc<Book>) -> Harness<Toy> {
    Harness::new(Arc::new(Toy::new(book.clone())), book.clone())
}

async fn deliver(harness: &Harness<Toy>, facts: &[Heard]) -> Outcome {
    harness.deliver(vec![Delivery::of("m-1", at(), facts)]).await
}

fn facts_of(messages: &[Emitted]) -> usize {
    messages.iter().map(|message| message.facts).sum()
}

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime").block_on(work)
}

#[tokio::test]
async fn a_delivery_is_stamped_told_and_acked() {
    let (book, harness) = harness();
    let outcome = deliver(&harness, &coins(0..3)).await;
    assert_eq!(outcome.acked, ["m-1"]);
    assert_eq!(outcome.emitted.len(), 2);
    let [stamped, told] = &outcome.emitted[..] else { panic!("one message per type") };
    assert_eq!((&*stamped.exchange, &*stamped.routing_key, stamped.mandatory), ("salur", "coins.stamped", true));
    assert_eq!((&*told.exchange, &*told.routing_key, told.mandatory), ("salur.outcomes", "dinsos.stamped", false));
    let body = Envelope::parse(&stamped.body).expect("what we write we can read");
    assert_eq!((&body.id, body.facts().count()), (&stamped.id, 3));
    assert_eq!(body.time, DateTime::from_timestamp(3, 0), "the latest time of decision");
    assert_eq!(book.rows().len(), 3);
}

#[tokio::test]
async fn a_crash_at_any_point_loses_and_doubles_nothing() {
    let reference = deliver(&harness().1, &coins(0..7)).await.identity();
    for point in CrashPoint::ALL {
        let (book, healthy) = harness();
        let crashed = over(&book).crashing_at(point);
        let first = deliver(&crashed, &coins(0..7)).await;
        assert_eq!(first.stopped, Some(Stopped::Crashed(point)));
        assert!(first.acked.is_empty(), "{point:?}: not acked, so it comes again");
        let second = deliver(&healthy, &coins(0..7)).await;
        assert_eq!(second.acked, ["m-1"], "{point:?}");
        assert_eq!(second.identity(), reference, "{point:?}: equal ids and bytes");
        assert!(
            first.emitted.iter().all(|message| second.identity().contains_key(&message.id)),
            "{point:?}: nothing left that does not come again"
        );
        assert!(book.rows().values().all(|row| row.made == 1), "{point:?}: no row made twice");
        assert_eq!(book.rows().len(), 7, "{point:?}");
    }
}

#[tokio::test]
async fn acking_first_loses_facts_when_the_process_dies() {
    let (book, _) = harness();
    let broken = over(&book).ack_first().crashing_at(CrashPoint::Prepare);
    let outcome = deliver(&broken, &coins(0..3)).await;
    assert_eq!(outcome.acked, ["m-1"], "the control must be caught: acked, and yet");
    assert!(outcome.emitted.is_empty() && book.rows().is_empty());
}

#[tokio::test]
async fn one_poisoned_fact_is_found_and_its_neighbours_go_on() {
    for fate in [Fate::Poison, Fate::Bomb, Fate::Bad, Fate::Panic] {
        let (book, harness) = harness();
        let mut deliveries = Vec::new();
        for message in 0..4 {
            let mut facts = coins(message * 25..message * 25 + 25);
            if message == 2 {
                facts[13] = coin("poison", fate);
            }
            deliveries.push(Delivery::of(&format!("m-{message}"), at(), &facts));
        }
        let outcome = harness.deliver(deliveries).await;
        assert_eq!(outcome.acked.len(), 4, "{fate:?}");
        assert_eq!(book.rows().len(), 99, "{fate:?}");
        let [dead] = &outcome.dead[..] else { panic!("{fate:?}: one dead letter, not {}", outcome.dead.len()) };
        assert_eq!(dead.facts, 1);
        assert_eq!(dead.headers.stage.as_deref(), Some("toy"));
        assert!(
            dead.headers.cause.as_deref().is_some_and(|cause| cause.contains("poison") || cause.contains("panicked")),
            "{fate:?}: {:?}",
            dead.headers
        );
        assert!(String::from_utf8_lossy(&dead.body).contains("poison"));
    }
}

#[tokio::test]
async fn as_many_culprits_as_the_cap_are_set_aside_and_one_more_stops_the_stage() {
    for (poisons, stops) in [(MAX_CULPRITS, false), (MAX_CULPRITS + 1, true)] {
        let (book, harness) = harness();
        let mut facts = coins(0..50);
        facts.extend((0..poisons).map(|n| coin(&format!("p{n}"), Fate::Poison)));
        let outcome = deliver(&harness, &facts).await;
        assert_eq!(outcome.acked.is_empty(), stops);
        assert_eq!(outcome.dead.len(), if stops { 0 } else { MAX_CULPRITS });
        assert_eq!(matches!(outcome.stopped, Some(Stopped::Paused(_))), stops);
        assert_eq!(book.rows().len(), 50, "those that can be committed are");
    }
}

#[tokio::test]
async fn many_bad_facts_are_set_aside_when_others_succeed_but_not_when_none_does() {
    let bad = |count: usize| (0..count).map(|n| coin(&format!("b{n}"), Fate::Bad)).collect::<Vec<_>>();
    let (_, first) = harness();
    let outcome = deliver(&first, &[bad(20), coins(0..1)].concat()).await;
    assert_eq!((outcome.dead.len(), outcome.acked.len()), (20, 1));
    let (_, second) = harness();
    let outcome = deliver(&second, &bad(20)).await;
    assert!(outcome.dead.is_empty() && outcome.acked.is_empty());
    assert!(matches!(outcome.stopped, Some(Stopped::Paused(_))));
}

#[tokio::test]
async fn a_lost_race_is_retried_and_a_dependency_that_is_down_is_waited_for() {
    let (book, harness) = harness();
    book.refuse([Disposition::Retry, Disposition::Retry, Disposition::Down]);
    let outcome = deliver(&harness, &coins(0..2)).await;
    assert_eq!(outcome.acked, ["m-1"]);
    assert_eq!(book.commits(), 1);
    assert!(outcome.dead.is_empty() && outcome.delayed.is_empty(), "no attempt is burnt");
}

#[tokio::test]
async fn a_dependency_that_stays_down_holds_the_messages() {
    let (book, harness) = harness();
    book.refuse([Disposition::Down; 10]);
    let outcome = deliver(&harness, &coins(0..2)).await;
    assert!(outcome.acked.is_empty() && outcome.emitted.is_empty() && outcome.delayed.is_empty() && outcome.dead.is_empty());
    assert!(matches!(outcome.stopped, Some(Stopped::Paused(why)) if why.contains("refuses")));
}

#[tokio::test]
async fn messages_held_too_long_are_parked_unchanged() {
    let (book, harness) = harness();
    book.refuse([Disposition::Down; 10]);
    let delivery = Delivery::of("m-1", at(), &coins(0..2));
    let outcome = harness.holding(Duration::ZERO).deliver(vec![delivery.clone()]).await;
    assert_eq!(outcome.acked, ["m-1"]);
    let [parked] = &outcome.delayed[..] else { panic!("one message was parked") };
    assert_eq!((&*parked.exchange, &*parked.routing_key, parked.headers.attempt), ("salur.delay.10m", "toy", 0), "no attempt is burnt");
    assert_eq!((&parked.id, &parked.body), (&delivery.id, &delivery.body));
}

#[tokio::test]
async fn a_fact_put_off_leaves_alone_and_comes_back_only_to_this_stage() {
    let (_, harness) = harness();
    let outcome = deliver(&harness, &[coin("a", Fate::Stamp), coin("b", Fate::Wait)]).await;
    assert_eq!(outcome.acked, ["m-1"]);
    let [later] = &outcome.delayed[..] else { panic!("one fact was put off") };
    assert_eq!((&*later.exchange, &*later.routing_key, later.mandatory, later.headers.attempt), ("salur.delay.5s", "toy", true, 1));
    let again = harness.deliver(vec![later.clone().into()]).await;
    let [second] = &again.delayed[..] else { panic!("put off again") };
    assert_eq!(second.headers.attempt, 2);
    assert_ne!(second.id, later.id);
    assert_eq!(Envelope::parse(&second.body).expect("readable").time, Some(at()), "a derived message keeps the time of its input");
}

#[tokio::test]
async fn after_the_last_attempt_a_fact_is_a_dead_letter() {
    let (_, harness) = harness();
    let mut delivery = Delivery::of("m-1", at(), &[coin("a", Fate::Wait)]);
    delivery.headers.attempt = ATTEMPT_LIMIT;
    let outcome = harness.deliver(vec![delivery]).await;
    assert!(outcome.delayed.is_empty());
    assert!(outcome.dead[0].headers.cause.as_deref().is_some_and(|cause| cause.contains("asked to wait")));
}

#[tokio::test]
async fn a_fact_whose_rows_move_is_decided_again_and_in_the_end_put_off() {
    let (book, harness) = harness();
    let outcome = deliver(&harness, &[coin("a", Fate::Move), coin("b", Fate::MoveOn), coin("c", Fate::Stamp)]).await;
    assert_eq!(book.rows().keys().cloned().collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(outcome.delayed.len(), 1);
    assert_eq!(outcome.acked, ["m-1"]);
}

#[tokio::test]
async fn what_is_not_a_message_is_a_dead_letter_and_its_neighbours_go_on() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_fact =
        String::from_utf8(Delivery::of("deep", at(), &[coin("x", Fate::Stamp)]).body).expect("text").replace("\"dinsos\"", &deep);
    let wrong_type =
        String::from_utf8(Delivery::of("type", at(), &coins(0..1)).body).expect("text").replace("coins.dropped", "coins.thrown");
    let bodies: [Vec<u8>; 9] = [
        Vec::new(),
        b"\xff\xfe".to_vec(),
        b"{\"id\":\"x\"".to_vec(),
        b"{\"specversion\":\"1.0\",\"id\":\"x\",\"type\":\"coins.dropped\",\"data\":{\"facts\":[]}}".to_vec(),
        deep.clone().into_bytes(),
        deep_fact.into_bytes(),
        vec![b' '; 2 * 1024 * 1024],
        wrong_type.into_bytes(),
        b"null".to_vec(),
    ];
    for (number, body) in bodies.into_iter().enumerate() {
        let (book, harness) = harness();
        let outcome = harness.deliver(vec![Delivery::raw("bad", body), Delivery::of("good", at(), &coins(0..2))]).await;
        assert_eq!(outcome.acked, ["bad", "good"], "case {number}");
        assert_eq!((outcome.dead.len(), book.rows().len()), (1, 2), "case {number}");
        assert!(outcome.dead[0].headers.cause.is_some());
    }
}

#[tokio::test]
async fn a_broken_fact_does_not_take_its_message_with_it_nor_show_its_content() {
    let (book, harness) = harness();
    let body = Delivery::of("m-1", at(), &coins(0..3)).body;
    let body = String::from_utf8(body).expect("text").replacen("\"stamp\"", "\"1902014101900001\"", 1);
    let outcome = harness.deliver(vec![Delivery::raw("m-1", body)]).await;
    assert_eq!((outcome.dead.len(), book.rows().len()), (1, 2));
    let cause = outcome.dead[0].headers.cause.clone().expect("a dead letter has a cause");
    assert!(!cause.contains("1902014101900001") && cause.contains("column"), "{cause}");
}

#[tokio::test]
async fn a_newer_version_waits_an_hour_once_before_it_is_a_dead_letter() {
    let (_, harness) = harness();
    let body = Delivery::of("m-1", at(), &coins(0..1)).body;
    let body = String::from_utf8(body).expect("text").replace("coins.dropped/1", "coins.dropped/2");
    let first = harness.deliver(vec![Delivery::raw("m-1", body)]).await;
    let [later] = &first.delayed[..] else { panic!("put off") };
    assert_eq!((&*later.exchange, &*later.id, later.headers.attempt), ("salur.delay.1h", "m-1", 1));
    let second = harness.deliver(vec![later.clone().into()]).await;
    assert_eq!((second.delayed.len(), second.dead.len()), (0, 1));
}

#[tokio::test]
async fn a_message_that_came_back_too_often_is_handled_alone_and_then_set_aside() {
    let (book, main) = harness();
    let suspect = Delivery { delivery_count: 3, ..Delivery::of("m-1", at(), &[coin("a", Fate::Kill)]) };
    let first = main.deliver(vec![suspect.clone(), Delivery::of("m-2", at(), &coins(0..1))]).await;
    assert_eq!((first.suspects.len(), first.acked.len(), book.rows().len()), (1, 2, 1));
    assert_eq!(first.suspects[0].body, suspect.body, "unchanged");
    let second = over(&book).suspects().deliver(vec![suspect]).await;
    assert!(second.dead[0].headers.cause.as_deref().is_some_and(|cause| cause.contains("killed its worker")));
}

#[tokio::test]
async fn a_delivery_larger_than_a_flight_is_several_transactions_and_one_ack() {
    let book = Arc::new(Book::default());
    let toy = Toy { policy: Policy { flight_facts: 10, ..Policy::default() }, ..Toy::new(book.clone()) };
    let outcome = Harness::new(Arc::new(toy), book.clone()).deliver(vec![Delivery::of("m-1", at(), &coins(0..35))]).await;
    assert_eq!((book.commits(), outcome.acked.len(), outcome.emitted.len()), (4, 1, 2));
}

#[tokio::test]
async fn the_trace_goes_on_and_a_broken_one_starts_anew() {
    let (_, harness) = harness();
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers = Headers { traceparent: Some(parent.into()), ..Headers::default() };
    let outcome = harness.deliver(vec![Delivery { headers, ..Delivery::of("m-1", at(), &coins(0..1)) }]).await;
    let trace = |message: &Emitted| message.headers.traceparent.clone().expect("every message has one")[3..35].to_owned();
    assert_eq!(trace(&outcome.emitted[0]), parent[3..35]);
    let headers = Headers { traceparent: Some("broken".into()), ..Headers::default() };
    let outcome = harness.deliver(vec![Delivery { headers, ..Delivery::of("m-1", at(), &coins(0..1)) }]).await;
    assert_ne!(trace(&outcome.emitted[0]), parent[3..35]);
}

#[tokio::test]
async fn the_report_counts_every_fact_once() {
    let (_, harness) = harness();
    let facts = [coin("a", Fate::Stamp), coin("b", Fate::Keep), coin("c", Fate::Wait), coin("d", Fate::Bad)];
    let report = deliver(&harness, &facts).await.report.expect("the flight ended");
    let tally = report.verdicts;
    assert_eq!((tally.emit, tally.done, tally.later, tally.dead), (1, 1, 1, 1));
    assert_eq!((report.facts, report.deliveries, report.emitted.values().sum::<u64>()), (4, 1, 2));
}

/// Cuts `facts` into messages at the given places.
fn cut(facts: &[Heard], cuts: &[bool]) -> Vec<Vec<Heard>> {
    let mut parts: Vec<Vec<Heard>> = vec![Vec::new()];
    for (at, fact) in facts.iter().enumerate() {
        if at > 0 && cuts[at % cuts.len()] {
            parts.push(Vec::new());
        }
        parts.last_mut().expect("never empty").push(fact.clone());
    }
    parts
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![6 => Just(Fate::Stamp), 1 => Just(Fate::Keep), 1 => Just(Fate::Wait), 1 => Just(Fate::Bad)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn company_and_repetition_change_nothing(
        fates in prop::collection::vec(fate(), 1..40),
        cuts in prop::collection::vec(any::<bool>(), 1..9),
        flights in prop::collection::vec(any::<bool>(), 1..5),
    ) {
        let facts: Vec<Heard> = fates.iter().enumerate().map(|(id, fate)| coin(&id, *fate)).collect();
        let deliveries: Vec<Delivery> = cut(&facts, &cuts).iter().enumerate().map(|(n, facts)| Delivery::of(&format!("m-{n}"), at(), facts)).collect();
        block(async {
            let (book, together) = harness();
            let reference = together.deliver(deliveries.clone()).await;
            // The same messages, one flight each, in another process with an empty book: N times one.
            let (_, alone) = harness();
            let mut one_by_one = std::collections::BTreeMap::new();
            for delivery in &deliveries {
                one_by_one.extend(alone.deliver(vec![delivery.clone()]).await.identity());
            }
            assert_eq!(one_by_one, reference.identity());
            // Again, in other company and backwards, over the book that remembers.
            let mut repeated = std::collections::BTreeMap::new();
            let mut company = Vec::new();
            for (at, delivery) in deliveries.iter().rev().enumerate() {
                company.push(delivery.clone());
                if flights[at % flights.len()] {
                    repeated.extend(over(&book).deliver(std::mem::take(&mut company)).await.identity());
                }
            }
            repeated.extend(over(&book).deliver(company).await.identity());
            assert_eq!(repeated, reference.identity());
            assert!(book.rows().values().all(|row| row.serial >= 1));
        });
    }

    #[test]
    fn messages_stay_within_bounds_and_carry_every_fact(count in 1_usize..1_300, length in 1_usize..2_000) {
        let source = "x".repeat(length);
        let facts: Vec<Heard> = (0..count).map(|id| Coin { id: id.to_string(), source: source.clone(), fate: Fate::Stamp }.into()).collect();
        let deliveries = facts
            .chunks(MAX_FACTS)
            .enumerate()
            .map(|(n, facts)| Delivery::of(&format!("m-{n}"), at(), facts))
            .filter(|delivery| delivery.body.len() < 1024 * 1024)
            .collect::<Vec<_>>();
        let sent: usize = deliveries.iter().map(|delivery| Envelope::parse(&delivery.body).expect("ours").facts().count()).sum();
        let outcome = block(harness().1.deliver(deliveries));
        prop_assert_eq!(facts_of(&outcome.emitted), 2 * sent);
        let mut ids = BTreeSet::new();
        for message in &outcome.emitted {
            prop_assert!(ids.insert(&message.id), "ids are unique");
            prop_assert!(message.body.len() <= MAX_BYTES);
            prop_assert!(message.facts <= MAX_FACTS);
        }
    }
}
