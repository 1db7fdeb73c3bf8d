//! A NIK shown whole: to few, for a reason each time, recorded before it leaves, and standing in nothing but the answer.

use reqwest::{Method, StatusCode};
use salur_portal::gallery::REVEALS_PER_HOUR;
use salur_tests::{Person, in_lab, programme::counters};
use serde_json::json;

use super::{
    gallery::{looking, paid},
    people::{administrator, person},
    support::House,
};

const WHY: &str = "the card in the photo cannot be read";

#[tokio::test]
async fn a_nik_is_shown_whole_for_a_reason_that_is_recorded_and_stands_nowhere_else() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let captured = paid(&house, 0, &counters()[0]).await;
        let (family, path) = (Person::new(0), format!("/proofs/{}/nik", captured.capture));
        let digits = family.nik.as_str();
        let grouped = format!("{} {} {}", &digits[..6], &digits[6..12], &digits[12..]);
        let mut auditor = looking(&house, &admin, "the.auditor", "auditor", "").await;
        let case = auditor.get(&format!("/proofs/{}", captured.capture)).await;
        assert!(case.text().contains(&path) && !case.text().contains(digits) && !case.text().contains(&grouped));
        for no_reason in ["", "x", "again 1902015204850007"] {
            let page = auditor.post(&path, &[("why", no_reason)]).await;
            assert!(page.status == StatusCode::UNPROCESSABLE_ENTITY && !page.text().contains(&grouped), "{no_reason}");
        }
        assert_eq!(house.world.count("audit WHERE act = 'nik_revealed'").await, 0);
        let page = auditor.post(&path, &[("why", WHY)]).await;
        assert!(page.status == StatusCode::OK && page.text().contains(&grouped), "{}", page.text());
        assert_eq!(auditor.get(&path).await.status, StatusCode::METHOD_NOT_ALLOWED, "an address alone shows nothing");
        let rina = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let told = house.call(Method::POST, &format!("/api{path}"), Some(&rina), Some(&json!({ "why": WHY }))).await;
        assert_eq!((told.0, told.1["nik"].as_str()), (StatusCode::OK, Some(digits)), "{}", told.1);
        let recorded =
            "SELECT actor || ' ' || (detail ->> 'why') || ' ' || (detail ->> 'capture') || ' ' || (detail ->> 'payment') FROM audit
            WHERE act = 'nik_revealed' ORDER BY id";
        let payment = told.1["payment"].as_str().expect("a payment");
        let expected = ["the.auditor", "rina.wati"].map(|who| format!("{who} {WHY} {} {payment}", captured.capture));
        assert_eq!(house.world.column(recorded).await, expected);
        assert_eq!(house.world.count(&format!("audit WHERE detail::text LIKE '%{digits}%'")).await, 0);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn who_may_not_see_it_sees_none_and_nobody_sees_many() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let captured = paid(&house, 0, &counters()[0]).await;
        let path = format!("/proofs/{}/nik", captured.capture);
        let ask = async |token: &str| house.call(Method::POST, &format!("/api{path}"), Some(token), Some(&json!({ "why": WHY }))).await;
        for (name, role) in [("siti.aminah", "treasurer"), ("the.ops", "ops")] {
            let token = person(&house, &admin, name, role, None).await;
            assert_eq!(ask(&token).await.0, StatusCode::FORBIDDEN, "{role}");
        }
        assert_eq!(ask(&admin).await.0, StatusCode::FORBIDDEN);
        let mut elsewhere = looking(&house, &admin, "from.aceh", "supervisor", "11").await;
        assert_eq!(elsewhere.post(&path, &[("why", WHY)]).await.status, StatusCode::NOT_FOUND, "as one that does not exist");
        assert_eq!(house.world.count("audit WHERE act = 'nik_revealed'").await, 0);
        let auditor = person(&house, &admin, "the.auditor", "auditor", None).await;
        let allowed = usize::try_from(REVEALS_PER_HOUR).expect("small");
        // many at once do not slip past the count
        let answers = futures::future::join_all((0..allowed + 6).map(|_| ask(&auditor))).await;
        let shown = answers.iter().filter(|answer| answer.0 == StatusCode::OK).count();
        assert_eq!((shown, answers.iter().filter(|answer| answer.0 == StatusCode::TOO_MANY_REQUESTS).count()), (allowed, 6));
        assert_eq!(house.world.count("audit WHERE act = 'nik_revealed'").await, REVEALS_PER_HOUR);
        let other = person(&house, &admin, "another.auditor", "auditor", None).await;
        assert_eq!(ask(&other).await.0, StatusCode::OK, "it is each actor's own hour");
        sqlx::query("UPDATE batches SET data_key = NULL").execute(&house.world.sql).await.expect("the owner may");
        assert_eq!(ask(&other).await.0, StatusCode::GONE, "what was destroyed is gone");
        assert_eq!(house.world.count("audit WHERE act = 'nik_revealed'").await, REVEALS_PER_HOUR + 1, "nothing was shown");
        house.close().await;
    })
    .await;
}
