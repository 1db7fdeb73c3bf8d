//! Fixtures of the stages between counter and paid.

use std::sync::Arc;

use chrono::TimeDelta;
use salur_domain::{
    CaptureId, DecisionId,
    reversal::{ReviewGround, UndoGround},
};
use salur_pipeline::{photo_ingest, status_finalizer};
use salur_runtime::testkit::Delivery;
use salur_schemas::{HandOverUndone, PhotoAsked, ProofAccepted, ProofCaptured, ProofQuestioned, ProofReviewed, UndoneBy};
use salur_store::claims::Answer;
use salur_tests::{
    Chain, Lab, Person, World,
    counter::{Paper, Shot, id},
    facts::{batch, deliveries, moment, rows},
    photos::photo,
    programme::{Counter, TAHAP_4, TAHAP_5, counters},
};

use super::{fixture::Fixture, steps::facts};

/// A world where `families` have cheques of both tranches, and the papers of tranche 4.
pub async fn with_cheques(lab: &Arc<Lab>, families: u32) -> (World, Chain, Vec<Paper>) {
    let world = lab.world().await;
    let mut chain = Chain::new(&world);
    for (name, tranche) in [("four", TAHAP_4), ("five", TAHAP_5)] {
        chain.tell(name, &batch(&rows(name, tranche, (1..=families).map(Person::new))));
    }
    chain.run().await;
    let mut papers = Vec::new();
    for number in 1..=families {
        papers.push(world.paper(4, &Person::new(number)).await);
    }
    (world, chain, papers)
}

/// Captures that are believed, questioned, refused, unclaimed, absent, missing, used twice and in conflict; two visits of one proxy.
pub async fn captured(lab: &Arc<Lab>) -> Fixture {
    let (world, _, papers) = with_cheques(lab, 9).await;
    let [one, two, _] = counters();
    let mut singles = Vec::new();
    for number in [0, 1] {
        singles.push(world.visit(number, &papers[number as usize], &one).await);
    }
    singles.push(bare(&world, 2, &papers[2]).await);
    let claim = world.granted(id(3), &papers[3], &one).await;
    singles.push(uploaded(&world, &Shot::new(3, &claim, &papers[3], &one)).await.signed(&two));
    let absent = Shot::new(30, &claim, &papers[3], &one);
    singles.push(absent.signed(&one));
    let missing = Shot { received_at: absent.received_at - TimeDelta::days(2), ..Shot::new(31, &claim, &papers[3], &one) };
    singles.push(missing.signed(&one));
    let mut unclaimed = Shot::new(32, &claim, &papers[3], &one);
    unclaimed.statement.claim = salur_domain::ClaimId(id(999));
    singles.push(unclaimed.signed(&one));

    for number in [7, 8] {
        singles.push(represented(&world, number, &papers[number as usize], &one).await);
    }
    let again = conflict(&world, 4, &papers[4]).await;
    let reused = used_twice(&world, [&papers[5], &papers[6]]).await;
    let mut chains: Vec<Vec<Delivery>> = deliveries("capture", &wrapped(singles), 2).into_iter().map(|one| vec![one]).collect();
    chains.push(deliveries("conflict", &wrapped(again), 1));
    chains.push(deliveries("reused", &wrapped(reused), 1));
    Fixture::new("photo-ingest", world, chains, vec![]).await
}

/// A visit in which the same person receives as in every other of these, on the card of this family.
async fn represented(world: &World, number: u32, paper: &Paper, counter: &Counter) -> ProofCaptured {
    let proxy = world.proxy(900, &Person::new(number + 1));
    let Answer::Granted(claim, _) = world.claim_by(id(number), paper, counter, Some(&proxy)).await else {
        panic!("a claim that is granted")
    };
    uploaded(world, &Shot::new(number, &claim, paper, counter)).await.signed(counter)
}

fn wrapped(captured: Vec<ProofCaptured>) -> Vec<photo_ingest::In> {
    captured.into_iter().map(photo_ingest::In::from).collect()
}

async fn uploaded<'a>(world: &World, shot: &'a Shot) -> &'a Shot {
    world.upload(shot.statement.capture, &shot.photo).await;
    shot
}

/// A photo without EXIF from a device that knows no place: questioned.
async fn bare(world: &World, number: u32, paper: &Paper) -> ProofCaptured {
    let [one, ..] = counters();
    let claim = world.granted(id(number), paper, &one).await;
    let shot = Shot::new(number, &claim, paper, &one).with_photo(photo(u64::from(number), None));
    uploaded(world, &shot).await.signed(&one)
}

/// The same capture again, stating another clock.
async fn conflict(world: &World, number: u32, paper: &Paper) -> Vec<ProofCaptured> {
    let [one, ..] = counters();
    let first = world.visit(number, paper, &one).await;
    let mut statement = first.statement.clone();
    statement.clock_offset_s = 1;
    let second = Shot { photo: vec![], statement, token: first.token.clone(), received_at: first.received_at };
    vec![first.clone(), second.signed(&one), first]
}

/// One photo for the visits of two families.
async fn used_twice(world: &World, papers: [&Paper; 2]) -> Vec<ProofCaptured> {
    let [one, ..] = counters();
    let mut captured = Vec::new();
    for (number, paper) in [(5, papers[0]), (6, papers[1])] {
        let claim = world.granted(id(number), paper, &one).await;
        let shot = Shot::new(number, &claim, paper, &one);
        let shot = match captured.first() {
            None => shot,
            Some((first, _)) => shot.with_photo(Shot::clone(first).photo),
        };
        let signed = uploaded(world, &shot).await.signed(&one);
        captured.push((shot, signed));
    }
    captured.into_iter().map(|(_, signed)| signed).collect()
}

/// Proofs believed and questioned, and a family paid at two counters.
pub async fn judged(lab: &Arc<Lab>) -> Fixture {
    let (world, mut chain, papers) = with_cheques(lab, 6).await;
    let [one, two, _] = counters();
    let mut captured = Vec::new();
    for number in [0, 1, 2] {
        captured.push(world.visit(number, &papers[number as usize], &one).await);
    }
    captured.push(bare(&world, 3, &papers[3]).await);
    captured.push(bare(&world, 5, &papers[5]).await);
    let first = world.visit(4, &papers[4], &one).await;
    world.end_leases().await;
    let second = world.visit(40, &papers[4], &two).await;
    let twice = [first.capture, second.capture];
    captured.extend([first, second]);
    chain.tell("captured", &wrapped(captured.clone()));
    chain.run_until(&["status-finalizer"]).await;
    let waiting = chain.take("status-finalizer");
    let (apart, together): (Vec<_>, Vec<_>) = accepted(&waiting).into_iter().partition(|fact| !twice.contains(&fact.capture));
    let questioned: Vec<ProofQuestioned> = questioned(&waiting);
    assert!((apart.len(), together.len(), questioned.len()) == (3, 2, 2), "three believed, one twice, two questioned");
    let apart: Vec<status_finalizer::In> = apart.into_iter().map(status_finalizer::In::from).collect();
    let together: Vec<status_finalizer::In> = together.into_iter().map(status_finalizer::In::from).collect();
    let questioned: Vec<status_finalizer::In> = questioned.into_iter().map(status_finalizer::In::from).collect();
    let stranger = ProofAccepted { capture: CaptureId(id(777)), payments: vec![], at: moment() };
    let chains = vec![
        [deliveries("apart", &apart, 2), decided(&world, &captured).await].concat(),
        deliveries("together", &together, 1),
        [deliveries("questioned", &questioned, 1), deliveries("reviewed", &reviews(&captured), 1)].concat(),
    ];
    let poison = vec![(Delivery::of("no-proof", moment(), &[status_finalizer::In::from(stranger)]), "never judged")];
    Fixture::new("status-finalizer", world, chains, poison).await
}

/// The first visit is undone at its device, the second by two people, and what comes too late for either.
async fn decided(world: &World, captured: &[ProofCaptured]) -> Vec<Delivery> {
    for name in ["rina.wati", "agus.salim"] {
        let make = sqlx::query("INSERT INTO actors (name, kind, role, created_by) VALUES ($1, 'person', 'supervisor', 'test')");
        make.bind(name).execute(&world.sql).await.expect("the owner may");
    }
    let [one, ..] = counters();
    let undone = |number: u32, visit: usize, by: UndoneBy| -> status_finalizer::In {
        let (decision, claim, document) = (DecisionId(id(9_000 + number)), captured[visit].claim, "BA-12".to_owned());
        HandOverUndone { decision, claim, ground: UndoGround::GivenBack, document, by, at: moment() }.into()
    };
    let actor = |name: &str| UndoneBy::Actor(name.to_owned());
    let facts = [
        undone(1, 0, UndoneBy::Device(one.device.into())),
        undone(2, 0, actor("rina.wati")),
        undone(3, 1, actor("rina.wati")),
        undone(4, 1, actor("agus.salim")),
        undone(5, 1, actor("rina.wati")),
    ];
    deliveries("undone", &facts, 1)
}

/// One proof in question is believed, the other is not; and another word about it comes too late.
fn reviews(captured: &[ProofCaptured]) -> Vec<status_finalizer::In> {
    let of = |number: u32, capture: CaptureId, ground| {
        let (decision, document, actor) = (DecisionId(id(9_100 + number)), "BA-11".to_owned(), "rina.wati".to_owned());
        ProofReviewed { decision, capture, ground, document, actor, at: moment() }.into()
    };
    let [believed, denied] = [captured[3].capture, captured[4].capture];
    let wish = |number: u32, capture: CaptureId, actor: &str| -> status_finalizer::In {
        let (decision, wish, actor) = (DecisionId(id(9_200 + number)), "kartu terlihat".to_owned(), actor.to_owned());
        PhotoAsked { decision, capture, wish, actor, at: moment() }.into()
    };
    vec![
        wish(1, believed, "rina.wati"),
        wish(2, believed, "agus.salim"),
        of(1, believed, ReviewGround::Witnesses),
        wish(3, believed, "agus.salim"),
        wish(4, CaptureId(id(777)), "agus.salim"),
        of(2, denied, ReviewGround::FamilyDenied),
        of(3, denied, ReviewGround::Witnesses),
    ]
}

fn accepted(waiting: &[Delivery]) -> Vec<ProofAccepted> {
    facts(&of_type(waiting, "proofs.accepted"), |fact| fact)
}

fn questioned(waiting: &[Delivery]) -> Vec<ProofQuestioned> {
    facts(&of_type(waiting, "proofs.questioned"), |fact| fact)
}

fn of_type(waiting: &[Delivery], kind: &str) -> Vec<Delivery> {
    let is_of = |delivery: &&Delivery| String::from_utf8_lossy(&delivery.body).contains(&format!("\"type\":\"{kind}\""));
    waiting.iter().filter(is_of).cloned().collect()
}
