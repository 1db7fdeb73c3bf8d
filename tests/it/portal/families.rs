//! Finding a family: by number, by name in a village, by a list; recorded, in one's region, and never in an address or a log.

use reqwest::{Method, StatusCode};
use salur_portal::families::OF_ONE;
use salur_tests::{Person, World, in_lab, programme::SOURCE};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};

use super::{
    browser::signed_in,
    contract::{assert_as_documented, document},
    people::{administrator, person},
    support::{House, code},
};

const PATH: &str = "/api/families";
const WHY: &str = "asked at the village office";
const SOUGHT: &str = "SELECT actor || ' ' || (detail - 'payments')::text || ' ' || jsonb_array_length(detail -> 'payments') FROM audit
    WHERE act = 'families_sought' ORDER BY id";

async fn find(house: &House, token: &str, kind: &str, text: &str) -> (StatusCode, Value) {
    let asked = json!({ "kind": kind, "text": text, "why": WHY });
    house.call(Method::POST, PATH, Some(token), Some(&asked)).await
}

async fn find_name(house: &House, token: &str, name: &str, village: &str) -> (StatusCode, Value) {
    let asked = json!({ "kind": "name", "text": name, "village": village, "why": WHY });
    house.call(Method::POST, PATH, Some(token), Some(&asked)).await
}

async fn serial(world: &World, person: &Person) -> String {
    let (_, payment) = world.payment(4, person);
    world.one(&format!("SELECT serial FROM cheques WHERE payment = '{payment}'")).await
}

/// The names that an answer tells.
fn names(answer: &(StatusCode, Value)) -> Vec<&str> {
    answer.1["families"].as_array().expect("families").iter().map(|family| family["name"].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn a_family_is_found_by_nik_card_and_serial_with_the_payments_of_each_tranche() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let admin = administrator(&house).await;
        let office = person(&house, &admin, "dinas.sosial", "office", Some(SOURCE)).await;
        let family = Person::new(0);
        let cheque = serial(&house.world, &family).await;
        for (kind, text) in [("nik", family.nik.clone()), ("kk", family.kk.clone()), ("serial", cheque.to_lowercase().replace('-', " "))] {
            let answer = find(&house, &office, kind, &format!(" {text} ")).await;
            assert_as_documented(&document, "post", PATH, &answer);
            assert_eq!((answer.0, names(&answer)), (StatusCode::OK, vec![family.name.as_str()]), "{kind}");
            let found = &answer.1["families"][0];
            assert_eq!(found["nik"], family.nik().to_string(), "masked");
            let payments: Vec<(&str, &str)> = found["payments"]
                .as_array()
                .expect("payments")
                .iter()
                .map(|paid| (paid["tranche"].as_str().expect("a code"), paid["status"].as_str().expect("a status")))
                .collect();
            assert_eq!(payments, [("BST-5", "cheque_issued"), ("BST-4", "cheque_issued")], "the newest first");
            assert_eq!(found["payments"][1]["serial"], json!(cheque));
        }
        let nobody = find(&house, &office, "nik", &Person::new(7).nik).await;
        assert_eq!((nobody.0, nobody.1["families"].as_array().map(Vec::len)), (StatusCode::OK, Some(0)), "an empty answer is one");
        let recorded = house.world.column(SOUGHT).await;
        let line = |kind: &str, found: u8, payments: u8| {
            format!("dinas.sosial {{\"why\": \"{WHY}\", \"kind\": \"{kind}\", \"found\": {found}, \"sought\": 1}} {payments}")
        };
        assert_eq!(recorded, [line("nik", 1, 2), line("kk", 1, 2), line("serial", 1, 2), line("nik", 0, 0)], "found or not");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_no_number_is_refused_with_its_reason_and_a_look_without_a_reason_is_none() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let admin = administrator(&house).await;
        let supervisor = person(&house, &admin, "rina.wati", "supervisor", None).await;
        for (kind, text, refused, reason) in [
            ("nik", "1902", "nik", "NIK01"),
            ("nik", "1.90201E+15", "nik", "NIK02"),
            ("nik", "1111111111111111", "nik", "NIK03"),
            ("kk", "19020", "kk", ""),
            ("serial", "7K3M-9QXA-2F", "serial", ""),
            ("name", "siti", "village", ""),
            ("list", " \n ", "list", ""),
        ] {
            let answer = find(&house, &supervisor, kind, text).await;
            assert_as_documented(&document, "post", PATH, &answer);
            assert_eq!((code(&answer), answer.1["reason"].as_str().unwrap_or_default()), ((422, refused), reason), "{kind} {text}");
        }
        let nik = Person::new(0).nik;
        for why in ["", "ab", &format!("for {nik}")] {
            let asked = json!({ "kind": "nik", "text": nik, "why": why });
            assert_eq!(code(&house.call(Method::POST, PATH, Some(&supervisor), Some(&asked)).await), (422, "why"), "{why}");
        }
        let audit: String = house.world.one("SELECT coalesce(string_agg(detail::text, ''), '') FROM audit").await;
        assert!(!audit.contains(&nik) && house.world.column(SOUGHT).await.is_empty(), "nothing was looked at");
        for role in ["treasurer", "ops"] {
            let name = if role == "ops" { "the.ops" } else { "the.treasurer" };
            let token = person(&house, &admin, name, role, None).await;
            assert_eq!(code(&find(&house, &token, "nik", &nik).await), (403, "role"), "{role}");
        }
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_acts_for_a_region_finds_its_families_alone() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let family = Person::new(0);
        let cheque = serial(&house.world, &family).await;
        let mut elsewhere = signed_in(&house, &admin, "from.aceh", "supervisor", "11").await;
        let mut here = signed_in(&house, &admin, "from.here", "supervisor", "1902").await;
        for (kind, text) in [("nik", &family.nik), ("kk", &family.kk), ("serial", &cheque), ("list", &family.nik)] {
            let form = [("kind", kind), ("text", text.as_str()), ("why", WHY)];
            let there = elsewhere.post("/families", &form).await;
            assert!(there.status == StatusCode::OK && !there.text().contains("BST-4"), "{kind}: {}", there.text());
            assert!(here.post("/families", &form).await.text().contains("BST-4"), "{kind}");
        }
        let form = [("kind", "name"), ("text", "siti"), ("village", family.village.as_str()), ("why", WHY)];
        assert_eq!(
            elsewhere.post("/families", &form).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "its villages are not theirs to search"
        );
        assert!(here.post("/families", &form).await.text().contains(&family.name));
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_name_is_found_in_its_village_whatever_its_case_order_and_small_slips() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let auditor = person(&house, &admin, "the.auditor", "auditor", None).await;
        let family = Person::new(0);
        assert_eq!(family.name, "Siti Wulandari");
        for name in ["Siti Wulandari", "WULANDARI siti", "sítì wulandari", "siti wulandri", "wulan", "Sitiwulandari"] {
            assert_eq!(names(&find_name(&house, &auditor, name, &family.village).await), ["Siti Wulandari"], "{name}");
        }
        for name in ["joko", "siti aminah"] {
            assert!(names(&find_name(&house, &auditor, name, &family.village).await).is_empty(), "{name}");
        }
        assert!(names(&find_name(&house, &auditor, "siti wulandari", &Person::new(1).village).await).is_empty(), "another village");
        let recorded = house.world.column(SOUGHT).await.join("\n").to_lowercase();
        assert!(
            recorded.contains("\"kind\": \"name\"") && !recorded.contains("wulan") && !recorded.contains(&family.village),
            "{recorded}"
        );
        house.close().await;
    })
    .await;
}

/// As many more rows of a village as wanted; their seals are those of another row, so that they do not open.
async fn crowd(world: &World, village: &str, rows: u32) {
    let recipients = format!(
        "INSERT INTO recipients (batch, row, tranche, intake, findings, amount, village, content, sealed)
         SELECT batch, 'more-' || n, tranche, intake, findings, amount, village, content, sealed FROM recipients, generate_series(1, {rows}) AS n
         WHERE tranche = 4 AND village = '{village}'"
    );
    let payments = format!(
        "INSERT INTO payments (tranche, id, account, household, batch, row, amount, village, regency, pay_point)
         SELECT tranche, gen_random_uuid(), gen_random_uuid(), household, batch, 'more-' || n, amount, village, regency, pay_point
         FROM payments, generate_series(1, {rows}) AS n WHERE tranche = 4 AND village = '{village}' AND row NOT LIKE 'more-%'"
    );
    for statement in [recipients, payments] {
        world.sql.execute(AssertSqlSafe(statement)).await.expect("the owner may");
    }
}

#[tokio::test]
async fn rows_that_do_not_open_are_counted_and_a_crowded_village_is_not_searched() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let auditor = person(&house, &admin, "the.auditor", "auditor", None).await;
        let village = Person::new(0).village;
        crowd(&house.world, &village, 3).await;
        let answer = find_name(&house, &auditor, "siti", &village).await;
        assert_eq!((names(&answer), answer.1["unreadable"].as_i64()), (vec!["Siti Wulandari"], Some(3)));
        crowd_to_the_brim(&house.world, &village).await;
        assert_eq!(code(&find_name(&house, &auditor, "siti", &village).await), (422, "village"));
        house.close().await;
    })
    .await;
}

async fn crowd_to_the_brim(world: &World, village: &str) {
    let undo = format!("DELETE FROM payments WHERE village = '{village}' AND row LIKE 'more-%'");
    world.sql.execute(AssertSqlSafe(undo)).await.expect("the owner may");
    let free = "ALTER TABLE recipients DISABLE TRIGGER insert_only; DELETE FROM recipients WHERE row LIKE 'more-%'";
    sqlx::raw_sql(free).execute(&world.sql).await.expect("the owner may");
    crowd(world, village, u32::try_from(salur_store::families::VILLAGE_MAX).expect("some thousands")).await;
}

#[tokio::test]
async fn a_list_is_answered_line_by_line_with_counts_and_as_csv() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let admin = administrator(&house).await;
        let supervisor = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let [zero, one, nobody] = [0, 1, 7].map(Person::new);
        let cheque = serial(&house.world, &one).await;
        let list = format!("NIK\tNama\r\n{}\tSiti\r\n\r\n{cheque}\r\n{}\r\n1.90201E+15\r\n{}\r\n", zero.nik, nobody.nik, zero.nik);
        let answer = find(&house, &supervisor, "list", &list).await;
        assert_as_documented(&document, "post", PATH, &answer);
        let said: Vec<(i64, &str, &str, usize)> = answer.1["lines"]
            .as_array()
            .expect("lines")
            .iter()
            .map(|line| {
                let text = |field: &str| line[field].as_str().unwrap_or_default();
                (line["line"].as_i64().expect("a number"), text("result"), text("code"), line["payments"].as_array().map_or(0, Vec::len))
            })
            .collect();
        let expected = [
            (1, "wrong", "NIK01", 0),
            (2, "found", "", 2),
            (4, "found", "", 1),
            (5, "not_found", "", 0),
            (6, "wrong", "NIK02", 0),
            (7, "found", "", 2),
        ];
        assert_eq!(said, expected);
        let counts = json!({ "lines": 6, "found": 3, "not_found": 1, "wrong": 2, "again": 1, "payments": { "cheque_issued": 3 } });
        assert_eq!(answer.1["counts"], counts);
        assert!(!answer.1.to_string().contains(&zero.nik), "masked");
        let mut browser = signed_in(&house, &admin, "agus.salim", "supervisor", "").await;
        let csv = browser.post("/families", &[("kind", "list"), ("text", &list), ("why", WHY), ("as", "csv")]).await;
        assert!(csv.kind.starts_with("text/csv"), "{}", csv.kind);
        let rows: Vec<&str> = csv.text().lines().collect();
        assert_eq!((rows[0], rows.len()), ("line,result,code,nik,tranche,status,amount,serial,village,pay_point", 9));
        assert!(rows[2].starts_with(&format!("2,found,,{},BST-5,cheque_issued,300000,", zero.nik())), "{}", rows[2]);
        assert_eq!(rows[5], format!("5,not_found,,{},,,,,,", nobody.nik()));
        let recorded = house.world.column(SOUGHT).await;
        assert!(recorded.iter().all(|line| line.contains("\"found\": 3, \"sought\": 6} 0")) && recorded.len() == 2, "{recorded:?}");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn ten_thousand_lines_are_answered_and_one_more_is_refused() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let supervisor = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let lines: Vec<String> = (0..10_000).map(|number| format!("{}\tcolumn\tcolumn", Person::new(number).nik)).collect();
        let began = std::time::Instant::now();
        let answer = find(&house, &supervisor, "list", &lines.join("\n")).await;
        println!("10,000 lines in {:?}", began.elapsed());
        assert_eq!((answer.0, &answer.1["counts"]["found"], &answer.1["counts"]["not_found"]), (StatusCode::OK, &json!(4), &json!(9_996)));
        let one_more = format!("{}\n{}", lines.join("\n"), lines[0]);
        assert_eq!(code(&find(&house, &supervisor, "list", &one_more).await), (422, "list"));
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn who_searches_too_often_waits_and_others_do_not() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let admin = administrator(&house).await;
        let one = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let other = person(&house, &admin, "agus.salim", "supervisor", None).await;
        let nik = Person::new(9).nik;
        for _ in 0..OF_ONE {
            assert_eq!(find(&house, &one, "nik", &nik).await.0, StatusCode::OK);
        }
        let answer = find(&house, &one, "nik", &nik).await;
        assert_as_documented(&document, "post", PATH, &answer);
        assert_eq!(code(&answer), (429, "rate"));
        assert_eq!(find(&house, &other, "nik", &nik).await.0, StatusCode::OK);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_office_finds_families_and_is_shown_no_way_that_it_may_not_go() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let office = person(&house, &admin, "dinas.sosial", "office", Some(SOURCE)).await;
        let form = [("kind", "nik"), ("text", &Person::new(0).nik), ("why", WHY)];
        let sent = house.http.post(format!("{}/families", house.address)).bearer_auth(&office).header("sec-fetch-site", "same-origin");
        let page = sent.form(&form).send().await.expect("the portal answers").text().await.expect("a page");
        assert!(page.contains("Siti Wulandari") && page.contains("/complaints") && !page.contains("/payments"), "{page}");
        house.close().await;
    })
    .await;
}
