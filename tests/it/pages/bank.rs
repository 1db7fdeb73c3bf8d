//! A bank's statement at a browser: sent, read, its lines looked through, and what does not match closed with a reason.

use std::fs;

use salur_tests::in_lab;

use super::{auditor::sign_in, chromium::Chromium, office::look, treasury::press};
use crate::{
    bank::statements::{Booked, Day},
    portal::{people::administrator, support::House},
};

const QUEUE: &str = "salur.bank-reconciliation";

#[tokio::test(flavor = "multi_thread")]
async fn a_treasurer_sends_a_statement_sees_what_its_lines_came_to_and_closes_what_does_not_match() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let browser = Chromium::start(1280, 900).await;
        sign_in(&browser, &house, &admin, "siti.aminah", "treasurer").await;
        browser.click(".ways a[href='/bank']").await;
        let mut found = look(&browser, "bank-empty").await;
        let folder = std::env::temp_dir().join(format!("{}-bank", house.world.name));
        fs::create_dir_all(&folder).expect("room");
        let [bad, good] = ["bad.txt", "good.txt"].map(|name| folder.join(name));
        fs::write(&bad, "").expect("room");
        let interest = Booked { text: "Bunga rekening", ..Booked::credit(125_000, "B-1", "bunga") };
        let day = Day::new(1, &[interest, Booked::credit(7_500_000, "B-2", "SP2D-NOBODY-KNOWS")]);
        fs::write(&good, day.mt940()).expect("room");
        browser.write("input[type=file]", bad.to_str().expect("a path")).await;
        browser.click("[data-list] button").await;
        assert!(browser.text_of("#ahead .alert").await.contains("empty"), "an empty file is refused");
        browser.write("input[type=file]", good.to_str().expect("a path")).await;
        press(&browser, &house, "[data-list] button", QUEUE).await;
        browser.click("#ahead .note a").await;
        let shown = browser.text_of("main").await;
        assert!(shown.contains("Rp7.625.000") && shown.contains("Bunga rekening") && shown.contains("2 baris"), "{shown}");
        found.extend(look(&browser, "bank-statement").await);
        browser.click("nav a[href^='/bank?']").await;
        let cases = browser.text_of("[aria-labelledby=h-cases]").await;
        assert!(cases.contains("Rp125.000") && cases.contains("Rp7.500.000"), "{cases}");
        found.extend(look(&browser, "bank").await);
        browser.click("[aria-labelledby=h-cases] .owned a").await;
        browser.write("input[name=reason]", "bunga rekening, dicatat terpisah").await;
        found.extend(look(&browser, "bank-case").await);
        press(&browser, &house, "[aria-labelledby=h-close] button", QUEUE).await;
        assert!(browser.text_of(".note").await.contains("Ditutup"));
        assert_eq!(house.world.column("SELECT actor || ' ' || effect FROM bank_case_decisions").await, ["siti.aminah closed"]);
        assert_eq!(found, Vec::<String>::new());
        browser.close().await;
        let browser = Chromium::start(1280, 900).await;
        sign_in(&browser, &house, &admin, "the.auditor", "auditor").await;
        browser.open(&format!("{}/bank", house.address)).await;
        assert_eq!(browser.run("return document.querySelectorAll('main input, main [data-list]').length").await, 0, "an auditor looks");
        browser.click("[aria-labelledby=h-cases] .owned a").await;
        assert!(browser.text_of("[aria-labelledby=h-close]").await.contains("Hanya bendahara"));
        browser.close().await;
        fs::remove_dir_all(&folder).expect("it is ours");
        house.close().await;
    })
    .await;
}
