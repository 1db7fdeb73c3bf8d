//! A leader's look: from the wall to a village in three clicks, and figures that move while one watches.

use std::time::Duration;

use salur_tests::{in_lab, programme::counters};

use super::{auditor::sign_in, chromium::Chromium};
use crate::portal::{gallery::paid, people::administrator, support::House};

/// Longest a payment may take to the page; a second is the target, a loaded machine gets more.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_goes_from_the_country_to_a_village_and_sees_a_payment_arrive() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let browser = Chromium::start(1920, 1080).await;
        browser.open(&format!("{}/?wall=1", house.address)).await;
        browser.find("#state[data-state=live]").await;
        let overflows = browser.run("return document.documentElement.scrollHeight > innerHeight + 1").await;
        assert_eq!(overflows, false, "a wall has nobody to scroll it");
        browser.picture("board-wall").await;
        browser.resize(1280, 900).await;
        sign_in(&browser, &house, &admin, "ibu.menteri", "viewer").await;
        // the map, a regency, its villages
        browser.open(&house.address).await;
        browser.click("[data-step='19'] a").await;
        browser.click(".places a[href^='/board/1902']").await;
        let village = browser.text_of("[aria-labelledby=h-villages]").await;
        assert!(village.contains("Tanjungpandan") || village.contains("Kantor Pos"), "{village}");
        assert_eq!(browser.text_of("[data-k='all.paid.f']").await, "0");
        paid(&house, 0, &counters()[0]).await;
        let moved = "const done = arguments[arguments.length - 1], end = Date.now() + 20000; const look = () => {
            const text = document.querySelector('[data-k=\"all.paid.f\"]').textContent;
            if (text !== '0' || Date.now() > end) done(text); else setTimeout(look, 50); }; look();";
        let seen = tokio::time::timeout(2 * PATIENCE, browser.run_until_done(moved)).await.expect("the script ends");
        assert_eq!(seen, "2", "one family comes for two tranches; the page was not loaded again");
        browser.picture("board-regency").await;
        assert!(browser.text().await.contains("Angka persis"), "who sees few is told so");
        // no family, by any way
        for closed in ["/proofs", "/payments", "/families", "/holds"] {
            browser.open(&format!("{}{closed}", house.address)).await;
            assert!(browser.text().await.contains("Tidak untuk peran Anda"), "{closed}");
        }
        browser.close().await;
        house.close().await;
    })
    .await;
}
