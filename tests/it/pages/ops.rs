//! A day of ops: ten thousand dead letters of one cause are found, tried on five, replayed whole and on record, by somebody new. How long that takes is
//! printed, and stands in docs/performance.md: a test that fails because its machine is busy says nothing.

use std::time::{Duration, Instant};

use salur_tests::in_lab;

use super::{auditor::sign_in, chromium::Chromium};
use crate::portal::{
    dead_letters::{Worker, die},
    people::administrator,
    support::House,
};

const LETTERS: u32 = 10_000;
/// Longest wait for all of them.
const PATIENCE: Duration = Duration::from_mins(8);

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_dead_letters_are_found_tried_replayed_and_on_record() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        for from in (0..LETTERS).step_by(1_000) {
            die(&house, "intake", from..from + 1_000).await;
        }
        let admin = administrator(&house).await;
        let browser = Chromium::start(1280, 900).await;
        sign_in(&browser, &house, &admin, "the.ops", "ops").await;
        let worker = Worker::starts(&house);
        let began = Instant::now();
        assert!(browser.address().await.ends_with("/operations"), "it is where the work of ops begins");
        assert!(browser.text_of("[aria-labelledby=h-letters]").await.contains("10.000"));
        browser.assert_fits("operations").await;
        browser.click("[aria-labelledby=h-letters] td a").await;
        assert_eq!(browser.text_of("[data-letters]").await, "10.000");
        browser.write("input[name=reason]", "the fault was mended").await;
        browser.click("button[value=five]").await;
        browser.find("[data-done]").await;
        assert!(browser.text().await.contains("5 diputar ulang"), "{}", browser.text().await);
        assert_eq!(browser.text_of("[data-letters]").await, "9.995");
        browser.write("input[name=reason]", "five went well").await;
        browser.click("button[value=all]").await;
        browser.picture("dead-letters-1280").await;
        browser.resize(1280, 900).await;
        browser.find_within("[data-done]", PATIENCE).await;
        let took = began.elapsed();
        assert!(browser.text().await.contains("9995 diputar ulang"), "{}", browser.text().await);
        println!("{LETTERS} dead letters: {:.1} s", took.as_secs_f64());
        worker.stops().await;
        let acts =
            "SELECT (detail ->> 'letters') || ' ' || (detail ->> 'reason') FROM audit WHERE act = 'dead_letters_replay_asked' ORDER BY id";
        assert_eq!(house.world.column(acts).await, ["5 the fault was mended", "9995 five went well"]);
        assert_eq!(house.waiting("salur.intake").await, LETTERS, "each is on its way again, once");
        for width in [360, 1280, 1920] {
            browser.resize(width, 900).await;
            browser.open(&format!("{}/operations", house.address)).await;
            browser.assert_fits(&format!("operations at {width}")).await;
            browser.picture(&format!("operations-{width}")).await;
        }
        browser.close().await;
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn ops_pause_a_stage_at_the_page_and_others_see_it() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let browser = Chromium::start(1280, 900).await;
        sign_in(&browser, &house, &admin, "the.ops", "ops").await;
        browser.write("input[name=reason]", "the registry is down").await;
        browser.click("button[value=true]").await;
        browser.find(".note").await;
        assert_eq!(house.waiting("salur.pausing").await, 1, "the word is on its way to the stage that decides");
        let acts = house.world.column("SELECT actor || ' ' || (detail ->> 'reason') FROM audit WHERE act = 'pause_decided'").await;
        assert_eq!(acts, ["the.ops the registry is down"]);
        browser.close().await;
        house.close().await;
    })
    .await;
}
