//! A review of a random sample: drawn by hand, opened one by one, with its seal, what looks alike and a NIK for a reason.

use salur_tests::{Person, in_lab, programme::counters};

use super::{auditor::sign_in, axe::closed_to_some, chromium::Chromium};
use crate::{
    evidence::support::{seal_all, sealer_of},
    portal::{
        gallery::{WHY, paid},
        people::administrator,
        proofs::doubtful,
        samples::settled,
        support::House,
    },
};

/// What axe-core has against the page at each width, of which a picture is taken.
async fn looked_at(browser: &Chromium, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (width, dark) in [(360, false), (1_280, false), (1_280, true)] {
        browser.resize(width, 900).await;
        browser.dark(dark).await;
        let what = format!("{name} at {width}{}", if dark { ", dark" } else { "" });
        browser.assert_fits(&what).await;
        found.extend(closed_to_some(browser, &what).await);
        browser.picture(&format!("{name}-{width}{}", if dark { "-dark" } else { "" })).await;
    }
    browser.dark(false).await;
    browser.resize(1_280, 900).await;
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_draws_a_sample_reviews_it_and_takes_a_case_along() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let [one, two, _] = counters();
        paid(&house, 0, &one).await;
        doubtful(&house, 1, &one).await;
        paid(&house, 2, &two).await;
        seal_all(&mut sealer_of(&house.world), &house.world).await;
        settled(&house.world).await;
        let browser = Chromium::start(1280, 900).await;
        sign_in(&browser, &house, &admin, "the.auditor", "auditor").await;
        browser.write("main input[name=why]", WHY).await;
        browser.click("main button").await;
        browser.find("[data-sheet] img").await;
        browser.write(".apart input[name=number]", "2").await;
        browser.write(".apart input[name=seed]", "tahap-4").await;
        browser.click(".apart button").await;
        let progress = browser.text_of("#h-progress").await;
        assert_eq!(progress, "Sudah Anda buka: 0 dari 2");
        assert!(browser.address().await.contains("seed=tahap-4&as_of="), "an address that can be kept");
        let mut found = looked_at(&browser, "sample").await;
        browser.click("[data-sheet] a").await;
        browser.find(".ladder").await;
        found.extend(looked_at(&browser, "case-sealed").await);
        browser.click(".evidence section[aria-labelledby=h-visit] summary").await;
        browser.write(".reveal input[name=why]", "the card in the photo cannot be read").await;
        browser.click(".reveal button").await;
        let shown = browser.text_of(".whole").await;
        let people: Vec<String> = (0..3).map(|number| Person::new(number).nik).collect();
        assert!(people.contains(&shown.replace(' ', "")), "{shown}");
        found.extend(looked_at(&browser, "nik").await);
        browser.click("main a").await;
        browser.find(".case").await;
        browser.click("[data-back]").await;
        assert_eq!(browser.text_of("#h-progress").await, "Sudah Anda buka: 1 dari 2", "back at the sample");
        assert_eq!(found, Vec::<String>::new());
        browser.close().await;
        house.close().await;
    })
    .await;
}
