//! A day of an auditor: from the board to the evidence of one payment in four clicks, and back to the next photo by keys.

use reqwest::Method;
use salur_tests::{in_lab, programme::counters};
use serde_json::{Value, json};

use super::chromium::{Chromium, ENTER, RIGHT};
use crate::portal::{
    browser::{PASSWORD, authenticator_of},
    gallery::{WHY, paid},
    people::administrator,
    proofs::doubtful,
    support::House,
};

/// Takes an authenticator in, sets a password and signs in, all at the browser.
pub async fn sign_in(browser: &Chromium, house: &House, admin: &str, name: &str, role: &str) {
    sign_in_as(browser, house, admin, &json!({ "name": name, "kind": "person", "role": role })).await;
}

/// The same, with a region or a source.
pub async fn sign_in_as(browser: &Chromium, house: &House, admin: &str, wanted: &Value) {
    let (name, role) = (wanted["name"].as_str().expect("a name"), wanted["role"].as_str().expect("a role"));
    let (_, made) = house.call(Method::POST, "/api/actors", Some(admin), Some(wanted)).await;
    browser.open(&format!("{}/sign-in", house.address)).await;
    browser.click("a[href='/enrol']").await;
    browser.write("input[name=code]", made["code"].as_str().expect("a code")).await;
    browser.click("main button").await;
    let secret = browser.text_of(".mono").await;
    let totp = authenticator_of(&secret);
    browser.assert_fits("enrolment").await;
    browser.picture(&format!("enrol-{role}")).await;
    browser.write("input[name=digits]", &totp.generate_current().expect("the clock goes")).await;
    browser.write("input[name=password]", PASSWORD).await;
    browser.write("input[name=again]", PASSWORD).await;
    browser.click("main button").await;
    browser.write("input[name=name]", name).await;
    browser.write("input[name=password]", PASSWORD).await;
    browser.write("input[name=digits]", &totp.generate(totp.next_step_current().expect("the clock goes"))).await;
    browser.click("main button").await;
    browser.find(".who form").await;
}

#[tokio::test]
async fn an_auditor_goes_from_the_board_to_the_evidence_of_a_payment_in_four_clicks() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let [one, two, _] = counters();
        paid(&house, 0, &one).await;
        paid(&house, 2, &two).await;
        let doubted = doubtful(&house, 1, &one).await;
        let browser = Chromium::start(1280, 900).await;
        sign_in(&browser, &house, &admin, "the.auditor", "auditor").await;
        browser.write("main input[name=why]", WHY).await;
        browser.click("main button").await;
        browser.find("[data-sheet] img").await;
        // the board, and four clicks
        browser.open(&house.address).await;
        browser.click(".ways a[href='/proofs']").await;
        browser.click("[data-sheet] a").await;
        browser.click("a[href^='/payments/']").await;
        let entries = browser.text_of(".timeline").await;
        assert!(entries.contains("recipient → teller_cash"), "{entries}");
        browser.back().await;
        browser.click("[data-back]").await;
        // by keys alone: to the second photo, and open
        let keys = browser.find("body").await;
        keys.send_keys(RIGHT).await;
        let first = browser.run("return document.activeElement.getAttribute('href')").await;
        browser.active().await.send_keys(RIGHT).await;
        let second = browser.run("return document.activeElement.getAttribute('href')").await;
        assert!(first != second && second.as_str().is_some_and(|to| to.starts_with("/proofs/")), "{first} {second}");
        browser.active().await.send_keys(ENTER).await;
        browser.find(".case").await;
        assert!(browser.address().await.ends_with(second.as_str().expect("a link")));
        assert_photos_and_fit(&browser, &house, &format!("/proofs/{}", doubted.capture)).await;
        browser.dark(true).await;
        browser.picture("sign-in-dark").await;
        browser.close().await;
        house.close().await;
    })
    .await;
}

/// Every photo that the pages show is there, and the pages fit.
async fn assert_photos_and_fit(browser: &Chromium, house: &House, case: &str) {
    for page in ["/proofs".to_owned(), case.to_owned()] {
        browser.open(&format!("{}{page}", house.address)).await;
        let broken = "return [...document.images].filter(i => !i.complete || i.naturalWidth === 0).length";
        let mut left = browser.run(broken).await;
        for _ in 0..100 {
            if left == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            left = browser.run(broken).await;
        }
        assert_eq!(left, 0, "{page}");
    }
    for (width, height) in [(360, 740), (1280, 900), (1920, 1080)] {
        for (page, name) in [("/proofs".to_owned(), "sheet"), (case.to_owned(), "case"), ("/sign-in".into(), "sign-in")] {
            browser.resize(width, height).await;
            browser.open(&format!("{}{page}", house.address)).await;
            browser.find("main").await;
            browser.assert_fits(&format!("{name} at {width}")).await;
            browser.picture(&format!("{name}-{width}")).await;
        }
    }
}
