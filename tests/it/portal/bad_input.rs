//! What nobody should send: sessions that are over or made up, tricks with paths, heads and bodies without end, callers who are slow or in a hurry, and texts
//! that mean something to somebody else. Nothing of it fails, is drawn as it stands, is logged, or keeps others waiting.

mod log;
mod naughty;
mod raw;

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use futures::future::join_all;
use reqwest::{Method, StatusCode, header};
use salur_domain::actor::Role;
use salur_portal::{REQUEST_TIMEOUT, crowd, listening};
use salur_tests::{
    Person,
    counter::id,
    in_lab,
    programme::{SOURCE, counters},
};
use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::{
    browser::signed_in,
    contract::{assert_as_documented, document},
    matrix::{Form, forms},
    people::{administrator, made, person},
    support::{House, Request, answer, code},
};
use log::Log;
use naughty::MARK;
use raw::{connect, get, hear, send};

/// The header in which the proxy of a test says whom it speaks for.
const FROM: &str = "x-real-ip";
/// Soon enough for somebody who waits.
const SOON: Duration = Duration::from_secs(5);
/// Longest that texts are held back for being many, in seconds.
const PATIENCE_S: u32 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_over_or_made_up_opens_nothing() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let mut browser = signed_in(&house, &admin, "the.auditor", "auditor", "").await;
        let cookie = browser.cookies.clone();
        let token = cookie.iter().find(|(name, _)| name == "salur").expect("signed in").1.clone();
        let (start, secret) = token.rsplit_once('_').expect("a secret");
        let other = admin.rsplit_once('_').expect("a secret").0;
        let made_up = [
            String::new(),
            "x".repeat(5_000),
            secret.to_owned(),
            format!("{start}_{}", "0".repeat(64)),
            format!("{other}_{secret}"),
            format!("{token}x"),
            token.to_uppercase(),
            format!("{token}_{secret}"),
            format!("\"{token}\""),
        ];
        for wrong in &made_up {
            browser.cookies = vec![("salur".into(), wrong.clone())];
            assert!(browser.get("/proofs").await.location.starts_with("/sign-in?next="), "{wrong}");
            assert_eq!(house.call(Method::GET, "/api/me", Some(wrong), None).await.0, StatusCode::UNAUTHORIZED, "{wrong}");
        }
        browser.cookies = cookie;
        assert_eq!(browser.get("/proofs").await.status, StatusCode::OK, "the control: the true one opens");
        sqlx::query("UPDATE actor_tokens SET expires_at = now() WHERE actor = 'the.auditor'")
            .execute(&house.world.sql)
            .await
            .expect("over");
        assert!(browser.get("/proofs").await.location.starts_with("/sign-in?next="), "it is over");
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_plays_tricks_leads_nowhere() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let tricks = [
            "/proofs/..%2f..%2fetc%2fpasswd",
            "/..%2f..%2fetc/passwd",
            "/../../etc/passwd",
            "/board/%2e%2e/%2e%2e/proofs",
            "/board/19%00",
            "/%00",
            "/api/payments/%00",
            "/api//batches",
            "//evil.example/",
            "/api/batches/",
            "/API/batches",
            "/proofs/%c0%af%c0%ae",
            "/board/%ff%fe",
            "/board/%zz",
            "/board/%",
            "/board/19;x=1",
            "/board/<slr-x>",
            "/api/payments/<slr-x>",
            "/proofs/%3Cslr-x%3E",
            "/\\evil.example",
            "http://evil.example/api/time",
            "/.env",
            "/.git/config",
            "/assets/..%2f..%2fCargo.toml",
        ];
        for trick in tricks
            .iter()
            .map(|trick| (*trick).to_owned())
            .chain([format!("/board/{}", "a".repeat(8_000)), format!("/{}", "a/".repeat(20_000))])
        {
            let short: String = trick.chars().take(60).collect();
            let Some(answer) = send(&house, &get(&trick)).await else { panic!("{short}: no answer") };
            assert!(!answer.status.is_server_error(), "{short}: {}", answer.text);
            assert!(!answer.text.contains(MARK) && !answer.text.contains("root:"), "{short}: {}", answer.text);
            let is_time = trick.ends_with("/api/time");
            assert!(is_time || answer.status.is_client_error() || answer.status == StatusCode::SEE_OTHER, "{short}: {}", answer.status);
        }
        assert_eq!(send(&house, &get("/api/time")).await.map(|answer| answer.status), Some(StatusCode::OK), "the control");
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_or_a_body_without_measure_is_refused_and_nobody_else_notices() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let too_long = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        let head = |line: String| format!("GET /api/time HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{line}\r\n\r\n").into_bytes();
        let parameters = |number: usize| (0..number).map(|at| format!("p{at}=1")).collect::<Vec<_>>().join("&");
        let lines = (0..1_000).map(|number| format!("x{number}: y")).collect::<Vec<_>>().join("\r\n");
        let heads = [
            ("ten megabytes", head(format!("x: {}", "a".repeat(10 << 20)))),
            ("a thousand lines", head(lines)),
            ("a hundred thousand parameters", get(&format!("/proofs?{}", parameters(100_000)))),
        ];
        for (what, bytes) in heads {
            let began = Instant::now();
            // cut off while it still sends, a caller may hear nothing
            if let Some(answer) = send(&house, &bytes).await {
                assert!(answer.status == too_long || answer.status == StatusCode::URI_TOO_LONG, "{what}: {}", answer.text);
            }
            assert!(began.elapsed() < SOON, "{what}");
        }
        let some = get(&format!("/complaint?{}", parameters(5_000)));
        assert_eq!(send(&house, &some).await.map(|answer| answer.status), Some(StatusCode::OK));
        let body = json!({ "serial": "x".repeat(3 << 20), "kind": "other" });
        let refused = house.call(Method::POST, "/api/complaints", None, Some(&body)).await;
        assert_as_documented(&document(), "post", "/api/complaints", &refused);
        assert_eq!(refused.0, StatusCode::PAYLOAD_TOO_LARGE);
        let wrong = house.http.post(format!("{}/api/complaints", house.address)).header(header::CONTENT_TYPE, "text/plain").body("x");
        let wrong = answer(wrong.send().await.expect("it answers")).await;
        assert_as_documented(&document(), "post", "/api/complaints", &wrong);
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_a_letter_a_second_is_cut_off_and_keeps_nobody_waiting() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        assert_eq!(house.call(Method::GET, "/api/me", Some(&admin), None).await.0, StatusCode::OK);
        let mut heads = Vec::new();
        for _ in 0..200 {
            let mut stream = connect(&house).await;
            stream.write_all(b"GET / HTTP/1.1\r\nx: ").await.expect("it listens");
            heads.push(stream);
        }
        let mut bodies = Vec::new();
        for _ in 0..crowd::AT_ONCE + 20 {
            let mut stream = connect(&house).await;
            let begun = b"POST /api/complaints HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{";
            stream.write_all(begun).await.expect("it listens");
            bodies.push(stream);
        }
        let began = Instant::now();
        let others = (0..20).map(|_| house.call(Method::GET, "/api/me", Some(&admin), None));
        assert!(join_all(others).await.iter().all(|answer| answer.0 == StatusCode::OK), "others are answered");
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
        let mut slow = heads.pop().expect("there are some");
        let dripping = async {
            while slow.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        tokio::time::timeout(listening::HEAD_TIMEOUT + SOON, dripping).await.expect("who drips is cut off");
        let ended = join_all(bodies.iter_mut().map(|stream| async move { tokio::time::timeout(SOON, hear(stream)).await.is_ok() })).await;
        assert!(began.elapsed() > REQUEST_TIMEOUT && ended.len() == bodies.len(), "all were waited for no longer than any request");
        drop((heads, bodies));
        let time = house.call(Method::GET, "/api/time", None, None).await;
        assert_eq!(time.0, StatusCode::OK, "and the address has its places again");
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knocks_too_often_is_told_to_wait_and_a_neighbour_a_device_and_who_is_signed_in_are_not() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let house = House::behind(&lab, world, FROM).await;
        let admin = administrator(&house).await;
        let ask = async |path: &str, method: Method, from: &str, token: Option<&str>| {
            let mut request = house.http.request(method, format!("{}{path}", house.address)).header(FROM, from);
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            request.send().await.expect("it answers")
        };
        let get = async |from: &str, token| ask("/api/time", Method::GET, from, token).await;
        assert_eq!(ask("/api/me", Method::GET, "192.0.2.9", Some(&admin)).await.status(), StatusCode::OK, "the token is known from now on");
        let began = Instant::now();
        let mut refused = None;
        let most = u64::from(crowd::IN_A_ROW) + 60 * u64::from(crowd::A_SECOND);
        let mut sent = 0;
        while refused.is_none() && sent < most {
            let answers = join_all((0..50).map(|_| get("192.0.2.1", None))).await;
            sent += 50;
            refused = answers.into_iter().find(|answer| answer.status() == StatusCode::TOO_MANY_REQUESTS);
        }
        let refused = refused.unwrap_or_else(|| panic!("{sent} requests in {:?}", began.elapsed()));
        assert!(sent > u64::from(crowd::IN_A_ROW), "not too early");
        assert_eq!(refused.headers().get(header::RETRY_AFTER).map(|value| value.to_str().expect("text")), Some("1"));
        assert_as_documented(&document(), "get", "/api/time", &answer(refused).await);
        let made_up = format!("salur_{}_{}", "0".repeat(16), "0".repeat(64));
        let hurried = join_all((0..200).map(|_| get("192.0.2.1", Some(&made_up)))).await;
        assert!(hurried.iter().any(|answer| answer.status() == StatusCode::TOO_MANY_REQUESTS), "a token that nobody knows is none");
        assert_eq!(get("192.0.2.2", None).await.status(), StatusCode::OK, "a neighbour");
        assert_eq!(get("192.0.2.1", Some(&admin)).await.status(), StatusCode::OK, "who is signed in");
        for _ in 0..50 {
            assert_eq!(ask("/api/claims", Method::POST, "192.0.2.1", None).await.status(), StatusCode::UNAUTHORIZED, "a device");
        }
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_whose_clock_is_wrong_is_told_the_time() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, ..] = counters();
        let paper = house.world.paper(4, &Person::new(1)).await;
        let body = json!({ "claim": id(1), "token": paper.token, "teller": counter.teller }).to_string();
        let now = Utc::now();
        let years = |years: i64| (now + TimeDelta::days(365 * years)).to_rfc3339();
        let clocks = [
            "1970-01-01T00:00:00Z".to_owned(),
            "0001-01-01T00:00:00Z".to_owned(),
            "9999-12-31T23:59:59Z".to_owned(),
            "+275760-09-13T00:00:00Z".to_owned(),
            "2026-02-30T00:00:00Z".to_owned(),
            years(-1),
            years(20),
            now.timestamp().to_string(),
            now.to_rfc2822(),
            now.naive_utc().to_string(),
            "\u{221e}".to_owned(),
        ];
        for clock in clocks.into_iter().filter(|clock| clock.is_ascii()) {
            let answer = house.send(&Request::at(&counter, "/api/claims", body.clone(), clock.clone())).await;
            assert_eq!((code(&answer), answer.1["server_time"].is_string()), ((401, "clock"), true), "{clock}");
        }
        // another offset, the same moment
        let offset = chrono::FixedOffset::east_opt(9 * 3600).expect("an offset");
        let there = now.with_timezone(&offset).to_rfc3339();
        assert_eq!(house.send(&Request::at(&counter, "/api/claims", body, there)).await.0, StatusCode::OK, "the control");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_text_that_means_something_to_somebody_else_is_a_text_here_in_every_field_of_every_page() {
    in_lab(async |lab| {
        let log = Log::listen();
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let mut people = HashMap::new();
        let plain = |role: &Role| *role != Role::Administrator && !role.has_source() && !role.has_counter();
        for (number, role) in Role::ALL.into_iter().filter(plain).enumerate() {
            let name: &'static str = Box::leak("x".repeat(number + 3).into_boxed_str());
            people.insert(role, person(&house, &admin, name, role.as_str(), None).await);
        }
        let teller =
            json!({ "name": "the.teller.of.it.all", "kind": "person", "role": "teller", "teller": "TELLER-1", "pay_point": "PP-1902" });
        people.insert(Role::Teller, made(&house, &admin, "the.teller.of.it.all", &teller).await);
        people.insert(Role::Administrator, admin.clone());
        people.insert(Role::Office, person(&house, &admin, "the.office.of.it", "office", Some(SOURCE)).await);
        let strings = naughty::strings();
        let mut sent = 0;
        for form in forms() {
            let token = form.role.map(|role| people.get(&role).unwrap_or_else(|| panic!("nobody is {role}")).as_str());
            // a password is dear to look at, and few are at once
            let (every, at_once) = if form.path.starts_with("/sign-in") && form.method == Method::POST { (8, 1) } else { (1, 16) };
            for field in 0..form.fields.len() {
                for chunk in strings.iter().step_by(every).collect::<Vec<_>>().chunks(at_once) {
                    let mut puts = Vec::new();
                    for text in chunk {
                        puts.push(put(&house, &form, field, text, token));
                    }
                    sent += join_all(puts).await.len();
                }
            }
        }
        assert!(sent > 5_000, "{sent} were sent");
        let logged = log.text();
        let telling = strings.iter().filter(|text| text.chars().count() > 7 && !text.contains("000000"));
        let in_log: Vec<&String> = telling.filter(|text| logged.contains(text.as_str())).collect();
        assert!(in_log.is_empty(), "{in_log:?} in the log");
        assert!(logged.contains("portal"), "the control: the log was heard");
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}

/// Sends a form with a text in one field, or asks with a query, and looks at the answer.
async fn put(house: &House, form: &Form, field: usize, text: &str, token: Option<&str>) {
    let Form { method, path, fields, .. } = form;
    let with =
        |(at, (name, usual)): (usize, &'_ (String, String))| (name.clone(), if at == field { text.to_owned() } else { usual.clone() });
    let filled: Vec<(String, String)> = fields.iter().enumerate().map(with).collect();
    let ask = || {
        let request = house.http.request(method.clone(), format!("{}{path}", house.address)).header("sec-fetch-site", "same-origin");
        let request = if *method == Method::POST { request.form(&filled) } else { request.query(&filled) };
        token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth).send()
    };
    let mut answer = ask().await.expect("the portal answers");
    // a fast machine sends more than one person may: then as slowly as it is told
    for _ in 0..PATIENCE_S {
        if answer.status() != StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        answer = ask().await.expect("the portal answers");
    }
    let short: String = text.chars().take(60).collect();
    let about = format!("{method} {path}, {} is {short:?}: {}", fields[field].0, answer.status());
    let of = |name| answer.headers().get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default();
    let (status, kind, cookie) = (answer.status(), of(header::CONTENT_TYPE), of(header::SET_COOKIE));
    let drawn = answer.text().await.expect("text");
    assert!(!status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS, "{about}: {drawn}");
    assert!(!cookie.contains("forged"), "{about}: {cookie}");
    assert!(!kind.starts_with("text/html") || !drawn.contains(MARK), "{about}: drawn as it stands");
}
