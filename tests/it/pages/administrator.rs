//! A day of an administrator: somebody is added with a code that is shown once, a device registered, both are ended; and a teller sees a drawer.

use reqwest::{Method, StatusCode};
use salur_tests::{in_lab, programme::counters};

use super::{
    auditor::{sign_in, sign_in_as},
    chromium::Chromium,
    office::look,
};
use crate::portal::{gallery::paid, people::administrator, proofs::doubtful, support::House};

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_added_with_a_code_that_is_shown_once_and_revoked_and_a_device_too() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        paid(&house, 0, &counters()[0]).await;
        let browser = Chromium::start(1280, 900).await;
        sign_in(&browser, &house, &admin, "the.admin", "administrator").await;
        assert!(browser.address().await.ends_with("/people"), "an administrator's work begins here: {}", browser.address().await);
        browser.write("main [aria-labelledby=h-add] input[name=name]", "the.admin").await;
        browser.click("[aria-labelledby=h-add] select[name=role] option[value=auditor]").await;
        browser.click("[aria-labelledby=h-add] button").await;
        assert!(browser.text_of(".alert").await.contains("Nama ini sudah ada"), "a name is taken once");
        let mut found = look(&browser, "people").await;
        browser.write("[aria-labelledby=h-add] input[name=name]", "rina.wati").await;
        browser.write("[aria-labelledby=h-add] input[name=region]", "1902").await;
        browser.click("[aria-labelledby=h-add] button").await;
        let code = browser.text_of("[data-secret]").await;
        assert_eq!(code.len(), "XXXX-XXXX-XXXX".len(), "{code}");
        found.extend(look(&browser, "people-added").await);
        browser.click(".note a").await;
        assert!(!browser.text().await.contains(&code), "it is shown once");
        assert!(browser.text_of(".pairs").await.contains("Belitung"));
        browser.click("[aria-labelledby=h-code] button").await;
        assert_ne!(browser.text_of("[data-secret]").await, code, "another code");
        found.extend(look(&browser, "person").await);
        browser.write("[aria-labelledby=h-revoke] input[name=reason]", "pindah tugas").await;
        browser.click("[aria-labelledby=h-revoke] button").await;
        assert!(browser.text_of(".note").await.contains("Dicabut"));
        assert_eq!(house.world.count("actors WHERE name = 'rina.wati' AND revoked_at IS NOT NULL AND region = '1902'").await, 1);
        browser.open(&format!("{}/people?state=revoked", house.address)).await;
        assert!(browser.text_of("tbody").await.contains("rina.wati"));
        found.extend(devices(&browser, &house).await);
        assert_eq!(found, Vec::<String>::new());
        browser.close().await;
        house.close().await;
    })
    .await;
}

async fn devices(browser: &Chromium, house: &House) -> Vec<String> {
    browser.click(".ways a[href='/devices']").await;
    assert!(browser.text_of(".owned").await.contains("belum pernah"), "some were not used");
    browser.write("[aria-labelledby=h-register] input[name=code]", "TABLET-9").await;
    browser.write("[aria-labelledby=h-register] input[name=pay_point]", "PP-1902").await;
    browser.click("[aria-labelledby=h-register] button").await;
    let code = browser.text_of("[data-secret]").await;
    assert_eq!(code.len(), "XXXX-XXXX-XXXX".len(), "{code}");
    let mut found = look(browser, "devices").await;
    browser.click(".note a").await;
    browser.write("[aria-labelledby=h-revoke] input[name=reason]", "hilang di jalan").await;
    found.extend(look(browser, "device").await);
    browser.click("[aria-labelledby=h-revoke] button").await;
    assert!(browser.text_of(".note").await.contains("Dicabut"));
    assert_eq!(house.world.count("devices WHERE code = 'TABLET-9' AND revoked_at IS NOT NULL").await, 1);
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teller_signs_in_to_the_own_drawer() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let one = &counters()[0];
        paid(&house, 0, one).await;
        doubtful(&house, 1, one).await;
        let browser = Chromium::start(1280, 900).await;
        let wanted = serde_json::json!({
            "name": "siti.teller", "kind": "person", "role": "teller", "region": "1902", "teller": one.teller, "pay_point": "PP-1902",
        });
        sign_in_as(&browser, &house, &admin, &wanted).await;
        assert!(browser.address().await.ends_with("/drawer"), "a teller's work begins here: {}", browser.address().await);
        let day: String = house.world.one("SELECT max((captured_at AT TIME ZONE 'Asia/Jakarta')::date)::text FROM proofs").await;
        browser.open(&format!("{}/drawer?day={day}", house.address)).await;
        assert!(browser.text_of("[data-hand-overs] li").await.contains("dipertanyakan"), "in question first");
        let found = look(&browser, "drawer").await;
        let ways = browser.run("return [...document.querySelectorAll('.ways a')].map(a => a.getAttribute('href'))").await;
        assert_eq!(ways, serde_json::json!(["/", "/drawer"]));
        assert_eq!(found, Vec::<String>::new());
        browser.close().await;
        let (status, _) = house.call(Method::GET, "/drawer", Some(&admin), None).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "it is nobody else's");
        house.close().await;
    })
    .await;
}
