//! Who acts for a region sees of returns, statements and lists what is of that region; the control of each is somebody of the country, who sees the rest.

use std::sync::Arc;

use reqwest::{Method, StatusCode};
use salur_tests::{
    Chain, Lab, Person, facts, in_lab,
    people::{BELITUNG, BELITUNG_TIMUR},
    programme::{AMOUNT, SOURCE, TAHAP_4},
};
use serde_json::{Value, json};

use super::{
    people::{administrator, made, person},
    returns::{decide, swept},
    support::House,
};

/// Two families of one regency, three of the other, and a row whose village nobody can read.
async fn house(lab: &Arc<Lab>) -> House {
    let world = lab.world().await;
    let mut chain = Chain::new(&world);
    let nowhere = Person { village: "x".into(), ..Person::new(30) };
    let people = [
        ("here-1", Person::new(1)),
        ("here-2", Person::new(2)),
        ("other-1", Person::of(BELITUNG_TIMUR, 11)),
        ("other-2", Person::of(BELITUNG_TIMUR, 12)),
        ("other-3", Person::of(BELITUNG_TIMUR, 13)),
        ("nowhere", nowhere),
    ];
    let rows: Vec<_> = people.iter().map(|(key, person)| facts::row("tahap-4", TAHAP_4, key, person)).collect();
    chain.tell("1", &facts::batch(&rows));
    chain.run().await;
    House::around(lab, world).await
}

async fn of_region(house: &House, admin: &str, name: &'static str, role: &str, region: &str) -> String {
    made(house, admin, name, &json!({ "name": name, "kind": "person", "role": role, "region": region })).await
}

fn regencies(lines: &Value) -> Vec<(String, i64)> {
    let line = |line: &Value| (line["regency"].as_str().unwrap_or_default().to_owned(), line["rupiah"].as_i64().unwrap_or(-1));
    lines.as_array().expect("lines").iter().map(line).collect()
}

#[tokio::test]
async fn returns_and_statements_tell_a_region_its_own_lines_and_sums() {
    in_lab(async |lab| {
        let house = house(&lab).await;
        let admin = administrator(&house).await;
        let near = of_region(&house, &admin, "near.one", "auditor", BELITUNG).await;
        let far = of_region(&house, &admin, "far.away.one", "auditor", "11").await;
        let whole = person(&house, &admin, "the.auditor", "auditor", None).await;
        let (siti, budi) = (
            person(&house, &admin, "siti.aminah", "treasurer", None).await,
            person(&house, &admin, "budi.santoso", "treasurer", None).await,
        );
        swept(&house).await;
        let returns = async |token: &str| house.call(Method::GET, "/api/tranches/BST-4/returns", Some(token), None).await.1;
        let sums = [(BELITUNG.to_owned(), 2 * AMOUNT), (BELITUNG_TIMUR.to_owned(), 3 * AMOUNT)];
        let next = |answer: &Value| (regencies(&answer["next"]["lines"]), answer["next"]["rupiah"].as_i64());
        assert_eq!(next(&returns(&whole).await), (sums.to_vec(), Some(5 * AMOUNT)), "the control");
        assert_eq!(next(&returns(&near).await), (sums[..1].to_vec(), Some(2 * AMOUNT)));
        assert_eq!(next(&returns(&far).await), (vec![], Some(0)));
        let signing = json!({ "act": "return_statement", "rupiah": 5 * AMOUNT, "document": "BA-1" });
        for token in [&siti, &budi] {
            house.call(Method::POST, "/api/tranches/BST-4/signatures", Some(token), Some(&signing)).await;
            let waits = token == &siti;
            decide(&house).await;
            let waiting = async |token: &str| returns(token).await["signatures"].as_array().map_or(0, Vec::len);
            assert_eq!((waiting(&whole).await, waiting(&near).await), (usize::from(waits), 0), "a signature is the country's");
        }
        let stated = async |token: &str| returns(token).await["statements"][0]["rupiah"].as_i64();
        assert_eq!((stated(&whole).await, stated(&near).await, stated(&far).await), (Some(5 * AMOUNT), Some(2 * AMOUNT), Some(0)));
        assert!(returns(&whole).await["unused"].is_i64() && returns(&near).await["unused"].is_null());
        let statement = async |token: &str, format: &str| {
            house.call(Method::GET, &format!("/api/tranches/BST-4/statements/1?format={format}"), Some(token), None).await
        };
        let (status, told) = statement(&near, "json").await;
        assert_eq!((status, regencies(&told["lines"])), (StatusCode::OK, sums[..1].to_vec()), "{told}");
        assert_eq!((told["statement"]["rupiah"].as_i64(), told["statement"]["families"].as_i64()), (Some(2 * AMOUNT), Some(2)));
        assert_eq!(regencies(&statement(&whole, "json").await.1["lines"]), sums, "the control");
        for (token, expected) in [(&near, StatusCode::FORBIDDEN), (&whole, StatusCode::OK)] {
            assert_eq!((statement(token, "pdf").await.0, statement(token, "xlsx").await.0), (expected, expected));
        }
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn rows_of_a_list_are_told_to_a_region_where_their_families_live_there() {
    in_lab(async |lab| {
        let house = house(&lab).await;
        let admin = administrator(&house).await;
        let all = ["here-1", "here-2", "nowhere", "other-1", "other-2", "other-3"];
        let office = json!({ "name": "the.office.of.it", "kind": "person", "role": "office", "region": BELITUNG, "source": SOURCE });
        let seeing = [
            (of_region(&house, &admin, "near.supervisor.x", "supervisor", BELITUNG).await, &all[..2]),
            (of_region(&house, &admin, "near.auditor", "auditor", BELITUNG_TIMUR).await, &all[3..]),
            (of_region(&house, &admin, "far.auditor.of.it", "auditor", "11").await, &[][..]),
            // the control: the country; and who sent the list mends every row of it
            (person(&house, &admin, "the.supervisor", "supervisor", None).await, &all[..]),
            (made(&house, &admin, "the.office.of.it", &office).await, &all[..]),
        ];
        for (token, expected) in seeing {
            let (_, told) = house.call(Method::GET, &format!("/api/batches/tahap-4/rows?source={SOURCE}"), Some(&token), None).await;
            let rows: Vec<&str> = told["rows"].as_array().expect("rows").iter().filter_map(|row| row["row"].as_str()).collect();
            assert_eq!(rows, expected);
            let (_, report) = house.call(Method::GET, &format!("/api/batches/tahap-4/report?source={SOURCE}"), Some(&token), None).await;
            let report = report.as_str().expect("CSV").to_owned();
            let (_, page) = house.call(Method::GET, &format!("/batches/rows?batch=tahap-4&source={SOURCE}"), Some(&token), None).await;
            let page = page.as_str().expect("a page").to_owned();
            for row in all {
                assert_eq!((report.contains(row), page.contains(row)), (expected.contains(&row), expected.contains(&row)), "{row}");
            }
            let counted: i64 = if expected.len() == all.len() { 5 } else { i64::try_from(expected.len()).expect("few") };
            let rupiah = salur_domain::Rupiah::new(counted * AMOUNT).expect("positive").to_string();
            assert!(counted == 0 || page.contains(&rupiah), "{rupiah} of {counted} families is counted");
        }
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_administrator_of_a_region_makes_and_sees_its_actors_alone() {
    in_lab(async |lab| {
        let house = house(&lab).await;
        let admin = administrator(&house).await;
        let near = of_region(&house, &admin, "near.admin", "administrator", "19").await;
        let wanted = |region: &str| json!({ "name": "new.one", "kind": "person", "role": "auditor", "region": region });
        for wider in ["", "11", "1101"] {
            let (status, told) = house.call(Method::POST, "/api/actors", Some(&near), Some(&wanted(wider))).await;
            assert_eq!((status, &told["error"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("region")), "{wider}");
        }
        assert_eq!(house.call(Method::POST, "/api/actors", Some(&near), Some(&wanted(BELITUNG))).await.0, StatusCode::CREATED);
        let names = async |token: &str| {
            let (_, told) = house.call(Method::GET, "/api/actors", Some(token), None).await;
            told.as_array().expect("actors").iter().filter_map(|actor| actor["name"].as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!(names(&near).await, ["near.admin", "new.one"]);
        assert_eq!(names(&admin).await, ["near.admin", "new.one", "root.admin"], "the control");
        let reason = json!({ "reason": "gone" });
        let revoke = async |name: &str| house.call(Method::POST, &format!("/api/actors/{name}/revoke"), Some(&near), Some(&reason)).await.0;
        assert_eq!((revoke("root.admin").await, revoke("new.one").await), (StatusCode::NOT_FOUND, StatusCode::OK));
        house.close().await;
    })
    .await;
}
