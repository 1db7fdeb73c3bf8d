//! Complaints: anybody lodges one and learns nothing by it, the office of the region sees it, a supervisor answers it once.

use reqwest::{Method, StatusCode};
use salur_portal::complaints::OF_ADDRESS;
use salur_tests::{
    Person, in_lab,
    programme::{SOURCE, counters},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    browser::{Browser, signed_in},
    contract::{assert_as_documented, document},
    gallery::paid,
    people::{administrator, person},
    support::{House, code},
};

const PATH: &str = "/api/complaints";
/// A serial whose check character is right, of no cheque.
const OF_NO_CHEQUE: &str = "0000-0000-0000-0000";

/// The serial of a family's cheque of tranche 4.
pub async fn serial(house: &House, number: u32) -> String {
    let (_, payment) = house.world.payment(4, &Person::new(number));
    house.world.one(&format!("SELECT serial FROM cheques WHERE payment = '{payment}'")).await
}

async fn complain(house: &House, body: &Value) -> (StatusCode, Value) {
    house.call(Method::POST, PATH, None, Some(body)).await
}

/// The id of the only complaint about a serial.
pub async fn id_of(house: &House, serial: &str) -> String {
    house.world.one(&format!("SELECT id::text FROM complaints WHERE serial = '{serial}'")).await
}

#[tokio::test]
async fn a_complaint_is_answered_in_the_same_words_whether_its_cheque_is_known_or_not() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let known = serial(&house, 0).await;
        let mut numbers = Vec::new();
        for serial in [known.as_str(), OF_NO_CHEQUE] {
            let answer = complain(&house, &json!({ "serial": serial, "kind": "not_received" })).await;
            assert_as_documented(&document, "post", PATH, &answer);
            assert_eq!((answer.0, answer.1.as_object().map(serde_json::Map::len)), (StatusCode::CREATED, Some(1)), "{serial}");
            numbers.push(answer.1["number"].as_str().expect("a number").len());
        }
        assert_eq!(numbers, [14, 14]);
        let kept = "SELECT serial || ' ' || (payment IS NOT NULL) || ' ' || kind FROM complaints ORDER BY payment IS NULL";
        assert_eq!(house.world.column(kept).await, [format!("{known} true not_received"), format!("{OF_NO_CHEQUE} false not_received")]);
        let mistyped = complain(&house, &json!({ "serial": "0000-0000-0000-0001", "kind": "not_received" })).await;
        assert_as_documented(&document, "post", PATH, &mistyped);
        assert_eq!(code(&mistyped), (422, "serial"));
        assert_eq!(house.world.statuses().await.values().sum::<i64>(), 5, "no payment moved");
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_same_complaint_sent_twice_is_one_and_nonsense_is_refused_by_field() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let serial = serial(&house, 0).await;
        let body = json!({ "complaint": Uuid::from_u128(7), "serial": serial, "kind": "kept_back", "rupiah": 50_000 });
        let (first, again) = (complain(&house, &body).await, complain(&house, &body).await);
        assert_eq!((first.0, &first.1), (StatusCode::CREATED, &again.1), "the same number");
        assert_eq!(house.world.count("complaints").await, 1);
        assert_eq!(house.world.count("audit WHERE act = 'complaint_lodged' AND actor = 'public'").await, 1);
        let long = "x".repeat(501);
        for (field, body) in [
            ("kind", json!({ "serial": serial, "kind": "stolen" })),
            ("rupiah", json!({ "serial": serial, "kind": "kept_back", "rupiah": 0 })),
            ("rupiah", json!({ "serial": serial, "kind": "not_me", "rupiah": 5 })),
            ("text", json!({ "serial": serial, "kind": "other", "text": long })),
            ("contact", json!({ "serial": serial, "kind": "other", "contact": "a\nb" })),
            ("json", json!({ "serial": serial, "kind": "other", "colour": "red" })),
        ] {
            assert_eq!(code(&complain(&house, &body).await), (422, field));
        }
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_written_is_sealed_and_read_only_with_a_reason_that_is_recorded() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let admin = administrator(&house).await;
        let serial = serial(&house, 0).await;
        let text = "Ketua RT minta 50 ribu,\nkatanya untuk kas";
        let body = json!({ "serial": serial, "kind": "kept_back", "rupiah": 50_000, "text": text, "contact": "0812 0000 0000" });
        assert_eq!(complain(&house, &body).await.0, StatusCode::CREATED);
        let dump: String =
            house.world.one("SELECT string_agg(c::text, '') || (SELECT string_agg(detail::text, '') FROM audit) FROM complaints c").await;
        // four digits alone stand in sealed bytes by chance, written in hexadecimal
        assert!(!dump.contains("Ketua") && !dump.contains("0812 0000"), "{dump}");
        let sealed: Vec<u8> = house.world.one("SELECT sealed FROM complaints").await;
        assert!(!sealed.windows(5).any(|part| part == b"Ketua" || part == b"0812 "));
        let auditor = person(&house, &admin, "the.auditor", "auditor", None).await;
        let path = format!("{PATH}/{}/words", id_of(&house, &serial).await);
        let read = async |why: &str| house.call(Method::POST, &path, Some(&auditor), Some(&json!({ "why": why }))).await;
        assert_eq!(code(&read("x").await), (422, "why"));
        assert_eq!(house.world.count("audit WHERE act = 'complaint_read'").await, 0);
        let answer = read("audit of tranche 4").await;
        assert_as_documented(&document, "post", "/api/complaints/{id}/words", &answer);
        assert_eq!(answer.1, json!({ "text": text, "contact": "0812 0000 0000" }));
        let recorded = "SELECT actor || ' ' || (detail ->> 'why') FROM audit WHERE act = 'complaint_read'";
        assert_eq!(house.world.column(recorded).await, ["the.auditor audit of tranche 4"]);
        let timeline = house.call(Method::GET, &format!("/api/payments?serial={serial}"), Some(&auditor), None).await;
        let last = timeline.1["events"].as_array().and_then(|events| events.last()).expect("an event");
        assert_eq!((last["event"].as_str(), last["code"].as_str()), (Some("complaint_lodged"), Some("kept_back")));
        assert!(!timeline.1.to_string().contains("Ketua"));
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_first_answer_of_a_supervisor_of_the_region_stands() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let admin = administrator(&house).await;
        let serial = serial(&house, 0).await;
        complain(&house, &json!({ "serial": serial, "kind": "not_received" })).await;
        complain(&house, &json!({ "serial": OF_NO_CHEQUE, "kind": "not_received" })).await;
        let [rina, agus] =
            [person(&house, &admin, "rina.wati", "supervisor", None).await, person(&house, &admin, "agus.salim", "supervisor", None).await];
        let path = format!("{PATH}/{}/answer", id_of(&house, &serial).await);
        let say = async |who: &str, verdict: &str| {
            let body = json!({ "verdict": verdict, "note": "the teller gave it to the neighbour" });
            let answer = house.call(Method::POST, &path, Some(who), Some(&body)).await;
            assert_as_documented(&document, "post", "/api/complaints/{id}/answer", &answer);
            answer
        };
        let first = say(&rina, "upheld").await;
        assert_eq!((first.0, &first.1["verdict"]), (StatusCode::OK, &json!("upheld")));
        assert_eq!(say(&rina, "upheld").await, first, "the same again is the same");
        let late = say(&agus, "not_upheld").await;
        assert_eq!((code(&late), &late.1["actor"]), ((409, "answered"), &json!("rina.wati")));
        assert_eq!(code(&say(&rina, "not_upheld").await), (409, "answered"), "not even by oneself");
        assert_eq!(house.world.count("complaint_answers").await, 1);
        let [office, auditor] = [
            person(&house, &admin, "dinas.sosial", "office", Some(SOURCE)).await,
            person(&house, &admin, "the.auditor", "auditor", None).await,
        ];
        for who in [&office, &auditor] {
            assert_eq!(code(&say(who, "upheld").await), (403, "role"));
        }
        let mut elsewhere = signed_in(&house, &admin, "from.aceh", "supervisor", "11").await;
        let page = format!("/complaints/{}", id_of(&house, &serial).await);
        assert_eq!(elsewhere.get(&page).await.status, StatusCode::NOT_FOUND, "another region's is none");
        let form = [("verdict", "upheld"), ("note", "so it was")];
        assert_eq!(elsewhere.post(&format!("{page}/answer"), &form).await.status, StatusCode::NOT_FOUND);
        let unknown = format!("/complaints/{}", id_of(&house, OF_NO_CHEQUE).await);
        assert_eq!(elsewhere.get(&unknown).await.status, StatusCode::NOT_FOUND, "of no cheque: the country's");
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn open_complaints_are_listed_oldest_first_with_counts_by_kind_teller_and_village() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let admin = administrator(&house).await;
        paid(&house, 0, &counters()[0]).await;
        let (handed_over, waiting) = (serial(&house, 0).await, serial(&house, 1).await);
        complain(&house, &json!({ "serial": handed_over, "kind": "kept_back", "rupiah": 50_000 })).await;
        complain(&house, &json!({ "serial": waiting, "kind": "not_received" })).await;
        complain(&house, &json!({ "serial": handed_over, "kind": "kept_back", "rupiah": 450_000 })).await;
        let rina = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let list = async |query: &str| {
            let answer = house.call(Method::GET, &format!("{PATH}{query}"), Some(&rina), None).await;
            assert_as_documented(&document, "get", PATH, &answer);
            answer.1
        };
        let listed = list("").await;
        let serials: Vec<&str> = listed["complaints"].as_array().expect("a list").iter().filter_map(|one| one["serial"].as_str()).collect();
        assert_eq!(serials, [handed_over.as_str(), waiting.as_str(), handed_over.as_str()]);
        let teller = counters()[0].teller;
        let of_teller = json!([{ "code": teller, "complaints": 2, "open": 2, "upheld": 0, "stated": 2, "kept_back": 500_000 }]);
        assert_eq!(listed["counts"]["tellers"], of_teller);
        assert_eq!(listed["counts"]["villages"].as_array().map(Vec::len), Some(2));
        let first = listed["complaints"][0]["complaint"].as_str().expect("an id").to_owned();
        let answer = json!({ "verdict": "upheld", "note": "the teller confessed" });
        house.call(Method::POST, &format!("{PATH}/{first}/answer"), Some(&rina), Some(&answer)).await;
        assert_eq!(list("").await["complaints"].as_array().map(Vec::len), Some(2));
        let answered = list("?state=answered").await;
        assert_eq!(
            (&answered["complaints"][0]["note"], &answered["counts"]["tellers"][0]["upheld"]),
            (&json!("the teller confessed"), &json!(1))
        );
        assert_eq!(list("?state=all").await["complaints"].as_array().map(Vec::len), Some(3));
        let after = format!("?state=all&after={}~{first}", answered["complaints"][0]["lodged_at"].as_str().expect("a moment"));
        assert_eq!(list(&after).await["complaints"].as_array().map(Vec::len), Some(2), "the next page begins behind it");
        for query in ["?state=lost", "?after=x"] {
            assert_eq!(house.call(Method::GET, &format!("{PATH}{query}"), Some(&rina), None).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let mut elsewhere = signed_in(&house, &admin, "from.aceh", "supervisor", "11").await;
        assert!(elsewhere.get("/complaints").await.text().contains("Tidak ada pengaduan di sini"));
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_family_complains_at_the_page_without_signing_in_and_keeps_a_number() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let mut anybody = Browser::new(&house);
        let page = anybody.get("/complaint").await;
        assert!(page.text().contains("Ada yang salah dengan uang bantuan Anda?"));
        let id = page.between("name=\"complaint\" value=\"", "\"").to_owned();
        let serial = serial(&house, 0).await;
        let form = |serial: &str, rupiah: &str| {
            [
                ("complaint", id.clone()),
                ("serial", serial.to_owned()),
                ("kind", "kept_back".into()),
                ("rupiah", rupiah.to_owned()),
                ("text", "a & b".into()),
            ]
        };
        let send = async |anybody: &mut Browser<'_>, serial: &str, rupiah: &str| {
            let form = form(serial, rupiah);
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            anybody.post("/complaint", &form).await
        };
        let wrong = send(&mut anybody, "0000-0000-0000-0001", "Rp50.000").await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text().contains("salah ketik"));
        assert!(wrong.text().contains("value=\"Rp50.000\"") && wrong.text().contains("checked"), "what was filled in stays");
        assert!(send(&mut anybody, &serial, "much").await.status == StatusCode::UNPROCESSABLE_ENTITY);
        let kept = send(&mut anybody, &serial, "Rp50.000").await;
        let number = kept.between("<strong class=\"mono\">", "<").to_owned();
        assert_eq!((kept.status, number.len()), (StatusCode::OK, 14));
        assert_eq!(send(&mut anybody, &serial, "Rp50.000").await.between("<strong class=\"mono\">", "<"), number, "sent twice is one");
        assert_eq!(house.world.column("SELECT number || ' ' || rupiah FROM complaints").await, [format!("{number} 50000")]);
        anybody.site = "cross-site";
        assert_eq!(send(&mut anybody, &serial, "").await.status, StatusCode::FORBIDDEN, "no other site lodges complaints");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_address_that_complains_too_often_waits_whatever_headers_it_sends() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let body = json!({ "serial": OF_NO_CHEQUE, "kind": "other" });
        for number in 0..OF_ADDRESS {
            let sent =
                house.http.post(format!("{}{PATH}", house.address)).header("x-forwarded-for", format!("192.0.2.{number}")).json(&body);
            assert_eq!(sent.send().await.expect("the portal answers").status(), StatusCode::CREATED);
        }
        let refused = complain(&house, &body).await;
        assert_as_documented(&document, "post", PATH, &refused);
        assert_eq!(code(&refused), (429, "rate"), "no header is believed that is not configured");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn behind_a_proxy_the_last_entry_of_its_header_counts() {
    in_lab(async |lab| {
        let house = House::behind(&lab, lab.world().await, "x-forwarded-for").await;
        let body = json!({ "serial": OF_NO_CHEQUE, "kind": "other" });
        let send = async |from: String| {
            let sent = house.http.post(format!("{}{PATH}", house.address)).header("x-forwarded-for", from).json(&body);
            sent.send().await.expect("the portal answers").status()
        };
        for number in 0..OF_ADDRESS {
            assert_eq!(send(format!("10.0.0.{number}, 192.0.2.1")).await, StatusCode::CREATED);
        }
        assert_eq!(send("10.1.1.1, 192.0.2.1".into()).await, StatusCode::TOO_MANY_REQUESTS, "what the client made up does not count");
        assert_eq!(send("192.0.2.1, 192.0.2.2".into()).await, StatusCode::CREATED, "another address");
        house.close().await;
    })
    .await;
}
