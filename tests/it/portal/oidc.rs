//! Signing in with an account that another system keeps: who is linked comes in, and nothing that is forged, over, meant for another or used before does.

mod provider;

use reqwest::{Method, StatusCode};
use salur_domain::vault::DataKey;
use salur_portal::sign_in::oidc::{Asked, Means};
use salur_tests::{Lab, in_lab, world::SIGN_IN_KEY};
use serde_json::json;
use std::sync::Arc;

use super::{
    browser::{Browser, Page},
    people::{administrator, person},
    support::House,
};
use provider::{CLIENT, Forged, Provider, SECRET, SUBJECT};

async fn open(lab: &Arc<Lab>, issuer: &str) -> House {
    let asked = Asked { issuer, client_id: CLIENT, client_secret: Some(SECRET), name: "Akun Dinas", public_url: "http://portal.invalid" };
    House::beside(lab, lab.world().await, Means::new(&asked).expect("it is configured well")).await
}

/// A portal beside a provider, and a person there whose account is linked.
async fn linked(lab: &Arc<Lab>) -> (House, Provider, String) {
    let provider = Provider::start().await;
    let house = open(lab, &provider.issuer).await;
    let admin = administrator(&house).await;
    person(&house, &admin, "rina.wati", "supervisor", None).await;
    let account = json!({ "issuer": provider.issuer, "subject": SUBJECT });
    let (status, told) = house.call(Method::POST, "/api/actors/rina.wati/identities", Some(&admin), Some(&account)).await;
    assert_eq!((status, &told[0]["subject"]), (StatusCode::CREATED, &json!(SUBJECT)), "{told}");
    (house, provider, admin)
}

/// Goes to the provider, and comes back with a token that may be forged.
async fn sign_in(browser: &mut Browser<'_>, provider: &Provider, forged: Forged) -> Page {
    let way = leave(browser, provider, forged).await;
    browser.get(&way).await
}

/// Goes to the provider; the way back.
async fn leave(browser: &mut Browser<'_>, provider: &Provider, forged: Forged) -> String {
    let page = browser.get("/sign-in/oidc?next=/payments").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text());
    let (state, code) = provider.signs_in(&page.location, forged);
    format!("/sign-in/oidc/back?state={state}&code={code}")
}

async fn sessions(house: &House) -> i64 {
    house.world.count("actor_tokens WHERE actor = 'rina.wati'").await
}

#[tokio::test]
async fn whose_account_was_linked_comes_in_and_is_who_the_administrator_said() {
    in_lab(async |lab| {
        let (house, provider, admin) = linked(&lab).await;
        let mut browser = Browser::new(&house);
        let page = browser.get("/sign-in?next=/payments").await;
        assert!(page.text().contains("Masuk dengan Akun Dinas") && page.text().contains("/sign-in/oidc?next=/payments"), "{}", page.text());
        for kind in [Forged::No, Forged::ByRsa] {
            browser.cookies.clear();
            let page = sign_in(&mut browser, &provider, kind).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.text());
            assert!(page.text().contains("content=\"0; url=/payments\""), "it goes on by itself: {}", page.text());
            assert_eq!(browser.cookies.len(), 1, "what it left with is gone: {:?}", browser.cookies);
            let me: serde_json::Value = serde_json::from_slice(&browser.get("/api/me").await.body).expect("JSON");
            assert_eq!((&me["name"], &me["role"]), (&json!("rina.wati"), &json!("supervisor")), "whatever the token claims");
        }
        let signed_in = "audit WHERE act = 'signed_in' AND actor = 'rina.wati' AND detail ->> 'at' = 'oidc'";
        assert_eq!(house.world.count(signed_in).await, 2);
        let leaked = house.world.count(&format!("audit WHERE detail::text LIKE '%{SUBJECT}%'")).await;
        assert_eq!(leaked, 0, "what it is called elsewhere stands with the link alone");
        let account = json!({ "issuer": provider.issuer, "subject": SUBJECT });
        let (_, left) = house.call(Method::POST, "/api/actors/rina.wati/identities/end", Some(&admin), Some(&account)).await;
        assert_eq!(left, json!([]));
        assert_eq!(sign_in(&mut browser, &provider, Forged::No).await.status, StatusCode::FORBIDDEN, "the link is over");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_forged_over_meant_for_another_or_not_signed_lets_nobody_in() {
    in_lab(async |lab| {
        let (house, provider, _) = linked(&lab).await;
        let before = sessions(&house).await;
        for forged in Forged::ALL {
            let mut browser = Browser::new(&house);
            let page = sign_in(&mut browser, &provider, forged).await;
            assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{forged:?}: {}", page.text());
            assert!(browser.cookies.is_empty(), "{forged:?}: {:?}", browser.cookies);
            assert_eq!(sessions(&house).await, before, "{forged:?}");
        }
        let page = sign_in(&mut Browser::new(&house), &provider, Forged::No).await;
        assert_eq!((page.status, sessions(&house).await), (StatusCode::OK, before + 1), "the control");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_account_that_nobody_linked_is_told_its_subject_and_makes_nobody() {
    in_lab(async |lab| {
        let (house, provider, admin) = linked(&lab).await;
        let actors = house.world.count("actors").await;
        let page = sign_in(&mut Browser::new(&house), &provider, Forged::Subject("subject-of-a-stranger")).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.text().contains("subject-of-a-stranger") && page.text().contains(&provider.issuer), "{}", page.text());
        assert_eq!(house.world.count("actors").await, actors);
        let other = json!({ "issuer": provider.issuer, "subject": SUBJECT });
        person(&house, &admin, "the.ops", "ops", None).await;
        let (status, told) = house.call(Method::POST, "/api/actors/the.ops/identities", Some(&admin), Some(&other)).await;
        assert_eq!((status, &told["error"]), (StatusCode::CONFLICT, &json!("linked")), "an account is one person's");
        house.call(Method::POST, "/api/actors/rina.wati/revoke", Some(&admin), Some(&json!({ "reason": "gone" }))).await;
        let page = sign_in(&mut Browser::new(&house), &provider, Forged::No).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "who was revoked does not come in");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_good_once_for_the_browser_that_asked_and_for_ten_minutes() {
    in_lab(async |lab| {
        let (house, provider, _) = linked(&lab).await;
        let mut browser = Browser::new(&house);
        let way = leave(&mut browser, &provider, Forged::No).await;
        let left = browser.cookies.clone();
        let mut other = Browser::new(&house);
        assert_eq!(other.get(&way).await.status, StatusCode::UNAUTHORIZED, "another browser, that asked for nothing");
        leave(&mut other, &provider, Forged::No).await;
        assert_eq!(other.get(&way).await.status, StatusCode::UNAUTHORIZED, "another browser, that asked for its own");
        let wrong = way.replacen("state=", "state=0", 1);
        assert_eq!(browser.get(&wrong).await.status, StatusCode::UNAUTHORIZED, "another state");
        browser.cookies.clone_from(&left);
        assert_eq!(browser.get(&way).await.status, StatusCode::OK, "the control");
        browser.cookies.clone_from(&left);
        provider.again(&way);
        let before = sessions(&house).await;
        assert_eq!(browser.get(&way).await.status, StatusCode::UNAUTHORIZED, "the same again");
        assert_eq!(sessions(&house).await, before);
        // what it left with, as if eleven minutes ago
        let key = DataKey::new(SIGN_IN_KEY);
        let mut fresh = Browser::new(&house);
        let way = leave(&mut fresh, &provider, Forged::No).await;
        let aged = provider::aged(&key, &fresh.cookies[0].1, 660);
        fresh.cookies[0].1 = aged;
        assert_eq!(fresh.get(&way).await.status, StatusCode::UNAUTHORIZED, "too late");
        let way = leave(&mut fresh, &provider, Forged::No).await;
        let aged = provider::aged(&key, &fresh.cookies[0].1, 540);
        fresh.cookies[0].1 = aged;
        assert_eq!(fresh.get(&way).await.status, StatusCode::OK, "the control");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn without_another_system_there_is_no_button_and_one_that_is_down_is_said_to_be() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let mut browser = Browser::new(&house);
        assert!(!browser.get("/sign-in").await.text().contains("/sign-in/oidc"));
        assert_eq!(browser.get("/sign-in/oidc").await.status, StatusCode::NOT_FOUND);
        house.close().await;
        let house = open(&lab, "http://127.0.0.1:9").await;
        let mut browser = Browser::new(&house);
        assert!(browser.get("/sign-in").await.text().contains("/sign-in/oidc"), "the control");
        assert_eq!(browser.get("/sign-in/oidc").await.status, StatusCode::SERVICE_UNAVAILABLE);
        house.close().await;
    })
    .await;
}
