//! How a pack ends, and how a copy of one is found.

use reqwest::{Method, StatusCode};
use salur_tests::{
    counter::id,
    in_lab,
    programme::{AMOUNT, counters},
};
use serde_json::json;

use super::{ask, check_in, claim, hand_over, packed, send, supervisor};
use crate::portal::{
    people::{administrator, person},
    support::{House, code},
};

#[tokio::test]
async fn a_revoked_pack_a_revoked_device_and_a_day_that_is_over_free_the_families() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let who = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let [one, two, _] = counters();
        let family = &packed(&house, &who, &one, 1, None).await.families[0];
        assert_eq!(code(&claim(&house, &two, 50, family).await), (409, "packed"));
        let path = format!("/api/device-packs/{}/revoke", id(1));
        let reason = json!({ "reason": "the tablet fell into the sea" });
        let revoked = house.call(Method::POST, &path, Some(&who), Some(&reason)).await;
        assert_eq!((revoked.0, &revoked.1["state"]), (StatusCode::OK, &json!("revoked")));
        assert_eq!(house.call(Method::POST, &path, Some(&who), Some(&reason)).await.0, StatusCode::OK, "twice is once");
        assert_eq!(claim(&house, &two, 50, family).await.0, StatusCode::OK);
        house.world.end_leases().await;

        let family = &packed(&house, &who, &one, 2, None).await.families[0];
        assert_eq!(code(&claim(&house, &two, 51, family).await), (409, "packed"));
        house.world.end_leases().await;
        assert_eq!(claim(&house, &two, 51, family).await.0, StatusCode::OK, "its day is over");
        house.world.end_leases().await;

        let family = &packed(&house, &who, &one, 3, None).await.families[0];
        let (status, _) = house.call(Method::POST, "/api/devices/DEV-1/revoke", Some(&admin), Some(&reason)).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(claim(&house, &two, 52, family).await.0, StatusCode::OK, "its device is revoked");
        assert_eq!(code(&ask(&house, &who, &one, 4, None).await), (422, "device"));
        let states = house.world.column("SELECT state FROM device_packs_now ORDER BY made_at").await;
        assert_eq!(states, ["revoked", "revoked", "revoked"]);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_copy_with_the_devices_key_is_found_when_it_says_what_it_did() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let (who, [one, ..]) = (supervisor(&house).await, counters());
        let contents = packed(&house, &who, &one, 1, None).await;
        let paid = hand_over(&house, 60, &contents.families[1], &one).await;
        assert_eq!(check_in(&house, &one, 1, &[&paid]).await.1["effect"], json!("checked_in"));
        let copied = hand_over(&house, 61, &contents.families[2], &one).await;
        let said = check_in(&house, &one, 1, &[&paid, &copied]).await;
        assert_eq!(said.1["effect"], json!("copy"), "{}", said.1);
        let doubt = &said.1["doubts"][0];
        assert_eq!((&doubt["doubt"], &doubt["device"], &doubt["teller"]), (&json!("said_twice"), &json!(one.device), &json!(one.teller)));
        let amount = AMOUNT * i64::try_from(contents.families[2].cheques.len()).expect("few");
        assert_eq!((&doubt["hand_overs"], &doubt["rupiah"]), (&json!(1), &json!(amount)));
        assert_eq!(check_in(&house, &one, 1, &[&paid]).await.1["effect"], json!("again"), "the first word stands");
        let listed = house.call(Method::GET, "/api/device-packs", Some(&who), None).await;
        assert_eq!((&listed.1["packs"][0]["state"], &listed.1["doubts"][0]["rupiah"]), (&json!("checked_in"), &json!(amount)));
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_says_nothing_is_found_by_its_photos_whichever_comes_first() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let (who, [one, ..]) = (supervisor(&house).await, counters());
        let contents = packed(&house, &who, &one, 1, None).await;
        let mut captures = Vec::new();
        for (number, family) in (60..).zip(&contents.families[..3]) {
            captures.push(hand_over(&house, number, family, &one).await);
        }
        send(&house, &[&captures[0]]).await;
        assert_eq!(house.world.count("device_pack_doubts").await, 0, "nothing was said yet");
        let said = check_in(&house, &one, 1, &[&captures[2]]).await;
        assert_eq!(said.1["doubts"][0]["doubt"], json!("not_said"), "a photo was there before the word: {}", said.1);
        send(&house, &[&captures[1], &captures[2]]).await;
        let doubts = house.world.column("SELECT concat_ws(' ', doubt, device, teller) FROM device_pack_doubts ORDER BY 1").await;
        assert_eq!(doubts, ["not_said DEV-1 TELLER-1", "not_said DEV-1 TELLER-1"], "a photo after it, too; what was said is no doubt");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn another_device_that_checks_a_pack_in_is_named_and_ends_nothing() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let (who, [one, two, _]) = (supervisor(&house).await, counters());
        let contents = packed(&house, &who, &one, 1, None).await;
        let paid = hand_over(&house, 60, &contents.families[0], &one).await;
        let said = check_in(&house, &two, 1, &[&paid]).await;
        assert_eq!((&said.1["effect"], &said.1["doubts"][0]["device"]), (&json!("copy"), &json!(two.device)), "{}", said.1);
        assert_eq!(code(&claim(&house, &two, 50, &contents.families[1]).await), (409, "packed"), "the pack lives on");
        let said = check_in(&house, &one, 1, &[&paid]).await;
        assert_eq!(said.1["effect"], json!("checked_in"));
        let body =
            json!({ "pack": id(1), "teller": one.teller, "hand_overs": [{ "claim": id(9), "capture": id(8) }], "at": chrono::Utc::now() });
        assert_eq!(code(&house.post(&one, "/api/device-packs/check-in", &body).await), (422, "hand_overs"), "a claim of no pack");
        house.close().await;
    })
    .await;
}
