//! The pages of the treasury by their answers: who sees what, why a button is not there, and that pressing twice does a thing once.

use reqwest::{Method, StatusCode};
use salur_tests::{Chain, in_lab, programme::AMOUNT};
use serde_json::{Value, json};

use super::{
    browser::{Browser, signed_in},
    people::{administrator, made, person},
    returns::swept,
    support::House,
};

const QUEUE: &str = "salur.transfer-posting";

/// A setup file of another programme whose tranche waits for approval, under a name.
pub fn programme(name: &str) -> String {
    let example = include_str!("../../../docs/setup.example.toml");
    let named = example.replace("name = \"Tahap 4\"", &format!("name = \"{name}\""));
    let named = named.replace("code = \"BST", "code = \"PKH").replace("approval_threshold = 1_000_000_000", "approval_threshold = 1");
    named.replace("id = 4 ", "id = 14 ").replace("id = 5 ", "id = 15 ").replace("2020-", "2030-")
}

/// Sends a setup file and has it carried out.
pub async fn enter(house: &House, token: &str, file: &str) {
    let sent = house.http.post(format!("{}/api/setups", house.address)).bearer_auth(token).body(file.to_owned()).send().await;
    let (status, body) = super::support::answer(sent.expect("the portal answers")).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    work(house, "salur.programme-setup").await;
    let path = format!("/api/setups/{}", body["setup"].as_str().expect("an id"));
    let answer = house.call(Method::GET, &path, Some(token), None).await.1;
    assert_eq!(answer["answer"]["problems"], json!([]), "{answer}");
}

async fn work(house: &House, queue: &str) {
    let mut chain = Chain::new(&house.world);
    chain.publish(house.take(queue).await);
    chain.run().await;
    assert!(chain.dead.is_empty());
}

/// A page of somebody with a token.
async fn page(house: &House, token: &str, path: &str) -> (StatusCode, String) {
    let (status, body) = house.call(Method::GET, path, Some(token), None).await;
    (status, body.as_str().map_or_else(|| body.to_string(), str::to_owned))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_entered_a_tranche_reads_why_there_is_no_button_and_a_sum_that_changed_is_not_approved() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let siti = person(&house, &admin, "siti.aminah", "treasurer", None).await;
        let auditor = person(&house, &admin, "the.auditor", "auditor", None).await;
        let regional = json!({ "name": "wati", "kind": "person", "role": "treasurer", "region": "1902" });
        let wati = made(&house, &admin, "wati", &regional).await;
        enter(&house, &siti, &programme("Tahap 4")).await;
        for (token, why) in [(&siti, "Anda ikut mengisi"), (&auditor, "seorang bendahara yang tidak ikut"), (&wati, "seluruh negeri")] {
            let (status, text) = page(&house, token, "/tranches/PKH-4").await;
            assert!(status == StatusCode::OK && text.contains(why) && !text.contains("name=\"allocation\""), "{text}");
        }
        let mut budi = signed_in(&house, &admin, "budi.santoso", "treasurer", "").await;
        let form = |sum: &'static str| [("request", "00000000-0000-4000-8000-000000000001"), ("allocation", sum), ("document", "SK-1")];
        let other = budi.post("/tranches/PKH-4", &form("750000001")).await;
        assert!(other.status == StatusCode::CONFLICT && other.text().contains("berubah sejak Anda melihatnya"), "{}", other.text());
        let nameless = budi
            .post("/tranches/PKH-4", &[("request", "00000000-0000-4000-8000-000000000002"), ("allocation", "750000000"), ("document", " ")])
            .await;
        assert!(nameless.status == StatusCode::UNPROCESSABLE_ENTITY && nameless.text().contains("Tulis nama dokumen"));
        assert_eq!(house.waiting("salur.programme-setup").await, 0, "neither was said");
        assert_eq!(budi.post("/tranches/NONE", &form("1")).await.status, StatusCode::NOT_FOUND);
        // nobody decides it now: the page says so, and after the decision what came of it
        let sent = budi.post("/tranches/PKH-4", &form("750000000")).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
        assert!(budi.get(&sent.location).await.text().contains("belum diputuskan"));
        work(&house, "salur.programme-setup").await;
        assert!(budi.get(&sent.location).await.text().contains("Disetujui: tahap ini terbuka"));
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_of_another_region_is_not_there_and_each_role_finds_its_own_form() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let mut browsers = Vec::new();
        for (name, role, region) in
            [("siti", "treasurer", ""), ("wati", "treasurer", "1902"), ("rina", "supervisor", "1902"), ("eka", "auditor", "")]
        {
            browsers.push(signed_in(&house, &admin, name, role, region).await);
        }
        let expected = [(true, false, true), (true, false, false), (false, true, false), (false, false, false)];
        for (browser, (moves, closes, bank)) in browsers.iter_mut().zip(expected) {
            let shown = browser.get("/cash/OFFICE-1").await;
            let text = shown.text();
            let forms = (text.contains("/cash/OFFICE-1/moves"), text.contains("/cash/OFFICE-1/counts"), text.contains("value=\"bank\""));
            assert_eq!((shown.status, forms), (StatusCode::OK, (moves, closes, bank)));
        }
        let mut far = signed_in(&house, &admin, "dewi", "treasurer", "1906").await;
        let nowhere = far.get("/cash/NOWHERE").await;
        let form = [("programme", "BST"), ("from", "office:OFFICE-1"), ("to", "teller:TELLER-1"), ("amount", "5"), ("document", "BA-1")];
        for closed in [far.get("/cash/OFFICE-1").await, far.post("/cash/OFFICE-1/moves", &form).await] {
            let same = closed.text().replace("OFFICE-1", "NOWHERE").replace("/moves", "");
            assert_eq!((closed.status, same.as_str()), (StatusCode::NOT_FOUND, nowhere.text()), "as if it did not exist");
        }
        assert!(!far.get("/cash").await.text().contains("OFFICE-1"));
        assert_eq!(signed_in(&house, &admin, "the.ops", "ops", "").await.get("/cash").await.status, StatusCode::FORBIDDEN);
        house.close().await;
    })
    .await;
}

/// The id that a look ahead made for what is sent after it.
async fn ahead(browser: &mut Browser<'_>, path: &str, form: &[(&str, &str)]) -> String {
    let page = browser.post(path, form).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    page.between("name=\"request\" value=\"", "\"").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_twice_moves_cash_once_and_what_cannot_be_moved_is_told_with_what_was_typed() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let mut siti = signed_in(&house, &admin, "siti.aminah", "treasurer", "").await;
        let path = "/cash/OFFICE-1/moves";
        let form = |amount: &'static str| {
            vec![("programme", "BST"), ("from", "bank"), ("to", "office:OFFICE-1"), ("amount", amount), ("document", "BA-1")]
        };
        for (amount, words) in [("nine", "rupiah bulat"), ("0", "rupiah bulat"), ("900.000.000.000.000", "isinya kurang")] {
            let refused = siti.post(path, &form(amount)).await;
            let text = refused.text();
            assert!(refused.status.is_client_error() && text.contains(words) && text.contains(&format!("value=\"{amount}\"")), "{text}");
        }
        let request = ahead(&mut siti, path, &form("1.000.000")).await;
        assert_eq!(house.waiting(QUEUE).await, 0, "a look sends nothing");
        let mut sent = form("1.000.000");
        sent.extend([("sent", "true"), ("request", request.as_str())]);
        let (first, second) = (siti.post(path, &sent).await, siti.post(path, &sent).await);
        assert_eq!((first.status, &first.location), (StatusCode::SEE_OTHER, &second.location));
        work(&house, QUEUE).await;
        let third = siti.post(path, &sent).await;
        assert_eq!((&third.location, house.waiting(QUEUE).await), (&first.location, 0), "it is answered by what came of it");
        assert_eq!(house.world.count("cash_moves WHERE effect = 'booked' AND amount = 1000000").await, 1);
        assert!(siti.get(&first.location).await.text().contains("Dibukukan: bank"));
        let mut other = signed_in(&house, &admin, "budi", "treasurer", "").await;
        assert!(!other.get(&first.location).await.text().contains("Dibukukan: bank"), "who did not send it reads nothing of it there");
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_a_difference_closes_only_with_words_and_nobody_else_closes_it() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let mut rina = signed_in(&house, &admin, "rina", "supervisor", "19").await;
        let path = "/cash/OFFICE-1/counts";
        let today = salur_domain::calendar::Zone::Wib.local(chrono::Utc::now()).date_naive().to_string();
        let form = |counted: &'static str, explanation: &'static str| {
            vec![("programme", "BST"), ("teller", "TELLER-1"), ("counted", counted), ("unsynchronised", "0"), ("explanation", explanation)]
        };
        let with_day = |mut form: Vec<(&'static str, &'static str)>, more: [(&'static str, String); 3]| -> Vec<(String, String)> {
            let mut all: Vec<(String, String)> = form.drain(..).map(|(name, value)| (name.into(), value.into())).collect();
            all.extend(more.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value)));
            all
        };
        let unsent = [("day", today.clone()), ("request", String::new()), ("sent", String::new())];
        let look = with_day(form("29.950.000", ""), unsent);
        let pairs: Vec<(&str, &str)> = look.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let shown = rina.post(path, &pairs).await;
        assert!(shown.text().contains("-Rp50.000") && shown.text().contains("tulis mengapa berbeda"), "{}", shown.text());
        let request = shown.between("name=\"request\" value=\"", "\"").to_owned();
        let said = [("day", today.clone()), ("request", request), ("sent", "true".to_owned())];
        let send = with_day(form("29.950.000", "satu lembar robek"), said);
        let pairs: Vec<(&str, &str)> = send.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut siti = signed_in(&house, &admin, "siti", "treasurer", "").await;
        assert_eq!(siti.post(path, &pairs).await.status, StatusCode::FORBIDDEN, "who moves cash closes no day");
        let sent = rina.post(path, &pairs).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
        work(&house, QUEUE).await;
        let after = rina.get(&sent.location).await;
        assert!(after.text().contains("Hari ditutup: TELLER-1") && after.text().contains("satu lembar robek"), "{}", after.text());
        assert_eq!(house.world.count("transfers WHERE kind = 'cash_short' AND amount = 50000").await, 1);
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_sees_its_own_returns_alone_and_signs_nothing() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let early = person(&house, &admin, "siti.aminah", "treasurer", None).await;
        let (_, text) = page(&house, &early, "/tranches/BST-4/returns").await;
        assert!(text.contains("masa bayar atau pengembaliannya belum selesai") && !text.contains("name=\"rupiah\""), "{text}");
        swept(&house).await;
        let own = salur_domain::Rupiah::new(4 * AMOUNT).expect("positive").to_string();
        for (region, sees) in [("1902", true), ("1906", false)] {
            let wanted = json!({ "name": format!("w{region}"), "kind": "person", "role": "treasurer", "region": region });
            let name: &'static str = if sees { "w1902" } else { "w1906" };
            let token = made(&house, &admin, name, &wanted).await;
            let (status, text) = page(&house, &token, "/tranches/BST-4/returns").await;
            assert_eq!((status, text.contains(&own)), (StatusCode::OK, sees), "{region}: {text}");
            assert!(!text.contains("name=\"rupiah\"") && text.contains("Anda melihat wilayah Anda saja"), "{text}");
            let form = json!({ "act": "return_statement", "rupiah": 4 * AMOUNT, "document": "BA-1" });
            let signed: (StatusCode, Value) = house.call(Method::POST, "/api/tranches/BST-4/signatures", Some(&token), Some(&form)).await;
            assert_eq!(signed.0, StatusCode::FORBIDDEN);
        }
        house.close().await;
    })
    .await;
}
