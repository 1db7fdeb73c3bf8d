//! Keys of cheques: one for each tranche, in turns, published; and what a cheque is worth with them, on the command line as at a counter.

use reqwest::{Method, StatusCode};
use salur_domain::{
    TrancheId,
    cheque_keys::{KeySet, Purpose},
    token::{self, ChequeClaims},
};
use salur_tests::{
    Chain, Person, World,
    facts::{batch, rows},
    in_lab,
    programme::{TAHAP_4, counters},
};
use serde_json::json;
use uuid::Uuid;

use crate::portal::{
    command_line::Desk,
    gallery::paid,
    people::administrator,
    support::{House, code},
};

/// The newest token of a person's payment in tranche 4.
async fn token_of(world: &World, person: &Person) -> String {
    let payment = world.payment(4, person).1;
    world.one(&format!("SELECT token FROM cheques WHERE payment = '{payment}' ORDER BY version DESC LIMIT 1")).await
}

async fn keys(house: &House) -> KeySet {
    let answer = house.http.get(format!("{}/.well-known/salur/cheque-keys", house.address)).send().await.expect("the portal answers");
    assert_eq!(answer.headers()["content-type"], "application/cose-key-set");
    KeySet::from_cbor(&answer.bytes().await.expect("a body")).expect("a set of ours")
}

/// Turns of the keys of a tranche that are published.
async fn turns(house: &House, tranche: &str) -> Vec<u16> {
    let of = |purpose: Purpose| match purpose {
        Purpose::Tranche { code, turn, .. } if code == tranche => Some(turn),
        _ => None,
    };
    keys(house).await.0.into_iter().filter_map(|known| of(known.purpose)).collect()
}

#[tokio::test]
async fn a_tranche_signs_with_its_next_key_once_somebody_says_so_and_what_was_signed_stays_good() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        assert_eq!((turns(&house, "BST-4").await, turns(&house, "BST-5").await), (vec![1], vec![1]));
        let old = token_of(&house.world, &Person::new(0)).await;
        let request = Uuid::from_u128(7);
        for _ in 0..2 {
            let asked = json!({ "request": request, "tranche": "BST-4", "reason": "a laptop was lost" });
            let said = house.call(Method::POST, "/api/cheque-keys/rotations", Some(&admin), Some(&asked)).await;
            assert_eq!(said.0, StatusCode::ACCEPTED, "{}", said.1);
        }
        let mut chain = Chain::new(&house.world);
        chain.publish(house.take("salur.cheque-rendering").await);
        chain.run().await;
        chain.tell("late", &batch(&rows("late", TAHAP_4, [Person::new(60)])));
        chain.run().await;
        assert_eq!((turns(&house, "BST-4").await, turns(&house, "BST-5").await), (vec![1, 2], vec![1]), "asked twice, once rotated");
        let new = token_of(&house.world, &Person::new(60)).await;
        let signed_by = |token: &str| token::kid(token).expect("a token");
        let key = |turn| token::key_id(&house.world.tools.cheque_keys().of(TrancheId(4), turn).verifying_key()).to_vec();
        assert_eq!((signed_by(&old), signed_by(&new)), (key(1), key(2)));
        let [counter, ..] = counters();
        for (n, token) in [(1, &old), (2, &new)] {
            let claimed = house.claim(&counter, Uuid::from_u128(n), token).await;
            assert_eq!(claimed.0, StatusCode::OK, "{}", claimed.1);
        }
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_cheque_signed_before_tranches_had_keys_is_paid_and_one_signed_by_another_tranches_key_is_not() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let anyone = keys(&house).await;
        let claims = async |n| -> ChequeClaims {
            let token = token_of(&house.world, &Person::new(n)).await;
            token::verify(&token, |kid| anyone.find(kid).map(|known| known.key)).expect("it is ours")
        };
        let (own, other) = (house.world.tools.cheque_key.clone(), house.world.tools.cheque_keys().of(TrancheId(5), 1));
        let sign = |claims: &ChequeClaims, key| token::sign(claims, key, &token::key_id(&key.verifying_key()));
        let [counter, ..] = counters();
        let old = house.claim(&counter, Uuid::from_u128(1), &sign(&claims(1).await, &own)).await;
        assert_eq!(old.0, StatusCode::OK, "{}", old.1);
        let wrong = house.claim(&counter, Uuid::from_u128(2), &sign(&claims(2).await, &other)).await;
        assert_eq!(code(&wrong), (422, "token"), "the window of both tranches may be one, the key is not");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_cheque_is_judged_from_text_and_picture_online_and_from_files() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let desk = Desk::new(&house, "checker");
        std::fs::create_dir_all(&desk.home).expect("a home");
        let good = token_of(&house.world, &Person::new(0)).await;
        let gone = token_of(&house.world, &Person::new(1)).await;
        let payment = house.world.payment(4, &Person::new(1)).1;
        sqlx::query("UPDATE payments SET cancelled_at = now() WHERE id = $1")
            .bind(payment.0)
            .execute(&house.world.sql)
            .await
            .expect("the owner may");
        let file = |name: &str| desk.home.join(name).to_str().expect("text").to_owned();
        let (keys, revoked, picture) = (file("keys.cbor"), file("revoked.cose"), file("cheque.png"));
        for (what, out) in [("keys", &keys), ("revoked", &revoked)] {
            let (done, said) = desk.run(&["cheque", what, "--server", &house.address, "--out", out]).await;
            assert!(done, "{said}");
        }
        let stored = house.world.count("cheques WHERE stored").await;
        assert!(stored > 0, "pictures are stored");
        let of: String = house
            .world
            .one(&format!("SELECT format('cheques/%s/%s/%s.png', tranche, payment, version) FROM cheques WHERE token = '{good}'"))
            .await;
        std::fs::write(&picture, house.world.tools.blobs.get(&of).await.expect("the store answers").expect("it is stored"))
            .expect("written");

        let altered = format!("{}{}", &good[..good.len() - 1], if good.ends_with('A') { 'B' } else { 'A' });
        let window = "SELECT to_char(opens_at + interval '1 hour', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM tranches WHERE code = 'BST-4'";
        let noon: String = house.world.one(window).await;
        let pay_point: String =
            house.world.one(&format!("SELECT pay_point FROM payments WHERE id = '{}'", house.world.payment(4, &Person::new(0)).1)).await;
        judged_by_files(&desk, [&keys, &revoked, &picture, &noon, &pay_point], [&good, &gone, &altered]).await;
        let (done, said) = desk.run(&["cheque", "verify", &gone, "--server", &house.address, "--at", &noon]).await;
        assert!(!done && said.starts_with("revoked: replaced, withdrawn or returned"), "{said}");
        let (done, said) = desk.run(&["cheque", "inspect", &good, "--json"]).await;
        assert!(done && said.contains("\"checked\":false"), "{said}");
        let (done, said) = desk.run(&["cheque", "inspect", "--picture", &keys]).await;
        assert!(!done && said.contains("no PNG or JPEG"), "{said}");
        house.close().await;
    })
    .await;
}

/// Each way of being wrong, told by a device that has nothing but its files.
async fn judged_by_files(desk: &Desk, [keys, revoked, picture, noon, pay_point]: [&String; 5], [good, gone, altered]: [&String; 3]) {
    for (args, verdict) in [
        (vec![good.as_str()], "good"),
        (vec!["--picture", picture], "good"),
        (vec![good, "--pay-point", pay_point], "good"),
        (vec![good, "--pay-point", "NOWHERE"], "other_pay_point"),
        (vec![gone], "revoked"),
        (vec![good, "--at", "2001-01-01T00:00:00Z"], "early"),
        (vec![good, "--at", "2999-01-01T00:00:00Z"], "expired"),
        (vec![altered], "altered"),
        (vec!["SLR1:NONSENSE"], "not_a_token"),
    ] {
        let mut all = [&["cheque", "verify"], args.as_slice(), &["--keys", keys, "--revoked", revoked]].concat();
        if !args.contains(&"--at") {
            all.extend(["--at", noon]);
        }
        let (done, said) = desk.run(&all).await;
        let said = said.split(':').next().unwrap_or_default();
        assert!(said == verdict || (verdict == "altered" && said == "not_a_token"), "{args:?}: {said}, not {verdict}");
        assert_eq!(done, verdict == "good", "{args:?}");
    }
}

#[tokio::test]
async fn a_used_cheque_is_told_with_its_story_to_who_may_see_payments() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let [teller, ..] = counters();
        paid(&house, 0, &teller).await;
        let token = token_of(&house.world, &Person::new(0)).await;
        let (desk, nobody) = (Desk::new(&house, "rina"), Desk::new(&house, "nobody"));
        let wanted = json!({ "name": "rina.wati", "kind": "person", "role": "supervisor" });
        let (_, invited) = house.call(Method::POST, "/api/actors", Some(&admin), Some(&wanted)).await;
        let invited = invited["code"].as_str().expect("a code");
        desk.run(&["login", "--server", &house.address, "--as", "rina.wati", "--code", invited]).await;
        let window = "SELECT to_char(opens_at + interval '1 hour', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM tranches WHERE code = 'BST-4'";
        let noon: String = house.world.one(window).await;
        let asked = ["cheque", "verify", &token, "--at", &noon, "--server", &house.address, "--story"];
        let (done, said) = desk.run(&asked[..7]).await;
        assert!(done && said.starts_with("good: "), "without a network nobody knows: {said}");
        let (done, said) = desk.run(&asked).await;
        assert!(!done && said.starts_with("used: its money was handed over"), "{said}");
        let events: Vec<&str> =
            said.lines().filter(|line| line.starts_with("  20")).filter_map(|line| line.split(' ').next_back()).collect();
        for event in ["cheque_issued", "claimed", "captured", "paid"] {
            assert!(events.contains(&event), "{event} is told: {said}");
        }
        let (_, said) = desk.run(&[&asked[..], &["--json"]].concat()).await;
        let told: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!(told["story"]["events"].as_array().map(Vec::len), Some(events.len()), "{told}");
        let (done, said) = nobody.run(&asked).await;
        assert!(!done && said.contains("not signed in"), "{said}");
        house.close().await;
    })
    .await;
}
