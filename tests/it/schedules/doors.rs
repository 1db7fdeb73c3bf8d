//! The doors and the command line.

use std::collections::BTreeMap;

use chrono::{Days, TimeDelta, Utc};
use reqwest::{Method, StatusCode};
use salur_tests::{Chain, in_lab, programme::SOURCE};
use serde_json::json;

use crate::portal::{
    command_line::Desk,
    contract::{assert_as_documented, document},
    people::{administrator, made, person},
    support::House,
};

/// Hands what the portal said to the stage.
async fn plan(house: &House) {
    let mut chain = Chain::new(&house.world);
    chain.publish(house.take("salur.slot-planning").await);
    chain.run().await;
}

#[tokio::test]
async fn a_supervisor_has_a_tranche_planned_and_an_office_sees_its_region() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let admin = administrator(&house).await;
        let supervisor = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let elsewhere = json!({ "name": "dinas.jakarta.pusat", "kind": "person", "role": "office", "region": "3171", "source": SOURCE });
        let elsewhere = made(&house, &admin, "dinas.jakarta.pusat", &elsewhere).await;
        let body = json!({ "tranche": "BST-4", "rule": "last_digit", "per_hour": 4, "dry_run": true });
        let look = house.call(Method::POST, "/api/schedules", Some(&supervisor), Some(&body)).await;
        assert_as_documented(&document, "post", "/api/schedules", &look);
        let open = |points: &serde_json::Value| {
            points.as_array().expect("points").iter().map(|p| p["families"].as_i64().unwrap_or(0)).sum::<i64>()
        };
        let families = open(&look.1["pay_points"]);
        assert!(families > 0 && look.1["pay_points"][0]["room"].as_i64() > Some(families), "{}", look.1);
        for (wrong, field) in [(json!({ "tranche": "BST-9" }), "tranche"), (json!({ "tranche": "BST-4", "per_hour": 0 }), "per_hour")] {
            let refused = house.call(Method::POST, "/api/schedules", Some(&supervisor), Some(&wrong)).await;
            assert_eq!((refused.0, refused.1["error"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some(field)), "{wrong}");
        }
        let body = json!({ "tranche": "BST-4", "rule": "last_digit", "per_hour": 4 });
        let said = house.call(Method::POST, "/api/schedules", Some(&supervisor), Some(&body)).await;
        assert_eq!(said.0, StatusCode::ACCEPTED, "{}", said.1);
        assert_as_documented(&document, "post", "/api/schedules", &said);
        plan(&house).await;
        let path = format!("/api/schedules/{}", said.1["decision"].as_str().expect("an id"));
        let effect = house.call(Method::GET, &path, Some(&supervisor), None).await;
        assert_as_documented(&document, "get", "/api/schedules/{id}", &effect);
        assert_eq!((&effect.1["is_made"], effect.1["tranches"][0]["placed"].as_i64()), (&json!(true), Some(families)));

        let shown = house.call(Method::GET, "/api/schedules?tranche=BST-4", Some(&supervisor), None).await;
        assert_as_documented(&document, "get", "/api/schedules", &shown);
        let slots = house.call(Method::GET, "/api/slots?tranche=BST-4", Some(&supervisor), None).await;
        assert_as_documented(&document, "get", "/api/slots", &slots);
        assert_eq!(slots.1["slots"].as_array().map(Vec::len), usize::try_from(families).ok());
        let none = house.call(Method::GET, "/api/slots?tranche=BST-4", Some(&elsewhere), None).await;
        assert_eq!(none.1["slots"], json!([]), "another region sees none");
        let refused = house.call(Method::GET, "/api/slots?tranche=BST-4&after=x", Some(&supervisor), None).await;
        assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY);
        let point = slots.1["slots"][0]["pay_point"].as_str().expect("a code").to_owned();
        let hours = house.call(Method::GET, &format!("/api/slots/hours?tranche=BST-4&pay_point={point}"), Some(&supervisor), None).await;
        assert_as_documented(&document, "get", "/api/slots/hours", &hours);
        assert!(!hours.1["hours"].as_array().expect("hours").is_empty());
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_pay_point_is_closed_and_whom_to_tell_is_a_list() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let admin = administrator(&house).await;
        let ops = person(&house, &admin, "the.ops", "ops", None).await;
        let wanted = json!({ "name": "siti", "kind": "person", "role": "ops" });
        let (_, invited) = house.call(Method::POST, "/api/actors", Some(&admin), Some(&wanted)).await;
        let desk = Desk::new(&house, "siti");
        desk.run(&["login", "--server", &house.address, "--as", "siti", "--code", invited["code"].as_str().expect("a code")]).await;
        let body = json!({ "tranche": "BST-4", "per_hour": 2 });
        assert_eq!(house.call(Method::POST, "/api/schedules", Some(&ops), Some(&body)).await.0, StatusCode::ACCEPTED);
        plan(&house).await;
        // as its pay points count days: from tomorrow on
        let from = (Utc::now() + TimeDelta::hours(7)).date_naive() + Days::new(1);
        let (before, first) = (calendar(&desk).await, format!("UID:BST-4-PP-1902-{from}"));
        assert!(before.contains(&first) && !before.contains("CANCELLED"), "{before}");
        let closing = json!({ "from": from, "instead": "PP-1906", "document": "SE-4/2020" });
        let alone = json!({ "from": from, "instead": "PP-1902", "document": "SE-4/2020" });
        let path = "/api/pay-points/PP-1902/closings";
        let refused = house.call(Method::POST, path, Some(&ops), Some(&alone)).await;
        assert_eq!((refused.0, refused.1["error"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("instead")));
        let said = house.call(Method::POST, path, Some(&ops), Some(&closing)).await;
        assert_as_documented(&document, "post", "/api/pay-points/{code}/closings", &said);
        plan(&house).await;
        let id = said.1["decision"].as_str().expect("an id");
        let effect = house.call(Method::GET, &format!("/api/schedules/{id}"), Some(&ops), None).await;
        assert_eq!((&effect.1["effect"]["effect"], &effect.1["is_made"]), (&json!("closed"), &json!(true)), "{}", effect.1);
        let told = house.call(Method::GET, &format!("/api/slots?tranche=BST-4&schedule={id}"), Some(&ops), None).await;
        let told = told.1["slots"].as_array().expect("slots").clone();
        assert!(!told.is_empty() && told.iter().all(|slot| slot["was_at"] == "PP-1902" && slot["pay_point"] == "PP-1906"), "{told:?}");
        let after = calendar(&desk).await;
        let sequences = |file: &str| -> BTreeMap<String, i64> {
            let events = file.split("BEGIN:VEVENT").skip(1);
            let line = |event: &str, name: &str| event.split(name).nth(1).and_then(|rest| rest.lines().next()).expect("a line").to_owned();
            events.map(|event| (line(event, "UID:"), line(event, "SEQUENCE:").parse().expect("a number"))).collect()
        };
        let (was, now) = (sequences(&before), sequences(&after));
        assert_eq!(
            (was.len(), after.matches("STATUS:CANCELLED").count()),
            (now.len(), now.len()),
            "who took the file in once is told:\n{after}"
        );
        assert!(was.iter().all(|(event, number)| now[event] > *number), "an older file never wins: {was:?} {now:?}");
        house.close().await;
    })
    .await;
}

/// The calendar of the pay point of Belitung, as the command line writes it.
async fn calendar(desk: &Desk) -> String {
    let out = desk.home.join("hours.ics");
    let args = ["schedule", "export", "--tranche", "BST-4", "--pay-point", "PP-1902", "--format", "ics", "--out"];
    let (done, said) = desk.run(&[&args[..], &[out.to_str().expect("a path")]].concat()).await;
    assert!(done, "{said}");
    std::fs::read_to_string(&out).expect("it was written").replace("\r\n ", "").replace("\r\n", "\n")
}
