//! The board: equal to a plain sum over entries, live, loud when it differs from the ledger, and silent about few families to those who do not work there.

use std::time::Duration;

use reqwest::Method;
use salur_domain::pause::Kind;
use salur_pipeline::photo_ingest;
use salur_tests::{
    Chain, Person, in_lab,
    programme::{AMOUNT, counters},
};
use serde_json::{Value, json};

use super::{
    people::{administrator, made, person},
    support::{FAMILIES, House},
};
use crate::pauses::{said, tell};

/// Longest a change may take to reach a viewer; a second is the target, a loaded machine gets more.
const PATIENCE: Duration = Duration::from_secs(20);

/// A viewer of the events.
struct Viewer {
    response: reqwest::Response,
    text: String,
}

impl Viewer {
    /// Somebody without a name.
    async fn of(house: &House) -> Self {
        Self::at(house, "", None).await
    }

    async fn at(house: &House, query: &str, token: Option<&str>) -> Self {
        let request = house.http.get(format!("{}/api/board/events?{query}", house.address));
        let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
        let response = request.send().await.expect("it answers");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next event with this name for which a condition holds.
    async fn until(&mut self, name: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let waiting = async {
            loop {
                let (event, data) = self.event().await;
                if event == name && holds(&data) {
                    return data;
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("the event comes")
    }

    async fn event(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n").map(|(event, rest)| (event.to_owned(), rest.to_owned())) {
                self.text = rest;
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
                let data = serde_json::from_str(&field("data: ")).unwrap_or_default();
                return (field("event: "), data);
            }
            let chunk = self.response.chunk().await.expect("the stream holds").expect("the stream goes on");
            self.text.push_str(std::str::from_utf8(&chunk).expect("events are text"));
        }
    }
}

async fn english(house: &House, path: &str) -> String {
    let request = house.http.get(format!("{}{path}", house.address)).header("cookie", "language=en");
    request.send().await.expect("it answers").text().await.expect("a body")
}

async fn get(house: &House, path: &str) -> String {
    let response = house.http.get(format!("{}{path}", house.address)).send().await.expect("it answers");
    assert!(response.status().is_success(), "{path}: {}", response.status());
    response.text().await.expect("a body")
}

/// Somebody who sees exact figures.
async fn leader(house: &House) -> String {
    person(house, &administrator(house).await, "ibu.menteri", "viewer", None).await
}

async fn told(house: &House, path: &str, token: Option<&str>) -> (u16, Value) {
    let (status, body) = house.call(Method::GET, path, token, None).await;
    (status.as_u16(), body)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_equals_a_sum_over_entries_and_moves_when_a_family_is_paid() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let leader = leader(&house).await;
        let mut viewer = Viewer::at(&house, "", Some(&leader)).await;
        let mut of_regency = Viewer::at(&house, "place=1902&tranche=BST-4", Some(&leader)).await;
        let first = viewer.until("board", |_| true).await;
        let funded = house.world.one::<i64>("SELECT sum(amount)::bigint FROM transfers WHERE kind = 'recipient_funded'").await;
        let families = i64::from(FAMILIES) + 1;
        assert_eq!((funded, first["place"]["totals"]["funded"]["rupiah"].as_i64()), (families * AMOUNT, Some(funded)));
        assert_eq!(first["place"]["totals"]["open"], json!({"families": families, "rupiah": funded}));
        assert_eq!((&first["exact"], &first["differences"]), (&json!(true), &json!([])));
        pay(&house, 1).await;

        let paid = |view: &Value| view["place"]["totals"]["paid"]["families"] == 1;
        let board = viewer.until("board", paid).await;
        let handed_over = house.world.one::<i64>("SELECT sum(amount)::bigint FROM transfers WHERE kind = 'hand_over'").await;
        assert_eq!(board["place"]["totals"]["paid"]["rupiah"].as_i64(), Some(handed_over));
        assert_eq!((&board["place"]["totals"]["open"]["families"], &board["differences"]), (&(families - 1).into(), &json!([])));
        let province = &board["parts"][0];
        assert_eq!((province["code"].as_str(), &province["totals"]["paid"]["families"]), (Some("19"), &1.into()));
        let paid_by: i64 =
            board["methods"].as_array().expect("methods").iter().filter_map(|by| by["totals"]["paid"]["families"].as_i64()).sum();
        assert_eq!(paid_by, 1, "{}", board["methods"]);
        assert_eq!(board["curve"]["sum"].as_i64(), Some(handed_over));
        let regency = of_regency.until("board", paid).await;
        assert_eq!(regency["place"]["totals"]["funded"]["families"], FAMILIES, "tranche 4 alone");
        viewer.until("beat", |beat| beat["now"].is_string()).await;
        house.close().await;
    })
    .await;
}

/// Pays a family of tranche 4.
async fn pay(house: &House, number: u32) {
    let paper = house.world.paper(4, &Person::new(number)).await;
    let capture: photo_ingest::In = house.world.visit(number, &paper, &counters()[0]).await.into();
    let mut chain = Chain::new(&house.world);
    chain.tell("captures", &[capture]);
    chain.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_is_not_told_of_few_families_and_who_works_there_is() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let leader = person(&house, &admin, "ibu.menteri", "viewer", None).await;
        let elsewhere = json!({ "name": "pak.jabar", "kind": "person", "role": "viewer", "region": "32" });
        let elsewhere = made(&house, &admin, "pak.jabar", &elsewhere).await;
        pay(&house, 1).await;
        let mut viewer = Viewer::at(&house, "place=1902", Some(&leader)).await;
        viewer.until("board", |view| view["place"]["totals"]["paid"]["families"] == 1).await;
        let hidden = json!([null, null]);
        let seen = async |token: Option<&str>| {
            let (status, view) = told(&house, "/api/board?place=1902", token).await;
            assert_eq!(status, 200);
            json!([view["place"]["totals"]["paid"], view["place"]["totals"]["open"]])
        };
        assert_eq!(seen(None).await, hidden, "one of five, and the four that would tell it");
        assert_eq!(seen(Some(&elsewhere)).await, hidden, "somebody of another province");
        assert_eq!(seen(Some("salur_0000000000000000_00")).await, hidden, "a forged token is none");
        assert_eq!(seen(Some(&leader)).await[0], json!({ "families": 1, "rupiah": AMOUNT }), "negative control");
        let mut public = Viewer::at(&house, "place=1902", None).await;
        let event = public.until("board", |_| true).await;
        assert!(event["place"]["totals"]["paid"].is_null() && event["curve"].is_null(), "{event}");
        assert!(event["ticker"].as_array().expect("lines").is_empty(), "one family is no line");
        let page = get(&house, "/board/1902").await;
        assert!(page.contains("data-k=\"all.paid.f\">⋯<") && !page.contains("Kantor Pos"), "{page}");
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn villages_and_pay_points_add_up_to_their_regency_and_are_closed_to_others() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let leader = leader(&house).await;
        pay(&house, 1).await;
        let mut viewer = Viewer::at(&house, "place=1902", Some(&leader)).await;
        viewer.until("board", |view| view["place"]["totals"]["paid"]["families"] == 1).await;
        let path = "/api/board/villages?place=1902";
        let (status, inside) = told(&house, path, Some(&leader)).await;
        assert_eq!(status, 200);
        let sum = |of: &str, measure: &str| -> i64 {
            inside[of].as_array().expect("a list").iter().filter_map(|one| one["totals"][measure]["families"].as_i64()).sum()
        };
        let (_, board) = told(&house, "/api/board?place=1902", Some(&leader)).await;
        for measure in ["funded", "open", "submitted"] {
            let whole = board["place"]["totals"][measure]["families"].as_i64().expect("exact");
            assert_eq!((sum("villages", measure), sum("pay_points", measure)), (whole, whole), "{measure}");
        }
        assert_eq!(sum("villages", "paid"), 1);
        assert_eq!(told(&house, path, None).await.0, 403);
        for nowhere in ["", "?place=19", "?place=9999", "?place=1902&tranche=BST-9", "?place=19%2702"] {
            assert_eq!(told(&house, &format!("/api/board/villages{nowhere}"), Some(&leader)).await.0, 404, "{nowhere}");
        }
        for nowhere in ["/board/99", "/board/1902011001", "/board/..%2f..%2fetc", "/board/19?tranche=none", "/?programme=%00"] {
            let response = house.http.get(format!("{}{nowhere}", house.address)).send().await.expect("it answers");
            assert!(response.status().is_client_error(), "{nowhere}: {}", response.status());
        }
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_folded_is_the_same_board_and_the_same_curve() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        pay(&house, 1).await;
        let database = &house.world.tools.database;
        let read = async || {
            let mut reading = salur_store::board::read(database).await.expect("readable");
            reading.figures.sort_by(|a, b| format!("{a:?}").cmp(&format!("{b:?}")));
            let days = salur_store::board::days(database).await.expect("readable");
            let villages = salur_store::board::villages(database, &[4, 5], "1902").await.expect("readable").0;
            let mut villages: Vec<String> = villages.iter().map(|village| format!("{village:?}")).collect();
            villages.sort();
            (reading.figures, days, villages)
        };
        let before = read().await;
        assert_eq!(before.1.iter().map(|day| day.families).sum::<i64>(), 1, "{:?}", before.1);
        assert!(salur_store::tallies::fold(database).await.expect("foldable"));
        assert_eq!(house.world.one::<i64>("SELECT count(*) FROM tally_deltas").await, 0);
        assert_eq!(read().await, before);
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tally_that_the_ledger_does_not_know_is_shown_loudly() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let mut viewer = Viewer::of(&house).await;
        viewer.until("board", |board| board["differences"] == json!([])).await;
        let wrong = "INSERT INTO tally_deltas VALUES (4, '1902011001', '', 'paid', 1, 300000)";
        sqlx::query(wrong).execute(&house.world.sql).await.expect("the owner may");
        let board = viewer.until("board", |board| board["differences"] != json!([])).await;
        let expected = json!([{"tranche": 4, "regency": "1902", "what": "handed_over", "board": AMOUNT, "ledger": 0}]);
        assert_eq!(board["differences"], expected);
        let page = get(&house, "/").await;
        assert!(page.contains("class=\"ledger differs\"") && page.contains("TIDAK SAMA DENGAN BUKU BESAR"));
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_speaks_indonesian_first_and_loads_nothing_from_elsewhere() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let (indonesian, english) = (get(&house, "/").await, english(&house, "/").await);
        assert!(indonesian.contains("<html lang=\"id\">") && indonesian.contains("Sama dengan buku besar"));
        assert!(english.contains("<html lang=\"en\">") && english.contains("Equal to the ledger"));
        assert!(
            indonesian.contains("Kepulauan Bangka Belitung") && indonesian.contains("Rp1.500.000"),
            "provinces and amounts stand in the page"
        );
        assert!(!indonesian.contains("style=") && !indonesian.contains("//cdn"));
        let response = house.http.get(&house.address).send().await.expect("it answers");
        let policy = response.headers()["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.starts_with("default-src 'self'"), "{policy}");
        for (_, rest) in indonesian.match_indices("/assets/").map(|(at, _)| indonesian.split_at(at)) {
            get(&house, rest.split('"').next().expect("an address ends")).await;
        }
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_tranche_and_a_paused_regency_are_shown_as_such_in_both_languages() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let mut viewer = Viewer::of(&house).await;
        viewer.until("board", |board| board["tranches"][0]["paused"] == false).await;
        let hidden = "data-paused=\"t4\" hidden";
        assert!(get(&house, "/").await.contains(hidden), "negative control");
        let mut province = Viewer::at(&house, "place=19", None).await;
        let mut chain = Chain::new(&house.world);
        let pauses = [said(1, Kind::Tranche, "BST-4", true), said(2, Kind::Regency, "1902", true)];
        tell(&mut chain, &pauses, &[]).await;
        let board = viewer.until("board", |board| board["tranches"][0]["paused"] == true).await;
        assert_eq!(board["tranches"][1]["paused"], false, "the other tranche");
        province.until("board", |view| view["parts"][0]["paused"] == true).await;
        let (indonesian, english) = (get(&house, "/").await, english(&house, "/board/19").await);
        assert!(!indonesian.contains(hidden) && indonesian.contains("data-paused=\"t4\"><strong>Dihentikan sementara"));
        assert!(english.contains("data-paused=\"p1902\"> Paused"), "{english}");
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_ends_when_told_though_viewers_watch() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let mut viewer = Viewer::of(&house).await;
        viewer.until("board", |_| true).await;
        house.close().await;
    })
    .await;
}
