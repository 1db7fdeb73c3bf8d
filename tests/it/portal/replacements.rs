//! A cheque that is lost, as office and supervisor have it replaced: over the API, at the page of the payment, and not from another region.

use reqwest::{Method, StatusCode};
use salur_tests::{Chain, Person, in_lab, programme::SOURCE};
use serde_json::{Value, json};

use super::{
    browser::signed_in,
    people::{administrator, made, person},
    support::House,
};

const DOOR: &str = "/api/cheques/replacements";

/// What waits for cheque-rendering is decided, as its worker would.
async fn decide(house: &House) {
    let mut chain = Chain::new(&house.world);
    chain.publish(house.take("salur.cheque-rendering").await);
    chain.run().await;
    assert!(chain.dead.is_empty(), "{:?}", chain.dead[0].headers.cause);
}

fn lost(serial: &str) -> Value {
    json!({ "serial": serial, "loss": "lost", "document": "LP-7/2026" })
}

#[tokio::test]
async fn office_and_supervisor_replace_a_lost_cheque_and_the_page_tells() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let of = |name: &str, region: &str| json!({ "name": name, "kind": "person", "role": "office", "source": SOURCE, "region": region });
        let office = made(&house, &admin, "dinsos.belitung", &of("dinsos.belitung", "1902")).await;
        let elsewhere = made(&house, &admin, "dinsos.papua", &of("dinsos.papua", "94")).await;
        let auditor = person(&house, &admin, "an.auditor", "auditor", None).await;
        let paper = house.world.paper(4, &Person::new(1)).await;
        let (said, refusal) = house.call(Method::POST, DOOR, Some(&auditor), Some(&lost(&paper.serial))).await;
        assert_eq!(said, StatusCode::FORBIDDEN, "{refusal}");
        let (said, refusal) = house.call(Method::POST, DOOR, Some(&elsewhere), Some(&lost(&paper.serial))).await;
        assert_eq!((said, refusal["error"].as_str()), (StatusCode::NOT_FOUND, Some("serial")), "as one that does not exist");
        let eaten = json!({ "serial": paper.serial, "loss": "eaten", "document": "LP-7" });
        let (said, refusal) = house.call(Method::POST, DOOR, Some(&office), Some(&eaten)).await;
        assert_eq!((said, refusal["error"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("loss")));
        let told = house.call(Method::POST, DOOR, Some(&office), Some(&lost(&paper.serial))).await;
        assert_eq!(told.0, StatusCode::ACCEPTED, "{}", told.1);
        decide(&house).await;
        let effect = format!("{DOOR}/{}", told.1["decision"].as_str().expect("an id"));
        assert_eq!(house.call(Method::GET, &effect, Some(&office), None).await.1["effect"]["effect"], "signed");

        let mut rina = signed_in(&house, &admin, "rina.wati", "supervisor", "").await;
        let page = format!("/payments/{}", paper.payment);
        let form = rina.get(&page).await;
        assert!(form.text().contains("Ganti cek ini") && form.text().contains("Penggantian cek ditandatangani"), "{}", form.text());
        let request = form.between("name=\"request\" value=\"", "\"").to_owned();
        let fields = [("request", request.as_str()), ("serial", &paper.serial), ("loss", "lost"), ("document", "BA-1")];
        let sent = rina.post(&format!("{page}/replace"), &fields).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER);
        assert!(rina.get(&sent.location).await.text().contains("belum ada keputusan"), "no worker has decided");
        decide(&house).await;
        let told = rina.get(&sent.location).await;
        assert!(told.text().contains("Cek lama tidak berlaku lagi") && told.text().contains("BA-1"), "{}", told.text());
        let new = house.world.paper(4, &Person::new(1)).await;
        assert!(told.text().contains(&new.serial) && new.serial != paper.serial);
        let story = house.call(Method::POST, DOOR, Some(&office), Some(&lost(&paper.serial))).await;
        decide(&house).await;
        let effect = format!("{DOOR}/{}", story.1["decision"].as_str().expect("an id"));
        let told = house.call(Method::GET, &effect, Some(&office), None).await.1;
        assert_eq!((told["effect"]["effect"].as_str(), told["effect"]["reason"].as_str()), (Some("refused"), Some("replaced")));
        house.close().await;
    })
    .await;
}
