//! Devices: registered with a one-time code, enrolled with a key they made, revoked.

use ed25519_dalek::SigningKey;
use reqwest::{Method, StatusCode};
use salur_tests::{
    Person,
    counter::id,
    in_lab,
    programme::{Counter, counters},
};
use serde_json::{Value, json};

use super::{
    command_line::{self, Desk},
    people::{administrator, person},
    support::{House, code},
};

async fn enrol(house: &House, code: &str, key: &SigningKey) -> (StatusCode, Value) {
    let body = json!({ "code": code, "public_key": hex::encode(key.verifying_key().to_bytes()) });
    house.call(Method::POST, "/api/devices/enrolments", None, Some(&body)).await
}

/// A counter of the programme with another device.
fn counter(device: &'static str, seed: u8) -> Counter {
    Counter { device, key: SigningKey::from_bytes(&[seed; 32]), ..counters()[0].clone() }
}

async fn register(house: &House, admin: &str, device: &str) -> (StatusCode, Value) {
    let pay_point = house.world.one::<String>("SELECT min(code) FROM pay_points").await;
    let body = json!({ "code": device, "pay_point": pay_point });
    house.call(Method::POST, "/api/devices", Some(admin), Some(&body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_pays_once_enrolled_and_nothing_more_from_its_revocation_on() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let (paper, tablet) = (house.world.paper(4, &Person::new(1)).await, counter("TABLET-9", 40));
        let (status, made) = register(&house, &admin, tablet.device).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let one_time = made["code"].as_str().expect("a code");
        assert_eq!(code(&house.claim(&tablet, id(1), &paper.token).await), (401, "device"), "it has no key yet");
        assert_eq!(enrol(&house, "0000-0000-0000", &tablet.key).await.0, StatusCode::GONE);
        let (status, enrolled) = enrol(&house, one_time, &tablet.key).await;
        assert_eq!((status, &enrolled["device"]), (StatusCode::OK, &json!("TABLET-9")));
        assert_eq!(enrol(&house, one_time, &counter("TABLET-9", 41).key).await.0, StatusCode::GONE, "a code is used once");
        assert_eq!(house.claim(&tablet, id(1), &paper.token).await.0, StatusCode::OK);
        let reason = json!({ "reason": "stolen from the office" });
        let (status, _) = house.call(Method::POST, "/api/devices/TABLET-9/revoke", Some(&admin), Some(&reason)).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(code(&house.claim(&tablet, id(1), &paper.token).await), (401, "device"), "its next request is refused");
        let (status, _) = house.call(Method::POST, "/api/devices/TABLET-9/codes", Some(&admin), None).await;
        assert_eq!(status, StatusCode::CONFLICT, "and it does not come back");
        let acts = house.world.column("SELECT actor || ' ' || act FROM audit WHERE act LIKE 'device%' ORDER BY id").await;
        assert_eq!(acts, ["root.admin device_registered", "TABLET-9 device_enrolled", "root.admin device_revoked"]);
        let kept = house.world.count("audit WHERE act = 'device_revoked' AND detail ->> 'reason' = 'stolen from the office'").await;
        assert_eq!(kept, 1);
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_last_code_of_a_device_is_good_and_only_for_a_day_and_a_key_of_its_own() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let first = register(&house, &admin, "TABLET-9").await.1;
        let (status, second) = house.call(Method::POST, "/api/devices/TABLET-9/codes", Some(&admin), None).await;
        assert_eq!(status, StatusCode::CREATED, "{second}");
        let (first, second) = (first["code"].as_str().expect("a code"), second["code"].as_str().expect("a code"));
        let own = counter("TABLET-9", 42).key;
        assert_eq!(enrol(&house, first, &own).await.0, StatusCode::GONE, "another code was made");
        assert_eq!(code(&enrol(&house, second, &counters()[0].key).await), (422, "public_key"), "a key of another device");
        let age = "UPDATE device_codes SET expires_at = expires_at - interval '24 hours' WHERE ended_at IS NULL";
        sqlx::query(age).execute(&house.world.sql).await.expect("the owner may");
        assert_eq!(enrol(&house, second, &own).await.0, StatusCode::GONE, "a day has passed");
        let digests = house.world.column("SELECT encode(code_digest, 'hex') FROM device_codes").await;
        assert!(digests.iter().all(|digest| !digest.contains(second)) && digests.len() == 2, "the code itself is kept nowhere");
        let third = house.call(Method::POST, "/api/devices/TABLET-9/codes", Some(&admin), None).await.1;
        assert_eq!(enrol(&house, third["code"].as_str().expect("a code"), &own).await.0, StatusCode::OK);
        let again = house.call(Method::POST, "/api/devices/TABLET-9/codes", Some(&admin), None).await;
        assert_eq!(code(&again), (409, "enrolled"), "a key is never replaced: it must verify what it signed");
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_of_the_place_register_and_revoke_devices() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let supervisor = person(&house, &admin, "a.supervisor", "supervisor", None).await;
        let elsewhere = person(&house, &admin, "far.admin", "administrator", None).await;
        sqlx::query("UPDATE actors SET region = '94' WHERE name = 'far.admin'").execute(&house.world.sql).await.expect("the owner may");
        let device = counters()[0].device;
        let (path, reason) = (format!("/api/devices/{device}/revoke"), json!({ "reason": "test" }));
        for (token, registering, revoking) in [(None, (401, "token"), (401, "token")), (Some(&supervisor), (403, "role"), (403, "role"))] {
            let token = token.map(String::as_str);
            let body = json!({ "code": "NEW", "pay_point": "X" });
            assert_eq!(code(&house.call(Method::POST, "/api/devices", token, Some(&body)).await), registering);
            assert_eq!(code(&house.call(Method::POST, &path, token, Some(&reason)).await), revoking);
        }
        assert_eq!(code(&register(&house, &elsewhere, "NEW").await), (422, "pay_point"));
        assert_eq!(code(&house.call(Method::POST, &path, Some(&elsewhere), Some(&reason)).await), (404, "device"));
        let (_, seen) = house.call(Method::GET, "/api/devices", Some(&elsewhere), None).await;
        assert_eq!(seen["devices"], json!([]), "nor does it see them");
        let (_, seen) = house.call(Method::GET, "/api/devices", Some(&supervisor), None).await;
        assert_eq!(seen["devices"].as_array().map(Vec::len), Some(counters().len()), "{seen}");
        assert_eq!(code(&register(&house, &admin, device).await), (409, "code"));
        assert_eq!(code(&register(&house, &admin, "no/code").await), (422, "code"));
        assert_eq!(code(&house.call(Method::POST, &path, Some(&admin), Some(&json!({ "reason": " " }))).await), (422, "reason"));
        assert_eq!(house.world.count("devices WHERE revoked_at IS NOT NULL OR public_key IS NULL").await, 0);
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_registered_listed_and_revoked_from_the_command_line() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let desk = Desk::new(&house, "admin");
        let (_, said) = desk.run(&["actor", "bootstrap", "the.admin"]).await;
        desk.run(&["login", "--server", &house.address, "--as", "the.admin", "--code", command_line::code(&said)]).await;
        let pay_point = house.world.one::<String>("SELECT min(code) FROM pay_points").await;
        let (done, said) = desk.run(&["device", "add", "TABLET-9", "--pay-point", &pay_point, "--json"]).await;
        let made: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}"));
        assert!(done && made["device"] == "TABLET-9", "{said}");
        let (done, said) = desk.run(&["device", "code", "TABLET-9"]).await;
        assert!(done && said.contains("TABLET-9 enrols with the code "), "{said}");
        let (done, said) = desk.run(&["device", "list", "--pay-point", &pay_point]).await;
        assert!(done && said.contains("waits for its code to be used") && said.contains("enrolled"), "{said}");
        let (done, said) = desk.run(&["device", "revoke", "TABLET-9", "--reason", "broken"]).await;
        assert!(done && said.contains("TABLET-9 is revoked"), "{said}");
        let (done, said) = desk.run(&["device", "revoke", "TABLET-8", "--reason", "broken"]).await;
        assert!(!done && said.contains("there is no device of this code"), "{said}");
        house.close().await;
    })
    .await;
}
