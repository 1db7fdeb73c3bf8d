//! Reports of lists over HTTP: each row with its reasons, in each format, for its own source, and safe to open in a spreadsheet.

use std::sync::Arc;

use reqwest::{Method, StatusCode, header};
use salur_tests::{
    Chain, Lab, Person, facts, in_lab,
    programme::{SOURCE, TAHAP_4},
};
use serde_json::Value;

use super::{
    command_line::Desk,
    people::{administrator, person, system},
    support::House,
};

/// A batch of three rows: one that a spreadsheet would run, one whose NIK is wrong, one without a fault.
async fn house(lab: &Arc<Lab>) -> House {
    let world = lab.world().await;
    let mut chain = Chain::new(&world);
    let wrong = Person { nik: "12345".into(), ..Person::new(2) };
    let named = [("=HYPERLINK(\"x\")", Person::new(1)), ("B 2/wrong", wrong), ("C", Person::new(3))];
    let rows: Vec<_> = named.iter().map(|(key, person)| facts::row("tahap 4/a", TAHAP_4, key, person)).collect();
    chain.tell("1", &facts::batch(&rows));
    chain.run().await;
    House::around(lab, world).await
}

async fn fetch(house: &House, token: &str, query: &str, accept: Option<&str>) -> (StatusCode, String, Vec<u8>) {
    let mut asked = house.http.get(format!("{}/api/batches/tahap%204%2Fa/report?{query}", house.address)).bearer_auth(token);
    if let Some(accept) = accept {
        asked = asked.header(header::ACCEPT, accept);
    }
    let answer = asked.send().await.expect("the portal answers");
    let kind = answer.headers().get(header::CONTENT_TYPE).map(|kind| kind.to_str().expect("text").to_owned()).unwrap_or_default();
    (answer.status(), kind, answer.bytes().await.expect("a body").to_vec())
}

fn error(body: &[u8]) -> String {
    serde_json::from_slice::<Value>(body).expect("JSON")["error"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_report_has_every_row_its_reason_in_both_languages_and_nothing_that_a_spreadsheet_runs() {
    in_lab(async |lab| {
        let house = house(&lab).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let (status, kind, body) = fetch(&house, &token, "", None).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/csv"));
        let text = String::from_utf8(body).expect("UTF-8");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "id,status,amount,code,column,pesan,perbaikan,message,remedy");
        assert_eq!(lines[1], "\"'=HYPERLINK(\"\"x\"\")\",cheque_issued,300000,,,,,,", "defused");
        assert!(lines[2].starts_with("B 2/wrong,rejected,300000,NIK01,nik,NIK bukan 16 angka,"), "{}", lines[2]);
        assert!(lines[2].contains(",NIK is not 16 digits,"), "{}", lines[2]);
        assert_eq!(lines[3..], ["C,cheque_issued,300000,,,,,,"]);
        let book = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        for (query, accept) in
            [("format=xlsx", None), ("", Some("image/png, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))]
        {
            let (status, kind, body) = fetch(&house, &token, query, accept).await;
            assert_eq!((status, kind.as_str(), &body[..4]), (StatusCode::OK, book, b"PK\x03\x04".as_slice()));
        }
        for (query, accept, status, code) in [
            ("format=pain002", None, StatusCode::UNPROCESSABLE_ENTITY, "format"),
            ("format=pdf", None, StatusCode::BAD_REQUEST, "query"),
            ("", Some("image/png"), StatusCode::NOT_ACCEPTABLE, "type"),
        ] {
            let (answered, _, body) = fetch(&house, &token, query, accept).await;
            assert_eq!((answered, error(&body).as_str()), (status, code), "{query} {accept:?}");
        }
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_list_of_another_source_has_no_report() {
    in_lab(async |lab| {
        let house = house(&lab).await;
        let admin = administrator(&house).await;
        let theirs = system(&house, &admin, "other.sender", "dinsos-timur").await;
        let auditor = person(&house, &admin, "an.auditor", "auditor", None).await;
        let named = format!("source={SOURCE}");
        for (token, query, status) in [
            (&theirs, "", StatusCode::NOT_FOUND),
            (&theirs, named.as_str(), StatusCode::NOT_FOUND),
            (&auditor, named.as_str(), StatusCode::OK),
            (&admin, named.as_str(), StatusCode::FORBIDDEN),
        ] {
            assert_eq!(fetch(&house, token, query, None).await.0, status, "{query}");
        }
        let (status, _) = house.call(Method::GET, "/api/batches/tahap%204%2Fa/report", None, None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn salur_report_writes_the_file_whole_or_not_at_all() {
    in_lab(async |lab| {
        let house = house(&lab).await;
        let admin = administrator(&house).await;
        let desk = Desk::new(&house, "office");
        let wanted = serde_json::json!({ "name": "rusdi", "kind": "person", "role": "office", "source": SOURCE });
        let (_, made) = house.call(Method::POST, "/api/actors", Some(&admin), Some(&wanted)).await;
        let code = made["code"].as_str().expect("a code");
        let (done, said) = desk.run(&["login", "--server", &house.address, "--as", "rusdi", "--code", code]).await;
        assert!(done, "{said}");
        let (done, said) = desk.run(&["report", "tahap 4/a"]).await;
        assert!(done && said.lines().count() == 4, "{said}");
        let out = desk.home.join("report.xlsx");
        let to = out.to_str().expect("text");
        let (done, said) = desk.run(&["report", "no such list", "--format", "xlsx", "--out", to]).await;
        assert!(!done && said.contains("refused (404)") && !out.exists(), "{said}");
        let (done, said) = desk.run(&["report", "tahap 4/a", "--format", "xlsx", "--out", to]).await;
        assert!(done && std::fs::read(&out).is_ok_and(|bytes| bytes.starts_with(b"PK")), "{said}");
        house.close().await;
    })
    .await;
}
