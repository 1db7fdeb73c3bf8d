//! A day of a supervisor: what is held, beside what it collides with, and one decision about two rows.

use salur_tests::in_lab;

use super::{auditor::sign_in, axe::closed_to_some, chromium::Chromium};
use crate::portal::{holds::holding, people::administrator, support::House};

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_chooses_two_holds_and_decides_them_at_once() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        holding(&house.world).await;
        let admin = administrator(&house).await;
        let browser = Chromium::start(1280, 900).await;
        sign_in(&browser, &house, &admin, "siti.aminah", "supervisor").await;
        browser.click("a[href='/holds']").await;
        browser.find(".holds").await;
        let text = browser.text().await;
        assert!(text.contains("NIK09") && text.contains("NIK10") && text.contains("Sudah ada"), "{text}");
        let mut found = closed_to_some(&browser, "holds").await;
        for width in [360, 1280, 1920] {
            browser.resize(width, 900).await;
            browser.open(&format!("{}/holds?batch=juli", house.address)).await;
            browser.assert_fits(&format!("holds at {width}")).await;
            browser.picture(&format!("holds-{width}")).await;
            browser.dark(true).await;
            found.extend(closed_to_some(&browser, &format!("holds at {width}, dark")).await);
            browser.dark(false).await;
        }
        assert_eq!(found, Vec::<String>::new());
        browser.resize(1280, 900).await;
        browser.open(&format!("{}/holds?batch=juli", house.address)).await;
        for number in [1, 3] {
            browser.click(&format!(".holds li:nth-child({number}) input")).await;
        }
        browser.click("select[name=ruling] option[value=release]").await;
        browser.write("input[name=reason]", "seen the cards of both").await;
        browser.click(".deciding button").await;
        let note = browser.text_of(".note").await;
        assert!(note.starts_with("2 keputusan terkirim"), "{note}");
        let decided = "SELECT (detail ->> 'ruling') || ' ' || jsonb_array_length(detail -> 'decisions') || ' ' || (detail ->> 'reason')
            FROM audit WHERE act = 'holds_decided'";
        assert_eq!(house.world.column(decided).await, ["release 2 seen the cards of both"]);
        assert_eq!(house.waiting("salur.release").await, 1, "one message with both");
        browser.close().await;
        house.close().await;
    })
    .await;
}
