//! A day of an office: a list with a fault is mended, looked at, and sent; and the rows of one that is being paid are looked through.

use std::fs;

use salur_tests::{
    Person, in_lab,
    programme::{SOURCE, counters},
};
use serde_json::json;

use super::{auditor::sign_in_as, axe::closed_to_some, chromium::Chromium};
use crate::portal::{batches::csv, gallery::paid, people::administrator, support::House};

/// On a phone and on a desk, dark too.
async fn look(browser: &Chromium, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (width, dark) in [(360, false), (1_280, true), (1_280, false)] {
        browser.resize(width, 900).await;
        browser.dark(dark).await;
        browser.assert_fits(&format!("{name} at {width}")).await;
        found.extend(closed_to_some(browser, &format!("{name} at {width}, dark: {dark}")).await);
        if !dark {
            browser.picture(&format!("{name}-{width}")).await;
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_mends_a_list_sees_what_would_become_of_it_and_sends_it_once() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        paid(&house, 0, &counters()[0]).await;
        let folder = std::env::temp_dir().join(format!("{}-lists", house.world.name));
        fs::create_dir_all(&folder).expect("room");
        let good = csv((20..25).map(Person::new));
        let [bad_file, good_file] = ["bad.csv", "good.csv"].map(|name| folder.join(name));
        fs::write(&bad_file, good.replacen(",300000\n", ",300.000\n", 1)).expect("room");
        fs::write(&good_file, &good).expect("room");
        let browser = Chromium::start(1280, 900).await;
        sign_in_as(&browser, &house, &admin, &json!({ "name": "dinsos", "kind": "person", "role": "office", "source": SOURCE })).await;
        assert!(browser.address().await.ends_with("/batches"), "an office begins with its lists: {}", browser.address().await);
        let mut found = look(&browser, "lists").await;
        browser.write("input[type=file]", bad_file.to_str().expect("a path")).await;
        browser.click("[data-list] button").await;
        let faults = browser.text_of("#ahead .facts").await;
        assert!(faults.contains("amount") && faults.contains("300000"), "{faults}");
        found.extend(look(&browser, "list-faults").await);
        browser.write("input[type=file]", good_file.to_str().expect("a path")).await;
        browser.click("[data-list] button").await;
        let ahead = browser.text_of("#ahead .tallied").await;
        assert!(ahead.contains("Rp1.500.000") && ahead.contains("akan dibayar"), "{ahead}");
        assert_eq!(house.waiting("salur.intake").await, 0, "nothing is sent by looking");
        found.extend(look(&browser, "list-ahead").await);
        browser.click("[data-send]").await;
        let sent = browser.text_of("#ahead .note").await;
        assert!(sent.contains("5 baris, Rp1.500.000"), "{sent}");
        assert_eq!(house.waiting("salur.intake").await, 2, "a declaration and the rows");
        browser.open(&format!("{}/batches", house.address)).await;
        browser.click("a[href*='tahap-4']").await;
        let rows = browser.text_of(".facts").await;
        assert!(rows.contains("dibayar") && rows.contains("cek"), "{rows}");
        found.extend(look(&browser, "list-rows").await);
        browser.click("select[name=status] option[value=paid]").await;
        browser.find("a[href='/batches']").await;
        assert!(browser.address().await.contains("status=paid"));
        assert_eq!(browser.run("return document.querySelectorAll('.facts tbody tr').length").await, 1);
        assert_eq!(found, Vec::<String>::new());
        fs::remove_dir_all(&folder).expect("it is ours");
        browser.close().await;
        house.close().await;
    })
    .await;
}
