//! Signing in at a browser: one-time code, password, authenticator; guesses, other sites, and the end of a session.

use reqwest::StatusCode;
use salur_tests::in_lab;
use serde_json::json;

use super::{
    browser::{Browser, PASSWORD, authenticator, signed_in},
    people::administrator,
    support::House,
};

/// A one-time code of a new person.
async fn code(house: &House, name: &str, role: &str) -> String {
    let admin = administrator(house).await;
    let wanted = json!({ "name": name, "kind": "person", "role": role });
    let (_, made) = house.call(reqwest::Method::POST, "/api/actors", Some(&admin), Some(&wanted)).await;
    made["code"].as_str().expect("a code").to_owned()
}

#[tokio::test]
async fn a_person_sets_a_password_once_signs_in_and_out() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let code = code(&house, "rina.wati", "auditor").await;
        let mut browser = Browser::new(&house);
        let page = browser.get("/proofs").await;
        assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, "/sign-in?next=/proofs"));
        let totp = browser.enrol(&code, PASSWORD).await;
        let again = browser.post("/enrol/code", &[("code", &code)]).await;
        assert_eq!(again.status, StatusCode::GONE, "a code is used once");
        let next = totp.next_step_current().expect("the clock goes");
        let digits = totp.generate(next);
        let form = [("name", "rina.wati"), ("password", PASSWORD), ("digits", digits.as_str()), ("next", "//evil.example")];
        let page = browser.post("/sign-in", &form).await;
        assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, "/home"), "nobody is led away");
        assert_eq!(browser.get("/home").await.location, "/proofs");
        assert!(browser.get("/proofs").await.text().contains("rina.wati"));
        let stolen = browser.cookies.clone();
        let replayed = Browser::new(&house).post("/sign-in", &form).await;
        assert_eq!(replayed.status, StatusCode::UNAUTHORIZED, "digits are good once");
        assert_eq!(browser.post("/sign-out", &[]).await.location, "/sign-in");
        assert!(browser.cookies.is_empty());
        browser.cookies = stolen;
        assert_eq!(browser.get("/proofs").await.status, StatusCode::SEE_OTHER, "the session itself is over");
        let acts = house.world.column("SELECT act FROM audit WHERE actor = 'rina.wati' ORDER BY id").await;
        assert_eq!(acts, ["password_set", "signed_in", "sign_in_failed", "signed_out"]);
        let secrets = house
            .world
            .count(&format!("passwords WHERE hash LIKE '%{PASSWORD}%' OR encode(authenticator, 'escape') LIKE '%{code}%'"))
            .await;
        assert_eq!(secrets, 0);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_password_or_digits_is_said_and_the_code_stays_good() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let code = code(&house, "rina.wati", "auditor").await;
        let mut browser = Browser::new(&house);
        let page = browser.post("/enrol/code", &[("code", &code)]).await;
        let (sealed, totp) = (page.between("name=\"sealed\" value=\"", "\"").to_owned(), authenticator(&page));
        let digits = totp.generate_current().expect("the clock goes");
        for (password, again, digits, says) in [
            (PASSWORD, "another one entirely", digits.as_str(), "tidak sama"),
            ("short", "short", &digits, "12 sampai 128"),
            ("xx-rina.wati-xx", "xx-rina.wati-xx", &digits, "nama Anda"),
            (PASSWORD, PASSWORD, "000000", "Angka tidak cocok"),
        ] {
            let form = [("code", code.as_str()), ("sealed", &sealed), ("digits", digits), ("password", password), ("again", again)];
            let page = browser.post("/enrol", &form).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.text().contains(says), "{says}");
            assert!(!page.text().contains(password), "a password is never sent back");
        }
        let forged = [("code", code.as_str()), ("sealed", "AAAA"), ("digits", &digits), ("password", PASSWORD), ("again", PASSWORD)];
        assert_eq!(browser.post("/enrol", &forged).await.status, StatusCode::GONE, "a secret of one's own is not taken");
        browser.enrol(&code, PASSWORD).await;
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn guesses_slow_down_and_tell_nothing() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        drop(signed_in(&house, &admin, "rina.wati", "auditor", "").await);
        let mut guess = Browser::new(&house);
        let mut answers = Vec::new();
        for name in ["rina.wati", "nobody.here", "rina.wati", "rina.wati", "rina.wati", "rina.wati"] {
            let page = guess.post("/sign-in", &[("name", name), ("password", "wrong and long enough"), ("digits", "123456")]).await;
            assert_eq!(page.status, StatusCode::UNAUTHORIZED);
            answers.push(page.text().replace(name, "NAME"));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "known or not, waiting or not: one answer");
        for naughty in ["\0", "rina.wati\0", "' OR true --", "💩", &"x".repeat(10_000)] {
            // a form that holds the character 0 is read no further
            let or_zero = |status| if naughty.contains('\0') { StatusCode::BAD_REQUEST } else { status };
            let page = guess.post("/sign-in", &[("name", naughty), ("password", "x"), ("digits", "x")]).await;
            assert_eq!(page.status, or_zero(StatusCode::UNAUTHORIZED), "{naughty:?}");
            assert_eq!(guess.post("/enrol/code", &[("code", naughty)]).await.status, or_zero(StatusCode::GONE), "{naughty:?}");
        }
        let waits = "SELECT wait_until > now() + interval '20 seconds' FROM passwords WHERE actor = 'rina.wati'";
        assert!(house.world.one::<bool>(waits).await, "five failures in a row cost a wait");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let mut browser = signed_in(&house, &admin, "rina.wati", "auditor", "").await;
        browser.site = "cross-site";
        for (path, form) in [("/proofs/why", vec![("why", "because of reasons")]), ("/sign-out", vec![]), ("/sign-in", vec![("name", "x")])]
        {
            let page = browser.post(path, &form).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
            assert!(page.text().contains("origin"), "{path}: {}", page.text());
        }
        browser.site = "same-origin";
        assert_eq!(browser.get("/proofs").await.status, StatusCode::OK, "still signed in");
        let set = house.http.post(format!("{}/sign-in", house.address)).header("sec-fetch-site", "same-origin");
        let set = set.form(&[("name", "a"), ("password", "b"), ("digits", "c")]).send().await.expect("an answer");
        assert!(set.headers().get("set-cookie").is_none(), "who is not signed in gets no cookie");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_cookie_is_read_by_no_script_sent_by_no_other_site_and_ends_with_its_actor() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let mut browser = signed_in(&house, &admin, "rina.wati", "auditor", "").await;
        let (name, value) = browser.cookies[0].clone();
        assert_eq!(name, "salur");
        let other = if value.ends_with('0') { '1' } else { '0' };
        for forged in
            [value.replace("salur_", "salor_"), format!("{}{other}", &value[..value.len() - 1]), value[..20].to_owned(), "x".into()]
        {
            browser.cookies = vec![(name.clone(), forged)];
            assert_eq!(browser.get("/proofs").await.status, StatusCode::SEE_OTHER);
        }
        browser.cookies = vec![(name, value)];
        assert_eq!(browser.get("/proofs").await.status, StatusCode::OK);
        let reason = json!({ "reason": "left the service" });
        house.call(reqwest::Method::POST, "/api/actors/rina.wati/revoke", Some(&admin), Some(&reason)).await;
        assert_eq!(browser.get("/proofs").await.status, StatusCode::SEE_OTHER);
        house.close().await;
    })
    .await;
}
