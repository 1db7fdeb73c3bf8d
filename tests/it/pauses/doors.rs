//! The doors of pauses over HTTP: who may, what is refused early and in which words, and what is told.

use reqwest::{Method, StatusCode};
use salur_pipeline::pausing;
use salur_runtime::testkit::Delivery;
use salur_tests::{chain::fly, counter::id, in_lab, people::BELITUNG, programme::TAHAP_4};
use serde_json::{Value, json};

use crate::portal::{
    people::{administrator, person, system},
    support::{House, code},
};

const PAUSES: &str = "/api/pauses";
const QUEUE: &str = "salur.pausing";

/// A portal with a treasurer, a supervisor of Belitung Timur, and one of the machines.
struct Staffed {
    house: House,
    treasurer: String,
    neighbour: String,
    ops: String,
    auditor: String,
    upstream: String,
}

impl Staffed {
    async fn open(house: House) -> Self {
        let admin = administrator(&house).await;
        let treasurer = person(&house, &admin, "siti.aminah", "treasurer", None).await;
        let neighbour = person(&house, &admin, "wati", "supervisor", None).await;
        let ops = person(&house, &admin, "joko.widodo", "ops", None).await;
        let auditor = person(&house, &admin, "rina.ayu", "auditor", None).await;
        let upstream = system(&house, &admin, "dinsos", salur_tests::programme::SOURCE).await;
        sqlx::query("UPDATE actors SET region = '1906' WHERE name = 'wati'").execute(&house.world.sql).await.expect("the owner may");
        Self { house, treasurer, neighbour, ops, auditor, upstream }
    }

    async fn post(&self, token: &str, body: &Value) -> (StatusCode, Value) {
        self.house.call(Method::POST, PAUSES, Some(token), Some(body)).await
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.house.call(Method::GET, path, Some(&self.auditor), None).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// Lets the stage hear what waits.
    async fn work(&self) {
        let waiting: Vec<Delivery> = self.house.take(QUEUE).await;
        let outcome = fly(&self.house.world.tools, "pausing", waiting, None).await;
        assert!(outcome.dead.is_empty() && outcome.stopped.is_none(), "{outcome:?}");
    }
}

fn asked(request: u32, kind: &str, scope: &str, paused: bool) -> Value {
    json!({ "request": id(request), "kind": kind, "scope": scope, "paused": paused, "reason": "banjir" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_is_published_decided_and_told_and_its_repetition_is_answered_by_what_came_of_it() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let staffed = Staffed::open(House::around(&lab, world).await).await;
        let wanted = asked(1, "regency", BELITUNG, true);
        let (status, taken) = staffed.post(&staffed.treasurer, &wanted).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{taken}");
        let path = format!("{PAUSES}/{}", taken["decision"].as_str().expect("an id"));
        assert_eq!(staffed.get(&path).await["effect"], Value::Null, "nobody decided yet");
        assert_eq!(staffed.get(PAUSES).await["paused"], json!([]));
        staffed.work().await;
        let told = staffed.get(&path).await;
        assert_eq!((&told["effect"]["effect"], &told["effect"]["actor"]), (&json!("paused"), &json!("siti.aminah")));
        let shown = staffed.get(PAUSES).await;
        let pause = &shown["paused"][0];
        assert_eq!((&pause["kind"], &pause["scope"], &pause["reason"]), (&json!("regency"), &json!(BELITUNG), &json!("banjir")));
        assert_eq!(staffed.get("/api/pauses?kind=teller").await, json!({ "paused": [], "decisions": [] }));

        let again = staffed.post(&staffed.treasurer, &wanted).await;
        assert_eq!(again, (StatusCode::ACCEPTED, taken));
        let other = staffed.post(&staffed.treasurer, &asked(1, "regency", BELITUNG, false)).await;
        assert_eq!(code(&other), (409, "conflict"));
        assert_eq!(staffed.house.waiting(QUEUE).await, 0, "neither is said again");
        assert_eq!(staffed.house.world.count("audit WHERE act = 'pause_decided' AND actor = 'siti.aminah'").await, 1);
        staffed.house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_in_words_before_anything_is_said() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let staffed = Staffed::open(House::around(&lab, world).await).await;
        let first = staffed.post(&staffed.treasurer, &asked(1, "teller", "TELLER-1", true)).await;
        assert_eq!(first.0, StatusCode::ACCEPTED, "{}", first.1);
        staffed.work().await;
        let without_reason = json!({ "kind": "teller", "scope": "TELLER-2", "paused": true, "reason": " " });
        let wrong = [
            (asked(2, "teller", "TELLER-1", true), (409, "paused")),
            (asked(3, "teller", "TELLER-2", false), (409, "not_paused")),
            (asked(4, "teller", "NOBODY", true), (422, "unknown")),
            (asked(5, "tranche", "BST-99", true), (422, "unknown")),
            (asked(6, "regency", "9999", true), (422, "unknown")),
            (asked(7, "pay_point", "TELLER-1", true), (422, "unknown")),
            (asked(8, "family", "1", true), (422, "json")),
            (without_reason, (422, "reason")),
        ];
        for (body, expected) in wrong {
            assert_eq!(code(&staffed.post(&staffed.treasurer, &body).await), expected, "{body}");
        }
        for (scope, expected) in [("cheque-making", (422, "unknown")), (pausing_name(), (422, "keeper"))] {
            assert_eq!(code(&staffed.post(&staffed.ops, &asked(9, "stage", scope, true)).await), expected, "{scope}");
        }
        let mut dry = asked(10, "teller", "TELLER-1", false);
        dry["dry_run"] = json!(true);
        let looked = staffed.post(&staffed.treasurer, &dry).await;
        assert_eq!((looked.0, &looked.1["would"]), (StatusCode::OK, &json!("resumed")));
        assert_eq!(staffed.house.waiting(QUEUE).await, 0);
        staffed.house.close().await;
    })
    .await;
}

fn pausing_name() -> &'static str {
    <pausing::Pausing as salur_runtime::stage::Stage>::NAME
}

#[tokio::test(flavor = "multi_thread")]
async fn ops_pause_stages_alone_and_who_pauses_money_does_it_where_they_act() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let staffed = Staffed::open(House::around(&lab, world).await).await;
        let (stage, tranche) = (asked(1, "stage", "cheque-rendering", true), asked(2, "tranche", TAHAP_4, true));
        let (regency, point, teller) =
            (asked(3, "regency", BELITUNG, true), asked(4, "pay_point", "PP-1902", true), asked(5, "teller", "TELLER-1", true));
        for (who, body, expected) in [
            (&staffed.treasurer, &stage, (403, "role")),
            (&staffed.ops, &tranche, (403, "role")),
            (&staffed.ops, &teller, (403, "role")),
            (&staffed.auditor, &stage, (403, "role")),
            (&staffed.upstream, &tranche, (403, "role")),
            (&staffed.neighbour, &tranche, (403, "region")),
            (&staffed.neighbour, &regency, (403, "region")),
            (&staffed.neighbour, &point, (403, "region")),
            (&staffed.neighbour, &teller, (403, "region")),
        ] {
            assert_eq!(code(&staffed.post(who, body).await), expected, "{body}");
        }
        assert_eq!(code(&staffed.house.call(Method::GET, PAUSES, Some(&staffed.upstream), None).await), (403, "role"));
        assert_eq!(code(&staffed.house.call(Method::POST, PAUSES, None, Some(&stage)).await), (401, "token"));
        assert_eq!(staffed.house.waiting(QUEUE).await, 0);
        // negative control
        for (who, body) in [
            (&staffed.ops, &stage),
            (&staffed.treasurer, &tranche),
            (&staffed.treasurer, &teller),
            (&staffed.neighbour, &asked(6, "regency", "1906", true)),
            (&staffed.neighbour, &asked(7, "pay_point", "PP-1906", true)),
        ] {
            let answer = staffed.post(who, body).await;
            assert_eq!(answer.0, StatusCode::ACCEPTED, "{body}: {}", answer.1);
        }
        assert_eq!(staffed.house.waiting(QUEUE).await, 5);
        staffed.house.close().await;
    })
    .await;
}
