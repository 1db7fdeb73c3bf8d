//! What a device pays without a network: locked for it alone, read without a network, checked in, and a copy is found.

mod bulk;
mod check;
mod damage;
mod desk;
mod elsewhere;
mod ends;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{NaiveDate, TimeDelta, Utc};
use reqwest::{Method, StatusCode};
use salur_domain::{
    ClaimId,
    cheque_keys::{KeySet, Purpose},
    device_pack::{Contents, Family, Sealed},
    token,
};
use salur_pipeline::photo_ingest;
use salur_schemas::ProofCaptured;
use salur_store::claims::{self, Claim};
use salur_tests::{
    Chain, Person,
    counter::{Paper, Shot, id},
    in_lab,
    programme::{Counter, counters},
};
use serde_json::{Value, json};

use crate::portal::{
    people::{administrator, person},
    support::{FAMILIES, House, code},
};

/// Today, as the pay points count days.
fn today() -> NaiveDate {
    (Utc::now() + TimeDelta::hours(7)).date_naive()
}

async fn supervisor(house: &House) -> String {
    let admin = administrator(house).await;
    person(house, &admin, "rina.wati", "supervisor", None).await
}

/// Asks for a pack.
async fn ask(house: &House, who: &str, counter: &Counter, pack: u32, families: Option<u16>) -> (StatusCode, Value) {
    let body = json!({ "pack": id(pack), "device": counter.device, "teller": counter.teller, "day": today(), "families": families });
    house.call(Method::POST, "/api/device-packs", Some(who), Some(&body)).await
}

async fn keys(house: &House) -> KeySet {
    let bytes = house.http.get(format!("{}/.well-known/salur/cheque-keys", house.address)).send().await.expect("the portal answers");
    KeySet::from_cbor(&bytes.bytes().await.expect("a body")).expect("a key set")
}

fn file(answer: &(StatusCode, Value)) -> Vec<u8> {
    assert_eq!(answer.0, StatusCode::CREATED, "{}", answer.1);
    STANDARD.decode(answer.1["file"].as_str().expect("a file")).expect("base64")
}

/// Opens a pack as its device does.
fn opened(keys: &KeySet, counter: &Counter, file: &[u8]) -> Contents {
    let lists = |kid: &[u8]| keys.find(kid).filter(|known| known.purpose == Purpose::Lists).map(|known| known.key);
    Sealed::verify(file, lists).expect("it is signed").open(&counter.key).expect("it is for this device")
}

/// A pack that must be made, opened.
async fn packed(house: &House, who: &str, counter: &Counter, pack: u32, families: Option<u16>) -> Contents {
    let answer = ask(house, who, counter, pack, families).await;
    opened(&keys(house).await, counter, &file(&answer))
}

/// The family's first cheque as a paper.
fn paper(keys: &KeySet, family: &Family) -> Paper {
    let token = family.cheques[0].clone();
    let claims = token::verify(&token, |kid| keys.find(kid).map(|known| known.key)).expect("a cheque");
    Paper { serial: claims.serial.to_string(), token, payment: claims.payment }
}

async fn claim_of(house: &House, claim: ClaimId) -> Claim {
    claims::read(&house.world.tools.database, &[claim]).await.expect("claims can be read").pop().expect("the pack's claim is remembered")
}

/// Hands a family its money without a network: the capture that the device will send.
async fn hand_over(house: &House, number: u32, family: &Family, counter: &Counter) -> ProofCaptured {
    let paper = paper(&keys(house).await, family);
    let shot = Shot::new(number, &claim_of(house, family.claim).await, &paper, counter);
    house.world.upload(shot.statement.capture, &shot.photo).await;
    shot.signed(counter)
}

/// The device is online again: its captures come in.
async fn send(house: &House, captures: &[&ProofCaptured]) {
    let mut chain = Chain::new(&house.world);
    for capture in captures {
        chain.tell(&capture.capture.to_string(), &[photo_ingest::In::from((*capture).clone())]);
    }
    chain.run().await;
    assert!(chain.dead.is_empty(), "no capture is a dead letter");
}

async fn check_in(house: &House, counter: &Counter, pack: u32, captures: &[&ProofCaptured]) -> (StatusCode, Value) {
    let hand_overs: Vec<Value> = captures.iter().map(|capture| json!({ "claim": capture.claim, "capture": capture.capture })).collect();
    let body = json!({ "pack": id(pack), "teller": counter.teller, "hand_overs": hand_overs, "at": Utc::now() });
    house.post(counter, "/api/device-packs/check-in", &body).await
}

/// An online claim of a family's cheque.
async fn claim(house: &House, counter: &Counter, number: u32, family: &Family) -> (StatusCode, Value) {
    house.claim(counter, id(number), &family.cheques[0]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_a_network_from_pack_to_check_in() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let (who, [one, two, _]) = (supervisor(&house).await, counters());
        let contents = packed(&house, &who, &one, 1, None).await;
        assert_eq!(contents.families.len(), FAMILIES as usize);
        assert_eq!((contents.teller.as_str(), contents.pay_point.as_str(), contents.day), (one.teller, "PP-1902", today()));
        let cheques: usize = contents.families.iter().map(|family| family.cheques.len()).sum();
        assert_eq!(cheques, FAMILIES as usize + 1, "a visit is of all tranches");
        let [first, second, third, ..] = &contents.families[..] else { panic!("four families") };
        let refused = claim(&house, &two, 50, first).await;
        assert_eq!((code(&refused), refused.1["device"].as_str()), ((409, "packed"), Some(one.device)), "locked online, and by whom");

        let paid = [hand_over(&house, 60, first, &one).await, hand_over(&house, 61, second, &one).await];
        let said = check_in(&house, &one, 1, &[&paid[0], &paid[1]]).await;
        assert_eq!((said.0, said.1["effect"].as_str()), (StatusCode::OK, Some("checked_in")), "{}", said.1);
        assert_eq!(said.1["doubts"], json!([]));
        assert_eq!(claim(&house, &two, 51, third).await.0, StatusCode::OK, "what was not handed over is free");
        assert_eq!(code(&claim(&house, &two, 52, first).await), (409, "taken"), "what was handed over waits for its photo");
        send(&house, &[&paid[0], &paid[1]]).await;
        assert_eq!(code(&claim(&house, &two, 53, first).await), (410, "nothing_open"));
        assert_eq!(house.world.count("payments WHERE status = 'paid'").await, cheques_of(&[first, second]));
        assert_eq!(house.world.count("device_pack_doubts").await, 0);
        let again = check_in(&house, &one, 1, &[&paid[1], &paid[0]]).await;
        assert_eq!(again.1["effect"], json!("again"), "the same word again");
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}

fn cheques_of(families: &[&Family]) -> i64 {
    families.iter().map(|family| i64::try_from(family.cheques.len()).expect("few")).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_devices_asked_for_at_once_never_hold_one_family() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let (who, [one, two, _], keys) = (supervisor(&house).await, counters(), keys(&house).await);
        for round in 0..6_u32 {
            let most = Some(if round % 2 == 0 { 3 } else { 500 });
            let (a, b) = tokio::join!(ask(&house, &who, &one, round * 2 + 1, most), ask(&house, &who, &two, round * 2 + 2, most));
            let mut held: Vec<String> = Vec::new();
            for (answer, counter) in [(&a, &one), (&b, &two)] {
                if answer.0 == StatusCode::CONFLICT {
                    assert_eq!(code(answer).1, "empty");
                    continue;
                }
                held.extend(opened(&keys, counter, &file(answer)).families.into_iter().flat_map(|family| family.cheques));
            }
            let all = held.len();
            held.sort();
            held.dedup();
            assert_eq!(held.len(), all, "round {round}: no cheque is in two packs");
            assert!(all > 0, "round {round}");
            house.world.end_leases().await;
        }
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_same_pack_asked_for_again_is_the_same_file_and_another_under_its_id_is_refused() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let (who, [one, two, _]) = (supervisor(&house).await, counters());
        let first = file(&ask(&house, &who, &one, 1, Some(2)).await);
        assert_eq!(file(&ask(&house, &who, &one, 1, Some(2)).await), first);
        assert_eq!(code(&ask(&house, &who, &two, 1, Some(2)).await), (409, "pack"));
        assert_eq!(house.world.count("device_packs").await, 1);
        assert_eq!(house.world.count("claims").await, 2);
        assert_eq!(code(&ask(&house, "nobody", &two, 2, None).await).0, 401);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_device_of_a_pack_claims_online_and_keeps_the_family() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let (who, [one, two, _]) = (supervisor(&house).await, counters());
        let contents = packed(&house, &who, &one, 1, None).await;
        let family = &contents.families[0];
        assert_eq!(claim(&house, &one, 50, family).await.0, StatusCode::OK);
        let ends = house.world.count("claim_leases WHERE expires_at > now() + interval '11 minutes' AND pack IS NOT NULL").await;
        let left = (Utc::now() + TimeDelta::hours(7) + TimeDelta::minutes(12)).date_naive() == today();
        assert!(ends == i64::from(FAMILIES) || !left, "a claim of ten minutes does not shorten what a pack has: {ends}");
        assert_eq!(code(&claim(&house, &two, 51, family).await), (409, "packed"));
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_card_finds_its_family_in_the_pack() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let (who, [one, ..], keys) = (supervisor(&house).await, counters(), keys(&house).await);
        let contents = packed(&house, &who, &one, 1, None).await;
        for number in 0..FAMILIES {
            let person = Person::new(number);
            let nik = salur_domain::Nik::parse(&person.nik).expect("sixteen digits");
            let payment = house.world.paper(4, &person).await.payment;
            assert!(contents.of_nik(&nik).any(|family| paper(&keys, family).payment == payment), "{number}");
        }
        let stranger = salur_domain::Nik::parse(&Person::new(77).nik).expect("sixteen digits");
        assert!(contents.of_nik(&stranger).count() <= 1);
        house.close().await;
    })
    .await;
}
