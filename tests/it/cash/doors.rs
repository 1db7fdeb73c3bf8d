//! The doors of cash over HTTP: who may, what is refused early and in which words, what a device is told.

use reqwest::{Method, StatusCode};
use salur_tests::{
    Chain,
    counter::id,
    in_lab,
    programme::{AMOUNT, FLOAT, counters},
};
use serde_json::{Value, json};

use super::{BANK, OFFICE, day, hear};
use crate::portal::{
    captures::{capture, claimed},
    people::{administrator, person},
    support::{House, code},
};

const MOVES: &str = "/api/cash/moves";
const COUNTS: &str = "/api/cash/counts";
const AT_DEVICE: &str = "/api/cash/device-counts";
const QUEUE: &str = "salur.transfer-posting";

/// A portal with a treasurer, a supervisor, and a treasurer of Belitung Timur.
struct Staffed {
    house: House,
    treasurer: String,
    supervisor: String,
    neighbour: String,
}

impl Staffed {
    async fn open(house: House) -> Self {
        let admin = administrator(&house).await;
        let treasurer = person(&house, &admin, "siti.aminah", "treasurer", None).await;
        let supervisor = person(&house, &admin, "budi.santo", "supervisor", None).await;
        let neighbour = person(&house, &admin, "wati", "treasurer", None).await;
        sqlx::query("UPDATE actors SET region = '1906' WHERE name = 'wati'").execute(&house.world.sql).await.expect("the owner may");
        Self { house, treasurer, supervisor, neighbour }
    }

    async fn post(&self, token: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        self.house.call(Method::POST, path, Some(token), Some(body)).await
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.house.call(Method::GET, path, Some(&self.supervisor), None).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// Lets the stage hear what waits.
    async fn work(&self) {
        hear(&self.house.world, self.house.take(QUEUE).await).await;
    }
}

fn a_move(request: u32, from: &str, to: &str, amount: i64) -> Value {
    json!({ "request": id(request), "programme": "BST", "from": from, "to": to, "amount": amount, "document": "BA-1" })
}

fn a_count(request: u32, counted: i64, explanation: &str) -> Value {
    json!({ "request": id(request), "programme": "BST", "teller": "TELLER-1", "day": day(0), "counted": counted, "unsynchronised": 0,
        "explanation": explanation })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_is_published_decided_and_told_and_its_repetition_is_answered_by_what_came_of_it() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let staffed = Staffed::open(House::around(&lab, world).await).await;
        let wanted = a_move(1, BANK, OFFICE, 5_000);
        let (status, taken) = staffed.post(&staffed.treasurer, MOVES, &wanted).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{taken}");
        let path = format!("{MOVES}/{}", taken["movement"].as_str().expect("an id"));
        assert_eq!(staffed.get(&path).await["effect"], Value::Null, "nobody decided yet");
        staffed.work().await;
        let told = staffed.get(&path).await;
        assert_eq!((&told["effect"]["effect"], &told["effect"]["actor"]), (&json!("booked"), &json!("siti.aminah")));

        let again = staffed.post(&staffed.treasurer, MOVES, &wanted).await;
        assert_eq!(again, (StatusCode::ACCEPTED, taken));
        let other = staffed.post(&staffed.treasurer, MOVES, &a_move(1, BANK, OFFICE, 5_001)).await;
        assert_eq!(code(&other), (409, "conflict"));
        assert_eq!(staffed.house.waiting(QUEUE).await, 0, "neither is said again");
        assert_eq!(staffed.house.world.count("audit WHERE act = 'cash_moved' AND actor = 'siti.aminah'").await, 1);
        staffed.house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_booked_is_refused_in_words_before_anything_is_said() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let staffed = Staffed::open(House::around(&lab, world).await).await;
        let of = |field: &str, value: Value| {
            let mut body = a_move(1, BANK, OFFICE, 5);
            body[field] = value;
            body
        };
        let wrong = [
            (of("programme", json!("NONE")), (422, "programme")),
            (of("to", json!("office:NOWHERE")), (422, "place")),
            (of("to", json!("family:1")), (422, "to")),
            (of("to", json!(BANK)), (422, "same")),
            (of("to", json!("teller:TELLER-1")), (422, "way")),
            (of("amount", json!(0)), (422, "amount")),
            (of("amount", json!(-5)), (422, "amount")),
            (of("amount", json!(1.5)), (422, "json")),
            (of("document", json!(" ")), (422, "document")),
            (of("from", json!("difference:TELLER-1")), (409, "overdrawn")),
        ];
        for (body, expected) in wrong {
            let answer = staffed.post(&staffed.treasurer, MOVES, &body).await;
            assert_eq!(code(&answer), expected, "{body}: {}", answer.1);
        }
        let dry = staffed.post(&staffed.treasurer, MOVES, &of("dry_run", json!(true))).await;
        assert_eq!((dry.0, &dry.1["would"]), (StatusCode::OK, &json!("booked")));
        assert_eq!(staffed.house.waiting(QUEUE).await, 0);
        staffed.house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_treasurer_moves_cash_of_the_own_region_and_closes_no_day_and_a_supervisor_the_reverse() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let staffed = Staffed::open(House::around(&lab, world).await).await;
        let back = a_move(1, "teller:TELLER-1", OFFICE, 5);
        let answers = [
            staffed.post(&staffed.neighbour, MOVES, &back).await,
            staffed.post(&staffed.neighbour, MOVES, &a_move(2, BANK, OFFICE, 5)).await,
            staffed.post(&staffed.supervisor, MOVES, &back).await,
            staffed.post(&staffed.treasurer, COUNTS, &a_count(3, FLOAT, "")).await,
            staffed.house.call(Method::POST, MOVES, None, Some(&back)).await,
        ];
        let codes: Vec<_> = answers.iter().map(code).collect();
        assert_eq!(codes, [(403, "region"), (403, "region"), (403, "role"), (403, "role"), (401, "token")]);
        // negative control
        assert_eq!(staffed.post(&staffed.treasurer, MOVES, &back).await.0, StatusCode::ACCEPTED);
        assert_eq!(staffed.post(&staffed.supervisor, COUNTS, &a_count(4, FLOAT - 5, "")).await.0, StatusCode::ACCEPTED);
        staffed.work().await;
        let report = staffed.get("/api/cash?programme=BST").await;
        let line = &report["tellers"][0];
        assert_eq!((&line["teller"], &line["given_back"], &line["closed"]), (&json!("TELLER-1"), &json!(5), &json!(day(0))));
        let seen = staffed.house.call(Method::GET, "/api/cash", Some(&staffed.neighbour), None).await;
        assert_eq!(seen.1["tellers"], json!([]), "a region sees its own");
        staffed.house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teller_counts_at_the_device_and_is_told_what_keeps_the_day_open_but_not_what_the_books_say() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let staffed = Staffed::open(House::around(&lab, world).await).await;
        let [one, ..] = counters();
        let body = |number, counted, unsynchronised| {
            json!({ "count": id(number), "programme": "BST", "teller": "TELLER-1", "day": day(0), "counted": counted,
                "unsynchronised": unsynchronised })
        };
        let asked = [body(1, FLOAT, 2), body(2, FLOAT - 1, 0), body(3, FLOAT, 0)];
        let mut told = Vec::new();
        for asked in &asked {
            let first = staffed.house.post(&one, AT_DEVICE, asked).await;
            assert_eq!((first.0, &first.1["effect"]), (StatusCode::ACCEPTED, &Value::Null), "{}", first.1);
            staffed.work().await;
            let (status, second) = staffed.house.post(&one, AT_DEVICE, asked).await;
            assert_eq!(status, StatusCode::OK);
            assert!(second["effect"].get("books").is_none(), "{second}");
            told.push((second["effect"]["effect"].clone(), second["effect"]["reason"].clone()));
        }
        let expected = [("refused", "unsynchronised"), ("refused", "differs"), ("closed", "")];
        assert_eq!(told, expected.map(|(effect, reason)| (json!(effect), json!(reason))));
        assert_eq!(code(&staffed.house.post(&one, AT_DEVICE, &body(3, FLOAT, 1)).await), (409, "conflict"));
        let stranger = json!({ "count": id(9), "programme": "BST", "teller": "NOBODY", "day": day(0), "counted": 0, "unsynchronised": 0 });
        assert_eq!(code(&staffed.house.post(&one, AT_DEVICE, &stranger).await), (422, "place"));
        staffed.house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_that_came_in_keeps_the_day_open_until_it_is_booked() {
    in_lab(async |lab| {
        let staffed = Staffed::open(House::open(&lab).await).await;
        let [one, ..] = counters();
        let (_, shot) = claimed(&staffed.house, &one).await;
        staffed.house.world.upload(shot.statement.capture, &shot.photo).await;
        let (status, body) = staffed.house.post(&one, "/api/captures", &capture(&shot, &one)).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        let close = async |number| {
            let (_, taken) = staffed.post(&staffed.supervisor, COUNTS, &a_count(number, FLOAT - AMOUNT, "seen")).await;
            staffed.work().await;
            let effect = staffed.get(&format!("{COUNTS}/{}", taken["count"].as_str().expect("an id"))).await["effect"].clone();
            (effect["effect"].clone(), effect["reason"].clone(), effect["unjudged"].clone(), effect["claimed"].clone())
        };
        let waits = (json!("refused"), json!("unjudged"), json!(1), json!(0));
        assert_eq!(close(1).await, waits, "nobody judged it");
        let mut dry = a_count(9, FLOAT - AMOUNT, "seen");
        dry["dry_run"] = true.into();
        let dry = staffed.post(&staffed.supervisor, COUNTS, &dry).await.1;
        assert_eq!((&dry["would"], &dry["reason"]), (&json!("refused"), &json!("unjudged")));

        let mut chain = Chain::new(&staffed.house.world);
        chain.publish(staffed.house.take("salur.photo-ingest").await);
        chain.run_until(&["status-finalizer"]).await;
        assert_eq!(close(2).await, waits, "it is judged, and the hand-over is not booked");
        chain.run().await;
        assert_eq!(close(3).await, (json!("closed"), json!(""), json!(0), json!(0)));
        assert_eq!(staffed.house.world.count("transfers WHERE kind IN ('cash_short', 'cash_over')").await, 0);
        staffed.house.close().await;
    })
    .await;
}
