//! A day of a treasury: what one entered another approves, cash goes to an office and a teller after a look ahead, a supervisor closes the day, and two sign.

use std::time::Duration;

use salur_tests::{
    Chain, in_lab,
    programme::{AMOUNT, FLOAT},
};
use serde_json::Value;

use super::{auditor::sign_in, chromium::Chromium, office::look};
use crate::portal::{
    people::{administrator, person},
    returns::swept,
    support::House,
    treasury::{enter, programme},
};

/// Lets what waits in a queue be decided, once it is there.
async fn decided(house: &House, queue: &str) {
    for _ in 0..500 {
        if house.waiting(queue).await > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut chain = Chain::new(&house.world);
    chain.publish(house.take(queue).await);
    chain.run().await;
    assert!(chain.dead.is_empty());
}

/// Presses a button behind which a stage is at work.
pub async fn press(browser: &Chromium, house: &House, button: &str, queue: &str) {
    tokio::join!(browser.click(button), decided(house, queue));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_treasurer_entered_another_approves_at_the_sum_that_is_shown() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let siti = person(&house, &admin, "siti.aminah", "treasurer", None).await;
        enter(&house, &siti, &programme("Tahap 4")).await;
        enter(&house, &siti, &programme("Tahap Empat")).await;
        let browser = Chromium::start(1280, 900).await;
        sign_in(&browser, &house, &admin, "budi.santoso", "treasurer").await;
        assert!(browser.address().await.ends_with("/tranches"), "a treasurer's work begins here: {}", browser.address().await);
        let mut found = look(&browser, "tranches").await;
        browser.click("a[href='/tranches/PKH-4']").await;
        let entries = browser.text_of(".timeline").await;
        assert!(entries.contains("Tahap Empat") && entries.contains("Tahap 4") && entries.contains("Rp750.000.000"), "{entries}");
        assert!(browser.text_of("[aria-labelledby=h-approve]").await.contains("Rp750.000.000"));
        found.extend(look(&browser, "tranche-waits").await);
        browser.write("input[name=document]", "SK Mensos 22/2020").await;
        press(&browser, &house, "[aria-labelledby=h-approve] button", "salur.programme-setup").await;
        let note = browser.text_of(".note").await;
        assert!(note.contains("Disetujui"), "{note}");
        found.extend(look(&browser, "tranche-approved").await);
        let opened = "SELECT d.actor || ' ' || d.allocation FROM tranche_decisions d JOIN tranches t ON t.id = d.tranche WHERE t.opened_at IS NOT NULL";
        assert_eq!(house.world.column(opened).await, ["budi.santoso 750000000"]);
        assert_eq!(found, Vec::<String>::new());
        browser.close().await;
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cash_goes_to_an_office_and_a_teller_and_the_day_closes_with_a_difference_that_is_explained() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let browser = Chromium::start(1280, 900).await;
        sign_in(&browser, &house, &admin, "siti.aminah", "treasurer").await;
        browser.click(".ways a[href='/cash']").await;
        let mut found = look(&browser, "cash").await;
        browser.click("a[href^='/cash/OFFICE-1']").await;
        found.extend(look(&browser, "cash-office").await);
        for (from, to, before, after) in
            [("bank", "office:OFFICE-1", "Rp0", "Rp5.000.000"), ("office:OFFICE-1", "teller:TELLER-1", "Rp30.000.000", "Rp35.000.000")]
        {
            browser.click(&format!("select[name=from] option[value='{from}']")).await;
            browser.click(&format!("select[name=to] option[value='{to}']")).await;
            browser.write("input[name=amount]", "5.000.000").await;
            browser.write("[aria-labelledby=h-move] input[name=document]", "BA-7").await;
            browser.click("[aria-labelledby=h-move] button").await;
            let ahead = browser.text_of(".ahead li:last-child").await;
            assert!(ahead.contains(to) && ahead.contains(before) && ahead.contains(after), "{ahead}");
            assert_eq!(house.waiting("salur.transfer-posting").await, 0, "a look sends nothing");
            found.extend(look(&browser, "cash-ahead").await);
            press(&browser, &house, "main form button", "salur.transfer-posting").await;
            let note = browser.text_of(".note").await;
            assert!(note.contains("Dibukukan") && note.contains(to), "{note}");
        }
        found.extend(look(&browser, "cash-moved").await);
        browser.close().await;
        let browser = Chromium::start(1280, 900).await;
        sign_in(&browser, &house, &admin, "rina.wati", "supervisor").await;
        browser.open(&format!("{}/cash/OFFICE-1", house.address)).await;
        browser.click("select[name=teller] option[value='TELLER-1']").await;
        browser.write("input[name=counted]", &(FLOAT + 5_000_000 - 50_000).to_string()).await;
        browser.click("[aria-labelledby=h-count] button").await;
        let ahead = browser.text_of("main").await;
        assert!(ahead.contains("-Rp50.000") && ahead.contains("Rp35.000.000"), "{ahead}");
        found.extend(look(&browser, "cash-count-ahead").await);
        browser.write("input[name=explanation]", "satu lembar robek").await;
        press(&browser, &house, "main form button", "salur.transfer-posting").await;
        assert!(browser.text_of(".note").await.contains("Hari ditutup"));
        assert!(browser.text_of("[aria-labelledby=h-counts]").await.contains("satu lembar robek"));
        assert!(browser.text_of(".drawers li").await.contains("Rp50.000"), "the teller answers for it");
        found.extend(look(&browser, "cash-closed").await);
        assert_eq!(found, Vec::<String>::new());
        browser.close().await;
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_treasurers_sign_what_goes_back_and_have_the_paper() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        swept(&house).await;
        let sum = written(4 * AMOUNT);
        let mut found = Vec::new();
        for (name, expected) in [("siti.aminah", "seorang bendahara lain"), ("budi.santoso", "R-1: Berita acara disahkan")] {
            let browser = Chromium::start(1280, 900).await;
            sign_in(&browser, &house, &admin, name, "treasurer").await;
            browser.open(&format!("{}/tranches/BST-4/returns", house.address)).await;
            assert!(browser.text_of("[aria-labelledby=h-sign]").await.contains(&sum));
            found.extend(look(&browser, &format!("returns-{name}")).await);
            browser.write("[aria-labelledby=h-sign] input[name=document]", "BA-12/2026").await;
            press(&browser, &house, "[aria-labelledby=h-sign] button", "salur.fund-return").await;
            let note = browser.text_of(".note").await;
            assert!(note.contains(expected), "{note}");
            found.extend(look(&browser, &format!("returns-{name}-signed")).await);
            if name == "budi.santoso" {
                assert!(browser.text_of("[aria-labelledby=h-stated]").await.contains(&sum));
                read_papers(&browser).await;
                browser.write("[aria-labelledby=h-stated] input[name=document]", "NTPN-7").await;
                press(&browser, &house, "[aria-labelledby=h-stated] form button", "salur.fund-return").await;
                assert!(browser.text_of(".note").await.contains("Setoran dicatat"));
                browser.write("[aria-labelledby=h-close] input[name=document]", "BA-13/2026").await;
                press(&browser, &house, "[aria-labelledby=h-close] button", "salur.fund-return").await;
                assert!(browser.text_of(".note").await.contains("Tahap ditutup"));
                found.extend(look(&browser, "returns-closed").await);
            }
            browser.close().await;
        }
        assert_eq!(
            house.world.column("SELECT prepared_by || ' ' || approved_by FROM return_statements").await,
            ["siti.aminah budi.santoso"]
        );
        assert_eq!(found, Vec::<String>::new());
        house.close().await;
    })
    .await;
}

/// The papers are behind their links, and are what they say.
async fn read_papers(browser: &Chromium) {
    for (kind, head) in [("pdf", "%PDF"), ("xlsx", "PK")] {
        let read = format!(
            "const done = arguments[arguments.length - 1];
             fetch(document.querySelector('a[href$=\"format={kind}\"]').href).then(a => a.text()).then(text => done(text.slice(0, 4)))"
        );
        let paper: Value = browser.run_until_done(&read).await;
        assert!(paper.as_str().is_some_and(|paper| paper.starts_with(head)), "{kind}: {paper}");
    }
}

/// As the pages write it.
fn written(rupiah: i64) -> String {
    salur_domain::Rupiah::new(rupiah).expect("positive").to_string()
}
