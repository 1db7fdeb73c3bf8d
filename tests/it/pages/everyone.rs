//! Every page of every role, in both languages, light and dark, on a phone and on a wall: it fits, axe-core finds nothing, and it loads little.

use reqwest::Method;
use salur_tests::{
    in_lab,
    programme::{SOURCE, counters},
};
use serde_json::{Value, json};

use super::{auditor::sign_in_as, axe::closed_to_some, chromium::Chromium};
use crate::portal::{
    dead_letters::die,
    gallery::{WHY, paid},
    people::administrator,
    proofs::doubtful,
    support::House,
};

/// Most bytes of a page without photos, as they come over the line.
const BYTES_MAX: u64 = 150_000;

/// What a treasurer works with, and what is not there.
const OF_TREASURER: [&str; 7] =
    ["/tranches", "/tranches/BST-4", "/tranches/BST-4/returns", "/cash", "/cash/OFFICE-1", "/cash/NOWHERE", "/bank"];
/// What an administrator works with.
const OF_ADMINISTRATOR: [&str; 4] = ["/people", "/people/the.admin", "/devices", "/devices/TABLET-1"];

/// What a supervisor works with.
fn of_supervisor(capture: &str, payment: &str) -> Vec<String> {
    let named = [format!("/proofs/{capture}"), format!("/payments/{payment}")];
    let others = [
        "/proofs",
        "/payments",
        "/families?regency=1902",
        "/complaints?state=all",
        "/callbacks",
        "/proofs/conduct?place=19",
        "/proofs/nothing",
        "/proofs/sample?number=2&seed=x",
        "/tranches",
        "/tranches/BST-4/returns",
        "/cash/OFFICE-1",
    ];
    named.into_iter().chain(others.map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_and_is_open_to_all_in_both_languages_light_and_dark() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let one = &counters()[0];
        paid(&house, 0, one).await;
        let doubted = doubtful(&house, 1, one).await;
        die(&house, "intake", 0..7).await;
        let groups = house.call(Method::GET, "/api/dead-letters/groups", Some(&admin), None).await;
        assert_eq!(groups.0.as_u16(), 403, "an administrator does not see them");
        let fingerprint: String = house.world.one("SELECT min(fingerprint) FROM dead_letters").await;
        let payment: uuid::Uuid = house.world.one("SELECT payments[1] FROM proofs LIMIT 1").await;
        let open =
            ["/", "/?wall=1", "/board/19", "/board/1902?tranche=BST-4", "/board/11", "/sign-in", "/enrol", "/complaint"].map(str::to_owned);
        let of_supervisor = of_supervisor(&doubted.capture.to_string(), &payment.to_string());
        let group = format!("/operations/dead-letters?stage=intake&fingerprint={}", fingerprint.replace(' ', "%20").replace('#', "%23"));
        let of_ops = vec!["/operations".into(), "/operations/runbooks".into(), group, "/proofs".into()];
        let of_office = vec!["/packs".into(), "/packs?village=1902010001&said=1".into()];
        let of_leader = vec!["/".into(), "/board/1902".into()];
        let mut found = Vec::new();
        for (role, name, pages) in [
            ("", "", open.to_vec()),
            ("supervisor", "rina.wati", of_supervisor),
            ("ops", "the.ops", of_ops),
            ("treasurer", "siti.aminah", OF_TREASURER.map(str::to_owned).to_vec()),
            ("office", "dinsos.belitung", of_office),
            ("viewer", "the.leader", of_leader),
            ("administrator", "the.admin", OF_ADMINISTRATOR.map(str::to_owned).to_vec()),
            ("teller", "siti.teller", vec!["/drawer".to_owned()]),
        ] {
            let browser = Chromium::start(1280, 900).await;
            if !role.is_empty() {
                sign_in_as(&browser, &house, &admin, &wanted(name, role)).await;
            }
            if role == "supervisor" {
                found.extend(closed_to_some(&browser, "the reason for looking").await);
                browser.write("main input[name=why]", WHY).await;
                browser.click("main button").await;
                browser.find("[data-sheet]").await;
            }
            for language in ["id", "en"] {
                browser.open(&format!("{}/language/{language}", house.address)).await;
                for page in &pages {
                    found.extend(check(&browser, &house, page, (role, language)).await);
                }
            }
            browser.close().await;
        }
        assert!(found.is_empty(), "{found:#?}");
        house.close().await;
    })
    .await;
}

/// A person of the country; a teller has a counter.
fn wanted(name: &str, role: &str) -> Value {
    let [teller, pay_point] = ["TELLER-1", "PP-1902"].map(|code| (role == "teller").then_some(code));
    let source = (role == "office").then_some(SOURCE);
    json!({ "name": name, "kind": "person", "role": role, "source": source, "teller": teller, "pay_point": pay_point })
}

/// The looks of a page: its width, whether it is dark, whether axe-core walks it, which takes most of the time. Another language has other words in the same
/// frame: it is seen on a phone, where words are long for the line.
fn looks(language: &str) -> &'static [(u32, bool, bool)] {
    if language == "id" { &[(360, false, true), (1_280, true, true), (1_920, false, false)] } else { &[(360, false, true)] }
}

async fn check(browser: &Chromium, house: &House, page: &str, (role, language): (&str, &str)) -> Vec<String> {
    let mut found = Vec::new();
    for &(width, dark, is_walked) in looks(language) {
        browser.resize(width, 900).await;
        browser.dark(dark).await;
        browser.open(&format!("{}{page}", house.address)).await;
        let what = format!("{role} {language} {page} at {width}{}", if dark { ", dark" } else { "" });
        browser.assert_fits(&what).await;
        if is_walked {
            found.extend(closed_to_some(browser, &what).await);
        }
    }
    let bytes = "return [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]
        .filter(e => e.initiatorType !== 'img').reduce((sum, e) => sum + e.encodedBodySize, 0)";
    let bytes = browser.run(bytes).await.as_u64().unwrap_or(0);
    assert!(bytes < BYTES_MAX, "{role} {language} {page}: {bytes} bytes");
    found
}
