//! A day of an office: a family is looked for, a complaint comes in from a phone, and a supervisor answers it; with keys alone where it matters.

use reqwest::Method;
use salur_tests::{Person, in_lab, programme::counters};
use serde_json::json;

use super::{
    auditor::sign_in,
    axe::closed_to_some,
    chromium::{Chromium, ENTER},
};
use crate::portal::{
    complaints::{id_of, serial},
    gallery::paid,
    people::administrator,
    support::House,
};

/// Looks at what is open on a phone and on a desk, light and dark, and takes pictures.
pub async fn look(browser: &Chromium, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for width in [360, 1280] {
        browser.resize(width, 900).await;
        browser.assert_fits(&format!("{name} at {width}")).await;
        browser.picture(&format!("{name}-{width}")).await;
        found.extend(closed_to_some(browser, &format!("{name} at {width}")).await);
        browser.dark(true).await;
        found.extend(closed_to_some(browser, &format!("{name} at {width}, dark")).await);
        browser.dark(false).await;
    }
    browser.resize(1280, 900).await;
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_is_found_three_ways_and_nothing_typed_stands_in_the_address() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let (family, other) = (Person::new(0), Person::new(1));
        paid(&house, 0, &counters()[0]).await;
        let browser = Chromium::start(1280, 900).await;
        sign_in(&browser, &house, &admin, "rina.wati", "supervisor").await;
        browser.click("a[href='/families']").await;
        browser.find("#h-number").await;
        let mut found = look(&browser, "families-empty").await;
        browser.write("[aria-labelledby=h-number] input[name=text]", &family.nik).await;
        browser.write("[aria-labelledby=h-number] input[name=why]", "pengaduan di kantor desa").await;
        browser.active().await.send_keys(ENTER).await;
        let result = browser.text_of(".found").await;
        assert!(result.contains("Siti Wulandari") && result.contains("BST-4") && result.contains("dibayar"), "{result}");
        assert!(browser.address().await.ends_with("/families"), "{}", browser.address().await);
        found.extend(look(&browser, "families-found").await);
        browser.click("select[name=regency] option[value='1902']").await;
        browser.find("select[name=village]").await;
        browser.click(&format!("select[name=village] option[value='{}']", other.village)).await;
        browser.write("[aria-labelledby=h-name] input[name=text]", "wulandri rusdi").await;
        browser.write("[aria-labelledby=h-name] input[name=why]", "kartu hilang").await;
        browser.click("[aria-labelledby=h-name] form[method=post] button").await;
        assert!(browser.text_of(".found").await.contains("Rusdi Wulandari"));
        assert!(browser.address().await.ends_with("/families"), "{}", browser.address().await);
        found.extend(look(&browser, "families-name").await);
        browser.write("textarea[name=text]", &format!("{}\n{}\n1902\n{}\n", family.nik, serial(&house, 1).await, Person::new(7).nik)).await;
        browser.write("[aria-labelledby=h-list] input[name=why]", "daftar desa").await;
        browser.click("[aria-labelledby=h-list] form button").await;
        let counts = browser.text_of(".counts").await;
        assert!(counts.contains("4 baris") && counts.contains("2 ditemukan") && counts.contains("1 tidak ditemukan"), "{counts}");
        found.extend(look(&browser, "families-list").await);
        browser.open(&format!("{}/language/en", house.address)).await;
        browser.open(&format!("{}/families", house.address)).await;
        found.extend(look(&browser, "families-english").await);
        browser.write("[aria-labelledby=h-number] input[name=text]", "1902").await;
        browser.write("[aria-labelledby=h-number] input[name=why]", "a card was lost").await;
        browser.click("[aria-labelledby=h-number] button").await;
        assert!(browser.text_of(".alert").await.contains("16"));
        assert_eq!(found, Vec::<String>::new());
        browser.close().await;
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_goes_from_a_phone_to_the_supervisors_answer() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        paid(&house, 0, &counters()[0]).await;
        let (cheque, other) = (serial(&house, 0).await, serial(&house, 1).await);
        for (serial, kind) in [(&other, "not_received"), (&"0000-0000-0000-0000".to_owned(), "not_me")] {
            let sent = house.call(Method::POST, "/api/complaints", None, Some(&json!({ "serial": serial, "kind": kind }))).await;
            assert_eq!(sent.0.as_u16(), 201);
        }
        let browser = Chromium::start(360, 740).await;
        browser.open(&format!("{}/complaint", house.address)).await;
        browser.write("input[name=serial]", &cheque.to_lowercase()).await;
        let mut found = look(&browser, "complaint-form").await;
        browser.resize(360, 740).await;
        browser.click("input[value=kept_back]").await;
        browser.write("input[name=rupiah]", "50.000").await;
        browser.write("textarea[name=text]", "Dipotong di balai desa").await;
        browser.write("input[name=contact]", "0812 0000 0000").await;
        browser.click("main button").await;
        assert_eq!(browser.text_of(".kept").await.len(), 14);
        found.extend(look(&browser, "complaint-kept").await);
        sign_in(&browser, &house, &admin, "rina.wati", "supervisor").await;
        browser.click("a[href='/complaints']").await;
        let listed = browser.text_of(".complaints").await;
        assert!(listed.contains("Rp50.000") && listed.contains("Tidak ada cek dengan nomor seri ini"), "{listed}");
        found.extend(look(&browser, "complaints").await);
        browser.click(&format!("a[href='/complaints/{}']", id_of(&house, &cheque).await)).await;
        browser.find("#h-written").await;
        assert!(!browser.text().await.contains("balai desa"), "not before the reason");
        found.extend(look(&browser, "complaint-case").await);
        browser.write("input[name=why]", "memeriksa pengaduan").await;
        browser.active().await.send_keys(ENTER).await;
        assert!(browser.text_of(".written").await.contains("balai desa"));
        found.extend(look(&browser, "complaint-read").await);
        browser.click("select[name=verdict] option[value=upheld]").await;
        browser.write("input[name=note]", "Juru bayar mengaku").await;
        browser.click("[aria-labelledby=h-answer] button").await;
        assert!(browser.text_of(".note").await.contains("tersimpan"));
        found.extend(look(&browser, "complaint-answered").await);
        browser.click("a[href^='/payments/']").await;
        let timeline = browser.text_of(".timeline").await;
        assert!(timeline.contains("Pengaduan terbukti") && !timeline.contains("balai desa"), "{timeline}");
        assert!(browser.text_of("[aria-labelledby=h-complaints]").await.contains("Sebagian uang dipotong"));
        found.extend(look(&browser, "payment-with-complaint").await);
        assert_eq!(found, Vec::<String>::new());
        browser.close().await;
        house.close().await;
    })
    .await;
}
